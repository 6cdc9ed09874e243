// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"

namespace faltung {

/// How the kernels of a composed filter meet the input.
///   cheapest  whatever the planner's costs say
///   merged    as one kernel, always
///   apart     one after the other and one beside the other, as far as the contract allows
enum class FilterEvaluation : std::int8_t { cheapest, merged, apart };

/// A plan for one filter: the problem with the filter's full kernel, computed as it stands or,
/// where that is cheaper, by the laws of convolution. Immutable, thread-safe, cheap to copy.
///
///   associativity    x * (a b) = (x * a) * b: a chain, the first kernel over a widened window, so
///                    that the boundary is met once, by x
///   commutativity    the order of such a chain
///   distributivity   x * (a + b) = x * a + x * b
///
/// The result is that of the full kernel: the same zeros, signs, places of NaN and type, within
/// error_bound. Where a chain or a sum cannot promise that, the full kernel runs: integers, forced
/// methods, tolerances and memory limits; and, found when running, samples that are not finite or
/// near the end of their range. docs/accuracy.md has the rules and the bound.
class FALTUNG_API FilterPlan {
 public:
  /// `problem` without its kernel: h_type is the type that the taps are rounded to, h_shape is set
  /// from the filter, which lies along the last of the convolved axes. Extent::same starts at the
  /// filter's origin unless `problem.origin` says otherwise.
  /// Errors: those of Planner::try_plan and Plan::try_prepare.
  static Result<FilterPlan> try_make(const Problem& problem, const Filter& filter,
                                     const Planner& planner = {},
                                     FilterEvaluation evaluation = FilterEvaluation::cheapest);

  /// The problem with the full kernel.
  const Problem& problem() const noexcept;
  Dims output_shape() const noexcept;
  ElementType output_type() const noexcept;
  /// Whether the full kernel runs as one.
  bool merged() const noexcept;
  /// The algorithm, or those of a chain and of terms: "(separable, direct) + direct".
  std::string algorithm() const;
  /// The problem, the laws that were used or could have been and what that saves, and every plan.
  std::string explain() const;
  /// The same as a JSON object {problem, algorithm, filter, laws, seconds, merged_seconds, plans}.
  std::string explain_json() const;
  /// What the planner expects of one run on one thread.
  double predicted_seconds() const;
  /// Bytes of plans, kernels, workspaces and what lies between stages; x and y are the caller's.
  std::int64_t memory_bytes(int threads = 1) const noexcept;

  /// The convolution of x. Allocates. Errors: those of Plan::execute, out_of_memory.
  Result<AnyArray> try_run(const ConstView& x, int threads = 1) const;
  /// Bounds of the error of that run, the rounding of the taps into their type included. Takes up
  /// to the time of two runs.
  Result<ErrorBound> try_error_bound(const ConstView& x) const;

  struct Impl;
  explicit FilterPlan(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

/// `problem` with the filter's shape for its kernel and, for Extent::same, the filter's origin:
/// that of FilterPlan, for plans and streams of the filter's own taps.
FALTUNG_API Result<Problem> with_filter(const Problem& problem, const Filter& filter);

}  // namespace faltung
