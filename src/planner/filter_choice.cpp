// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Which laws save work. The kernels of a filter are first all kept apart, terms beside each other
// and factors one after the other; then pairs are merged as long as that is cheaper by the
// planner's own costs. The full kernel is one end of that walk and what everything is compared
// with.
//
//   outputs of the full kernel        first ............ last      (indices of the full result)
//   stage 2: valid over z with b      first ............ last
//   stage 1: z = x~ * a       first - (Kb - 1) ......... last
#include "planner/filter_choice.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "convolution/geometry.hpp"
#include "convolution/low_rank.hpp"

namespace faltung {
namespace {

constexpr std::size_t kMostKernels = 4;  ///< of more, the smallest are merged beforehand
/// Below this the walk itself would take longer than what it saves.
constexpr double kWorthChoosing = 100e-6;
/// Costs are predictions: the laws are used where they promise a tenth at least.
constexpr double kWorthwhile = 0.9;
/// What kernels apart need more: pages new to the process for each result between them, adding.
constexpr double kNewBytesPerSecond = 1.5e9, kAddedBytesPerSecond = 8e9;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

std::int64_t listed(const Dims& list, int i) {
  return list.empty() ? 1 : list[list.rank() == 1 ? 0 : i];
}

int aligned_rank(const Problem& p, int filter_rank) {
  return std::max(p.x_shape.rank(), filter_rank);
}
int convolved_axes(const Problem& p, int filter_rank) {
  return p.axes.empty() ? aligned_rank(p, filter_rank) : p.axes.rank();
}

/// The shape in which a kernel of the filter's rank meets x: along the last of the convolved axes.
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

/// Demands that chains and sums were not made for.
bool must_merge(const FilterProblem& whole) {
  const Problem& p = whole.problem;
  return !whole.filter->expression || p.method != "auto" || p.tolerance != 0 || p.max_memory != 0 ||
         p.accuracy != Accuracy::norm || p.kernel_rank != 0 || !p.block.empty() || p.stream ||
         is_integer(p.result_type()) ||
         (p.h_type != ElementType::f32 && p.h_type != ElementType::f64);
}

/// The rank of the stage's kernel, as far as the planner would find it.
Result<std::int64_t> rank_of(const FilterProblem& whole, const Stage& stage) {
  const auto geometry = lower(stage.problem);
  if (!geometry) return tl::unexpected(geometry.error());
  if (terms_worth_having(*geometry) == 0) return 0;
  const auto [rank, unknown] = whole.known->ranks.try_emplace(stage.kernel.identity(), 0);
  if (!unknown) return rank->second;
  whole.known->looked_at.push_back(stage.kernel);
  const auto taps = typed_taps(stage.kernel, stage.problem);
  if (!taps) return tl::unexpected(taps.error());
  if (const auto found = find_rank(stage.problem, *geometry, taps->view())) rank->second = *found;
  return rank->second;
}

/// A kernel that cannot be merged, since its taps leave the range, costs more than all others.
Result<void> price(const FilterProblem& whole, Stage& stage) {
  const auto rank = rank_of(whole, stage);
  stage.seconds = std::numeric_limits<double>::infinity();
  if (!rank) return {};
  stage.problem.kernel_rank = *rank;
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

struct Priced {
  Chain chain;
  double seconds = std::numeric_limits<double>::infinity();
};

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

double bytes_of(const Problem& p) {
  const auto shape = p.output_shape();
  return shape ? static_cast<double>(element_count(*shape)) *
                     static_cast<double>(size_bytes(p.result_type()))
               : 0;
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
    if (k + 1 < kernels.size()) priced.seconds += bytes_of(stage.problem) / kNewBytesPerSecond;
    priced.chain.push_back(std::move(stage));
  }
  return priced;
}

void largest_first(std::vector<FilterPart>& kernels) {
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const FilterPart& a, const FilterPart& b) { return a.count() > b.count(); });
}

