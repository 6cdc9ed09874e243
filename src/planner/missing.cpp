// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A recipe of plans: x is parted into samples and what is missing, these are convolved one after the
// other on the same scratch, and the sums are put together.
//
//   workspace   [ scratch of the plans | x~ | samples | there | gone | A | B | V | M ]
#include "planner/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "convolution/boundary.hpp"
#include "convolution/error_bound.hpp"
#include "planner/missing_loops.hpp"
#include "support/aligned_vector.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

/// Plans or kernels of the problems of MissingProblems.
template <class T>
struct Each {
  std::optional<T> plain, a, b, v, m, extension;
};

struct MissingKernel final : Kernel::Prepared {
  Each<Kernel> of;
  bool nonnegative = false;
  double largest_sum = 0;
  std::int64_t bytes() const noexcept override {
    std::int64_t sum = 0;
    for (const auto* k : {&of.plain, &of.a, &of.b, &of.v, &of.m, &of.extension})
      if (*k) sum += (*k)->bytes();
    return sum;
  }
};

/// Where an execution keeps its arrays.
struct Arrays {
  std::byte *extended = nullptr, *samples = nullptr;
  std::uint8_t *there = nullptr, *gone = nullptr;
  std::byte *a = nullptr, *b = nullptr, *v = nullptr, *m = nullptr;
};

class MissingRecipe final : public Recipe {
 public:
  MissingRecipe(Problem problem, MissingProblems problems, Each<Plan> plans)
      : problem_(std::move(problem)), p_(std::move(problems)), plans_(std::move(plans)) {
    support::Carver carver(nullptr);
    lay(carver);
    array_bytes_ = carver.used();
  }

