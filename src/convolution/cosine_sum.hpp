// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "convolution/low_rank.hpp"
#include "microkernels/window_sums.hpp"

namespace faltung {

/// A one-dimensional kernel as sums over windows compute it: a few cosines about its middle, or
/// one number, a box.
template <class T>
struct CosineSum {
  std::int64_t taps = 1;
  int cosines = 1;
  WindowNumber<T> weight = 0;         ///< of a box
  std::vector<double> sample, shift;  ///< the tables of WindowTaps
  double sum_abs = 0;                 ///< sum of |tap| of the kernel that it stands for, rounded up
  double residual = 0;                ///< sum |tap - that of the cosines|, measured; 0 for a box
  double growth = 1;  ///< sum of the cosines' |amplitude| taps / sum_abs: what cancels

  WindowTaps<T> view() const { return {taps, cosines, weight, sample.data(), shift.data()}; }
};

/// A kernel of one product, every factor a sum of cosines.
template <class T>
struct CosineKernel {
  LowRank<T> low;
  std::vector<CosineSum<T>> factors;  ///< one along each axis
  /// sum |h - what the cosines come to|, rounded up.
  double left = 0;
  int cosines = 1;  ///< the most along an axis
};

/// Amplitudes may cancel so much of each other.
inline constexpr double kCosineGrowth = 8;
/// Of kernels with more taps along an axis only boxes are found.
inline constexpr std::int64_t kMostCosineTaps = 1 << 16;

/// The fewest cosines for each factor, at most `most`, that leave what the problem allows; none
/// where the kernel is not one product, has a zero or factors of taps of both signs, or needs more.
/// Time in proportion to the taps. May throw std::bad_alloc.
template <class T>
std::optional<CosineKernel<T>> as_cosines(const Problem& problem, const Geometry& geometry,
                                          const KernelTaps<T>& kernel, std::int64_t most);

/// The smallest number of cosines of which every kernel of `h` has at most so many along each axis;
/// 0 where there is none up to `most`. More than one are looked for only with a tolerance.
std::int64_t find_cosines(const Problem& problem, const Geometry& geometry, const ConstView& h,
                          std::int64_t most);

/// c of |e| <= c u (|x~| * |h'|), the roundings of all passes but those of sums in float64, and a
/// bound of |y - exact| / (max|x| sum|h|) from shapes and the tolerance.
double window_coefficient(const Geometry& geometry);
/// Relative error of the sums in doubles along one axis of so many taps, for a growth of 1.
double window_sum_error(std::int64_t taps, std::int64_t cosines, bool chunks);
double recursive_error(const Problem& problem, const Geometry& geometry);

}  // namespace faltung