/// The cheapest allowed order among the given one, its reverse, and large kernels first.
Result<Priced> price_orders(const FilterProblem& whole, std::vector<FilterPart> kernels) {
  std::vector<std::vector<FilterPart>> orders = {kernels};
  if (kernels.size() > 1) orders.emplace_back(kernels.rbegin(), kernels.rend());
  if (kernels.size() > 2) {
    largest_first(kernels);
    orders.push_back(std::move(kernels));
  }
  Priced best;
  for (const std::vector<FilterPart>& order : orders) {
    auto priced = price_chain(whole, order);
    if (!priced) return priced;
    if (!(priced->seconds < std::min(best.seconds, whole.limit_seconds))) continue;
    if (order.size() == 1 || keeps_contract_as_chain(order, whole.problem.h_type))
      best = std::move(*priced);
  }
  return best;
}

using Compose = FilterPart (*)(const FilterPart&, const FilterPart&);

/// Merges the smallest kernels until kMostKernels are left.
std::vector<FilterPart> few(std::vector<FilterPart> kernels, Compose compose) {
  while (kernels.size() > kMostKernels) {
    largest_first(kernels);
    const FilterPart last = kernels.back();
    kernels.pop_back();
    kernels.back() = compose(kernels.back(), last);
  }
  return kernels;
}

/// Walks from all kernels apart towards one: as long as merging a pair makes it cheaper, or, where
/// `apart`, as long as that is not allowed.
template <class Found, class PriceAll>
Result<Found> walk(std::vector<FilterPart> kernels, Compose compose, bool apart,
                   PriceAll&& price_all) {
  Result<Found> best = price_all(kernels);
  while (best && kernels.size() > 1) {
    if (apart && std::isfinite(best->seconds)) break;
    Found cheapest;
    std::vector<FilterPart> left;
    for (std::size_t i = 0; i < kernels.size(); ++i)
      for (std::size_t j = i + 1; j < kernels.size(); ++j) {
        std::vector<FilterPart> fewer = kernels;
        fewer[i] = compose(kernels[i], kernels[j]);
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(j));
        auto found = price_all(fewer);
        if (!found) return found;
        if (!left.empty() && !(found->seconds < cheapest.seconds)) continue;
        cheapest = std::move(*found);
        left = std::move(fewer);
      }
    if (std::isfinite(best->seconds) && !(cheapest.seconds < best->seconds)) break;
    best = std::move(cheapest);
    kernels = std::move(left);
  }
  return best;
}

Result<Priced> best_chain(const FilterProblem& whole, const FilterPart& term, bool apart) {
  return walk<Priced>(
      few(factors_of(term), product), product, apart,
      [&](const std::vector<FilterPart>& kernels) { return price_orders(whole, kernels); });
}

struct PricedSum {
  std::vector<Chain> terms;
  double seconds = std::numeric_limits<double>::infinity();
};

double adding_seconds(const FilterProblem& whole) {
  return bytes_of(whole.problem) * (1 / kNewBytesPerSecond + 3 / kAddedBytesPerSecond);
}

Result<PricedSum> best_sum(const FilterProblem& whole, const std::vector<FilterPart>& terms,
                           bool apart) {
  const auto price_all = [&](const std::vector<FilterPart>& all) -> Result<PricedSum> {
    PricedSum found;
    found.seconds = adding_seconds(whole) * static_cast<double>(all.size() - 1);
    for (const FilterPart& term : all) {
      auto chain = best_chain(whole, term, apart);
      if (!chain) return tl::unexpected(chain.error());
      found.seconds += chain->seconds;
      found.terms.push_back(std::move(chain->chain));
    }
    const bool cheap = found.seconds < whole.limit_seconds;
    if (!cheap || (all.size() > 1 && !keeps_contract_as_sum(all, whole.problem.h_type)))
      return PricedSum{};
    return found;
  };
  return walk<PricedSum>(few(terms, sum), sum, apart, price_all);
}