  std::string tree() const override;
  std::int64_t scratch_bytes() const noexcept override { return workspace_bytes(1); }
  std::int64_t workspace_bytes(int threads) const noexcept override {
    return scratch_of(threads) + array_bytes_;
  }
  std::int64_t tasks() const noexcept override { return 4096; }
  std::int64_t table_bytes() const noexcept override {
    return sum_of([](const Plan& plan) {
      return static_cast<double>(plan.impl().recipe->table_bytes());
    });
  }
  std::int64_t kernel_bytes() const noexcept override {
    return sum_of([](const Plan& plan) {
      return static_cast<double>(plan.impl().recipe->kernel_bytes());
    });
  }
  double predicted_seconds() const override {
    double seconds = 0;
    for (const auto* plan : all())
      if (*plan) seconds += (*plan)->predicted_seconds();
    return seconds;
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  std::array<const std::optional<Plan>*, 6> all() const {
    return {&plans_.plain, &plans_.a, &plans_.b, &plans_.v, &plans_.m, &plans_.extension};
  }
  template <class F>
  std::int64_t sum_of(F&& f) const noexcept {
    double sum = 0;
    for (const auto* plan : all())
      if (*plan) sum += f(**plan);
    return static_cast<std::int64_t>(std::min(sum, 0x1p62));
  }
  /// What the plans take, one after the other.
  std::int64_t scratch_of(int threads) const noexcept {
    std::int64_t most = 0;
    for (const auto* plan : all())
      if (*plan) most = std::max(most, (*plan)->workspace_bytes(threads));
    return (most + 63) / 64 * 64;
  }
  bool fills() const { return problem_.nan == Nan::interpolate; }
  Dims sums_shape() const { return plans_.v->output_shape(); }
  Arrays lay(support::Carver& carver) const;
  ConstView samples(const Arrays& at) const { return {at.samples, p_.samples, p_.shape}; }
  MissingSums sums(const Arrays& at, bool nonnegative) const;
  Status convolve(const ConstView& x, const MissingKernel& kernel, const Arrays& at,
                  Workspace& workspace) const noexcept;
  Status part(const ConstView& x, const MissingKernel& kernel, const Arrays& at,
              Workspace& workspace) const noexcept;
  View filled(const ConstView& x, const Arrays& at) const;
  SumErrors errors(const ConstView& x, const MissingKernel& kernel, const Arrays& at) const;

  Problem problem_;
  MissingProblems p_;
  Each<Plan> plans_;
  std::int64_t array_bytes_ = 0;
};

Arrays MissingRecipe::lay(support::Carver& carver) const {
  Arrays at;
  const std::int64_t n = element_count(p_.shape), out = element_count(sums_shape());
  const std::int64_t result = size_bytes(p_.result), real = plans_.v
      ? size_bytes(plans_.v->output_type()) : 0;
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

MissingSums MissingRecipe::sums(const Arrays& at, bool nonnegative) const {
  MissingSums s;
  s.a = at.a;
  s.b = nonnegative && at.a != nullptr ? at.a : at.b;
  s.v = at.v;
  s.m = at.m;
  s.type = p_.result;
  s.complex_m = plans_.m && is_complex(plans_.m->output_type());
  return s;
}

// ----------------------------------------------------------------------------------- prepare

Result<std::shared_ptr<Kernel::Prepared>> MissingRecipe::prepare(const ConstView& h) const {
  const auto resolved = resolve(problem_);
  Dims over;
  for (int i = 0; i < h.shape.rank(); ++i) {
    const std::size_t aligned = resolved->axes.size() - static_cast<std::size_t>(h.shape.rank() - i);
    over.push_back(aligned < resolved->axes.size() && resolved->axes[aligned].convolved ? 1 : 0);
  }
  const Magnitudes magnitudes = magnitudes_of(h, p_.magnitude, over);
  if (!magnitudes.finite)
    return tl::unexpected(Failure{Status::invalid_argument,
                                  std::string("nan=") + name(problem_.nan) +
                                      " takes kernels of finite taps; nan=propagate takes all"});
  auto kernel = std::make_shared<MissingKernel>();
  kernel->nonnegative = magnitudes.nonnegative;
  kernel->largest_sum = magnitudes.largest_sum;
  const float one_f = 1;
  const double one_d = 1;
  const Dims single(static_cast<int>(resolved->axes.size()), 1);
  const bool is_f32 = plans_.extension && plans_.extension->problem().h_type == ElementType::f32;
  const ConstView one = is_f32 ? ConstView(&one_f, ElementType::f32, single)
                               : ConstView(&one_d, ElementType::f64, single);
  const ConstView abs = magnitudes.taps.view();
  struct Need {
    const std::optional<Plan>* plan;
    const ConstView* taps;
    std::optional<Kernel>* to;
  };
  for (const Need& need : {Need{&plans_.plain, &h, &kernel->of.plain},
                           Need{&plans_.a, &h, &kernel->of.a}, Need{&plans_.b, &abs, &kernel->of.b},
                           Need{&plans_.v, &abs, &kernel->of.v}, Need{&plans_.m, &h, &kernel->of.m},
                           Need{&plans_.extension, &one, &kernel->of.extension}}) {
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
  const MissingSums s = sums(at, kernel.nonnegative);
  if (!fills()) {
    combine(s, {given.y_view->data, p_.result, given.y_view->shape, given.y_view->strides},
            workspace);
    return Status::ok;
  }
  // The marks of x alone are needed now; x~ had its own.
  const View to = filled(x, at);
  part_samples(x, static_cast<std::byte*>(to.data), at.there, at.gone, workspace);
  fill(s, at.gone, to);
  return plans_.plain->execute(to, *kernel.of.plain, *given.y_view, workspace);
}

// ------------------------------------------------------------------------------------- bound

/// What the accuracy that was asked of a plan holds its errors to, relative to sums of magnitudes.
double relative_of(const Plan& plan) {
  const double allowed = componentwise_tolerance(plan.problem(), plan.impl().geometry);
  return allowed > 0 && allowed < 0.5 ? allowed / (1 - allowed) : HUGE_VAL;
}

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
  const MissingSums s = sums(at, kernel.nonnegative);
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

// ------------------------------------------------------------------------------------- plans

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

/// Whether sums over no tap but zeros are exactly 0: that is what says that nothing is there. A
/// transform marks whole spans, which dilated kernels have holes in; several products of rows may
/// cancel to nearly 0 at a tap that is 0.
bool has_exact_zeros(const Plan& plan) {
  const std::string method = plan.algorithm();
  if (method == "direct") return true;
  if (method == "separable") return plan.problem().kernel_rank == 1;
  return std::ranges::all_of(plan.problem().dilation, [](std::int64_t d) { return d == 1; });
}

/// The weights of what is there.
Result<Plan> plan_weights(const Planner& planner, const Problem& problem, const ConstView* h) {
  auto plan = plan_part(planner, problem, h, true);
  if (!plan || has_exact_zeros(*plan)) return plan;
  Problem other = problem;
  other.block = {};
  other.kernel_rank = 0;
  other.method = plan->algorithm() == "separable" ? "auto" : "direct";
  plan = plan_part(planner, other, nullptr, true);
  if (!plan || has_exact_zeros(*plan)) return plan;
  other.method = "direct";
  return plan_part(planner, other, nullptr, true);
}

}  // namespace

Result<Plan> plan_missing(const Planner& planner, const Problem& problem, const ConstView* h) {
  auto problems = missing_problems(problem);
  if (!problems) return tl::unexpected(problems.error());
  MissingProblems& p = *problems;
  Magnitudes magnitudes;
  ConstView abs;
  if (h != nullptr && h->data != nullptr) {
    magnitudes = magnitudes_of(*h, p.magnitude, Dims(h->shape.rank(), 0));
    abs = std::as_const(magnitudes.taps).view();
  }
  const ConstView* magnitude = abs.data != nullptr ? &abs : nullptr;
  // A product of one row an axis stays one without its signs.
  for (Problem* part : {&p.b, &p.v})
    if (part->kernel_rank > 1 || p.complex_taps) part->kernel_rank = 0;
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
  if (ok) ok = set(plans.v, plan_weights(planner, p.v, magnitude));
  if (ok && !fills) ok = set(plans.m, plan_part(planner, p.m, h, true));
  if (ok && p.extended) ok = set(plans.extension, planner.try_plan(p.extension));
  if (!ok) return tl::unexpected(ok.error());

  const Plan::Impl& whole = plans.plain->impl();
  auto impl = std::make_shared<Plan::Impl>();
  impl->problem = problem;
  impl->problem.kernel_rank = whole.problem.kernel_rank;
  impl->geometry = whole.geometry;
  impl->asked = whole.asked;
  impl->asked_geometry = whole.asked_geometry;
  impl->y_shape = whole.y_shape;
  impl->x_dense = whole.x_dense;
  impl->y_dense = whole.y_dense;
  impl->of_dense_x = whole.of_dense_x;
  impl->of_dense_y = whole.of_dense_y;
  impl->of_kernels = whole.of_kernels;
  impl->planner = whole.planner;
  impl->algorithm = whole.algorithm;
  impl->recipe = std::make_unique<MissingRecipe>(problem, std::move(*problems), std::move(plans));
  Plan plan(std::move(impl));
  if (auto fits = check_memory(problem, plan); !fits) return tl::unexpected(fits.error());
  return plan;
}

}  // namespace faltung
