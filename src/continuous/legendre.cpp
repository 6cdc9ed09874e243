// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/legendre.hpp"

#include <cstdint>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {
namespace {

/// (2 j)! / (4^j j!^2), j < n.
std::vector<long double> central_binomials(std::size_t n) {
  std::vector<long double> v(n, 1);
  for (std::size_t j = 1; j < n; ++j)
    v[j] = v[j - 1] * static_cast<long double>(2 * j - 1) / static_cast<long double>(2 * j);
  return v;
}

std::int64_t count_of(std::size_t n) { return static_cast<std::int64_t>(n); }

}  // namespace

std::vector<double> legendre_from_chebyshev(std::span<const double> c) {
  const std::size_t n = c.size();
  const std::vector<long double> v = central_binomials(n + 1);
  std::vector<double> by_sum(n), weighted(n), l(n, 0.0);
  for (std::size_t s = 1; s < n; ++s) {
    const auto index = static_cast<long double>(s);
    by_sum[s] = static_cast<double>(1 / (v[s] * index * (2 * index + 1)));
    weighted[s] = c[s] * static_cast<double>(s);
  }
  for (std::size_t j = 1; 2 * j < n; ++j) {
    const auto factor = static_cast<double>(v[j - 1] / static_cast<long double>(2 * j));
    loops().add_product(l.data(), factor, by_sum.data() + j, weighted.data() + 2 * j,
                        count_of(n - 2 * j));
  }
  for (std::size_t k = 0; k < n; ++k) {
    const double diagonal = k == 0 ? 1.0 : static_cast<double>(1 / (2 * v[k]));
    l[k] = diagonal * c[k] - (static_cast<double>(k) + 0.5) * l[k];
  }
  return l;
}

std::vector<double> chebyshev_from_legendre(std::span<const double> l) {
  const std::size_t n = l.size();
  const std::vector<long double> wide = central_binomials(n);
  const std::vector<double> v(wide.begin(), wide.end());
  std::vector<double> c(n, 0.0);
  for (std::size_t j = 0; 2 * j < n; ++j)
    loops().add_product(c.data(), v[j], v.data() + j, l.data() + 2 * j, count_of(n - 2 * j));
  for (std::size_t k = 1; k < n; ++k) c[k] *= 2;
  return c;
}

}  // namespace faltung::continuous
