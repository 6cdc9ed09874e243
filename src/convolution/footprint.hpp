// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "faltung/types.hpp"

namespace faltung {

/// Kinds of marks of the samples of a block.
enum Mark : std::uint8_t {
  kNaN = 1,       ///< a NaN, in either component
  kInfinite = 2,  ///< an infinity
  kNonZero = 4,   ///< anything but zero
};

/// Bits from one row of n marks to the next, of a bit each: whole words, or, of short rows, as many
/// rows to a word as fit.
constexpr std::int64_t mark_pitch(std::int64_t n) noexcept {
  return n > 32 ? (n + 63) / 64 * 64
                : static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)));
}
/// Words of the marks of `rows` rows: one more than they fill, since marks are read a word at a
/// time from any of them on.
constexpr std::int64_t mark_words(std::int64_t rows, std::int64_t n) noexcept {
  return (rows * mark_pitch(n) + 63) / 64 + 1;
}

/// 64 marks from bit `at` on. One word beyond the one of the first is read where they share it.
inline std::uint64_t marks_at(const std::uint64_t* marks, std::int64_t at) noexcept {
  const std::uint64_t* word = marks + (at >> 6);
  const auto shift = static_cast<unsigned>(at & 63);
  return shift == 0 ? word[0] : word[0] >> shift | word[1] << (64 - shift);
}

/// The first `count` of 64 marks, 0 < count.
constexpr std::uint64_t first_marks(std::int64_t count) noexcept {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// Spreads marks of one kind forward along one axis: a sample takes what stood at p, p - dilation,
/// ..., p - (taps - 1) dilation. Doubling makes it log2(taps) passes:
///
///   taps 4:  m[p] |= m[p - d];  m[p] |= m[p - 2d]
///
/// Shape    rows of `shape.back()` bits, mark_pitch() apart, in mark_words(). Bits between rows
/// mean
///          nothing.
void spread_marks(std::uint64_t* marks, const Dims& shape, int axis, std::int64_t taps,
                  std::int64_t dilation) noexcept;

/// The same along the outermost axis, of which each part has `words` words, for the words
/// [begin, end) of each: they are spread by themselves. Of rows of whole words.
void spread_marks_of_parts(std::uint64_t* marks, std::int64_t parts, std::int64_t words,
                           std::int64_t begin, std::int64_t end, std::int64_t taps,
                           std::int64_t dilation) noexcept;

/// The same along an axis that goes round, from p - k dilation modulo its extent; `room` is as
/// large as `marks`.
void spread_marks_round(std::uint64_t* marks, std::uint64_t* room, const Dims& shape, int axis,
                        std::int64_t taps, std::int64_t dilation) noexcept;

}  // namespace faltung
