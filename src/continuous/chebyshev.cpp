// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/chebyshev.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "continuous/dense_series.hpp"
#include "continuous/fourier.hpp"
#include "continuous/kept.hpp"
#include "microkernels/targets.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kBlock = 8 * kSeriesPoints;
constexpr std::size_t kMostKept = 2048;

template <class T>
void evaluate_at(std::span<const double> c, Place lower, Place upper, std::span<const T> t,
                 std::span<double> y) {
  if (c.size() <= 1) {
    std::fill(y.begin(), y.end(), c.empty() ? 0.0 : c[0]);
    return;
  }
  if (DenseSeries::pays(c.size(), t.size())) return DenseSeries(c, lower, upper).evaluate(t, y);
  const Place scale = 2 / (upper - lower);
  std::array<double, kBlock> side, gap, low, value;
  for (std::size_t first = 0; first < t.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, t.size() - first);
    const std::size_t padded = (count + kSeriesPoints - 1) / kSeriesPoints * kSeriesPoints;
    for (std::size_t i = 0; i < padded; ++i) {
      const Place at = t[first + std::min(i, count - 1)];
      const Place before = at - lower, after = upper - at;
      const bool left = before < after;
      const Place share = std::max<Place>(0, scale * (left ? before : after));
      side[i] = left ? -1 : 1;
      gap[i] = static_cast<double>(share);
      low[i] = static_cast<double>(share - static_cast<Place>(gap[i]));
    }
    loops().clenshaw(c.data(), static_cast<std::int64_t>(c.size()), side.data(), gap.data(),
                     low.data(), value.data(), static_cast<std::int64_t>(padded));
    std::copy_n(value.begin(), count, y.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

/// 1 - cos(pi j / n) = 2 sin(pi j / 2 n)^2 of the lower half's points, divided by 2.
struct Gaps {
  explicit Gaps(std::size_t n) {
    for (std::size_t j = 0; 2 * j <= n; ++j) {
      const Place sine =
          std::sin(std::numbers::pi_v<Place> * static_cast<Place>(j) / static_cast<Place>(2 * n));
      gap.push_back(sine * sine);
    }
    if (n % 2 == 0) gap[n / 2] = 0.5L;
  }
  std::vector<Place> gap;
};

}  // namespace

const SeriesLoops& loops() {
  static const SeriesLoops& found = []() -> const SeriesLoops& {
    const Result<std::int64_t> bit = active_target_bit();
    return series_loops(bit ? *bit : supported_target_bits().front());
  }();
  return found;
}

std::vector<Place> chebyshev_points(Place lower, Place upper, std::size_t n) {
  std::unique_ptr<const Gaps> here;
  const std::vector<Place>& gap = kept<Gaps>(n, kMostKept, here).gap;
  std::vector<Place> t(n + 1);
  for (std::size_t j = 0; 2 * j <= n; ++j) {
    t[n - j] = upper - (upper - lower) * gap[j];
    t[j] = lower + (upper - lower) * gap[j];
  }
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
  const double rise =
      -std::log10(tolerance) / 3 / static_cast<double>(std::max<std::size_t>(to, 1));
  std::size_t cut = 0;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k <= to; ++k) {
    const double height = std::log10(envelope[k]) + rise * static_cast<double>(k);
    if (height <= lowest) lowest = height, cut = k;
  }
  return std::max<std::size_t>(cut, 1);
}

void evaluate_chebyshev(std::span<const double> c, Place lower, Place upper,
                        std::span<const double> t, std::span<double> y) {
  evaluate_at(c, lower, upper, t, y);
}

void evaluate_chebyshev(std::span<const double> c, Place lower, Place upper,
                        std::span<const Place> t, std::span<double> y) {
  evaluate_at(c, lower, upper, t, y);
}

}  // namespace faltung::continuous
