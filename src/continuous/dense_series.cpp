// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/dense_series.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace faltung::continuous {
namespace {

constexpr auto kNeighbours = static_cast<std::size_t>(kSeriesNeighbours);
constexpr std::size_t kBlock = 256;

/// Weights of equidistant nodes, (-1)^i binomial(47, i), relative to the largest.
std::array<double, kNeighbours> make_weights() {
  std::array<double, kNeighbours> w{};
  constexpr std::size_t kHalf = kNeighbours / 2;
  double ratio = 1;
  for (std::size_t i = 0; i < kHalf; ++i) {
    w[kHalf + i] = i % 2 == 0 ? ratio : -ratio;
    w[kHalf - 1 - i] = -w[kHalf + i];
    ratio *= static_cast<double>(kHalf - 1 - i) / static_cast<double>(kHalf + 1 + i);
  }
  return w;
}

}  // namespace

bool DenseSeries::pays(std::size_t terms, std::size_t points) {
  // Measured: a point takes as long as 700 terms of its sum, the grid as 1500 points.
  return terms > 700 && points > 1500 * terms / (terms - 700);
}

DenseSeries::DenseSeries(std::span<const double> c, Place lower, Place upper)
    : lower_(lower), upper_(upper), steps_(std::bit_ceil(std::max(3 * c.size(), kNeighbours))) {
  const std::vector<double> v = chebyshev_values(c, steps_);
  values_.resize(steps_ + 1 + 2 * kNeighbours);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    // Index i is step i - kNeighbours; steps below 0 and above the last are mirrored.
    const std::size_t step = i < kNeighbours ? kNeighbours - i : i - kNeighbours;
    values_[i] = v[step <= steps_ ? step : 2 * steps_ - step];
  }
}

void DenseSeries::evaluate(std::span<const double> t, std::span<double> y) const {
  evaluate_at(t, y);
}
void DenseSeries::evaluate(std::span<const Place> t, std::span<double> y) const {
  evaluate_at(t, y);
}

template <class T>
void DenseSeries::evaluate_at(std::span<const T> t, std::span<double> y) const {
  static const std::array<double, kNeighbours> kWeights = make_weights();
  std::array<std::int64_t, kBlock> start;
  std::array<double, kBlock> offset;
  // The step's number has as many digits before the point as the degree, which those behind it
  // must not lose: so extended precision, where there is one.
  const Place scale = 2 * static_cast<Place>(steps_) / std::numbers::pi_v<Place>;
  for (std::size_t first = 0; first < t.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, t.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const Place before = t[first + i] - lower_, after = upper_ - t[first + i];
      const Place part = std::max<Place>(0, std::min(before, after)) / (upper_ - lower_);
      Place step = scale * std::asin(std::sqrt(part));
      if (before >= after) step = static_cast<Place>(steps_) - step;
      const auto whole = static_cast<std::int64_t>(step);
      start[i] = whole + kSeriesNeighbours / 2 + 1;
      offset[i] = static_cast<double>(step - static_cast<Place>(whole));
      // On the grid itself the sums would be infinite; this near it they are right.
      if (offset[i] == 0) offset[i] = 1e-30;
      if (offset[i] == 1) offset[i] = std::nextafter(1.0, 0.0);
    }
    loops().barycentric(values_.data(), start.data(), offset.data(), kWeights.data(),
                        y.data() + first, static_cast<std::int64_t>(count));
  }
}

}  // namespace faltung::continuous
