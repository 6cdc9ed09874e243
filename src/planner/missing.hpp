// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Samples that are missing, by convolutions of samples that are not: whatever method those run by,
// the definition is one. With v 1 where a sample is there and 0 where it is missing, m = 1 - v, and
// x 0 where it is missing:
//
//   A = h * x    B = |h| * x    V = |h| * v    M = h * m
//   y = A + M B / V                     = A (1 + M / V) where no tap is negative, since B is A
//
// Where no missing sample meets a tap, M is exactly 0 by the contract's exact zeros, and y is A;
// V is below its smallest tap where none that is there does, and y is NaN.
//
// Source   normalised convolution: H. Knutsson, C.-F. Westin, Normalized and differential
//          convolution, CVPR 1993, of order zero with |h| for applicability.
#pragma once

#include "convolution/extended_input.hpp"
#include "faltung/convolve.hpp"
#include "planner/plan_impl.hpp"

namespace faltung {

/// Whether samples can be missing and count otherwise than as NaN. Integers never are.
bool treats_missing(const Problem& problem);

/// A plan of a problem that treats_missing(), for this kernel where there is one: it decides on the
/// ranks of h and |h|. May throw std::bad_alloc.
Result<Plan> plan_missing(const Planner& planner, const Problem& problem, const ConstView* h);

/// The convolutions that make it up.
struct MissingProblems {
  Problem plain;       ///< of samples none of which is missing
  Problem a, b, v, m;  ///< over dense arrays of `shape`
  Problem extension;   ///< x~ with NaN where it is missing; under the boundary odd
  Dims shape;          ///< of x, or of x~
  bool extended = false;
  ElementType samples;    ///< of x, or of x~
  ElementType magnitude;  ///< of |h|
  ElementType result;     ///< of A and B
  bool complex_taps = false;
  bool outside_missing = false;
};
Result<MissingProblems> missing_problems(const Problem& problem);

/// |h| as a dense array (1 all over for a kernel of nothing but zeros, so that there are means),
/// and whether h was it (no tap negative), and whether all taps are finite. `sums_over` is not 0
/// for the axes that are convolved.
struct Magnitudes {
  AnyArray taps;
  bool nonnegative = true, finite = true;
  double largest_sum = 0;  ///< of one kernel
  double least = 0;        ///< of those of its taps that are not 0
};
/// 1 for the axes of h that are convolved, else 0.
Dims convolved_axes_of(const Problem& problem, const ConstView& h);
Magnitudes magnitudes_of(const ConstView& h, ElementType type, const Dims& sums_over);

}  // namespace faltung
