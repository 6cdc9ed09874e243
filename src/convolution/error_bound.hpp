// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"
#include "faltung/plan.hpp"

namespace faltung {

/// Norms of the finite samples of x, one pass. Complex samples count as two reals.
struct InputNorms {
  long double largest = 0;  ///< max |component|, extension and cval included
  long double norm2 = 0;    ///< Euclidean norm of x alone
};
InputNorms input_norms(const Geometry& geometry, const ConstView& x);

/// u = eps / 2 of the arithmetic.
double unit_roundoff(const Geometry& geometry) noexcept;
/// Roundings of a sample before any arithmetic: conversion from 64-bit integers, odd reflections.
double input_roundings(const Geometry& geometry) noexcept;

/// c of the direct method's |e| <= c u (|x~| * |h|), chains of kDirectChunk taps at most added up.
inline constexpr std::int64_t kDirectChunk = 128;
/// How many chains: real sums in floating point have whole slices, else whole rows of taps, else
/// parts of one row in each.
std::int64_t direct_chunks(const Geometry& geometry) noexcept;
double direct_coefficient(const Geometry& geometry) noexcept;

/// What `accuracy = componentwise` allows of (|x~| * |h|)_k: the tolerance, or the bound of the
/// direct method where none is given. 0 where the accuracy is another, or results are exact.
double componentwise_tolerance(const Problem& problem, const Geometry& geometry) noexcept;

/// |e| <= c u (|x~| * |h|), in numbers: the maximum from max|x~| sum|h|, the Euclidean norm from
/// Young's inequality where nothing lies outside, else from the maximum. All in a wider type than
/// that of the bound: a norm may leave the range of doubles, and a factor times u the normal
/// numbers, where their product does not.
ErrorBound direct_bound(const Geometry& geometry, double c, const InputNorms& x,
                        long double kernel_sum_abs) noexcept;

/// The same of a coefficient that holds as it stands, without terms of higher order.
ErrorBound linear_bound(const Geometry& geometry, double c, const InputNorms& x,
                        long double kernel_sum_abs) noexcept;

/// What storing results as f16 adds, where y is: results that stay finite are off by 2^-11 of their
/// size more, or by half of the smallest half. `largest` is what no exact result is larger than,
/// `norm2` what their Euclidean norm is no larger than.
void add_storing(ErrorBound& bound, const Geometry& geometry, long double largest,
                 long double norm2) noexcept;

/// Both numbers of a bound, rounded up into doubles: infinity where they leave their range, or
/// where they are not known.
void set_bound(ErrorBound& bound, long double maximum, long double l2) noexcept;

}  // namespace faltung
