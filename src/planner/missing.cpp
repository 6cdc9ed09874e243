// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "planner/missing_recipe.hpp"

namespace faltung {

Arrays MissingRecipe::lay(support::Carver& carver) const {
  Arrays at;
  const std::int64_t n = element_count(p_.shape), out = element_count(sums_shape());
  const std::int64_t result = size_bytes(p_.result),
                     real = plans_.v ? size_bytes(plans_.v->output_type()) : 0;
  if (p_.extended) at.extended = carver.take<std::byte>(n * size_bytes(p_.samples));
  at.samples = carver.take<std::byte>(n * size_bytes(p_.samples));
  at.there = carver.take<std::uint8_t>(n);
  at.gone = carver.take<std::uint8_t>(n);
  if (plans_.a) at.a = carver.take<std::byte>(out * result);
  at.b = carver.take<std::byte>(out * result);
  at.v = carver.take<std::byte>(out * real);
  if (plans_.m) at.m = carver.take<std::byte>(out * size_bytes(plans_.m->output_type()));
  return at;
}

MissingSums MissingRecipe::sums(const Arrays& at, const MissingKernel& kernel) const {
  MissingSums s;
  s.a = at.a;
  s.b = kernel.nonnegative && at.a != nullptr ? at.a : at.b;
  s.v = at.v;
  s.m = at.m;
  s.least_v = kernel.least / 2;
  s.type = p_.result;
  s.complex_m = plans_.m && is_complex(plans_.m->output_type());
  s.halves = (fills() ? problem_.x_type : problem_.result_type()) == ElementType::f16;
  return s;
}

// ----------------------------------------------------------------------------------- prepare

Result<std::shared_ptr<Kernel::Prepared>> MissingRecipe::prepare(const ConstView& h) const {
  const Magnitudes magnitudes = magnitudes_of(h, p_.magnitude, convolved_axes_of(problem_, h));
  if (!magnitudes.finite)
    return tl::unexpected(Failure{Status::invalid_argument,
                                  std::string("nan=") + name(problem_.nan) +
                                      " takes kernels of finite taps; nan=propagate takes all"});
  auto kernel = std::make_shared<MissingKernel>();
  kernel->nonnegative = magnitudes.nonnegative;
  kernel->largest_sum = magnitudes.largest_sum;
  kernel->least = magnitudes.least;
  const float one_f = 1;
  const double one_d = 1;
  const Dims single(p_.extension.h_shape.rank(), 1);
  const bool is_f32 = plans_.extension && plans_.extension->problem().h_type == ElementType::f32;
  const ConstView one = is_f32 ? ConstView(&one_f, ElementType::f32, single)
                               : ConstView(&one_d, ElementType::f64, single);
  const ConstView abs = magnitudes.taps.view();
  struct Need {
    const std::optional<Plan>* plan;
    const ConstView* taps;
    std::optional<Kernel>* to;
  };
  for (const Need& need :
       {Need{&plans_.plain, &h, &kernel->of.plain}, Need{&plans_.a, &h, &kernel->of.a},
        Need{&plans_.b, &abs, &kernel->of.b}, Need{&plans_.v, &abs, &kernel->of.v},
        Need{&plans_.m, &h, &kernel->of.m}, Need{&plans_.extension, &one, &kernel->of.extension}}) {
    if (!*need.plan) continue;
    auto made = (*need.plan)->try_prepare(*need.taps);
    if (!made) return tl::unexpected(made.error());
    *need.to = std::move(*made);
  }
  return kernel;
}

// ----------------------------------------------------------------------------------- execute

/// Parts x, or x~, into samples and what is missing.
Status MissingRecipe::part(const ConstView& x, const MissingKernel& kernel, const Arrays& at,
                           Workspace& workspace) const noexcept {
  if (!p_.extended) {
    part_samples(x, at.samples, at.there, at.gone, workspace);
    return Status::ok;
  }
  const View wide(at.extended, p_.samples, p_.shape);
  const Status status = plans_.extension->execute(x, *kernel.of.extension, wide, workspace);
  if (status == Status::ok) part_samples(wide, at.samples, at.there, at.gone, workspace);
  return status;
}

Status MissingRecipe::convolve(const ConstView& x, const MissingKernel& kernel, const Arrays& at,
                               Workspace& workspace) const noexcept {
  Status status = part(x, kernel, at, workspace);
  const auto run = [&](const std::optional<Plan>& plan, const std::optional<Kernel>& taps,
                       const ConstView& from, std::byte* to) noexcept {
    if (!plan || status != Status::ok) return;
    const View y(to, plan->output_type(), plan->output_shape());
    status = plan->execute(from, *taps, y, workspace);
  };
  const ConstView there(at.there, ElementType::u8, p_.shape),
      gone(at.gone, ElementType::u8, p_.shape);
  run(plans_.a, kernel.of.a, samples(at), at.a);
  if (!kernel.nonnegative || !plans_.a) run(plans_.b, kernel.of.b, samples(at), at.b);
  run(plans_.v, kernel.of.v, there, at.v);
  run(plans_.m, kernel.of.m, gone, at.m);
  return status;
}

/// x with its missing samples replaced. Where x was extended, x~ is done with, and its place holds
/// at least x; else that of the samples, whose zeros become means.
View MissingRecipe::filled(const ConstView& x, const Arrays& at) const {
  return {p_.extended ? at.extended : at.samples, x.type, problem_.x_shape};
}

Status MissingRecipe::execute(const Execution& given,
                              const Kernel::Prepared& prepared) const noexcept {
  const auto& kernel = static_cast<const MissingKernel&>(prepared);
  const ConstView& x = *given.x_view;
  Workspace& workspace = *given.workspace;
  if (!p_.outside_missing && !any_missing(x, workspace))
    return plans_.plain->execute(x, *kernel.of.plain, *given.y_view, workspace);
  support::Carver carver(workspace.data() + scratch_of(workspace.threads()));
  const Arrays at = lay(carver);
  if (const Status status = convolve(x, kernel, at, workspace); status != Status::ok) return status;
  const MissingSums s = sums(at, kernel);
  if (!fills()) {
    combine(s, *given.y_view, workspace);
    return Status::ok;
  }
  // The marks of x alone are needed now; x~ had its own.
  const View to = filled(x, at);
  part_samples(x, static_cast<std::byte*>(to.data), at.there, at.gone, workspace);
  fill(s, at.gone, to);
  return plans_.plain->execute(to, *kernel.of.plain, *given.y_view, workspace);
}

}  // namespace faltung
