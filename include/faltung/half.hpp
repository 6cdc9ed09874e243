// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace faltung {

/// A number of IEEE 754 binary16, by its bits: 11 significant bits, the largest 65504, the smallest
/// normal one 2^-14, the smallest of all 2^-24.
///
/// A type to keep samples in, not one to compute with: it turns into float by itself, exactly, and
/// comes from numbers of other types on request, by one rounding to the nearest, ties to even.
/// What rounds beyond 65504 becomes infinite; NaN stay NaN with their sign and the upper bits of
/// what they carry, and are quiet.
struct Half {
  std::uint16_t bits = 0;

  constexpr Half() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  explicit constexpr Half(T value) : bits(rounded(to_double(value))) {}
  static constexpr Half from_bits(std::uint16_t bits) {
    Half half;
    half.bits = bits;
    return half;
  }

  constexpr operator float() const {  // NOLINT(google-explicit-constructor): exact
    const std::uint32_t sign = (bits & 0x8000U) << 16, magnitude = bits & 0x7FFFU;
    const std::uint32_t wide = magnitude << 13;  // bits 22 to 13 of a float's fraction
    if (magnitude > 0x7C00) return std::bit_cast<float>(sign | 0x7FC00000U | wide);
    if (magnitude == 0x7C00) return std::bit_cast<float>(sign | 0x7F800000U);
    constexpr std::uint32_t kBias = (127U - 15) << 23;
    if (magnitude >= 0x0400) return std::bit_cast<float>(sign | (wide + kBias));
    // Below the normal numbers: multiples of 2^-24.
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }

 private:
  /// As a double that rounds to the same half: odd in its last bit where it is not exact.
  template <class T>
  static constexpr double to_double(T value) {
    const auto near = static_cast<double>(value);
    if constexpr (sizeof(T) > sizeof(double) && !std::is_integral_v<T>) {
      const T rest = value - static_cast<T>(near);  // NaN where value is not finite
      auto bits = std::bit_cast<std::uint64_t>(near);
      if ((rest < 0 || rest > 0) && bits % 2 == 0) {
        bits = (rest > 0) == (near > 0) ? bits + 1 : bits - 1;
        return std::bit_cast<double>(bits);
      }
    }
    return near;
  }

  static constexpr std::uint16_t rounded(double value) {
    const auto all = std::bit_cast<std::uint64_t>(value);
    const auto sign = static_cast<std::uint16_t>(all >> 48 & 0x8000);
    const std::uint64_t magnitude = all & ~(std::uint64_t{1} << 63);
    constexpr std::uint64_t kInfinity = std::uint64_t{0x7FF} << 52;
    if (magnitude > kInfinity)
      return static_cast<std::uint16_t>(sign | 0x7E00 | (magnitude >> 42 & 0x03FF));
    const auto exponent = static_cast<int>(magnitude >> 52) - 1023;
    if (exponent >= 16) return sign | 0x7C00;
    if (exponent < -25) return sign;
    // The fraction with its leading 1, of which the last bit kept is worth 2^-10 of the first, and
    // 2^-24 at least.
    const std::uint64_t fraction = (magnitude & (kInfinity / 0x7FF - 1)) | kInfinity / 0x7FF;
    const int dropped = 42 + (exponent < -14 ? -14 - exponent : 0);
    const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
    std::uint64_t kept = fraction >> dropped;
    const std::uint64_t rest = fraction & (2 * half - 1);
    if (rest > half || (rest == half && kept % 2 == 1)) ++kept;
    // The leading 1 adds 1 to the exponent, and so does a carry; 65520 and more become infinity.
    const int biased = exponent < -14 ? 0 : exponent + 14;
    return static_cast<std::uint16_t>(sign | ((static_cast<std::uint64_t>(biased) << 10) + kept));
  }
};
static_assert(sizeof(Half) == 2 && std::is_trivially_copyable_v<Half>);

}  // namespace faltung
