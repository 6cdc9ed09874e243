// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_edges.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace faltung::continuous {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr std::size_t kCells = 512;         ///< of the first grid
constexpr std::size_t kZoom = 16;           ///< of those that follow
constexpr double kRounding = 8 * kEpsilon;  ///< differences below it, relative to f, say nothing
constexpr double kClear = 1e-11;            ///< those above it are not rounding

/// The largest difference of an order on a grid, and the interval of its points.
struct Steepest {
  double size = 0;
  double lower = 0, upper = 0;
};

Steepest steepest(const std::function<double(double)>& f, double lower, double upper,
                  std::size_t cells, std::size_t order) {
  std::vector<double> t(cells + 1), v(cells + 1);
  for (std::size_t i = 0; i <= cells; ++i) {
    t[i] = i == cells
               ? upper
               : lower + (upper - lower) * static_cast<double>(i) / static_cast<double>(cells);
    v[i] = f(t[i]);
  }
  for (std::size_t k = 0; k < order; ++k)
    for (std::size_t i = 0; i + 1 < v.size() - k; ++i) v[i] = v[i + 1] - v[i];
  Steepest found;
  for (std::size_t i = 0; i + order <= cells; ++i)
    if (std::abs(v[i]) >= found.size) found = {std::abs(v[i]), t[i], t[i + order]};
  return found;
}

/// Follows the largest difference of an order into ever smaller intervals. Where derivative
/// order - 1 jumps it falls as step^(order - 1), where f is smooth as step^order: that is told from
/// the last decade of steps before rounding of f and t shows.
std::optional<double> follow(const std::function<double(double)>& f, double lower, double upper,
                             std::size_t order, double scale) {
  std::vector<Steepest> found = {steepest(f, lower, upper, kCells, order)};
  for (int zoom = 0; zoom < 60; ++zoom) {
    const Steepest& now = found.back();
    const double width = now.upper - now.lower;
    const double reach = std::max(std::abs(now.lower), std::abs(now.upper));
    if (width <= 4 * kEpsilon * reach) break;
    const Steepest next = steepest(f, std::max(lower, now.lower - width / 4),
                                   std::min(upper, now.upper + width / 4), kZoom, order);
    if (!(next.upper - next.lower < width) || !(next.size > kRounding * scale)) break;
    found.push_back(next);
  }
  auto last = found.rbegin();
  while (last != found.rend() && !(last->size > kClear * scale)) ++last;
  if (last == found.rend()) return std::nullopt;
  auto before = last;
  while (before != found.rend() && before->upper - before->lower < 8 * (last->upper - last->lower))
    ++before;
  if (before == found.rend()) return std::nullopt;
  const double slope = std::log(before->size / last->size) /
                       std::log((before->upper - before->lower) / (last->upper - last->lower));
  if (slope > static_cast<double>(order) - 0.4) return std::nullopt;
  return found.back().lower + (found.back().upper - found.back().lower) / 2;
}

/// Between two doubles that differ as much as the interval's ends do, where f jumps.
double bisect_jump(const std::function<double(double)>& f, double lower, double upper) {
  double at_lower = f(lower), at_upper = f(upper);
  for (int i = 0; i < 1100; ++i) {
    const double middle = lower + (upper - lower) / 2;
    if (!(middle > lower && middle < upper)) break;
    const double value = f(middle);
    if (std::abs(value - at_lower) < std::abs(value - at_upper)) lower = middle, at_lower = value;
    else upper = middle, at_upper = value;
  }
  return upper;
}

}  // namespace

std::optional<double> find_edge(const std::function<double(double)>& f, double lower, double upper,
                                double scale) {
  for (std::size_t order = 1; order <= 4; ++order) {
    const std::optional<double> edge = follow(f, lower, upper, order, scale);
    if (!edge) continue;
    double at = *edge;
    if (order == 1) {
      const double width = std::max((upper - lower) * 1e-9, 8 * kEpsilon * std::abs(at));
      at = bisect_jump(f, std::max(lower, at - width), std::min(upper, at + width));
    }
    const double margin = (upper - lower) * 1e-14;
    if (at > lower + margin && at < upper - margin) return at;
  }
  return std::nullopt;
}

}  // namespace faltung::continuous
