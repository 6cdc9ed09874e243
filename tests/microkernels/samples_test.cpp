// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "microkernels/targets.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

constexpr std::int64_t kLengths[] = {1, 2, 7, 15, 16, 17, 33, 63, 64, 65, 100, 1024, 2050, 4500};

/// Numbers, some of which are told: both zeros, both infinities, NaN.
template <class T>
std::vector<T> samples(Random& random, std::int64_t n, std::int64_t one_in) {
  const T huge = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x)
    v = one_in > 0 && random.once_in(one_in) ? random.of({T(0), T(-0.0), huge, -huge, nan, -nan})
                                             : static_cast<T>(random.symmetric());
  return x;
}

template <class T>
void check_scan(const SampleLoops<T>& loops, const std::vector<T>& x) {
  Scan<T> wanted;
  for (const T v : x) {
    if (!std::isfinite(v)) {
      ++wanted.nonfinite;
      continue;
    }
    wanted.largest = std::max(wanted.largest, std::abs(v));
    wanted.zeros += v == 0 ? 1 : 0;
    if (v != 0 && (wanted.smallest == 0 || std::abs(v) < wanted.smallest))
      wanted.smallest = std::abs(v);
    wanted.negative |= v < 0;
  }
  const Scan<T> found = loops.scan(x.data(), static_cast<std::int64_t>(x.size()));
  EXPECT_EQ(found.largest, wanted.largest);
  EXPECT_EQ(found.zeros, wanted.zeros);
  EXPECT_EQ(found.nonfinite, wanted.nonfinite);
  EXPECT_EQ(found.negative, wanted.negative);

  std::vector<T> copy(x.size());
  Scan<T> of_copy;
  const auto n = static_cast<std::int64_t>(x.size());
  const bool is_plain = loops.copy_plain(x.data(), n, copy.data(), of_copy);
  const bool can_be = wanted.zeros + wanted.nonfinite == 0;
  if (!can_be || n >= 32) {
    EXPECT_EQ(is_plain, can_be);
  }
  if (!is_plain) return;
  EXPECT_EQ(copy, x);
  EXPECT_EQ(of_copy.largest, wanted.largest);
  EXPECT_EQ(of_copy.smallest, wanted.smallest);
  EXPECT_EQ(of_copy.zeros, 0);
  EXPECT_EQ(of_copy.nonfinite, 0);
  EXPECT_EQ(of_copy.negative, wanted.negative);
}

bool bit(const std::vector<std::uint64_t>& words, std::size_t i) {
  return (words[i / 64] >> (i % 64) & 1) != 0;
}

template <class T>
void check_marks(const SampleLoops<T>& loops, const std::vector<T>& x, const std::vector<T>& more) {
  constexpr std::uint64_t kAfter = 0x5555555555555555;
  const std::size_t words = (x.size() + 63) / 64;
  std::vector<std::uint64_t> nan(words + 1, kAfter), infinite = nan, nonzero = nan;
  const auto n = static_cast<std::int64_t>(x.size());
  loops.mark(x.data(), n, false, nan.data(), infinite.data(), nonzero.data());
  loops.mark(more.data(), n, true, nan.data(), infinite.data(), nonzero.data());
  for (std::size_t i = 0; i < 64 * words; ++i) {
    const T a = i < x.size() ? x[i] : T(0), b = i < x.size() ? more[i] : T(0);
    ASSERT_EQ(bit(nan, i), std::isnan(a) || std::isnan(b)) << i;
    ASSERT_EQ(bit(infinite, i), std::isinf(a) || std::isinf(b)) << i;
    ASSERT_EQ(bit(nonzero, i), a != 0 || b != 0) << i;
  }
  for (const auto* kind : {&nan, &infinite, &nonzero}) EXPECT_EQ(kind->back(), kAfter);
}

template <class T>
void check_results(const SampleLoops<T>& loops, Random& random, const std::vector<T>& x) {
  std::vector<T> y(x.size() + 1, T(7));
  loops.clean(x.data(), static_cast<std::int64_t>(x.size()), y.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], std::isfinite(x[i]) ? x[i] : T(0));
  EXPECT_EQ(y.back(), T(7));
  const auto n = std::min<std::int64_t>(64, static_cast<std::int64_t>(x.size()));
  const std::uint64_t nan = random.bits() & random.bits(), nonzero = random.bits();
  std::vector<T> kept(65);
  for (T& v : kept) v = static_cast<T>(1 + random.unit());
  std::vector<T> results = kept;
  loops.replace(results.data(), n, nan, nonzero);
  for (std::int64_t i = 0; i < 65; ++i) {
    const auto u = static_cast<std::size_t>(i);
    if (i < n && (nan >> i & 1) != 0) EXPECT_TRUE(std::isnan(results[u])) << i;
    else EXPECT_EQ(results[u], i < n && (nonzero >> i & 1) == 0 ? T(0) : kept[u]) << i;
  }
}

/// All results and no other bytes, wherever they lie.
template <class T>
void check_stores(const SampleLoops<T>& loops, const std::vector<T>& x) {
  const std::size_t bytes = x.size() * sizeof(T);
  for (const std::size_t at : {std::size_t{0}, sizeof(T), std::size_t{1}, std::size_t{64}}) {
    std::vector<std::byte> y(bytes + at + 64, std::byte{0x5a});
    loops.store_past(x.data(), static_cast<std::int64_t>(x.size()), y.data() + at, 1);
    flush_stores();
    EXPECT_EQ(std::memcmp(y.data() + at, x.data(), bytes), 0) << at;
    std::fill_n(y.begin() + static_cast<std::ptrdiff_t>(at), bytes, std::byte{0x5a});
    EXPECT_EQ(std::count(y.begin(), y.end(), std::byte{0x5a}),
              static_cast<std::ptrdiff_t>(y.size()));
  }
}

template <class T>
void check(std::int64_t target) {
  const SampleLoops<T>& loops = sample_loops<T>(target);
  Random random(seed());
  for (const std::int64_t n : kLengths)
    for (const std::int64_t one_in : {0, 1, 3, 50, 2000}) {
      SCOPED_TRACE(n);
      const std::vector<T> x = samples<T>(random, n, one_in);
      check_scan(loops, x);
      check_marks(loops, x, samples<T>(random, n, one_in));
      check_results(loops, random, x);
      check_stores(loops, x);
    }
  std::vector<T> one = samples<T>(random, 100, 0);
  for (T& v : one) v = std::abs(v) + T(1);
  for (const T odd : {T(-3), T(0), T(-0.0), std::numeric_limits<T>::infinity()})
    for (const std::size_t at : {0, 15, 63, 99}) {
      std::vector<T> x = one;
      x[at] = odd;
      check_scan(loops, x);
    }
}

TEST(Samples, LoopsAgreeWithTheirDefinition) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check<float>(target);
    check<double>(target);
  }
}

}  // namespace
}  // namespace faltung
