// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"

namespace faltung {

/// Several filters of one input, such as oriented ones. Their kernels are laid into one box (taps
/// of 0 around the smaller ones, which are taps like others), so that one plan computes all:
/// transforms of x are made once for all of them. Immutable, thread-safe, cheap to copy.
class FALTUNG_API FilterBankPlan {
 public:
  /// `problem` without its kernel, as for FilterPlan: h_type is the type of the taps; Extent::same
  /// starts at the filters' common origin. x has one axis less than 16.
  /// Errors: shape_mismatch (no filters, different ranks), those of FilterPlan::try_make.
  static Result<FilterBankPlan> try_make(const Problem& problem, std::span<const Filter> filters,
                                         const Planner& planner = {});

  /// The problem with a bank of kernels: x and y have an axis for the filters in front.
  const Problem& problem() const noexcept;
  const Plan& plan() const noexcept;
  const Kernel& kernel() const noexcept;
  /// The kernels as the plan has them.
  const AnyArray& taps() const noexcept;
  /// [filters, ...]: the result of each filter, one after the other.
  Dims output_shape() const noexcept;
  ElementType output_type() const noexcept;
  /// What is shared, and the plan.
  std::string explain() const;

  /// Allocates. Errors: those of Plan::execute, out_of_memory.
  Result<AnyArray> try_run(const ConstView& x, int threads = 1) const;
  Result<ErrorBound> try_error_bound(const ConstView& x) const;

  struct Impl;
  explicit FilterBankPlan(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

/// What a gradient is computed by, and where.
struct GradientOptions {
  GradientOperator op = GradientOperator::sobel;
  double sigma = 1;  ///< of GradientOperator::gaussian, in samples
  Dims axes = {};    ///< one and more; all unless given
  Boundary boundary = Boundary::mirror;
  double cval = 0;
  Nan nan = Nan::propagate;
  std::string method = "auto";
};

/// The gradient of pictures and volumes, of the size of x: along each axis the operator's
/// derivative, scaled so that a ramp that rises by 1 a sample gives 1 (Sobel in pictures: sobel_x()
/// / 8).
///
///   magnitude     sqrt(dx^2 + dy^2 + ...)
///   orientation   atan2(dy, dx), of two axes: the direction in which samples rise fastest, in
///                 radians from the last axis (x) towards the one before it (y, downwards); 0 where
///                 both are 0
///
/// What is shared: kernels that are not transformed run over strips of x, whose derivatives stay in
/// the cache and are never written; others share the transforms of x.
/// Types   x real or integer; results in f32 (of f32 and integers of 8 and 16 bits) or f64.
/// Errors  type_mismatch (complex x), invalid_argument, those of FilterBankPlan.
class FALTUNG_API GradientPlan {
 public:
  static Result<GradientPlan> try_make(ElementType x_type, const Dims& x_shape,
                                       const GradientOptions& options = {},
                                       const Planner& planner = {});

  struct Gradient {
    AnyArray magnitude, orientation;  ///< the latter empty unless it was asked for
  };
  /// Bits do not depend on the number of threads.
  Result<Gradient> try_run(const ConstView& x, bool orientation = false, int threads = 1) const;
  /// Of the magnitude. Takes up to the time of two runs.
  Result<ErrorBound> try_error_bound(const ConstView& x) const;

  const Problem& problem() const noexcept;
  const FilterBankPlan& bank() const noexcept;
  /// What a derivative is multiplied by.
  double scale() const noexcept;
  std::string explain() const;

  struct Impl;
  explicit GradientPlan(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

/// The magnitude of the gradient, in one line. Throws Error.
FALTUNG_API AnyArray gradient_magnitude(const ConstView& x, const GradientOptions& options = {});

}  // namespace faltung
