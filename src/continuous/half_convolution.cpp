// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/half_convolution.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {
namespace {

constexpr auto kLanes = static_cast<std::size_t>(kSeriesLanes);
using Rows = support::AlignedVector<double>;

double sign(bool turned, std::size_t k) { return turned && k % 2 == 1 ? -1.0 : 1.0; }

/// The longer of the two first: convolution commutes, and the recurrence wants m >= n.
struct Ordered {
  explicit Ordered(const HalfPair& pair)
      : longer(pair.f.size() >= pair.h.size() ? pair.f : pair.h),
        shorter(pair.f.size() >= pair.h.size() ? pair.h : pair.f) {}
  std::span<const double> longer, shorter;
};

void put(std::span<const double> values, bool turned, std::size_t lane, Rows& rows) {
  for (std::size_t k = 0; k < values.size(); ++k)
    rows[k * kLanes + lane] = sign(turned, k) * values[k];
}

/// At most kLanes pairs, of which the first is the longest.
void convolve_batch(const std::vector<HalfPair>& pairs, std::span<const std::size_t> batch,
                    std::vector<std::vector<double>>& results) {
  std::size_t m = 0, n = 0;
  for (const std::size_t i : batch) {
    m = std::max(m, Ordered(pairs[i]).longer.size() - 1);
    n = std::max(n, Ordered(pairs[i]).shorter.size() - 1);
  }
  Rows f((m + 1) * kLanes), h((n + 1) * kLanes), y((m + n + 2) * kLanes);
  for (std::size_t lane = 0; lane < batch.size(); ++lane) {
    const HalfPair& pair = pairs[batch[lane]];
    put(Ordered(pair).longer, pair.second, lane, f);
    put(Ordered(pair).shorter, pair.second, lane, h);
  }
  HalfConvolution(m, n).run(f.data(), h.data(), y.data());
  for (std::size_t lane = 0; lane < batch.size(); ++lane) {
    const HalfPair& pair = pairs[batch[lane]];
    std::vector<double>& result = results[batch[lane]];
    result.resize(pair.f.size() + pair.h.size());
    for (std::size_t k = 0; k < result.size(); ++k)
      result[k] = sign(pair.second, k) * pair.length / 2 * y[k * kLanes + lane];
  }
}

}  // namespace

HalfConvolution::HalfConvolution(std::size_t m, std::size_t n)
    : m_(m),
      n_(n),
      now_((m + n + 4) * kLanes),
      before_((m + n + 4) * kLanes),
      mirror_((n + 1) * kLanes),
      reciprocal_(m + n + 4) {
  for (std::size_t k = 0; k < reciprocal_.size(); ++k)
    reciprocal_[k] = 1 / static_cast<double>(2 * k + 1);
}

void HalfConvolution::run(const double* f, const double* h, double* y) {
  const auto scaled = [&](std::size_t k, std::size_t lane) {
    return k > m_ ? 0.0 : f[k * kLanes + lane] * reciprocal_[k];
  };
  std::fill(now_.begin(), now_.end(), 0.0);
  for (std::size_t k = 0; k <= m_ + 1; ++k)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      now_[k * kLanes + lane] = k == 0
                                    ? scaled(0, lane) - scaled(1, lane)
                                    : (scaled(k - 1, lane) - scaled(k + 1, lane)) * reciprocal_[k];
  for (std::size_t k = 0; k <= n_; ++k)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      mirror_[k * kLanes + lane] = sign(true, k) * h[k * kLanes + lane];
  loops().half_convolution(now_.data(), before_.data(), h, mirror_.data(), reciprocal_.data(),
                           static_cast<std::int64_t>(m_), static_cast<std::int64_t>(n_), y);
  for (std::size_t k = 0; k <= m_ + n_ + 1; ++k)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      y[k * kLanes + lane] *= static_cast<double>(2 * k + 1);
}

std::vector<std::vector<double>> convolve_halves(const std::vector<HalfPair>& pairs) {
  std::vector<std::size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Pairs of like degrees side by side: each batch is as long as its longest.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Ordered first(pairs[a]), second(pairs[b]);
    return first.longer.size() * first.shorter.size() >
           second.longer.size() * second.shorter.size();
  });
  std::vector<std::vector<double>> results(pairs.size());
  for (std::size_t i = 0; i < order.size(); i += kLanes)
    convolve_batch(pairs, std::span(order).subspan(i, std::min(kLanes, order.size() - i)), results);
  return results;
}

}  // namespace faltung::continuous
