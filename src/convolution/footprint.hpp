// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "faltung/types.hpp"

namespace faltung {

/// Marks of the samples of a block; several kinds share a byte.
enum Mark : std::uint8_t {
  kNaN = 1,       ///< a NaN, in either component
  kInfinite = 2,  ///< an infinity, and no NaN
  kNonZero = 4,   ///< anything but zero
};

/// The bits of a value without its sign. They are ordered as magnitudes are, NaN above infinity,
/// and integers are compared several at a time.
template <class T>
constexpr auto magnitude_bits(T value) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  return std::bit_cast<Bits>(value) & std::numeric_limits<Bits>::max();
}
template <class T>
constexpr auto kInfinityBits = magnitude_bits(std::numeric_limits<T>::infinity());

/// Spreads marks of the kinds in `bits` forward along one axis of a dense array of bytes: an
/// element takes what stood at p, p - dilation, ..., p - (taps - 1) dilation. Doubling makes it
/// log2(taps) passes:
///
///   taps 4:  m[p] |= m[p - d];  m[p] |= m[p - 2d]
void spread_marks(std::uint8_t* marks, const Dims& shape, int axis, std::int64_t taps,
                  std::int64_t dilation, std::uint8_t bits) noexcept;

/// The same along an axis that goes round, from p - k dilation modulo its extent; `other` is as
/// large as `marks`. True where the result is there, and not in `marks`.
bool spread_marks_round(std::uint8_t* marks, std::uint8_t* other, const Dims& shape, int axis,
                        std::int64_t taps, std::int64_t dilation, std::uint8_t bits) noexcept;

}  // namespace faltung
