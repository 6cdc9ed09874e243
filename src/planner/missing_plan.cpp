// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Which plans there are, and the bound of what they give together.
#include <cmath>

#include "convolution/boundary.hpp"
#include "convolution/error_bound.hpp"
#include "planner/missing_recipe.hpp"
#include "support/aligned_vector.hpp"

namespace faltung {
namespace {

/// What the accuracy that was asked of a plan holds its errors to, relative to sums of magnitudes.
double relative_of(const Plan& plan) {
  const double allowed = componentwise_tolerance(plan.problem(), plan.impl().geometry);
  return allowed > 0 && allowed < 0.5 ? allowed / (1 - allowed) : HUGE_VAL;
}

/// Relative errors that the weights and the sums of what is there keep to: they are divided by each
/// other, so small ones beside large ones need their digits. Where a method cannot promise that, it
/// runs as it does, and the bound says what came of it; where one that was asked for cannot take
/// |h| (its rank), another does.
Result<Plan> plan_part(const Planner& planner, Problem problem, const ConstView* h,
                       bool any_method) {
  const auto make = [&](const Problem& p) {
    return h != nullptr ? planner.try_plan(p, *h) : planner.try_plan(p);
  };
  const bool single = real_part_of(problem.result_type()) == ElementType::f32;
  Problem accurate = problem;
  accurate.accuracy = Accuracy::componentwise;
  accurate.tolerance = single ? 0x1p-18 : 0x1p-44;
  if (auto plan = make(accurate)) return plan;
  problem.accuracy = Accuracy::norm;
  problem.tolerance = 0;
  auto plan = make(problem);
  if (plan || !any_method) return plan;
  problem.method = "auto";
  problem.block = {};
  return make(problem);
}

}  // namespace

SumErrors MissingRecipe::errors(const ConstView& x, const MissingKernel& kernel,
                                const Arrays& at) const {
  SumErrors e;
  const ConstView there(at.there, ElementType::u8, p_.shape),
      gone(at.gone, ElementType::u8, p_.shape);
  const auto bound = [](const std::optional<Plan>& plan, const std::optional<Kernel>& taps,
                        const ConstView& from) {
    return plan ? plan->error_bound(from, *taps).maximum : 0.0;
  };
  e.a = bound(plans_.a, kernel.of.a, samples(at));
  e.b = bound(plans_.b, kernel.of.b, samples(at));
  e.v = bound(plans_.v, kernel.of.v, there);
  e.m = bound(plans_.m, kernel.of.m, gone);
  e.relative_v = relative_of(*plans_.v);
  if (plans_.m && kernel.nonnegative) e.relative_m = relative_of(*plans_.m);
  if (!p_.extended) return e;
  // x~ was rounded before: so much of the largest sample, through A and B alike.
  const ErrorBound extension = plans_.extension->error_bound(x, *kernel.of.extension);
  e.a += kernel.largest_sum * extension.maximum;
  e.b += kernel.largest_sum * extension.maximum;
  return e;
}

ErrorBound MissingRecipe::error_bound(const ConstView& x, const Kernel::Prepared& prepared) const {
  const auto& kernel = static_cast<const MissingKernel&>(prepared);
  Workspace workspace(*plans_.plain, 1);
  const bool none = !p_.outside_missing && !any_missing(x, workspace);
  if (none) return plans_.plain->error_bound(x, *kernel.of.plain);
  support::AlignedVector<std::byte> memory(static_cast<std::size_t>(array_bytes_));
  support::Carver carver(memory.data());
  const Arrays at = lay(carver);
  for (const auto* plan : all())
    if (*plan && (*plan)->workspace_bytes() > workspace.bytes()) workspace = Workspace(**plan, 1);
  ErrorBound bound;
  bound.unit_roundoff = unit_roundoff(plans_.plain->impl().geometry);
  if (convolve(x, kernel, at, workspace) != Status::ok) {
    bound.maximum = bound.l2 = HUGE_VAL;
    return bound;
  }
  const MissingSums s = sums(at, kernel);
  const SumErrors e = errors(x, kernel, at);
  if (!fills()) {
    const ErrorSize size = error_of(s, e, element_count(sums_shape()), nullptr);
    set_bound(bound, size.maximum, size.l2);
    bound.coefficient = 0;
    return bound;
  }
  const View to = filled(x, at);
  part_samples(x, static_cast<std::byte*>(to.data), at.there, at.gone, workspace);
  double means = error_of(s, e, element_count(problem_.x_shape), at.gone).maximum;
  fill(s, at.gone, to);
  bound = plans_.plain->error_bound(to, *kernel.of.plain);
  for (const Axis& a : plans_.plain->impl().geometry.spatial)
    means *= extension_growth(problem_.boundary, a.n, a.reads_first(), a.reads_last());
  const long double more = static_cast<long double>(means) * kernel.largest_sum * 1.001L;
  const auto outputs = static_cast<long double>(element_count(plans_.plain->output_shape()));
  set_bound(bound, bound.maximum + more, bound.l2 + more * std::sqrt(outputs));
  return bound;
}

std::string MissingRecipe::tree() const {
  std::string text = std::string("nan=") + name(problem_.nan) +
                     (fills() ? ": samples that are missing become means of their neighbours, "
                                "weighted by |h|, then\n"
                              : ": where samples are missing, sums over those that are there:\n");
  const auto add = [&text](const char* what, const std::optional<Plan>& plan) {
    if (!plan) return;
    std::string tree = plan->impl().recipe->tree();
    text += std::string("  ") + what + ", " + tree.substr(0, tree.find('\n')) + "\n";
  };
  add("x~", plans_.extension);
  add("h * x", plans_.a);
  add(plans_.a ? "|h| * x where taps are negative" : "|h| * x", plans_.b);
  add("|h| over what is there", plans_.v);
  add("h over what is missing", plans_.m);
  return text + (fills() ? "" : "where none is missing:\n") + plans_.plain->impl().recipe->tree();
}

Result<Plan> plan_missing(const Planner& planner, const Problem& problem, const ConstView* h) {
  auto problems = missing_problems(problem);
  if (!problems) return tl::unexpected(problems.error());
  MissingProblems& p = *problems;
  Magnitudes magnitudes;
  ConstView abs;
  if (h != nullptr && h->data != nullptr) {
    magnitudes = magnitudes_of(*h, p.magnitude, convolved_axes_of(problem, *h));
    abs = std::as_const(magnitudes.taps).view();
  }
  const ConstView* magnitude = abs.data != nullptr ? &abs : nullptr;
  // A product of one row an axis stays one without its signs.
  for (Problem* part : {&p.b, &p.v})
    if (part->kernel_rank > 1 || p.complex_taps) part->kernel_rank = part->kernel_cosines = 0;
  // A box is one without its signs; what a tolerance makes of cosines is not accurate enough.
  for (Problem* part : {&p.a, &p.b, &p.v, &p.m})
    if (part->kernel_cosines > 1) part->kernel_cosines = 0;
  const bool fills = problem.nan == Nan::interpolate;
  Each<Plan> plans;
  const auto set = [](std::optional<Plan>& to, Result<Plan> plan) -> Result<void> {
    if (!plan) return tl::unexpected(plan.error());
    to = std::move(*plan);
    return {};
  };
  Problem unlimited = p.plain;
  unlimited.max_memory = 0;
  auto ok = set(plans.plain, h ? planner.try_plan(unlimited, *h) : planner.try_plan(unlimited));
  if (ok && !fills) ok = set(plans.a, plan_part(planner, p.a, h, false));
  if (ok) ok = set(plans.b, plan_part(planner, p.b, magnitude, true));
  if (ok) ok = set(plans.v, plan_part(planner, p.v, magnitude, true));
  if (ok && !fills) ok = set(plans.m, plan_part(planner, p.m, h, true));
  if (ok && p.extended) ok = set(plans.extension, planner.try_plan(p.extension));
  if (!ok) return tl::unexpected(ok.error());

  const Plan::Impl& whole = plans.plain->impl();
  auto impl = std::make_shared<Plan::Impl>();
  impl->problem = problem;
  impl->problem.kernel_rank = whole.problem.kernel_rank;
  impl->problem.kernel_cosines = whole.problem.kernel_cosines;
  impl->geometry = whole.geometry;
  impl->asked = whole.asked;
  impl->asked_geometry = whole.asked_geometry;
  impl->y_shape = whole.y_shape;
  impl->x_dense = whole.x_dense;
  impl->y_dense = whole.y_dense;
  impl->x_bytes = whole.x_bytes;
  impl->y_bytes = whole.y_bytes;
  impl->of_dense_x = whole.of_dense_x;
  impl->of_dense_y = whole.of_dense_y;
  impl->of_kernels = whole.of_kernels;
  impl->planner = whole.planner;
  impl->algorithm = whole.algorithm;
  impl->recipe = std::make_unique<MissingRecipe>(problem, std::move(*problems), std::move(plans));
  Plan plan(impl);
  impl->one_thread_bytes = plan.workspace_bytes(1);
  if (auto fits = check_memory(problem, plan); !fits) return tl::unexpected(fits.error());
  return plan;
}

}  // namespace faltung
