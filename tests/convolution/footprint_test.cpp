// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/footprint.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

/// A byte for each sample of a block, and the same as bits.
std::vector<std::uint64_t> packed(const std::vector<char>& marks, std::int64_t row) {
  const std::int64_t rows = static_cast<std::int64_t>(marks.size()) / row;
  std::vector<std::uint64_t> bits(static_cast<std::size_t>(mark_words(rows, row)));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t i = 0; i < row; ++i)
      if (const std::int64_t at = r * mark_pitch(row) + i;
          marks[static_cast<std::size_t>(r * row + i)] != 0)
        bits[static_cast<std::size_t>(at / 64)] |= std::uint64_t{1} << (at % 64);
  return bits;
}

/// Tap by tap.
std::vector<char> spread_slowly(const std::vector<char>& marks, const Dims& shape, int axis,
                                std::int64_t taps, std::int64_t dilation, bool round) {
  std::int64_t inner = 1;
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  std::vector<char> to(marks.size());
  for (std::size_t p = 0; p < marks.size(); ++p)
    for (std::int64_t t = 0; t < taps; ++t) {
      const std::int64_t here = static_cast<std::int64_t>(p) / inner % shape[axis];
      std::int64_t from = here - t * dilation;
      if (round) from = (from % shape[axis] + shape[axis]) % shape[axis];
      if (from < 0) break;
      to[p] = static_cast<char>(
          to[p] |
          marks[static_cast<std::size_t>(static_cast<std::int64_t>(p) - (here - from) * inner)]);
    }
  return to;
}

void check(const Dims& shape, std::int64_t taps, std::int64_t dilation, double density) {
  Random random(seed());
  std::vector<char> marks(static_cast<std::size_t>(element_count(shape)));
  for (char& m : marks) m = random.unit() < density ? 1 : 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    for (const bool round : {false, true}) {
      std::vector<std::uint64_t> bits = packed(marks, shape.back()), room = bits;
      if (round) spread_marks_round(bits.data(), room.data(), shape, axis, taps, dilation);
      else spread_marks(bits.data(), shape, axis, taps, dilation);
      if (!round && axis == 0 && shape.rank() > 1 && mark_pitch(shape.back()) >= 64) {
        // The same by two ranges of words, the second one first.
        std::vector<std::uint64_t> apart = packed(marks, shape.back());
        const std::int64_t words =
            element_count(shape) / shape[0] / shape.back() * mark_pitch(shape.back()) / 64;
        for (const std::int64_t begin : {words / 3, std::int64_t{0}})
          spread_marks_of_parts(apart.data(), shape[0], words, begin,
                                begin == 0 ? words / 3 : words, taps, dilation);
        if (words >= 3) {
          ASSERT_EQ(apart, bits);
        }
      }
      const std::vector<char> wanted = spread_slowly(marks, shape, axis, taps, dilation, round);
      const std::int64_t row = shape.back();
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(wanted.size()); ++i)
        ASSERT_EQ(marks_at(bits.data(), i / row * mark_pitch(row) + i % row) & 1,
                  static_cast<std::uint64_t>(wanted[static_cast<std::size_t>(i)]))
            << to_string(shape) << " axis " << axis << " taps " << taps << " dilation " << dilation
            << (round ? " round" : "") << " at " << i;
    }
}

TEST(Footprint, SpreadsAsTapByTap) {
  for (const Dims& shape : {Dims{7}, Dims{64}, Dims{100}, Dims{640}, Dims{3, 65}, Dims{5, 4, 70},
                            Dims{5, 3, 7}, Dims{9, 2}, Dims{4, 32}, Dims{3, 5, 33}})
    for (const std::int64_t taps : {1, 2, 3, 5, 31, 64, 65, 100, 129})
      for (const std::int64_t dilation : {1, 2, 7, 64}) check(shape, taps, dilation, 0.02);
}

TEST(Footprint, ReadsMarksFromAnyBitOn) {
  const std::uint64_t marks[] = {0x8000000000000001, 0x3, 0};
  EXPECT_EQ(marks_at(marks, 0), marks[0]);
  EXPECT_EQ(marks_at(marks, 63), 0x7u);
  EXPECT_EQ(marks_at(marks, 64), 0x3u);
  EXPECT_EQ(first_marks(1), 1u);
  EXPECT_EQ(first_marks(63), ~std::uint64_t{0} >> 1);
  EXPECT_EQ(first_marks(64), ~std::uint64_t{0});
  EXPECT_EQ(first_marks(1000), ~std::uint64_t{0});
}

}  // namespace
}  // namespace faltung
