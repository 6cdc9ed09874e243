// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"
#include "faltung/plan.hpp"

namespace faltung {

/// Norms of the finite samples of x, one pass. Complex samples count as two reals.
struct InputNorms {
  double largest = 0;  ///< max |component|, extension and cval included
  double norm2 = 0;    ///< Euclidean norm of x alone
};
InputNorms input_norms(const Geometry& geometry, const ConstView& x);

/// u = eps / 2 of the arithmetic.
double unit_roundoff(const Geometry& geometry) noexcept;
/// Roundings of a sample before any arithmetic: conversion from 64-bit integers, odd reflections.
double input_roundings(const Geometry& geometry) noexcept;

/// |e| <= c u (|x~| * |h|), in numbers: the maximum from max|x~| sum|h|, the Euclidean norm from
/// Young's inequality where nothing lies outside, else from the maximum.
ErrorBound direct_bound(const Geometry& geometry, double c, const InputNorms& x,
                        double kernel_sum_abs) noexcept;

/// The same of a coefficient that holds as it stands, without terms of higher order.
ErrorBound linear_bound(const Geometry& geometry, double c, const InputNorms& x,
                        double kernel_sum_abs) noexcept;

/// A bound whose norms left the range of doubles bounds nothing: infinity instead of NaN.
ErrorBound known(ErrorBound bound) noexcept;

}  // namespace faltung
