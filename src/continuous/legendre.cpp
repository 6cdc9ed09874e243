// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/legendre.hpp"

#include <cstdint>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kSmall = 512;

std::int64_t count_of(std::size_t n) { return static_cast<std::int64_t>(n); }

/// Tables for series of low degree, which come by the thousand.
const LegendreTransform& small_transform() {
  static const LegendreTransform small(kSmall);
  return small;
}

}  // namespace

LegendreTransform::LegendreTransform(std::size_t most)
    : binomial_(most + 1, 1.0), difference_(most + 1, 0.0), sum_(most + 1, 0.0) {
  long double v = 1;
  for (std::size_t j = 1; j <= most; ++j) {
    const auto index = static_cast<long double>(j);
    difference_[j] = static_cast<double>(v / (2 * index));
    v *= (2 * index - 1) / (2 * index);
    binomial_[j] = static_cast<double>(v);
    sum_[j] = static_cast<double>(1 / (v * index * (2 * index + 1)));
  }
}

std::vector<double> LegendreTransform::from_chebyshev(std::span<const double> c) const {
  const std::size_t n = c.size();
  std::vector<double> weighted(n), l(n, 0.0);
  for (std::size_t s = 1; s < n; ++s) weighted[s] = c[s] * static_cast<double>(s);
  for (std::size_t j = 1; 2 * j < n; ++j)
    loops().add_product(l.data(), difference_[j], sum_.data() + j, weighted.data() + 2 * j,
                        count_of(n - 2 * j));
  for (std::size_t k = 0; k < n; ++k) {
    const double diagonal = k == 0 ? c[0] : c[k] / (2 * binomial_[k]);
    l[k] = diagonal - (static_cast<double>(k) + 0.5) * l[k];
  }
  return l;
}

std::vector<double> LegendreTransform::to_chebyshev(std::span<const double> l) const {
  const std::size_t n = l.size();
  std::vector<double> c(n, 0.0);
  for (std::size_t j = 0; 2 * j < n; ++j)
    loops().add_product(c.data(), binomial_[j], binomial_.data() + j, l.data() + 2 * j,
                        count_of(n - 2 * j));
  for (std::size_t k = 1; k < n; ++k) c[k] *= 2;
  return c;
}

std::vector<double> legendre_from_chebyshev(std::span<const double> c) {
  return c.size() <= kSmall ? small_transform().from_chebyshev(c)
                            : LegendreTransform(c.size()).from_chebyshev(c);
}

std::vector<double> chebyshev_from_legendre(std::span<const double> l) {
  return l.size() <= kSmall ? small_transform().to_chebyshev(l)
                            : LegendreTransform(l.size()).to_chebyshev(l);
}

}  // namespace faltung::continuous
