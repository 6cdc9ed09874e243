// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What the kernels of a filter cost, by the planner's own predictions. A chain computes in each
// stage what the next one reads:
//
//   outputs of the full kernel        first ............ last      (indices of the full result)
//   stage 2: valid over z with b      first ............ last
//   stage 1: z = x~ * a       first - (Kb - 1) ......... last
#include "planner/filter_price.hpp"

#include <algorithm>

#include "convolution/geometry.hpp"
#include "convolution/low_rank.hpp"
#include "planner/choice.hpp"

namespace faltung {
namespace {

/// Taps among which a composed kernel's rank is looked for.
constexpr std::int64_t kSearched = 1 << 12;

int aligned_rank(const Problem& p, int filter_rank) {
  return std::max(p.x_shape.rank(), filter_rank);
}

/// The rank of a kernel; that of many taps as far as it matters where the kernel stands alone.
std::int64_t found_rank(const FilterProblem& whole, const Problem& problem,
                        const FilterPart& kernel) {
  const auto [rank, unknown] = whole.known->ranks.try_emplace(kernel.identity(), 0);
  if (!unknown) return rank->second;
  whole.known->looked_at.push_back(kernel);
  const auto geometry = lower(problem);
  const std::int64_t most = geometry ? terms_worth_having(*geometry) : 0;
  if (most == 0) return 0;
  const auto taps = typed_taps(kernel, problem);
  if (!taps) return 0;
  const auto found = kernel.count() <= kSearched
                         ? find_rank(problem, *geometry, taps->view(), most)
                         : useful_rank(whole.planner, problem, taps->view());
  if (found) rank->second = *found;
  return rank->second;
}

/// The rank of the stage's kernel; where many taps are composed, no more than a bound of it, since
/// looking for it takes longer than it is worth for kernels that are only asked for their price.
std::int64_t rank_of(const FilterProblem& whole, const Stage& stage) {
  if (stage.kernel.count() <= kSearched) return found_rank(whole, stage.problem, stage.kernel);
  const auto of_operand = [&](const FilterPart& kernel) {
    Problem problem = stage.problem;
    problem.h_shape = lay_shape(problem, kernel.shape());
    return found_rank(whole, problem, kernel);
  };
  const auto geometry = lower(stage.problem);
  return geometry ? stage.kernel.rank_bound(of_operand, terms_worth_having(*geometry)) : 0;
}

/// The first problem of a chain: its window is that of the outputs, widened by what follows.
Result<Problem> first_problem(const FilterProblem& whole, const std::vector<FilterPart>& kernels) {
  const auto resolved = resolve(whole.problem);
  if (!resolved) return tl::unexpected(resolved.error());
  Problem p = whole.problem;
  const Filter& filter = *whole.filter;
  const int rank = filter.shape.rank(), skipped = convolved_axes(p, rank) - rank;
  const bool turned = p.operation == Operation::correlate;
  p.operation = Operation::convolve;
  p.extent = Extent::full;
  p.lags = {};
  p.origin = {};
  p.window = {};
  for (int i = 0; i < static_cast<int>(resolved->convolved.size()); ++i) {
    const Axis& axis =
        resolved->axes[static_cast<std::size_t>(resolved->convolved[static_cast<std::size_t>(i)])];
    const int j = i - skipped;  // the filter's own axis
    std::int64_t later = 0, widened = 0;
    if (j >= 0) later = turned ? filter.shape[j] - 1 - filter.origin_at(j) : filter.origin_at(j);
    for (std::size_t k = 0; j >= 0 && k < kernels.size(); ++k) {
      later -= kernels[k].box().origin[j];
      if (k > 0) widened += kernels[k].shape()[j] - 1;
    }
    const std::int64_t first = axis.first - later * listed(p.dilation, i);
    p.window.push_back(
        {first - widened * listed(p.dilation, i), first + axis.step * (axis.count - 1) + 1});
  }
  return p;
}

}  // namespace

std::int64_t listed(const Dims& list, int i) {
  return list.empty() ? 1 : list[list.rank() == 1 ? 0 : i];
}

int convolved_axes(const Problem& p, int filter_rank) {
  return p.axes.empty() ? aligned_rank(p, filter_rank) : p.axes.rank();
}

Dims lay_shape(const Problem& p, const Dims& shape) {
  const int rank = aligned_rank(p, shape.rank()),
            skipped = convolved_axes(p, shape.rank()) - shape.rank();
  Dims laid(rank, 1);
  for (int j = 0; j < shape.rank(); ++j) {
    const std::int64_t axis = p.axes.empty() ? skipped + j : p.axes[skipped + j];
    const std::int64_t at = axis < 0 ? axis + rank : axis;
    if (at >= 0 && at < rank) laid[static_cast<int>(at)] = shape[j];  // else Problem::check refuses
  }
  return laid;
}

double output_bytes(const Problem& p) {
  const auto shape = p.output_shape();
  return shape ? static_cast<double>(element_count(*shape)) *
                     static_cast<double>(size_bytes(p.result_type()))
               : 0;
}

/// A kernel that cannot be merged, since its taps leave the range, costs more than all others.
Result<void> price(const FilterProblem& whole, Stage& stage) {
  stage.seconds = std::numeric_limits<double>::infinity();
  if (!stage.kernel.in_range()) return {};
  stage.problem.kernel_rank = rank_of(whole, stage);
  const auto [known, unknown] = whole.known->seconds.try_emplace(
      stage.problem.to_string(), std::numeric_limits<double>::infinity());
  if (unknown) {
    const auto candidates = whole.planner.candidates(stage.problem);
    if (!candidates) return tl::unexpected(candidates.error());
    for (const Candidate& c : *candidates)
      if (c.supported) known->second = std::min(known->second, c.seconds);
  }
  stage.seconds = known->second;
  return {};
}

Result<Priced> price_chain(const FilterProblem& whole, const std::vector<FilterPart>& kernels) {
  auto next = first_problem(whole, kernels);
  if (!next) return tl::unexpected(next.error());
  Priced priced{{}, 0};
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    Stage stage{*next, kernels[k]};
    stage.problem.h_shape = lay_shape(stage.problem, stage.kernel.shape());
    if (k + 1 < kernels.size()) stage.problem.stride = {};
    if (auto ok = price(whole, stage); !ok) return tl::unexpected(ok.error());
    const auto shape = stage.problem.output_shape();
    if (!shape) return tl::unexpected(shape.error());
    next->x_type = stage.problem.result_type();
    next->x_shape = *shape;
    next->window = {};
    next->extent = Extent::valid;
    next->boundary = Boundary::constant;
    next->cval = 0;
    priced.seconds += stage.seconds;
    if (k + 1 < kernels.size()) priced.seconds += output_bytes(stage.problem) / kNewBytesPerSecond;
    priced.chain.push_back(std::move(stage));
  }
  return priced;
}

}  // namespace faltung
