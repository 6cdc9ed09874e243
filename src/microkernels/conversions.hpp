// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// Samples of one integer type on their way into float arithmetic and back. Steps count elements;
/// addresses need not be aligned.
struct FloatConversion {
  void (*load)(const void* from, std::int64_t step, std::int64_t count, float* to) noexcept;
  /// Whole numbers within +-2^24: what does not fit is clamped to the ends of the type,
  void (*clamp)(const float* from, std::int64_t count, void* to, std::int64_t step) noexcept;
  /// or taken modulo 2^bits.
  void (*wrap)(const float* from, std::int64_t count, void* to, std::int64_t step) noexcept;
};

struct FloatConversions {
  FloatConversion u8, i8, u16, i16;
};

/// `target` as in targets.hpp.
const FloatConversions& float_conversions(std::int64_t target) noexcept;

}  // namespace faltung
