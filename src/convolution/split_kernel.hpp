// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"
#include "convolution/low_rank.hpp"

namespace faltung {

/// One kernel, taken apart, and what its passes can get wrong beyond rounding.
template <class T>
struct SplitKernel {
  LowRank<T> low;
  double noise = 0;  ///< error of an output / max|x~|
  /// Outputs below this may owe more than a rounding to products below the normal numbers.
  double tiny = 0;
  double least = 0;     ///< smallest non-zero |x~| times this: the smallest product on the way
  bool clamps = false;  ///< no tap is negative, but a factor is
  bool gaps = false;    ///< zero taps inside the hull that the terms only make small
  /// Integers, bit i: what the pass along axis i multiplies fits 32 bits with its sign.
  std::uint32_t narrow = 0;
};
template <class T>
SplitKernel<T> split_kernel(const Geometry& geometry, const KernelFacts& facts, LowRank<T> low);

}  // namespace faltung
