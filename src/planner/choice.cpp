// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "planner/choice.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "microkernels/window_sums.hpp"
#include "planner/profile_access.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

/// A bound in two digits, rounded up: as a tolerance it is kept.
std::string rounded_up(double bound) {
  std::string text = scientific(bound);
  for (double larger = bound; std::strtod(text.c_str(), nullptr) < bound;)
    text = scientific(larger *= 1.01);
  return text;
}

/// Why a method that could do the problem may not: its bound or its memory.
std::string misses(const Problem& problem, const Estimate& e) {
  if (problem.tolerance != 0 && e.error > problem.tolerance)
    return "its error bound, " + rounded_up(e.error) +
           " of max|x| sum|h|, is above the tolerance " + scientific(problem.tolerance);
  if (problem.max_memory != 0 && e.memory_bytes > problem.max_memory)
    return "it takes at least " + std::to_string(e.memory_bytes) + " bytes, above max_memory " +
           std::to_string(problem.max_memory);
  return {};
}

/// Whether the problem's device lets an algorithm be asked.
bool allows(const Problem& problem, const Algorithm& algorithm) {
  if (!algorithm.on_device()) return problem.device == "cpu" || problem.device == "auto";
  // What is reproducible does not depend on whether there is a GPU.
  if (problem.device == "auto" && problem.reproducible) return false;
  return problem.device != "cpu" || problem.method == algorithm.name();
}

Failure other_device(const Problem& problem) {
  return {Status::unsupported, "the problem asks for device=" + problem.device};
}

/// No method is allowed: the least that each demand would have to be.
tl::unexpected<Failure> nothing_fits(const Problem& problem,
                                     const std::vector<Consideration>& found) {
  double least_error = HUGE_VAL;
  std::int64_t least_memory = std::numeric_limits<std::int64_t>::max();
  const char *exact = "", *small = "";
  std::string reasons;
  bool any = false;
  for (const Consideration& c : found) {
    if (!c.estimate && allows(problem, *c.algorithm))
      reasons += std::string("; ") + c.algorithm->name() + ": " + c.cannot;
    any = any || c.estimate;
    if (!c.estimate) continue;
    if (c.estimate->error < least_error) {
      least_error = c.estimate->error;
      exact = c.algorithm->name();
    }
    const bool keeps = problem.tolerance == 0 || c.estimate->error <= problem.tolerance;
    if (keeps && c.estimate->memory_bytes < least_memory) {
      least_memory = c.estimate->memory_bytes;
      small = c.algorithm->name();
    }
  }
  if (!any)
    return refuse(Status::unsupported,
                  "no method on " + problem.device + " can do this problem" + reasons);
  if (problem.tolerance != 0 && least_error > problem.tolerance) {
    const bool single = is_single(problem.result_type());
    return refuse(Status::unsupported,
                  "no method keeps within the tolerance " + scientific(problem.tolerance) +
                      ": the smallest bound is " + rounded_up(least_error) + " (" + exact +
                      "); allow that" + (single ? ", or compute in f64" : ""));
  }
  return refuse(Status::unsupported, "max_memory " + std::to_string(problem.max_memory) +
                                         " is too little: the least that works is " +
                                         std::to_string(least_memory) + " bytes (" + small + ")");
}

}  // namespace

std::string with_prefix(double value, const char* unit) {
  constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  int i = 0;
  for (; value >= 1000 && i < 6; ++i) value /= 1000;
  char text[48];
  std::snprintf(text, sizeof text, "%.3g %s%s", value, kPrefixes[i], unit);
  return text;
}

