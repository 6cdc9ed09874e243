// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_sum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace faltung::continuous {
namespace {

/// One interval between breakpoints.
struct Interval {
  Place from, to, near;
  bool covered_by(const Part& part) const {
    return part.from <= from + near && part.to >= to - near;
  }
};

/// The piece of f on just this interval, where it has one; f.pieces.size() otherwise. Half an ulp
/// beside it is not: a function of a thousand periods would be moved by more than its rounding.
std::size_t piece_on(const Chain& f, const Interval& on) {
  const Place exact = on.near / 64;
  const auto at = std::lower_bound(f.breaks.begin(), f.breaks.end(), on.from - exact);
  const auto p = static_cast<std::size_t>(at - f.breaks.begin());
  const bool there = p < f.pieces.size() && std::abs(f.breaks[p] - on.from) <= exact &&
                     std::abs(f.breaks[p + 1] - on.to) <= exact;
  return there ? p : f.pieces.size();
}

/// What is known of the degree of a part on the interval.
struct Degree {
  std::size_t most;   ///< cannot be exceeded: that of its one piece there, or ample room
  std::size_t about;  ///< by the shares of its pieces
};

Degree degree_on(const Part& part, const Interval& on) {
  const Chain& f = part.f;
  std::size_t sum = 0, count = 0;
  Place shares = 0;
  auto p = static_cast<std::size_t>(
      std::upper_bound(f.breaks.begin() + 1, f.breaks.end() - 1, on.from + on.near) -
      f.breaks.begin() - 1);
  for (; p < f.pieces.size() && f.breaks[p] < on.to - on.near; ++p, ++count) {
    sum += f.pieces[p].size();
    shares += static_cast<Place>(f.pieces[p].size()) *
              (std::min(on.to, f.breaks[p + 1]) - std::max(on.from, f.breaks[p])) /
              (f.breaks[p + 1] - f.breaks[p]);
  }
  const auto about = static_cast<std::size_t>(std::max<Place>(shares, 0));
  if (count == 1 && on.covered_by(part)) return {std::max<std::size_t>(sum, 1) - 1, about};
  return {2 * sum + 64, about / 8};  // panels have several times the terms that one series has
}

/// Adds a part's values at points of an interval, whose ends belong to the parts that reach them.
void add_part(const Part& part, const Interval& on, std::span<const Place> t, std::span<double> y) {
  auto begin = t.begin(), end = t.end();
  if (part.from > on.from + on.near) begin = std::lower_bound(begin, end, part.from);
  if (part.to < on.to - on.near) end = std::lower_bound(begin, end, part.to);
  const auto first = static_cast<std::size_t>(begin - t.begin());
  const auto count = static_cast<std::size_t>(end - begin);
  add_values(part.f, t.subspan(first, count), y.subspan(first, count));
}

std::vector<double> sum_on(const std::vector<const Part*>& parts, const Interval& on,
                           double scale) {
  std::vector<double> whole;
  std::vector<const Part*> others;
  Degree degree{1, 0};
  for (const Part* part : parts) {
    const std::size_t p = piece_on(part->f, on);
    if (p == part->f.pieces.size() || !on.covered_by(*part)) {
      others.push_back(part);
      const Degree of_part = degree_on(*part, on);
      degree = {std::max(degree.most, of_part.most), std::max(degree.about, of_part.about)};
      continue;
    }
    const std::vector<double>& c = part->f.pieces[p];
    if (whole.size() < c.size()) whole.resize(c.size(), 0.0);
    for (std::size_t k = 0; k < c.size(); ++k) whole[k] += c[k];
  }
  if (others.empty()) return whole;
  const std::vector<double> sampled = smooth_series(
      [&](std::span<const Place> t, std::span<double> y) {
        std::fill(y.begin(), y.end(), 0.0);
        for (const Part* part : others) add_part(*part, on, t, y);
      },
      on.from, on.to, degree.most, scale, std::bit_ceil(degree.about + 12));
  if (whole.size() < sampled.size()) whole.resize(sampled.size(), 0.0);
  for (std::size_t k = 0; k < sampled.size(); ++k) whole[k] += sampled[k];
  return whole;
}

std::vector<Place> distinct(std::vector<Place> breaks, Place near) {
  std::sort(breaks.begin(), breaks.end());
  std::vector<Place> kept;
  for (const Place b : breaks)
    if (kept.empty() || b - kept.back() > near) kept.push_back(b);
  return kept;
}

}  // namespace

Series sum_of(std::vector<Part> parts, std::vector<Place> breaks, Place near) {
  Series y;
  std::erase_if(parts, [](const Part& part) { return part.f.empty(); });
  if (parts.empty()) return y;
  double scale = 0;
  for (const Part& part : parts) scale = std::max(scale, part.f.largest_coefficient());
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.from < b.from; });
  const std::vector<Place> ends = distinct(std::move(breaks), near);
  for (const Place end : ends) y.breaks.push_back(static_cast<double>(end));
  std::vector<const Part*> active;
  std::size_t next = 0;
  for (std::size_t i = 0; i + 1 < y.breaks.size(); ++i) {
    // As they are in the result, so that its pieces lie where they were sampled.
    const Place from = y.breaks[i], to = y.breaks[i + 1];
    while (next < parts.size() && parts[next].from < to - near) active.push_back(&parts[next++]);
    std::erase_if(active, [&](const Part* part) { return part->to <= from + near; });
    y.pieces.push_back(sum_on(active, {from, to, near}, scale));
  }
  return y;
}

}  // namespace faltung::continuous
