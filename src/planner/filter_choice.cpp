// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Which laws save work. The kernels of a filter are first all kept apart, terms beside each other
// and factors one after the other; then pairs are merged as long as that is cheaper by the
// planner's own costs. The full kernel is one end of that walk and what everything is compared
// with.
#include "planner/filter_choice.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "planner/filter_price.hpp"

namespace faltung {
namespace {

constexpr std::size_t kMostKernels = 4;  ///< of more, the smallest are merged beforehand
/// Below this the walk itself would take longer than what it saves.
constexpr double kWorthChoosing = 100e-6;
/// Costs are predictions: the laws are used where they promise a tenth at least.
constexpr double kWorthwhile = 0.9;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// Demands that chains and sums were not made for.
bool must_merge(const FilterProblem& whole) {
  const Problem& p = whole.problem;
  return !whole.filter->expression || p.method != "auto" || p.tolerance != 0 || p.max_memory != 0 ||
         p.nan != Nan::propagate || p.accuracy != Accuracy::norm || p.kernel_rank != 0 ||
         p.kernel_cosines != 0 || !p.block.empty() || p.stream || is_integer(p.result_type()) ||
         (p.h_type != ElementType::f32 && p.h_type != ElementType::f64);
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
  return output_bytes(whole.problem) * (1 / kNewBytesPerSecond + 3 / kAddedBytesPerSecond);
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
        for (Chain& chain : e.terms)
          for (Stage& stage : chain)  // what only bounds its rank is planned with what it has
            if (!known.ranks.contains(stage.kernel.identity())) stage.problem.kernel_rank = 0;
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
