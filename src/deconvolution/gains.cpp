// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "deconvolution/gains.hpp"

#include <algorithm>
#include <cmath>

#include "microkernels/targets.hpp"

namespace faltung::deconvolution {

Result<Gains> Gains::make(std::span<const double> h, std::int64_t samples, Penalty penalty) {
  const auto target = active_target_bit();
  if (!target) return tl::unexpected(target.error());
  const std::int64_t length = RowTransform<double>::next(
      Ring::negacyclic, samples + static_cast<std::int64_t>(h.size()), *target, false);
  auto row = RowTransform<double>::make(Ring::negacyclic, length, *target);
  if (!row) return tl::unexpected(row.error());
  Gains gains(std::move(*row));
  gains.length_ = length;
  gains.lanes_ = butterflies<double>(*target).lanes;
  gains.samples_.resize(static_cast<std::size_t>(length));
  gains.lines_.resize(static_cast<std::size_t>(
      RowTransform<double>::numbers_of(Ring::negacyclic, length, *target)));
  gains.response_ = gains.powers(h);
  const double steps[] = {1, -1};
  gains.penalty_ = penalty == Penalty::steps ? gains.powers(steps)
                                             : std::vector<double>(gains.response_.size(), 1.0);
  const auto [low, high] = std::minmax_element(gains.response_.begin(), gains.response_.end());
  gains.smallest_ = *low;
  gains.largest_ = *high;
  return gains;
}

void Gains::transform(std::span<const double> samples) {
  std::fill(std::copy(samples.begin(), samples.end(), samples_.begin()), samples_.end(), 0.0);
  row_.forward(samples_.data(), false, lines_.data(), nullptr);
}

// A line is the real parts of `lanes` points, then their imaginary parts.
std::vector<double> Gains::powers(std::span<const double> taps) {
  transform(taps);
  std::vector<double> power(lines_.size() / 2);
  const auto lanes = static_cast<std::size_t>(lanes_);
  for (std::size_t p = 0; p < power.size(); ++p) {
    const std::size_t re = p / lanes * 2 * lanes + p % lanes;
    power[p] = lines_[re] * lines_[re] + lines_[re + lanes] * lines_[re + lanes];
  }
  return power;
}

void Gains::divide(std::span<double> x, double weight) {
  transform(x);
  const auto lanes = static_cast<std::size_t>(lanes_);
  const double back = static_cast<double>(length_) / 2;  // what the inverse multiplies by
  const double floor = 0x1p-52 * 0x1p-52 * largest_;
  for (std::size_t p = 0; p < response_.size(); ++p) {
    const double by = back * std::max(response_[p] + weight * penalty_[p], floor);
    const std::size_t re = p / lanes * 2 * lanes + p % lanes;
    lines_[re] /= by;
    lines_[re + lanes] /= by;
  }
  row_.inverse(lines_.data(), samples_.data(), nullptr);
  std::copy_n(samples_.begin(), x.size(), x.begin());
}

double Gains::resolved(double weight) const {
  double sum = 0;
  for (std::size_t p = 0; p < response_.size(); ++p) {
    const double all = response_[p] + weight * penalty_[p];
    sum += all > 0 ? response_[p] / all : 0;
  }
  return sum / static_cast<double>(response_.size());
}

double Gains::noise_gain(double weight) const {
  double sum = 0;
  for (std::size_t p = 0; p < response_.size(); ++p) {
    const double all = response_[p] + weight * penalty_[p];
    sum += all > 0 ? response_[p] / all / all : 0;
  }
  return std::sqrt(sum / static_cast<double>(response_.size()));
}

double Gains::unlikeliness(const std::vector<double>& y, double weight) const {
  double sum = 0;
  for (std::size_t p = 0; p < y.size(); ++p) {
    const double expected = 1 + response_[p] / (weight * penalty_[p]);
    if (std::isfinite(expected)) sum += std::log(expected) + y[p] / expected;
  }
  return sum / static_cast<double>(y.size());
}

}  // namespace faltung::deconvolution
