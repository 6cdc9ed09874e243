// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/row_sums.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "microkernels/samples.hpp"
#include "microkernels/targets.hpp"
#include "microkernels/weighted_sum.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

/// Samples, taps and places, all drawn at random.
template <class T>
struct Draw {
  Draw(Random& random, std::int64_t n, std::int64_t out_rows, std::int64_t rows,
       std::int64_t columns, std::int64_t slices)
      : pitch(n + columns + random.whole(0, 5)) {
    for (std::int64_t s = 0; s < slices; ++s) slice_offsets.push_back(random.whole(0, 3) * pitch);
    for (std::int64_t c = 0; c < columns; ++c) column_offsets.push_back(columns - 1 - c);
    for (std::int64_t t = 0; t < slices * rows * columns; ++t)
      h.push_back(static_cast<T>(random.symmetric()));
    x.resize(static_cast<std::size_t>((rows + out_rows + 3) * pitch));
    for (T& v : x) v = static_cast<T>(random.symmetric());
    taps = {h.data(),
            slices,
            rows,
            columns,
            slice_offsets.data(),
            pitch,
            column_offsets.data(),
            random.whole(0, 1) == 1};
  }
  /// The chain of one output by the loops of one row, which have a test of their own.
  T expected(std::int64_t target, std::int64_t row, std::int64_t i) const {
    std::vector<std::int64_t> offsets;
    for (std::int64_t s = 0; s < taps.slices; ++s)
      for (std::int64_t k = 0; k < taps.rows; ++k)
        for (std::int64_t c = 0; c < taps.columns; ++c)
          offsets.push_back(slice_offsets[static_cast<std::size_t>(s)] +
                            (row + taps.rows - 1 - k) * pitch +
                            column_offsets[static_cast<std::size_t>(c)] + i);
    std::vector<T> padded = x, y(1 + kRowSlack);
    padded.resize(x.size() + kRowSlack);
    weighted_sum<T>(target).real(y.data(), padded.data(), 1, offsets.data(), h.data(),
                                 static_cast<std::int64_t>(h.size()), false);
    return y[0];
  }
  std::int64_t pitch;
  std::vector<T> x, h;
  std::vector<std::int64_t> slice_offsets, column_offsets;
  RowTaps<T> taps;
};

template <class T>
bool same_bits(T a, T b) {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<U>(a) == std::bit_cast<U>(b);
}

template <class T>
void check_rows(std::int64_t target, Random& random) {
  const RowSums<T>& loops = row_sums<T>(target);
  const std::int64_t rows = random.whole(1, 11);
  const std::int64_t columns = random.whole(0, 3) == 0 ? random.whole(8, 40) : random.whole(1, 7);
  const std::int64_t n = loops.lanes + random.whole(0, 9 * loops.lanes);
  const std::int64_t out_rows = random.whole(1, 19), slices = random.whole(1, 3);
  const Draw<T> d(random, n, out_rows, rows, columns, slices);
  for (const bool accumulate : {false, true}) {
    std::vector<T> y(static_cast<std::size_t>(out_rows * (n + 1)), T(3));
    EXPECT_FALSE(loops.rows({y.data(), n + 1, out_rows, n, accumulate, T(0)}, d.x.data(), d.taps));
    for (std::int64_t j = 0; j < out_rows; ++j) {
      for (std::int64_t i = 0; i < n; ++i) {
        const T sum = d.expected(target, j, i), want = accumulate ? T(3) + sum : sum;
        ASSERT_TRUE(same_bits(y[static_cast<std::size_t>(j * (n + 1) + i)], want))
            << rows << " x " << columns << ", row " << j << " of " << out_rows << ", " << i
            << " of " << n;
      }
      ASSERT_EQ(y[static_cast<std::size_t>(j * (n + 1) + n)], T(3)) << "written behind a row";
    }
  }
}

TEST(RowSums, AreTheChainsOfSingleRowsToTheBit) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits())
    for (int i = 0; i < 60; ++i) {
      check_rows<float>(target, random);
      check_rows<double>(target, random);
    }
}

/// One row of neighbouring taps, which has loops of its own: rows of any length, wherever y lies.
template <class T>
void check_long_row(std::int64_t target, Random& random) {
  const RowSums<T>& loops = row_sums<T>(target);
  const std::int64_t columns = random.whole(1, 70), n = loops.lanes + random.whole(0, 700);
  Draw<T> d(random, n, 1, 1, columns, 1);
  d.taps.adjacent = true;
  const auto before = static_cast<std::size_t>(random.whole(0, 20));
  for (const int way : {0, 1, 2}) {
    const bool accumulate = way == 1, passes = way == 2;
    std::vector<T> y(before + static_cast<std::size_t>(n) + 1, T(3));
    EXPECT_FALSE(
        loops.rows({y.data() + before, 0, 1, n, accumulate, T(0), passes}, d.x.data(), d.taps));
    flush_stores();
    for (std::int64_t i = 0; i < n; ++i) {
      const T sum = d.expected(target, 0, i), want = accumulate ? T(3) + sum : sum;
      ASSERT_TRUE(same_bits(y[before + static_cast<std::size_t>(i)], want))
          << columns << " taps, " << i << " of " << n;
    }
    ASSERT_TRUE(std::all_of(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(before),
                            [](T v) { return v == T(3); }));
    ASSERT_EQ(y.back(), T(3)) << "written behind the row";
  }
}

