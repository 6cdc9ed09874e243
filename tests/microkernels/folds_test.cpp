// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "microkernels/butterflies.hpp"
#include "microkernels/samples.hpp"
#include "microkernels/targets.hpp"
#include "support/aligned_vector.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

/// Two folds of x are `folded`; what is seen on the way is what a scan finds, but for numbers.
template <class T>
void check_fold_and_scan(const Butterflies<T>& loops, const SampleLoops<T>& samples,
                         std::vector<T> x, const std::vector<T>& folded) {
  const auto quarter = static_cast<std::int64_t>(x.size() / 4);
  std::vector<T> y(x.size());
  const auto fold = [&] {
    Scan<T> scan;
    loops.fold_and_scan(x.data(), quarter, y.data(), quarter, y.data() + 3 * quarter, quarter,
                        nullptr, scan);
    return scan;
  };
  const auto zeros = static_cast<std::size_t>(std::count(x.begin(), x.end(), T(0)));
  const Scan<T> first = fold();
  EXPECT_EQ(y, folded);
  EXPECT_EQ(first.zeros > 0, zeros > 0);
  EXPECT_EQ(first.nonfinite, 0);
  const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  for (const std::size_t at : {std::size_t{0}, x.size() / 2 + 3, x.size() - 1}) {
    for (const T odd : {nan, infinity, -infinity}) {
      std::vector<T> kept = x;
      x[at] = odd;
      EXPECT_GT(fold().nonfinite, 0) << at;
      x = kept;
    }
    for (T& v : x) v = std::abs(v) + 1;
    x[at] = -5000;
    const Scan<T> seen = fold(), whole = samples.scan(x.data(), 4 * quarter);
    EXPECT_EQ(seen.zeros, 0);
    EXPECT_EQ(seen.nonfinite, 0);
    EXPECT_EQ(seen.largest, T(5000));
    EXPECT_EQ(seen.largest, whole.largest);
    EXPECT_EQ(seen.negative, whole.negative);
    EXPECT_TRUE(seen.negative);
    x[at] = 0;
    EXPECT_GT(fold().zeros, 0) << at;
    x[at] = 1;
    EXPECT_FALSE(fold().negative);
  }
}

/// Differences and sums of halves, and these again, in place and not; and back.
template <class T>
void check_folds(std::int64_t target) {
  Random random(seed());
  const Butterflies<T>& loops = butterflies<T>(target);
  // In two ranges, whatever their sizes.
  const auto fold = [&](int folds, const T* x, std::int64_t n, T* y) {
    const std::int64_t part = n >> folds, cut = random.whole(0, part);
    T* const sums = y + n - part;
    loops.fold[folds](x + cut, part, y + cut, part, sums + cut, part - cut, nullptr);
    loops.fold[folds](x, part, y, part, sums, cut, x + cut);
  };
  const auto unfold = [&](int folds, const T* x, std::int64_t n, T* y) {
    const std::int64_t part = n >> folds, cut = random.whole(0, part);
    const T* const sums = x + n - part;
    loops.unfold[folds](x + cut, part, sums + cut, y + cut, part, part - cut);
    loops.unfold[folds](x, part, sums, y, part, cut);
  };
  for (std::int64_t quarter : {1, 2, 5, 16, 40, 64, 67}) {
    const std::int64_t n = 4 * quarter;
    std::vector<T> x(static_cast<std::size_t>(n));
    for (T& v : x) v = static_cast<T>(random.whole(-1000, 1000));
    const auto half = static_cast<std::size_t>(n / 2);
    std::vector<T> once = x, twice = x, y(x.size());
    fold(1, x.data(), n, once.data());
    for (std::size_t i = 0; i < half; ++i) {
      EXPECT_EQ(once[i], x[i] - x[half + i]);
      EXPECT_EQ(once[half + i], x[i] + x[half + i]);
    }
    std::vector<T> sums = once;
    fold(1, sums.data() + half, n / 2, sums.data() + half);
    fold(2, twice.data(), n, twice.data());
    EXPECT_EQ(twice, sums);
    for (int folds : {1, 2}) {
      std::vector<T> back = folds == 1 ? once : twice;
      unfold(folds, back.data(), n, y.data());
      unfold(folds, back.data(), n, back.data());
      EXPECT_EQ(back, y);
      // Differences of the first fold come back twice as large, what was folded twice 4 times, as
      // the kernel's spectrum makes up for.
      if (folds == 1) {
        for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], 2 * x[i]);
      }
    }
    if (quarter % 16 == 0) check_fold_and_scan(loops, sample_loops<T>(target), x, twice);
    if (quarter % 16 == 0) {  // whole vectors of any target
      support::AlignedVector<T> past(x.size());
      unfold(2, twice.data(), n, y.data());
      loops.unfold_past(twice.data(), quarter, twice.data() + 3 * quarter, past.data(), quarter,
                        quarter);
      flush_stores();
      EXPECT_TRUE(std::equal(y.begin(), y.end(), past.begin()));
    }
    for (std::size_t i = 0; i < half; ++i) twice[i] *= 2;
    unfold(2, twice.data(), n, y.data());
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], 4 * x[i]);
  }
}

TEST(Folds, ThereAndBack) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check_folds<float>(target);
    check_folds<double>(target);
  }
}

}  // namespace
}  // namespace faltung
