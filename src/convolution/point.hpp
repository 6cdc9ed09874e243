// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/extended_input.hpp"
#include "convolution/kernel_taps.hpp"

namespace faltung {

struct Point {
  long double re = 0;
  long double im = 0;
};

/// One output by its definition: the sum over the taps that exist, in long double, whose exponents
/// hold every product of doubles. Slow; it repairs what a fast method cannot get right (partial
/// sums out of range, infinities met by a transform, non-finite taps beside absent samples).
/// `out` is the output's index along each convolved axis.
template <class T>
Point evaluate_point(const Geometry& geometry, const ExtendedInput<long double>& x,
                     const KernelTaps<T>& kernel, const std::int64_t* out) noexcept;

/// The same for integers, exactly: positive and negative terms are summed apart in 192 bits and
/// compared at the end. `x` is read modulo 2^64.
struct WideSum {
  unsigned __int128 low = 0;
  std::uint64_t high = 0;
  bool negative = false;
};
WideSum evaluate_point_wide(const Geometry& geometry, const ExtendedInput<std::int64_t>& x,
                            const KernelTaps<std::int64_t>& kernel,
                            const std::int64_t* out) noexcept;

}  // namespace faltung