TEST(RowSums, OfLongRowsAreTheSameChains) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits())
    for (int i = 0; i < 30; ++i) {
      check_long_row<float>(target, random);
      check_long_row<double>(target, random);
    }
}

/// A result that is not finite or small is told, wherever in a row it is.
template <class T>
void check_long_watch(std::int64_t target, Random& random) {
  const RowSums<T>& loops = row_sums<T>(target);
  for (const std::int64_t n : {loops.lanes, 5 * loops.lanes + 1, 47 * loops.lanes - 1}) {
    Draw<T> d(random, n, 1, 1, 9, 1);
    d.taps.adjacent = true;
    d.h.assign(9, T(0));
    d.h[0] = T(1);
    std::vector<T> y(static_cast<std::size_t>(n));
    for (T& v : d.x) v = T(1);
    const auto doubtful = [&] {
      return loops.rows({y.data(), 0, 1, n, false, T(9) * std::numeric_limits<T>::min()},
                        d.x.data(), d.taps);
    };
    EXPECT_FALSE(doubtful());
    for (const T v : {std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN(), T(0),
                      -std::numeric_limits<T>::min() * 8})
      for (int i = 0; i < 20; ++i) {
        const auto at = static_cast<std::size_t>(d.slice_offsets[0] + 8 + random.whole(0, n - 1));
        d.x[at] = v;
        EXPECT_TRUE(doubtful()) << v << " at " << at << " of " << n;
        d.x[at] = T(1);
      }
  }
}

TEST(RowSums, OfLongRowsTellWhatIsDoubtful) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits()) {
    check_long_watch<float>(target, random);
    check_long_watch<double>(target, random);
  }
}

template <class T>
void check_watch(std::int64_t target) {
  const RowSums<T>& loops = row_sums<T>(target);
  const std::int64_t n = 3 * loops.lanes + 1, zero = 0;
  const T one = 1;
  const RowTaps<T> taps{&one, 1, 1, 1, &zero, n, &zero, true};
  std::vector<T> x(static_cast<std::size_t>(loops.lanes * n), T(1)), y(x.size());
  const OutputRows<T> out{y.data(), n, loops.lanes, n, false, T(0.5)};
  const auto doubtful = [&] { return loops.rows(out, x.data(), taps); };
  EXPECT_FALSE(doubtful());
  for (const T v : {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                    std::numeric_limits<T>::quiet_NaN(), T(0), T(-0.25)})
    for (std::size_t i = 0; i < x.size(); i += 7) {
      x[i] = v;
      EXPECT_TRUE(doubtful()) << v << " at " << i;
      x[i] = T(-0.5);
    }
}

TEST(RowSums, OfShortIntegersAreModular) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits()) {
    const RowSums<std::int16_t>& loops = row_sums<std::int16_t>(target);
    for (int round = 0; round < 40; ++round) {
      const std::int64_t rows = random.whole(1, 6), columns = random.whole(1, 6);
      const std::int64_t n = loops.lanes + random.whole(0, 5 * loops.lanes);
      const std::int64_t out_rows = random.whole(1, 9), pitch = n + columns;
      std::vector<std::int16_t> h, y(static_cast<std::size_t>(out_rows * n));
      std::vector<std::int16_t> x(static_cast<std::size_t>((out_rows + rows) * pitch));
      std::vector<std::int64_t> offsets;
      const std::int64_t zero = 0;
      const auto draw = [&] { return static_cast<std::int16_t>(random.whole(-32768, 32767)); };
      for (std::int16_t& v : x) v = draw();
      for (std::int64_t t = 0; t < rows * columns; ++t) h.push_back(draw());
      for (std::int64_t c = 0; c < columns; ++c) offsets.push_back(columns - 1 - c);
      EXPECT_FALSE(loops.rows({y.data(), n, out_rows, n, false, 0}, x.data(),
                              {h.data(), 1, rows, columns, &zero, pitch, offsets.data(), true}));
      for (std::int64_t j = 0; j < out_rows; ++j)
        for (std::int64_t i = 0; i < n; ++i) {
          std::int64_t sum = 0;
          for (std::int64_t k = 0; k < rows; ++k)
            for (std::int64_t c = 0; c < columns; ++c)
              sum += std::int64_t{h[static_cast<std::size_t>(k * columns + c)]} *
                     x[static_cast<std::size_t>((j + rows - 1 - k) * pitch + columns - 1 - c + i)];
          ASSERT_EQ(y[static_cast<std::size_t>(j * n + i)], static_cast<std::int16_t>(sum));
        }
    }
  }
}

TEST(RowSums, TellWhatIsWorthALook) {
  for (const std::int64_t target : supported_target_bits()) {
    check_watch<float>(target);
    check_watch<double>(target);
  }
}

}  // namespace
}  // namespace faltung
