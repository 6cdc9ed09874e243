// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/chain.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace faltung::continuous {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr std::size_t kExactDegree = 32;  ///< up to here polynomials are taken at their degree

double largest(const std::vector<double>& c) {
  double most = 0;
  for (const double v : c) most = std::max(most, std::abs(v));
  return most;
}

/// Drops what is below rounding at the end of an exact polynomial.
void trim(std::vector<double>& c, double scale) {
  while (!c.empty() && std::abs(c.back()) <= kEpsilon / 4 * scale) c.pop_back();
}

}  // namespace

std::size_t Chain::largest_degree() const {
  std::size_t most = 1;
  for (const auto& c : pieces) most = std::max(most, c.size());
  return most - 1;
}

double Chain::largest_coefficient() const {
  double most = 0;
  for (const auto& c : pieces) most = std::max(most, largest(c));
  return most;
}

void add_values(const Chain& f, std::span<const Place> t, std::span<double> y) {
  if (f.empty()) return;
  auto at = t.begin();
  const auto end = t.end();
  std::vector<double> values;
  while (at != end) {
    const auto above = std::upper_bound(f.breaks.begin() + 1, f.breaks.end() - 1, *at);
    const auto p = static_cast<std::size_t>(above - f.breaks.begin()) - 1;
    const auto stop = p + 1 == f.pieces.size() ? end : std::lower_bound(at, end, f.breaks[p + 1]);
    const auto from = static_cast<std::size_t>(at - t.begin());
    const auto count = static_cast<std::size_t>(stop - at);
    values.resize(count);
    evaluate_chebyshev(f.pieces[p], f.breaks[p], f.breaks[p + 1], t.subspan(from, count), values);
    for (std::size_t i = 0; i < count; ++i) y[from + i] += values[i];
    at = stop;
  }
}

std::vector<double> smooth_series(const Sampler& f, Place lower, Place upper, std::size_t most,
                                  double scale, std::size_t first) {
  const bool exact = most <= kExactDegree;
  for (std::size_t n = exact ? std::max<std::size_t>(most, 1) : first;; n *= 2) {
    const std::vector<Place> t = chebyshev_points(lower, upper, n);
    std::vector<double> c(n + 1);
    f(t, c);
    c = chebyshev_coefficients(std::move(c));
    const double size = largest(c);
    if (!(size > kEpsilon / 4 * scale)) return {};
    if (n >= most) {
      c.resize(most + 1);
      if (exact) {
        trim(c, scale);
        return c;
      }
    }
    const double tolerance = std::min(0.1, kEpsilon * std::max(1.0, scale / size));
    const std::size_t kept = chopped_size(c, tolerance);
    if (kept == c.size() && n < most) continue;
    c.resize(kept);
    return c;
  }
}

Patch part_of(const Patch& f, Place from, Place to) {
  const Place near = 4 * kEpsilon * std::max(std::abs(f.lower), std::abs(f.upper));
  if (from - f.lower <= near) from = f.lower;
  if (f.upper - to <= near) to = f.upper;
  if (f.c.empty() || (from == f.lower && to == f.upper)) return {from, to, f.c};
  const auto share = static_cast<double>((to - from) / f.length());
  const std::size_t guess = static_cast<std::size_t>(share * static_cast<double>(f.c.size())) + 16;
  return {
      from, to,
      smooth_series([&](std::span<const Place> t,
                        std::span<double> y) { evaluate_chebyshev(f.c, f.lower, f.upper, t, y); },
                    from, to, f.c.size() - 1, largest(f.c), std::bit_ceil(guess))};
}

}  // namespace faltung::continuous
