// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/square_sums.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "microkernels/targets.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

template <class T>
typename SquareSums<T>::Sum of_size(const typename SquareSums<T>::Sizes& sizes, std::int64_t taps) {
  return taps == 3 ? sizes.three : taps == 5 ? sizes.five : sizes.seven;
}

/// Samples of S and taps, and how results are stored.
template <class S, class T>
struct Draw {
  explicit Draw(Random& random, std::int64_t lanes)
      : taps(3 + 2 * random.whole(0, 2)),
        slices(random.whole(1, taps == 3 ? 4 : 2)),
        rows(random.whole(1, 10)),
        n(lanes + random.whole(0, 11 * lanes)),
        pitch(n + taps + random.whole(0, 5)) {
    const auto whole = [&](std::int64_t low, std::int64_t high) {
      return static_cast<double>(random.whole(low, high));
    };
    x.resize(static_cast<std::size_t>((rows + taps + 3) * pitch));
    for (S& v : x)
      v = static_cast<S>(std::is_floating_point_v<S> ? random.symmetric()
                         : sizeof(S) == 1            ? whole(0, 255)
                                                     : whole(-32768, 32767));
    for (std::int64_t t = 0; t < slices * taps * taps; ++t)
      h.push_back(static_cast<T>(std::is_floating_point_v<T> ? random.symmetric() : whole(-2, 2)));
    for (std::int64_t s = 0; s < slices; ++s) offsets.push_back(random.whole(0, 3) * pitch);
    for (std::int64_t c = 0; c < taps; ++c) columns.push_back(taps - 1 - c);
  }
  RowTaps<T> row_taps() const {
    return {h.data(), slices, taps, taps, offsets.data(), pitch, columns.data(), true};
  }
  /// The sum of an output of short integers, in full.
  std::int64_t whole_sum(std::int64_t row, std::int64_t i) const {
    std::int64_t sum = 0;
    for (std::int64_t s = 0; s < slices; ++s)
      for (std::int64_t k = 0; k < taps; ++k)
        for (std::int64_t c = 0; c < taps; ++c)
          sum += static_cast<std::int64_t>(h[static_cast<std::size_t>((s * taps + k) * taps + c)]) *
                 static_cast<std::int64_t>(
                     x[static_cast<std::size_t>(offsets[static_cast<std::size_t>(s)] +
                                                (row + taps - 1 - k) * pitch + taps - 1 - c + i)]);
    return sum;
  }
  std::int64_t taps, slices, rows, n, pitch;
  std::vector<S> x;
  std::vector<T> h;
  std::vector<std::int64_t> offsets, columns;
};

template <class T>
void check_floats(std::int64_t target, Random& random) {
  const RowSums<T>& reference = row_sums<T>(target);
  const Draw<T, T> d(random, reference.lanes);
  std::vector<T> y(static_cast<std::size_t>(d.rows * (d.n + 1)), T(3)), expected = y;
  const RowTaps<T> taps = d.row_taps();
  EXPECT_FALSE(reference.rows({expected.data(), d.n + 1, d.rows, d.n}, d.x.data(), taps));
  const auto sum = of_size<T>(square_sums<T>(target).same, d.taps);
  EXPECT_FALSE(sum({y.data(), d.n + 1, d.rows, d.n}, d.x.data(), taps));
  ASSERT_EQ(std::memcmp(y.data(), expected.data(), y.size() * sizeof(T)), 0)
      << d.slices << " x " << d.taps << " x " << d.taps << ", " << d.rows << " rows of " << d.n;
  y[0] = std::numeric_limits<T>::infinity();
  std::vector<T> x = d.x;
  x[static_cast<std::size_t>(d.offsets[0])] = y[0];
  EXPECT_TRUE(sum({y.data(), d.n + 1, d.rows, d.n}, x.data(), taps));
}

template <class S, class O>
void check_integers(std::int64_t target, Random& random, bool clamps,
                    const SquareSums<std::int16_t>::Sizes& sizes) {
  const Draw<S, std::int16_t> d(random, row_sums<std::int16_t>(target).lanes);
  std::vector<O> y(static_cast<std::size_t>(d.rows * (d.n + 1)), O(3));
  of_size<std::int16_t>(sizes, d.taps)({y.data(), d.n + 1, d.rows, d.n}, d.x.data(), d.row_taps());
  for (std::int64_t j = 0; j < d.rows; ++j) {
    for (std::int64_t i = 0; i < d.n; ++i) {
      std::int64_t sum = d.whole_sum(j, i);
      if (clamps) sum = std::clamp<std::int64_t>(sum, 0, 255);
      ASSERT_EQ(y[static_cast<std::size_t>(j * (d.n + 1) + i)], static_cast<O>(sum))
          << d.taps << " taps, row " << j << ", " << i << " of " << d.n;
    }
    ASSERT_EQ(y[static_cast<std::size_t>(j * (d.n + 1) + d.n)], O(3)) << "written behind a row";
  }
}

TEST(SquareSums, OfFloatsAreTheChainsOfRowSumsToTheBit) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits())
    for (int i = 0; i < 60; ++i) {
      check_floats<float>(target, random);
      check_floats<double>(target, random);
    }
}

TEST(SquareSums, OfIntegersAreExact) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits()) {
    const SquareSums<std::int16_t>& squares = square_sums<std::int16_t>(target);
    for (int i = 0; i < 25; ++i) {
      check_integers<std::int16_t, std::int16_t>(target, random, false, squares.same);
      check_integers<std::uint8_t, std::uint8_t>(target, random, true, squares.bytes_clamped);
      check_integers<std::uint8_t, std::uint8_t>(target, random, false, squares.bytes_wrapped);
      check_integers<std::uint8_t, std::int16_t>(target, random, false, squares.bytes_to_shorts);
    }
  }
}

}  // namespace
}  // namespace faltung
