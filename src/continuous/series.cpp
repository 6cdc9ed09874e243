// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {
namespace {

/// The piece that holds t; t is within the ends.
std::size_t piece_of(const Series& f, double t) {
  const auto above = std::upper_bound(f.breaks.begin() + 1, f.breaks.end() - 1, t);
  return static_cast<std::size_t>(above - f.breaks.begin()) - 1;
}

}  // namespace

std::size_t Series::largest_degree() const {
  std::size_t most = 0;
  for (const auto& c : pieces) most = std::max(most, c.size());
  return most == 0 ? 0 : most - 1;
}

void evaluate(const Series& f, std::span<const double> t, std::span<double> y) {
  std::fill(y.begin(), y.end(), 0.0);
  if (f.empty()) return;
  // Points by piece, so that each series meets its points side by side.
  std::vector<std::size_t> first(f.pieces.size() + 1, 0), piece(t.size());
  constexpr auto kOutside = static_cast<std::size_t>(-1);
  for (std::size_t i = 0; i < t.size(); ++i) {
    const bool inside = t[i] >= f.lower() && t[i] <= f.upper();
    piece[i] = inside ? piece_of(f, t[i]) : kOutside;
    if (inside) ++first[piece[i] + 1];
  }
  for (std::size_t p = 0; p < f.pieces.size(); ++p) first[p + 1] += first[p];
  std::vector<std::size_t> next(first.begin(), first.end() - 1), from(first.back());
  for (std::size_t i = 0; i < t.size(); ++i)
    if (piece[i] != kOutside) from[next[piece[i]]++] = i;
  std::vector<double> at(from.size()), found(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) at[i] = t[from[i]];
  for (std::size_t p = 0; p < f.pieces.size(); ++p) {
    const std::size_t count = first[p + 1] - first[p];
    if (count > 0)
      evaluate_chebyshev(f.pieces[p], f.breaks[p], f.breaks[p + 1],
                         std::span(at).subspan(first[p], count),
                         std::span(found).subspan(first[p], count));
  }
  for (std::size_t i = 0; i < from.size(); ++i) y[from[i]] = found[i];
}

double value(const Series& f, double t) {
  double y = 0;
  evaluate(f, {&t, 1}, {&y, 1});
  return y;
}

Size size_of(const Series& f) {
  Size size;
  for (std::size_t p = 0; p < f.pieces.size(); ++p) {
    if (f.pieces[p].empty()) continue;
    // Values at twice the points, weighted as in Gauss-Chebyshev quadrature: an estimate.
    const std::size_t n = std::bit_ceil(2 * std::max<std::size_t>(f.pieces[p].size(), 8));
    const std::vector<double> v = chebyshev_values(f.pieces[p], n);
    double integral = 0;
    for (std::size_t j = 0; j <= n; ++j) {
      size.largest = std::max(size.largest, std::abs(v[j]));
      integral += std::abs(v[j]) * std::sin(M_PI * static_cast<double>(j) / static_cast<double>(n));
    }
    size.integral += integral * M_PI / static_cast<double>(n) * (f.breaks[p + 1] - f.breaks[p]) / 2;
  }
  return size;
}

}  // namespace faltung::continuous
