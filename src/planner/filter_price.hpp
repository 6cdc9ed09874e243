// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "planner/filter_choice.hpp"

namespace faltung {

/// The entry of a list for axis i, as Problem has them: empty is all ones, one entry is for all.
std::int64_t listed(const Dims& list, int i);
/// How many axes of x a filter of so many axes is convolved along.
int convolved_axes(const Problem& problem, int filter_rank);
/// The shape in which a kernel of the filter's rank meets x: along the last of the convolved axes.
Dims lay_shape(const Problem& problem, const Dims& shape);

/// What kernels apart need more: pages new to the process for each result between them, adding.
constexpr double kNewBytesPerSecond = 4e9, kAddedBytesPerSecond = 12e9;
/// Of the problem's outputs.
double output_bytes(const Problem& problem);

/// Sets stage.seconds, by the planner's own costs, and the rank that it was priced with.
Result<void> price(const FilterProblem& whole, Stage& stage);

struct Priced {
  Chain chain;
  double seconds = std::numeric_limits<double>::infinity();
};

/// Of kernels one after the other, in this order.
Result<Priced> price_chain(const FilterProblem& whole, const std::vector<FilterPart>& kernels);

}  // namespace faltung
