// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_sum.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::continuous {
namespace {

double largest_coefficient(const Series& f) {
  double most = 0;
  for (const auto& c : f.pieces)
    for (const double v : c) most = std::max(most, std::abs(v));
  return most;
}

/// The piece of f on this interval, where it has one; f.pieces.size() otherwise.
std::size_t piece_on(const Series& f, double from, double to, double near) {
  const auto at = std::lower_bound(f.breaks.begin(), f.breaks.end(), from - near);
  const auto p = static_cast<std::size_t>(at - f.breaks.begin());
  const bool there = p < f.pieces.size() && std::abs(f.breaks[p] - from) <= near &&
                     std::abs(f.breaks[p + 1] - to) <= near;
  return there ? p : f.pieces.size();
}

/// A degree that the sum of this part's pieces cannot exceed on the interval: that of its one piece
/// there, or, where several pieces of one smooth function meet, ample room for all of them.
std::size_t degree_between(const Series& f, double from, double to, double near) {
  std::size_t sum = 0, count = 0;
  for (std::size_t p = 0; p < f.pieces.size(); ++p)
    if (f.breaks[p] < to - near && f.breaks[p + 1] > from + near) sum += f.pieces[p].size(), ++count;
  if (count == 1) return sum == 0 ? 0 : sum - 1;
  return 2 * sum + 64;
}

std::vector<double> sum_on(const std::vector<const Series*>& parts, double from, double to,
                           double near, double scale) {
  std::vector<double> whole;
  std::vector<const Series*> others;
  std::size_t most = 1;
  for (const Series* part : parts) {
    const std::size_t p = piece_on(*part, from, to, near);
    if (p == part->pieces.size()) {
      others.push_back(part);
      most = std::max(most, degree_between(*part, from, to, near));
      continue;
    }
    if (whole.size() < part->pieces[p].size()) whole.resize(part->pieces[p].size(), 0.0);
    for (std::size_t k = 0; k < part->pieces[p].size(); ++k) whole[k] += part->pieces[p][k];
  }
  if (others.empty()) return whole;
  const std::vector<double> sampled = smooth_series(
      [&](std::span<const double> t, std::span<double> y) {
        std::fill(y.begin(), y.end(), 0.0);
        for (const Series* part : others) add_values(*part, t, y);
      },
      from, to, most, scale);
  if (whole.size() < sampled.size()) whole.resize(sampled.size(), 0.0);
  for (std::size_t k = 0; k < sampled.size(); ++k) whole[k] += sampled[k];
  return whole;
}

std::vector<double> distinct(std::vector<double> breaks, double near) {
  std::sort(breaks.begin(), breaks.end());
  std::vector<double> kept;
  for (const double b : breaks)
    if (kept.empty() || b - kept.back() > near) kept.push_back(b);
  return kept;
}

}  // namespace

Series sum_of(std::vector<Series> parts, std::vector<double> breaks, double near) {
  Series y;
  std::erase_if(parts, [](const Series& part) { return part.empty(); });
  if (parts.empty()) return y;
  double scale = 0;
  for (const Series& part : parts) scale = std::max(scale, largest_coefficient(part));
  std::sort(parts.begin(), parts.end(),
            [](const Series& a, const Series& b) { return a.lower() < b.lower(); });
  y.breaks = distinct(std::move(breaks), near);
  std::vector<const Series*> active;
  std::size_t next = 0;
  for (std::size_t i = 0; i + 1 < y.breaks.size(); ++i) {
    const double from = y.breaks[i], to = y.breaks[i + 1];
    while (next < parts.size() && parts[next].lower() < to - near) active.push_back(&parts[next++]);
    std::erase_if(active, [&](const Series* part) { return part->upper() <= from + near; });
    y.pieces.push_back(sum_on(active, from, to, near, scale));
  }
  return y;
}

}  // namespace faltung::continuous
