// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// Samples of a type that is not computed with, on their way into arithmetic in T and back. Steps
/// count elements; addresses need not be aligned.
template <class T>
struct Conversion {
  void (*load)(const void* from, std::int64_t step, std::int64_t count, T* to) noexcept;
  /// Any numbers, floats rounded to the nearest integer (ties to even ones, NaN to 0): what does
  /// not fit is clamped to the ends of the type.
  void (*clamp)(const T* from, std::int64_t count, void* to, std::int64_t step) noexcept;
  /// Whole numbers, within +-2^24 if they are floats, modulo 2^bits.
  void (*wrap)(const T* from, std::int64_t count, void* to, std::int64_t step) noexcept;
};

template <class T>
struct Conversions {
  Conversion<T> u8, i8, u16, i16;
};
/// Floats become halves (Half of types.hpp, to the bit) one way, which is both `clamp` and `wrap`.
template <>
struct Conversions<float> {
  Conversion<float> u8, i8, u16, i16, f16;
};

/// T is float, or int16_t: integers modulo 2^16, whose value is then meant as signed. `target` as
/// in targets.hpp.
template <class T>
const Conversions<T>& conversions(std::int64_t target) noexcept;

}  // namespace faltung
