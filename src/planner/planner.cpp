// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <new>

#include "convolution/algorithm.hpp"
#include "microkernels/targets.hpp"
#include "planner/plan_impl.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

/// Bytes that pass a common machine's memory in a second, for one thread.
constexpr double kBytesPerSecond = 8e9;

/// Arithmetic and memory overlap, so the larger of the two counts; what a tile or a transform
/// costs to set up is added.
double seconds_of(const Estimate& e) {
  return std::max(e.flop / e.flop_per_second, e.bytes / kBytesPerSecond) + e.overhead_seconds;
}

/// 1234.5 as "1.23 k" + unit.
std::string with_prefix(double value, const char* unit) {
  constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  int i = 0;
  for (; value >= 1000 && i < 6; ++i) value /= 1000;
  char text[48];
  std::snprintf(text, sizeof text, "%.3g %s%s", value, kPrefixes[i], unit);
  return text;
}

std::string duration(double seconds) {
  constexpr std::pair<double, const char*> kUnits[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}};
  char text[48];
  for (const auto& [unit, name] : kUnits)
    if (seconds >= unit || unit == 1e-6) {
      std::snprintf(text, sizeof text, "%.3g %s", seconds / unit, name);
      break;
    }
  return text;
}

std::vector<Candidate> consider(const Problem& problem, const Geometry& geometry) {
  std::vector<Candidate> candidates;
  for (const Algorithm* algorithm : algorithms()) {
    Candidate c;
    c.name = algorithm->name();
    if (const auto supported = algorithm->supports(problem, geometry); !supported) {
      c.reason = supported.error().message;
    } else {
      const Estimate e = algorithm->estimate(problem, geometry);
      c.supported = true;
      c.flop = e.flop;
      c.bytes = e.bytes;
      c.seconds = seconds_of(e);
      c.reason = with_prefix(c.flop, "flop") + ", " + with_prefix(c.bytes, "B") + ", about " +
                 duration(c.seconds);
    }
    candidates.push_back(std::move(c));
  }
  return candidates;
}

std::size_t cheapest(const std::vector<Candidate>& candidates) {
  std::size_t best = 0;  // the first of the list supports everything
  for (std::size_t i = 1; i < candidates.size(); ++i)
    if (candidates[i].supported && candidates[i].seconds < candidates[best].seconds) best = i;
  return best;
}

Result<std::size_t> choose(const Problem& problem, const std::vector<Candidate>& candidates) {
  if (problem.method == "auto") return cheapest(candidates);
  std::vector<std::string> allowed = {"auto"};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    allowed.push_back(candidates[i].name);
    if (candidates[i].name != problem.method) continue;
    if (candidates[i].supported) return i;
    return tl::unexpected(
        Failure{Status::unsupported,
                "method '" + problem.method + "' cannot do this problem: " + candidates[i].reason});
  }
  return tl::unexpected(support::unknown("method", problem.method, allowed));
}

}  // namespace

Result<Plan> Planner::try_plan(const Problem& problem) const {
  const auto target = active_target_bit();
  if (!target) return tl::unexpected(target.error());
  const auto geometry = lower(problem);
  if (!geometry) return tl::unexpected(geometry.error());
  try {
    auto impl = std::make_shared<Plan::Impl>();
    impl->problem = problem;
    impl->geometry = *geometry;
    impl->y_shape = resolve(problem)->y_shape;
    impl->candidates = consider(problem, *geometry);
    const auto chosen = choose(problem, impl->candidates);
    if (!chosen) return tl::unexpected(chosen.error());
    impl->chosen = *chosen;
    auto recipe = algorithms()[*chosen]->plan(problem, impl->geometry, *target);
    if (!recipe) return tl::unexpected(recipe.error());
    impl->recipe = std::move(*recipe);
    return Plan(std::move(impl));
  } catch (const std::bad_alloc&) {
    return tl::unexpected(
        Failure{Status::out_of_memory, "not enough memory for the plan's tables"});
  } catch (const std::length_error&) {
    return tl::unexpected(
        Failure{Status::out_of_memory, "not enough memory for the plan's tables"});
  }
}

Result<std::vector<Candidate>> Planner::candidates(const Problem& problem) const {
  const auto geometry = lower(problem);
  if (!geometry) return tl::unexpected(geometry.error());
  return consider(problem, *geometry);
}

std::vector<std::string> algorithm_names() {
  std::vector<std::string> names;
  for (const Algorithm* algorithm : algorithms()) names.emplace_back(algorithm->name());
  return names;
}

}  // namespace faltung
