// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"
#include "convolution/low_rank.hpp"
#include "microkernels/line_sums.hpp"

namespace faltung {

/// One kernel, taken apart, and what its passes can get wrong beyond rounding.
template <class T>
struct SplitKernel {
  LowRank<T> low;
  std::vector<Symmetry> symmetry;  ///< of each factor, term by term
  double noise = 0;                ///< error of an output / max|x~|
  /// Outputs below this may owe more than a rounding to products below the normal numbers.
  double tiny = 0;
  double least = 0;     ///< smallest non-zero |x~| times this: the smallest product on the way
  bool clamps = false;  ///< no tap is negative, but a factor is
  bool gaps = false;    ///< zero taps inside the hull that the terms only make small
  /// Integers, bit i: what the pass along axis i multiplies fits 32 bits with its sign.
  std::uint32_t narrow = 0;
};
/// What is bitwise symmetric, or up to the sign, may be folded.
template <class T>
std::vector<Symmetry> symmetries(const Geometry& geometry, const LowRank<T>& low);
template <class T>
SplitKernel<T> split_kernel(const Geometry& geometry, const KernelFacts& facts, LowRank<T> low);

}  // namespace faltung
