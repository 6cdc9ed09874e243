// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/chebyshev.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "continuous/fourier.hpp"
#include "microkernels/targets.hpp"
#include "transform/unit_circle.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kBlock = 8 * kSeriesPoints;

/// Points that lie nearer to one end, on their way through Clenshaw's sum.
struct Block {
  std::array<double, kBlock> gap, low, value;
  std::array<std::size_t, kBlock> index;
  std::size_t count = 0;

  template <class Take>
  void flush(std::span<const double> c, const Take& take) {
    if (count == 0) return;
    const std::size_t padded = (count + kSeriesPoints - 1) / kSeriesPoints * kSeriesPoints;
    std::fill(gap.begin() + count, gap.begin() + padded, 0.0);
    std::fill(low.begin() + count, low.begin() + padded, 0.0);
    loops().clenshaw(c.data(), static_cast<std::int64_t>(c.size()), gap.data(), low.data(),
                     value.data(), static_cast<std::int64_t>(padded));
    for (std::size_t i = 0; i < count; ++i) take(index[i], value[i]);
    count = 0;
  }
};

/// The length of an interval as a sum of two doubles.
struct Length {
  Length(double lower, double upper) : high(upper - lower) {
    const double back = high + lower;  // Knuth's two-sum of upper and -lower
    low = (upper - back) - (lower - (back - high));
  }
  double high, low;
};

/// 2 (t - from) / length to twice the precision, from either end.
void place(double t, double end, bool from_lower, const Length& length, double& gap, double& low) {
  const Length distance = from_lower ? Length(end, t) : Length(t, end);
  gap = 2 * (distance.high / length.high);
  const double q = gap / 2;
  const double rest = std::fma(-q, length.high, distance.high) + distance.low - q * length.low;
  low = 2 * (rest / length.high);
}

template <class Take>
void evaluate_each(std::span<const double> c, double lower, double upper, std::span<const double> t,
                   const Take& take) {
  if (c.size() <= 1) {
    for (std::size_t i = 0; i < t.size(); ++i) take(i, c.empty() ? 0.0 : c[0]);
    return;
  }
  std::vector<double> mirrored(c.begin(), c.end());
  for (std::size_t k = 1; k < mirrored.size(); k += 2) mirrored[k] = -mirrored[k];
  const Length length(lower, upper);
  const double middle = lower + length.high / 2;
  Block left, right;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double at = std::clamp(t[i], lower, upper);
    const bool from_lower = at < middle;
    Block& block = from_lower ? left : right;
    block.index[block.count] = i;
    place(at, from_lower ? lower : upper, from_lower, length, block.gap[block.count],
          block.low[block.count]);
    if (++block.count == kBlock) block.flush(from_lower ? std::span(mirrored) : c, take);
  }
  left.flush(std::span(mirrored), take);
  right.flush(c, take);
}

}  // namespace

const SeriesLoops& loops() {
  static const SeriesLoops& found = [] () -> const SeriesLoops& {
    const Result<std::int64_t> bit = active_target_bit();
    return series_loops(bit ? *bit : supported_target_bits().front());
  }();
  return found;
}

std::vector<double> chebyshev_points(double lower, double upper, std::size_t n) {
  const UnitCircle<double> unit(static_cast<std::int64_t>(4 * n));
  std::vector<double> t(n + 1);
  for (std::size_t j = 0; j <= n; ++j) {
    // 1 - cos(pi j / n) = 2 sin(pi j / 2 n)^2, from the nearer end.
    const bool first = 2 * j < n;
    const double sine = unit(static_cast<std::int64_t>(first ? j : n - j)).imag();
    const double gap = (upper - lower) * (sine * sine);
    t[j] = first ? lower + gap : upper - gap;
  }
  if (n % 2 == 0) t[n / 2] = lower + (upper - lower) / 2;
  return t;
}

std::vector<double> chebyshev_coefficients(std::vector<double> values) {
  const std::size_t n = values.size() - 1;
  if (n == 0) return values;
  std::vector<double> c = cosine_sums(values);
  const double scale = 2.0 / static_cast<double>(n);
  for (std::size_t k = 0; k <= n; ++k) c[k] *= k % 2 == 0 ? scale : -scale;
  c[0] /= 2;
  c[n] /= 2;
  return c;
}

std::vector<double> chebyshev_values(std::span<const double> c, std::size_t n) {
  std::vector<double> v(n + 1, 0.0);
  for (std::size_t k = 0; k < c.size(); ++k) v[k] = k % 2 == 0 ? c[k] : -c[k];
  if (n == 0) return v;
  v[0] *= 2;
  v[n] *= 2;
  return cosine_sums(v);
}

std::size_t chopped_size(std::span<const double> c, double tolerance) {
  constexpr std::size_t kFewest = 17;  // too few to tell a plateau from a gap
  const std::size_t n = c.size();
  std::vector<double> envelope(n);
  double largest = 0;
  for (std::size_t k = n; k-- > 0;) envelope[k] = largest = std::max(largest, std::abs(c[k]));
  if (largest == 0) return std::min<std::size_t>(n, 1);
  if (n < kFewest) return n;
  for (double& e : envelope) e /= largest;
  // A plateau begins at `from` where the envelope falls little up to `to`; the nearer it is to
  // the tolerance, the less it needs to be level.
  std::size_t from = 1, to = 0;
  for (;; ++from) {
    to = static_cast<std::size_t>(std::lround(1.25 * static_cast<double>(from + 1) + 5)) - 1;
    if (to >= n) return n;
    const double level = 3 * (1 - std::log(envelope[from]) / std::log(tolerance));
    if (envelope[from] == 0 || envelope[to] / envelope[from] > level) break;
  }
  const std::size_t plateau = from - 1;
  if (envelope[plateau] == 0) return plateau;
  // The cut is where the envelope plus a line that rises by a third of the tolerance's digits is
  // lowest: a coefficient more has to earn its place.
  const double floor = std::pow(tolerance, 7.0 / 6);
  const auto above = static_cast<std::size_t>(
      std::count_if(envelope.begin(), envelope.end(), [&](double e) { return e >= floor; }));
  if (above < to + 1) {
    to = above;
    envelope[to] = floor;
  }
  const double rise = -std::log10(tolerance) / 3 / static_cast<double>(std::max<std::size_t>(to, 1));
  std::size_t cut = 0;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k <= to; ++k) {
    const double height = std::log10(envelope[k]) + rise * static_cast<double>(k);
    if (height <= lowest) lowest = height, cut = k;
  }
  return std::max<std::size_t>(cut, 1);
}

void evaluate_chebyshev(std::span<const double> c, double lower, double upper,
                        std::span<const double> t, std::span<double> y) {
  evaluate_each(c, lower, upper, t, [&](std::size_t i, double v) { y[i] = v; });
}

void add_chebyshev(std::span<const double> c, double lower, double upper, std::span<const double> t,
                   std::span<double> y) {
  evaluate_each(c, lower, upper, t, [&](std::size_t i, double v) { y[i] += v; });
}

}  // namespace faltung::continuous
