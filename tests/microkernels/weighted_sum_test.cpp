// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/weighted_sum.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "microkernels/targets.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

template <class T>
T draw(Random& random) {
  if constexpr (std::is_integral_v<T>) return static_cast<T>(random.whole(-1000000, 1000000));
  else return static_cast<T>(random.symmetric());
}

/// One chain of multiply-adds over the taps, in order.
template <class T>
T chain(const std::vector<T>& x, const std::vector<std::int64_t>& offsets, const std::vector<T>& h,
        std::int64_t i) {
  T sum = h[0] * x[static_cast<std::size_t>(offsets[0] + i)];
  for (std::size_t t = 1; t < h.size(); ++t) {
    const T sample = x[static_cast<std::size_t>(offsets[t] + i)];
    if constexpr (std::is_integral_v<T>) sum += h[t] * sample;
    else sum = std::fma(h[t], sample, sum);
  }
  return sum;
}

template <class T>
void check(std::int64_t target, std::int64_t n, std::size_t taps, bool narrow, Random& random) {
  std::vector<std::int64_t> offsets;
  std::vector<T> h;
  for (std::size_t t = 0; t < taps; ++t) {
    offsets.push_back(random.whole(0, 40));
    h.push_back(draw<T>(random));
  }
  std::vector<T> x(static_cast<std::size_t>(n + 41 + kRowSlack));
  for (T& v : x) v = draw<T>(random);
  std::vector<T> y(static_cast<std::size_t>(n + kRowSlack), T(3));
  const WeightedSum<T>& loops = weighted_sum<T>(target);
  (narrow ? loops.narrow : loops.real)(y.data(), x.data(), n, offsets.data(), h.data(),
                                       static_cast<std::int64_t>(taps), true);
  for (std::int64_t i = 0; i < n; ++i) {
    const T want = T(3) + chain(x, offsets, h, i), got = y[static_cast<std::size_t>(i)];
    // A target without fused multiply-add rounds each product, too.
    const double slack = std::is_integral_v<T> ? 0
                                               : 2.0 * static_cast<double>(taps) *
                                                     (sizeof(T) == 4 ? 0x1p-22 : 0x1p-51);
    ASSERT_NEAR(static_cast<double>(got), static_cast<double>(want), slack)
        << "n " << n << " i " << i;
  }
}

TEST(WeightedSums, EveryLengthOnEveryTarget) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits())
    for (std::int64_t n = 1; n <= 150; ++n) {
      check<float>(target, n, 1 + static_cast<std::size_t>(n % 7), false, random);
      check<double>(target, n, 1 + static_cast<std::size_t>(n % 7), false, random);
      check<std::int64_t>(target, n, 1 + static_cast<std::size_t>(n % 7), false, random);
      check<std::int64_t>(target, n, 1 + static_cast<std::size_t>(n % 7), true, random);
    }
}

TEST(WeightedSums, NarrowProductsKeepTheirSign) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int32_t>::max();
  const std::vector<std::int64_t> offsets = {0};
  for (const std::int64_t target : supported_target_bits())
    for (const std::int64_t h : {kLow, std::int64_t{-1}, kHigh}) {
      std::vector<std::int64_t> x(3 + kRowSlack, 0), y(3 + kRowSlack, 0);
      x[0] = kLow;
      x[1] = kHigh;
      x[2] = -1;
      weighted_sum<std::int64_t>(target).narrow(y.data(), x.data(), 3, offsets.data(), &h, 1,
                                                false);
      for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(y[i], h * x[i]);
    }
}

}  // namespace
}  // namespace faltung
