// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace faltung::test_support {

/// The value of a half, by the definition of binary16.
inline double value_of_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double size = std::ldexp(exponent == 0 ? fraction : 1024 + fraction, std::max(exponent, 1) - 25);
  if (exponent == 31) size = fraction == 0 ? HUGE_VAL : std::nan("");
  return bits >> 15 != 0 ? -size : size;
}

/// The nearest half of a number that is not NaN, found by halving: that with an even fraction of
/// two. 65536, the next number if there were one, stands for infinity.
inline std::uint16_t nearest_half(double v) {
  const auto value = [](int bits) {
    return bits == 0x7C00 ? 65536.0 : value_of_half(static_cast<std::uint16_t>(bits));
  };
  const double size = std::abs(v);
  int low = 0, high = 0x7C00;  // value(low) <= size, or low is 0
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (value(middle) <= size ? low : high) = middle;
  }
  const double below = size - value(low), above = value(high) - size;
  const bool up = above < below || (above == below && high % 2 == 0);
  return static_cast<std::uint16_t>((up ? high : low) | (std::signbit(v) ? 0x8000 : 0));
}

}  // namespace faltung::test_support