std::string duration(double seconds) {
  constexpr std::pair<double, const char*> kUnits[] = {
      {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
  char text[48] = "0 s";
  for (const auto& [unit, name] : kUnits)
    if (seconds >= unit) {
      std::snprintf(text, sizeof text, "%.3g %s", seconds / unit, name);
      break;
    }
  return text;
}

namespace {

double time_of(const MachineProfile& profile, const Estimate& e, const Geometry& geometry) {
  return e.seconds >= 0 ? e.seconds : seconds_of(profile, e.work, geometry.arithmetic());
}

}  // namespace

std::vector<Consideration> consider(const Problem& problem, const Geometry& geometry,
                                    const MachineProfile& profile) {
  std::vector<Consideration> found;
  for (const Algorithm* algorithm : algorithms()) {
    Consideration c;
    c.algorithm = algorithm;
    if (const auto supported = allows(problem, *algorithm) ? algorithm->supports(problem, geometry)
                                                           : tl::unexpected(other_device(problem));
        !supported) {
      c.cannot = supported.error().message;
    } else {
      c.estimate = algorithm->estimate(problem, geometry, profile);
      c.seconds = time_of(profile, *c.estimate, geometry);
      c.cannot = misses(problem, *c.estimate);
    }
    found.push_back(std::move(c));
  }
  return found;
}

Result<const Algorithm*> choose(const Problem& problem, const std::vector<Consideration>& found) {
  if (problem.method == "auto") {
    const Consideration* best = nullptr;
    for (const Consideration& c : found)
      if (c.allowed() && (best == nullptr || c.seconds < best->seconds)) best = &c;
    if (best == nullptr) return nothing_fits(problem, found);
    return best->algorithm;
  }
  std::vector<std::string> names = {"auto"};
  for (const Consideration& c : found) {
    names.emplace_back(c.algorithm->name());
    if (problem.method != c.algorithm->name()) continue;
    const bool other = !problem.block.empty() && problem.method != "overlap_save" &&
                       problem.method != "cuda_overlap_save";
    const std::string cannot = !c.allowed() ? c.cannot
                               : other      ? "it has no blocks; 'block' is for overlap_save"
                                            : "";
    if (cannot.empty()) return c.algorithm;
    return refuse(Status::unsupported,
                  "method '" + problem.method + "' cannot do this problem: " + cannot);
  }
  return tl::unexpected(support::unknown("method", problem.method, names));
}

namespace {

const Algorithm& named(std::string_view name) {
  return **std::find_if(algorithms().begin(), algorithms().end(),
                        [&](const Algorithm* a) { return a->name() == name; });
}

/// The largest `known` up to `most` with which one of some algorithms takes less time than any
/// takes without.
std::int64_t most_useful(std::initializer_list<const Algorithm*> algorithms, Problem problem,
                         std::int64_t Problem::* known, std::int64_t most, const Geometry& geometry,
                         const MachineProfile& profile) {
  if (problem.method != "auto") return most;
  problem.*known = 0;
  double least = HUGE_VAL;
  for (const Consideration& c : consider(problem, geometry, profile))
    if (c.allowed()) least = std::min(least, c.seconds);
  const auto pays = [&](const Algorithm* algorithm) {
    if (!allows(problem, *algorithm) || !algorithm->supports(problem, geometry)) return false;
    const Estimate e = algorithm->estimate(problem, geometry, profile);
    return misses(problem, e).empty() && time_of(profile, e, geometry) < least;
  };
  for (problem.*known = 1; problem.*known <= most; ++(problem.*known))
    if (std::none_of(algorithms.begin(), algorithms.end(), pays)) break;
  return problem.*known - 1;
}

}  // namespace

std::int64_t most_useful_rank(const Problem& problem, const Geometry& geometry,
                              const MachineProfile& profile) {
  constexpr std::int64_t kMost = 64;  // more than find_rank() looks for
  return most_useful({&named("separable"), &named("cuda_separable")}, problem,
                     &Problem::kernel_rank, kMost, geometry, profile);
}

std::int64_t most_useful_cosines(const Problem& problem, const Geometry& geometry,
                                 const MachineProfile& profile) {
  return most_useful({&named("recursive")}, problem, &Problem::kernel_cosines,
                     problem.tolerance > 0 ? kMostCosines : 1, geometry, profile);
}

std::vector<Candidate> describe(const std::vector<Consideration>& found, const Algorithm* chosen) {
  double best = 0;
  for (const Consideration& c : found)
    if (c.algorithm == chosen) best = c.seconds;
  std::vector<Candidate> candidates;
  for (const Consideration& c : found) {
    Candidate to;
    to.name = c.algorithm->name();
    to.supported = c.allowed();
    to.on_device = c.algorithm->on_device();
    to.chosen = c.algorithm == chosen;
    to.reason = c.cannot;
    if (c.estimate) {
      to.flop = c.estimate->flop;
      to.bytes = c.estimate->bytes;
      to.seconds = c.seconds;
      to.copy_seconds = c.estimate->copy_seconds;
      to.memory_bytes = c.estimate->memory_bytes;
      to.error = c.estimate->error;
    }
    if (c.allowed()) {
      to.reason = "about " + duration(c.seconds) +
                  (to.on_device ? " (copies " + duration(to.copy_seconds) + "), " : ", ") +
                  with_prefix(to.flop, "flop") + ", " +
                  with_prefix(static_cast<double>(to.memory_bytes), "B") + ", error " +
                  scientific(to.error);
      char ratio[32];
      std::snprintf(ratio, sizeof ratio, "; %.2f times the chosen", c.seconds / best);
      if (!to.chosen && best > 0) to.reason += ratio;
    }
    candidates.push_back(std::move(to));
  }
  return candidates;
}

}  // namespace faltung
