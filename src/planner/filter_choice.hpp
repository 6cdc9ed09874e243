// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <unordered_map>

#include "faltung/filter_plan.hpp"
#include "filter/part.hpp"

namespace faltung {

/// What the walk found out before, since it meets most kernels and problems often.
struct Known {
  std::unordered_map<std::string, double> seconds;      ///< of problems, by their text
  std::unordered_map<const void*, std::int64_t> ranks;  ///< of kernels, by their identity
  std::vector<FilterPart> looked_at;                    ///< those kernels
};

/// A problem with the full kernel of a filter.
struct FilterProblem {
  Problem problem;
  std::shared_ptr<const Filter> filter;
  Planner planner;
  /// Evaluations that take longer are not looked at.
  double limit_seconds = std::numeric_limits<double>::infinity();
  Known* known = nullptr;  ///< while choose() runs
};

/// One convolution; `problem` says which rank its kernel has.
struct Stage {
  Problem problem;
  FilterPart kernel;
  double seconds = 0;
};

/// Kernels that meet the input one after the other; the results of terms are added up.
using Chain = std::vector<Stage>;
struct Evaluation {
  std::vector<Chain> terms;
  double seconds = 0;
  double merged_seconds = 0;      ///< of the full kernel; 0: not asked
  double apart_seconds = 0;       ///< of all kernels apart, where they were merged; 0: not asked
  std::vector<std::string> laws;  ///< a sentence each, for explain()
  bool merged = true;             ///< `terms` are the full kernel alone
};

/// Sets the problem's h_shape and, for Extent::same, its origin from the filter.
Result<FilterProblem> lay(const Problem& problem, const Filter& filter, const Planner& planner);

/// Dense taps in the type that the problem has for them.
Result<AnyArray> typed_taps(const FilterPart& kernel, const Problem& problem);

/// How the filter is evaluated: as `evaluation` says, as far as the contract allows.
Result<Evaluation> choose(const FilterProblem& whole, FilterEvaluation evaluation);

/// Adds the sentences that explain() prints.
void name_laws(const FilterPart& filter, Evaluation& evaluation);
/// And what its terms share where the plan of the full kernel runs them as one.
void name_shared(const FilterPart& filter, const Plan& plan, Evaluation& evaluation);

/// Whether kernels one after the other, in this order, keep the zeros and signs of their product,
/// and its range, for all finite data of moderate size; whether kernels beside each other keep
/// those of their sum. The taps are looked at as they are in `type`.
bool keeps_contract_as_chain(std::span<const FilterPart> kernels, ElementType type);
bool keeps_contract_as_sum(std::span<const FilterPart> kernels, ElementType type);

}  // namespace faltung
