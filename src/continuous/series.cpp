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

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr std::size_t kExactDegree = 32;  ///< up to here polynomials are taken at their degree

/// The piece that holds t; t is within the ends.
std::size_t piece_of(const Series& f, double t) {
  const auto above = std::upper_bound(f.breaks.begin() + 1, f.breaks.end() - 1, t);
  return static_cast<std::size_t>(above - f.breaks.begin()) - 1;
}

/// Drops what is below rounding at the end of an exact polynomial.
void trim(std::vector<double>& c, double scale) {
  while (!c.empty() && std::abs(c.back()) <= kEpsilon / 4 * scale) c.pop_back();
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

void add_values(const Series& f, std::span<const double> t, std::span<double> y) {
  if (f.empty()) return;
  auto at = std::lower_bound(t.begin(), t.end(), f.lower());
  const auto end = std::upper_bound(at, t.end(), f.upper());
  while (at != end) {
    const std::size_t p = piece_of(f, *at);
    const auto stop = p + 1 == f.pieces.size() ? end : std::lower_bound(at, end, f.breaks[p + 1]);
    const auto from = static_cast<std::size_t>(at - t.begin());
    const auto count = static_cast<std::size_t>(stop - at);
    if (!f.pieces[p].empty())
      add_chebyshev(f.pieces[p], f.breaks[p], f.breaks[p + 1], t.subspan(from, count),
                    y.subspan(from, count));
    at = stop;
  }
}

std::vector<double> smooth_series(const Sampler& f, double lower, double upper, std::size_t most,
                                  double scale) {
  const bool exact = most <= kExactDegree;
  for (std::size_t n = exact ? std::max<std::size_t>(most, 1) : 16;; n *= 2) {
    const std::vector<double> t = chebyshev_points(lower, upper, n);
    std::vector<double> c(n + 1);
    f(t, c);
    c = chebyshev_coefficients(std::move(c));
    double largest = 0;
    for (const double v : c) largest = std::max(largest, std::abs(v));
    if (!(largest > kEpsilon / 4 * scale)) return {};
    if (n >= most) {
      c.resize(most + 1);
      if (exact) {
        trim(c, scale);
        return c;
      }
    }
    const double tolerance = std::min(0.1, kEpsilon * std::max(1.0, scale / largest));
    const std::size_t kept = chopped_size(c, tolerance);
    if (kept == c.size() && n < most) continue;
    c.resize(kept);
    return c;
  }
}

std::vector<double> restricted_piece(std::span<const double> c, double lower, double upper,
                                     double from, double to) {
  if (c.empty() || (from == lower && to == upper)) return {c.begin(), c.end()};
  double scale = 0;
  for (const double v : c) scale = std::max(scale, std::abs(v));
  return smooth_series(
      [&](std::span<const double> t, std::span<double> y) {
        evaluate_chebyshev(c, lower, upper, t, y);
      },
      from, to, c.size() - 1, scale);
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