/// All terms and all factors apart, whatever the contract says of that.
double price_apart(const FilterProblem& whole, const std::vector<FilterPart>& terms) {
  double seconds = adding_seconds(whole) * static_cast<double>(terms.size() - 1);
  for (const FilterPart& term : terms) {
    const auto priced = price_chain(whole, factors_of(term));
    if (!priced) return 0;
    seconds += priced->seconds;
  }
  return std::isfinite(seconds) ? seconds : 0;
}

/// The index of the full result where `same` starts; empty where that is its usual one.
Dims origin_of(const FilterProblem& whole) {
  const Problem& p = whole.problem;
  const Filter& f = *whole.filter;
  if (f.origin.empty()) return {};
  const int axes = convolved_axes(p, f.shape.rank());
  Dims origin;
  bool usual = true;
  for (int i = 0; i < axes; ++i) {
    const int j = i - (axes - f.shape.rank());
    const std::int64_t taps = j < 0 ? 1 : f.shape[j], dilation = listed(p.dilation, i);
    const std::int64_t at = j < 0 ? 0 : f.origin[j];
    origin.push_back((p.operation == Operation::correlate ? taps - 1 - at : at) * dilation);
    usual = usual && origin[i] == (taps - 1) * dilation / 2;
  }
  return usual ? Dims{} : origin;
}

}  // namespace

Result<FilterProblem> lay(const Problem& problem, const Filter& filter, const Planner& planner) {
  const int rank = filter.shape.rank();
  if (element_count(filter.shape) != static_cast<std::int64_t>(filter.values.size()) ||
      (!filter.origin.empty() && filter.origin.rank() != rank))
    return refuse(Status::shape_mismatch, "the filter '" + filter.name + "' has " +
                                              std::to_string(filter.values.size()) +
                                              " taps, the shape " + to_string(filter.shape) +
                                              " and the origin " + to_string(filter.origin));
  if (!problem.axes.empty() && rank > problem.axes.rank())
    return refuse(Status::shape_mismatch,
                  "the filter '" + filter.name + "' has " + std::to_string(rank) + " axes, and " +
                      std::to_string(problem.axes.rank()) + " are convolved");
  FilterProblem whole{problem, std::make_shared<const Filter>(filter), planner};
  Problem& p = whole.problem;
  p.h_shape = lay_shape(p, filter.shape);
  const bool same = p.extent == Extent::same && p.window.empty() && p.lags.empty();
  if (same && p.origin.empty()) p.origin = origin_of(whole);
  return whole;
}

Result<Evaluation> choose(const FilterProblem& given, FilterEvaluation evaluation) {
  FilterProblem whole = given;
  Known known;
  whole.known = &known;
  Stage full{whole.problem, FilterPart::plain(whole.filter)};
  Evaluation e;
  e.terms = {{full}};
  if (!whole.filter->expression) return e;
  const FilterPart filter(whole.filter);
  if (!must_merge(whole)) {
    if (auto ok = price(whole, full); !ok) return tl::unexpected(ok.error());
    e.terms = {{full}};
    e.merged_seconds = e.seconds = full.seconds;
    const bool apart = evaluation == FilterEvaluation::apart;
    if (!apart) whole.limit_seconds = kWorthwhile * full.seconds;
    if (apart || (evaluation == FilterEvaluation::cheapest && full.seconds >= kWorthChoosing)) {
      const bool turned = whole.problem.operation == Operation::correlate;
      const auto terms = terms_of(turned ? flipped(filter) : filter);
      auto found = best_sum(whole, terms, apart);
      if (!found) return tl::unexpected(found.error());
      if (std::isfinite(found->seconds)) {
        e.terms = std::move(found->terms);
        e.seconds = found->seconds;
        // Merged again, but without the zeros that reach to offset zero: not the full kernel to a
        // sample that is not finite.
        const bool one = e.terms.size() == 1 && e.terms[0].size() == 1;
        e.merged = one && e.terms[0][0].kernel.shape() == whole.filter->shape;
        if (e.merged) e.terms = {{full}};
      }
      if (e.merged) e.apart_seconds = price_apart(whole, terms);
    }
  }
  name_laws(filter, e);
  return e;
}

}  // namespace faltung
