// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>

#include "convolution/cosine_sum.hpp"
#include "convolution/low_rank.hpp"
#include "cuda/device.hpp"
#include "microkernels/targets.hpp"
#include "planner/choice.hpp"
#include "planner/missing.hpp"
#include "planner/plan_impl.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// What the choice may look at: a reproducible plan does not depend on the memory.
Problem for_choice(Problem problem) {
  if (problem.reproducible) problem.max_memory = 0;
  return problem;
}

/// And a stream's not on its length: it is planned as one of so many spans and samples.
Geometry for_choice(Geometry geometry) {
  constexpr std::int64_t kSpans = 64, kSamples = 1 << 20;
  if (!geometry.stream) return geometry;
  Axis& axis = geometry.spatial[0];
  axis.n = std::max(kSpans * axis.span, kSamples);
  axis.count = checked::ceil_div(axis.n, axis.step);
  return geometry;
}

}  // namespace

Result<void> check_memory(const Problem& problem, const Plan& plan) {
  if (problem.max_memory == 0 || plan.memory_bytes() <= problem.max_memory) return {};
  return tl::unexpected(Failure{
      Status::unsupported, "max_memory " + std::to_string(problem.max_memory) +
                               " is too little: the least that works is " +
                               std::to_string(plan.memory_bytes()) + " bytes (" + plan.algorithm() +
                               (problem.reproducible ? ", reproducible)" : ")")});
}

namespace {

/// Of a dense array; -1 where they do not fit.
std::int64_t bytes_of(const Dims& shape, ElementType type) {
  const checked::Int bytes = checked::Int(element_count(shape)) * size_bytes(type);
  return bytes.ok() && bytes.value() >= 0 ? bytes.value() : -1;
}

/// Below this many multiply-adds of reals the sum itself takes less time than asking the other
/// methods.
constexpr double kTiny = 1 << 14;

bool is_tiny(const Problem& p, const Geometry& g) {
  const double products = static_cast<double>(g.outputs()) * static_cast<double>(g.batches()) *
                          static_cast<double>(g.taps()) * (g.complex() ? 4 : 1);
  return p.method == "auto" && (p.device == "cpu" || p.device == "auto") && !p.stream &&
         p.tolerance == 0 && p.max_memory == 0 && p.kernel_rank == 0 && p.kernel_cosines == 0 &&
         products <= kTiny;
}

tl::unexpected<Failure> no_memory() {
  return tl::unexpected(Failure{Status::out_of_memory, "not enough memory for the plan's tables"});
}

template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return no_memory();
  } catch (const std::length_error&) {
    return no_memory();
  }
}

}  // namespace

namespace {

bool is_of_device(std::string_view method) {
  return std::any_of(algorithms().begin(), algorithms().end(),
                     [&](const Algorithm* a) { return a->on_device() && method == a->name(); });
}

/// Refuses a device that is not there, and what no device does.
Result<void> check_device(const Problem& problem) {
  const bool named = problem.device != "cpu" && problem.device != "auto";
  if (named)
    if (auto device = cuda::find_device(problem.device); !device)
      return tl::unexpected(device.error());
  if (!treats_missing(problem) || !(named || is_of_device(problem.method))) return {};
  return tl::unexpected(Failure{Status::unsupported, std::string("nan=") + name(problem.nan) +
                                                         " is computed on the CPU; say "
                                                         "device=cpu or device=auto"});
}

Problem on_cpu(Problem problem) {
  problem.device = "cpu";
  return problem;
}

}  // namespace

