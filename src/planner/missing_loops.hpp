// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "faltung/plan.hpp"

namespace faltung {

/// Whether a sample of x is missing: NaN in any component.
bool any_missing(const ConstView& x, Workspace& workspace) noexcept;

/// Copies x into dense `to` of the same type, with 0 for what is missing; `there` is 1 where a
/// sample is not missing and `gone` the contrary, one byte a sample.
void part_samples(const ConstView& x, std::byte* to, std::uint8_t* there, std::uint8_t* gone,
                  Workspace& workspace) noexcept;

/// The four convolutions, dense: A and B of the result's type, V of its real part, M as `h` is.
struct MissingSums {
  const std::byte *a = nullptr, *b = nullptr;  ///< b: a where no tap is negative
  const std::byte *v = nullptr, *m = nullptr;  ///< m null: all that is missing counts (filling)
  /// A weight below this is none: half of the smallest tap that is not 0. Where taps are 0 between
  /// others, or dilated, a transform leaves some rounding of what is nothing.
  double least_v = 0;
  ElementType type = ElementType::f64;  ///< of a and b
  bool complex_m = false;
  bool halves = false;  ///< what comes of them, results or fills, is rounded to f16
};

/// y = A + M B / V.
void combine(const MissingSums& sums, const View& y, Workspace& workspace) noexcept;

/// Replaces what is missing in dense `x` by B / V: NaN where V is 0. `gone` says what is missing.
void fill(const MissingSums& sums, const std::uint8_t* gone, const View& x) noexcept;

/// Bounds of what A, B, V and M are off by, absolutely; of V, and of M where no tap is negative,
/// relative to themselves, too.
struct SumErrors {
  double a = 0, b = 0, v = 0, m = 0;
  double relative_v = HUGE_VAL, relative_m = HUGE_VAL;
};
/// The maximum and the Euclidean norm of the bounds of all outputs that are finite; with `gone`, of
/// the fills of samples that are missing.
struct ErrorSize {
  double maximum = 0, l2 = 0;
};
ErrorSize error_of(const MissingSums& sums, const SumErrors& errors, std::int64_t count,
                   const std::uint8_t* gone) noexcept;

}  // namespace faltung
