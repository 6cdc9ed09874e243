// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace faltung {

/// The exponent of the largest magnitude, or 0 where it lies between powers of two between which no
/// sum or product of a transform can leave the range: beyond, a block is scaled. Float: 2^30
/// samples and taps give spectra up to 2^54 and results up to 2^108.
template <class T>
int exponent_to_divide(double largest) {
  constexpr double kSafe = sizeof(T) == 4 ? 0x1p30 : 0x1p300;
  const bool safe = largest == 0 || (largest >= 1 / kSafe && largest < 2 * kSafe);
  return safe ? 0 : std::ilogb(largest);
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