Result<Plan> Planner::try_plan(const Problem& problem) const {
  if (auto there = check_device(problem); !there) return tl::unexpected(there.error());
  if (treats_missing(problem))
    return guarded([&] { return plan_missing(*this, on_cpu(problem), nullptr); });
  const auto target = active_target_bit();
  if (!target) return tl::unexpected(target.error());
  return guarded([&]() -> Result<Plan> {
    const auto geometry = lower(problem);
    if (!geometry) return tl::unexpected(geometry.error());
    auto impl = std::make_shared<Plan::Impl>();
    impl->problem = problem;
    impl->geometry = *geometry;
    impl->y_shape = resolve(problem)->y_shape;
    impl->x_dense = dense_strides(problem.x_shape);
    impl->y_dense = dense_strides(impl->y_shape);
    impl->x_bytes = bytes_of(problem.x_shape, problem.x_type);
    impl->y_bytes = bytes_of(impl->y_shape, geometry->y_type);
    const Geometry& g = impl->geometry;
    impl->of_dense_x = strides_for(g, impl->x_dense, problem.x_shape, g.x_pairs_split());
    impl->of_dense_y =
        strides_for(g, impl->y_dense, impl->y_shape, g.x_components || g.h_components);
    impl->of_kernels = strides_for(g, Dims(1, 0), Dims(1, 1), false);
    if (!problem.reproducible) impl->planner = *this;
    const MachineProfile& costs = impl->planner.profile();
    Problem& asked = impl->asked = for_choice(problem);
    impl->asked_geometry = for_choice(*geometry);
    impl->algorithm = algorithms().front();
    if (!is_tiny(asked, *geometry)) {
      const auto chosen = choose(asked, consider(asked, impl->asked_geometry, costs));
      if (!chosen) return tl::unexpected(chosen.error());
      impl->algorithm = *chosen;
    }
    if (geometry->stream) asked = impl->algorithm->settled(asked, impl->asked_geometry, costs);
    auto recipe = impl->algorithm->plan(asked, impl->geometry, costs, *target);
    if (!recipe) return tl::unexpected(recipe.error());
    impl->recipe = std::move(*recipe);
    Plan plan(impl);
    impl->one_thread_bytes = plan.workspace_bytes(1);
    if (auto fits = check_memory(problem, plan); !fits) return tl::unexpected(fits.error());
    return plan;
  });
}

Result<std::int64_t> useful_rank(const Planner& planner, const Problem& problem,
                                 const ConstView& h) {
  const auto geometry = lower(problem);
  if (!geometry) return tl::unexpected(geometry.error());
  if (terms_worth_having(*geometry) == 0) return 0;
  const MachineProfile& costs =
      problem.reproducible ? MachineProfile::shipped() : planner.profile();
  return guarded([&] {
    const std::int64_t most = most_useful_rank(for_choice(problem), for_choice(*geometry), costs);
    return find_rank(problem, *geometry, h, most);
  });
}

Result<std::int64_t> useful_cosines(const Planner& planner, const Problem& problem,
                                    const ConstView& h) {
  const auto geometry = lower(problem);
  if (!geometry) return tl::unexpected(geometry.error());
  const MachineProfile& costs =
      problem.reproducible ? MachineProfile::shipped() : planner.profile();
  return guarded([&]() -> Result<std::int64_t> {
    const std::int64_t most =
        most_useful_cosines(for_choice(problem), for_choice(*geometry), costs);
    return find_cosines(problem, *geometry, h, most);
  });
}

Result<Plan> Planner::try_plan(const Problem& problem, const ConstView& h) const {
  if (auto there = check_device(problem); !there) return tl::unexpected(there.error());
  if (treats_missing(problem))
    return guarded([&] { return plan_missing(*this, on_cpu(problem), &h); });
  Problem with_rank = problem;
  const auto geometry = lower(problem);
  if (!geometry) return tl::unexpected(geometry.error());
  const bool matters = problem.method == "auto" || problem.method == "separable" ||
                       problem.method == "cuda_separable";
  if (matters && problem.kernel_rank == 0 && !is_tiny(problem, *geometry))
    if (const auto found = useful_rank(*this, problem, h)) with_rank.kernel_rank = *found;
  const bool windows = problem.method == "auto" || problem.method == "recursive";
  if (windows && problem.kernel_cosines == 0 && !is_tiny(problem, *geometry))
    if (const auto found = useful_cosines(*this, with_rank, h)) with_rank.kernel_cosines = *found;
  return try_plan(with_rank);
}

Result<std::vector<Candidate>> Planner::candidates(const Problem& problem) const {
  return guarded([&]() -> Result<std::vector<Candidate>> {
    const auto geometry = lower(problem);
    if (!geometry) return tl::unexpected(geometry.error());
    const MachineProfile& costs = problem.reproducible ? MachineProfile::shipped() : profile();
    return describe(consider(for_choice(problem), for_choice(*geometry), costs), nullptr);
  });
}

std::vector<std::string> algorithm_names() {
  std::vector<std::string> names;
  for (const Algorithm* algorithm : algorithms()) names.emplace_back(algorithm->name());
  return names;
}

}  // namespace faltung
