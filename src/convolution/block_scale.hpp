// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace faltung {

/// Powers of two between which no sum or product of a transform can leave the range: beyond, a
/// block is scaled. Float: 2^30 samples and taps give spectra up to 2^54 and results up to 2^108.
template <class T>
constexpr int kSafeExponent = sizeof(T) == 4 ? 30 : 300;

template <class T>
int exponent_to_divide(double largest) {
  constexpr double kLow = sizeof(T) == 4 ? 0x1p-30 : 0x1p-300;
  constexpr double kHigh = sizeof(T) == 4 ? 0x1p31 : 0x1p301;
  if (largest == 0 || (largest >= kLow && largest < kHigh)) return 0;  // as nearly always
  const int e = std::ilogb(largest);
  return std::abs(e) > kSafeExponent<T> ? e : 0;
}

/// v 2^e for any e, in steps that do not round but for the last.
template <class T>
void scale_by(T* values, std::int64_t n, int e) {
  constexpr int kStep = sizeof(T) == 4 ? 100 : 1000;
  for (; e != 0;) {
    const int step = std::clamp(e, -kStep, kStep);
    const T factor = std::ldexp(T(1), step);
    for (std::int64_t i = 0; i < n; ++i) values[i] *= factor;
    e -= step;
  }
}

}  // namespace faltung
