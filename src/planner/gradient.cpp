// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Derivatives of a strip of x along all axes, and what is made of them while they are in the cache:
//
//   x   [ strip 0 | strip 1 | ... ]      -> derivatives of a strip -> rows of magnitudes
//            halo ^ of the kernel
//
// Strips lie along the first of the convolved axes and depend on shapes alone. Those that read
// inside x share one plan, of x moved; those at the ends have plans with a window of all of x.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>

#include "convolution/geometry.hpp"
#include "faltung/filter_bank.hpp"
#include "planner/gradient_loops.hpp"
#include "support/aligned_vector.hpp"

namespace faltung {

struct GradientPlan::Impl {
  std::optional<FilterBankPlan> bank;
  GradientOptions options;
  Dims x_shape;
  int axis = 0;  ///< of x, that strips lie along; derivatives have one more in front
  int derivatives = 0;
  double scale = 1;
  std::int64_t strip = 0;     ///< outputs along the axis; 0: all at once
  std::optional<Plan> inner;  ///< of a strip that reads inside x
  Kernel inner_kernel;
};

namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// What a ramp that rises by 1 a sample gives.
double response_to_ramp(const Filter& f, int axis) {
  double response = 0;
  for (std::size_t i = 0; i < f.values.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (int a = f.shape.rank() - 1; a >= 0; --a) {
      if (a == axis) at = rest % f.shape[a];
      rest /= f.shape[a];
    }
    response -= f.values[i] * static_cast<double>(at - f.origin_at(axis));
  }
  return response;
}

/// Of x with the axis of the derivatives in front.
ConstView as_bank(const ConstView& x) {
  ConstView all(x.data, x.type, {1}, {0});
  for (int i = 0; i < x.shape.rank(); ++i) {
    all.shape.push_back(x.shape[i]);
    all.strides.push_back(x.strides[i]);
  }
  return all;
}

/// Outputs `from` to `to` along the first convolved axis, which is `order` in the lists.
Problem windowed(const Problem& whole, const Resolved& resolved, std::int64_t from, std::int64_t to,
                 std::int64_t shift) {
  Problem p = whole;
  p.extent = Extent::full;
  p.origin = {};
  p.window = {};
  for (std::size_t i = 0; i < resolved.convolved.size(); ++i) {
    const Axis& a = resolved.axes[static_cast<std::size_t>(resolved.convolved[i])];
    const bool first = i == 0;
    p.window.push_back(
        {a.first + (first ? from + shift : 0), a.first + (first ? to + shift : a.count)});
  }
  return p;
}

/// So many outputs along the axis that all derivatives of a strip fit half of a second cache.
std::int64_t strip_of(const Dims& x_shape, int axis, int derivatives, std::int64_t bytes) {
  constexpr std::int64_t kCacheBytes = 1 << 19;
  const std::int64_t row = element_count(x_shape) / x_shape[axis] * derivatives * bytes;
  return std::clamp<std::int64_t>(kCacheBytes / std::max<std::int64_t>(1, row), 8, x_shape[axis]);
}

/// One run: threads take strips.
class Strips {
 public:
  Strips(const GradientPlan::Impl& impl, const ConstView& x, GradientPlan::Gradient& to)
      : p_(impl), x_(as_bank(x)), to_(to), resolved_(*resolve(impl.bank->problem())) {}

  Result<void> run(int threads) {
    const std::int64_t count = (p_.x_shape[p_.axis] + p_.strip - 1) / p_.strip;
    const int used = static_cast<int>(std::min<std::int64_t>(threads, count));
    if (used <= 1) work(this, 0);
    else default_executor().run(used, &Strips::work, this);
    if (failure_) return tl::unexpected(*failure_);
    return {};
  }

 private:
  static void work(void* self, int) noexcept {
    auto& strips = *static_cast<Strips*>(self);
    try {
      strips.work();
    } catch (const std::exception&) {
      strips.fail({Status::out_of_memory, "not enough memory for strips of the gradient"});
    }
  }

  void work() {
    support::AlignedVector<std::byte> derivatives;
    std::optional<Workspace> inner;
    const std::int64_t rows = p_.x_shape[p_.axis];
    for (;;) {
      const std::int64_t from = next_.fetch_add(1) * p_.strip;
      if (from >= rows || failed_.load()) return;
      const std::int64_t to = std::min(rows, from + p_.strip);
      const Axis& a = axis();
      const bool inside =
          p_.inner && to - from == p_.strip && a.reads_first(from) >= 0 && a.reads_last(to) < a.n;
      Result<void> done =
          inside ? inner_strip(from, derivatives, inner) : end_strip(from, to, derivatives);
      if (!done) return fail(done.error());
    }
  }

  const Axis& axis() const {
    return resolved_.axes[static_cast<std::size_t>(resolved_.convolved[0])];
  }

  Result<void> compute(const Plan& plan, const Kernel& kernel, const ConstView& x,
                       std::int64_t from, support::AlignedVector<std::byte>& derivatives,
                       Workspace& workspace) {
    const Dims shape = plan.output_shape();
    derivatives.resize(
        static_cast<std::size_t>(element_count(shape) * size_bytes(plan.output_type())));
    const View y(derivatives.data(), plan.output_type(), shape);
    const Status status = plan.execute(x, kernel, y, workspace);
    if (status != Status::ok) return tl::unexpected(plan.failure(status));
    put(y, from);
    return {};
  }

  Result<void> inner_strip(std::int64_t from, support::AlignedVector<std::byte>& derivatives,
                           std::optional<Workspace>& workspace) {
    if (!workspace) {
      auto made = Workspace::try_make(*p_.inner, 1);
      if (!made) return tl::unexpected(made.error());
      workspace = std::move(*made);
    }
    ConstView x = x_;
    const int at = p_.axis + 1;
    x.shape[at] = p_.inner->problem().x_shape[at];
    x.data = static_cast<const std::byte*>(x.data) +
             axis().reads_first(from) * x.strides[at] * size_bytes(x.type);
    return compute(*p_.inner, p_.inner_kernel, x, from, derivatives, *workspace);
  }

  Result<void> end_strip(std::int64_t from, std::int64_t to,
                         support::AlignedVector<std::byte>& derivatives) {
    const Problem problem = windowed(p_.bank->plan().settled(), resolved_, from, to, 0);
    const auto plan = Planner().try_plan(problem);
    if (!plan) return tl::unexpected(plan.error());
    const auto kernel = plan->try_prepare(p_.bank->taps().view());
    if (!kernel) return tl::unexpected(kernel.error());
    auto workspace = Workspace::try_make(*plan, 1);
    if (!workspace) return tl::unexpected(workspace.error());
    return compute(*plan, *kernel, x_, from, derivatives, *workspace);
  }

  /// The strip's outputs lie in as many runs as there are places in front of its axis.
  void put(const View& y, std::int64_t from) {
    std::int64_t before = 1, after = 1;
    const Dims& shape = p_.x_shape;
    for (int i = 0; i < p_.axis; ++i) before *= shape[i];
    for (int i = p_.axis + 1; i < shape.rank(); ++i) after *= shape[i];
    const std::int64_t run = y.shape[p_.axis + 1] * after, bytes = size_bytes(y.type);
    for (std::int64_t b = 0; b < before; ++b) {
      const std::int64_t at = (b * shape[p_.axis] + from) * after;
      const auto* d = static_cast<const std::byte*>(y.data) + b * run * bytes;
      gradient_row(
          {d, before * run, p_.derivatives, run, p_.scale}, y.type,
          to_.magnitude.bytes.data() + at * bytes,
          to_.orientation.bytes.empty() ? nullptr : to_.orientation.bytes.data() + at * bytes);
    }
  }

  void fail(const Failure& failure) noexcept {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = failure;
    failed_ = true;
  }

  const GradientPlan::Impl& p_;
  ConstView x_;
  GradientPlan::Gradient& to_;
  Resolved resolved_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::optional<Failure> failure_;
};

Result<AnyArray> array_of(ElementType type, const Dims& shape) {
  AnyArray made{type, shape, {}};
  try {
    made.bytes.resize(static_cast<std::size_t>(element_count(shape) * size_bytes(type)));
  } catch (const std::exception&) {
    return refuse(Status::out_of_memory, "not enough memory for a gradient of " + to_string(shape));
  }
  return made;
}

Problem problem_of(ElementType x_type, const Dims& x_shape, const GradientOptions& o) {
  Problem p;
  p.x_type = x_type;
  p.h_type =
      promote(x_type, ElementType::f32) == ElementType::f32 ? ElementType::f32 : ElementType::f64;
  p.x_shape = x_shape;
  p.axes = o.axes;
  p.extent = Extent::same;
  p.boundary = o.boundary;
  p.cval = o.cval;
  p.nan = o.nan;
  p.method = o.method;
  return p;
}

/// A plan for strips that read inside x.
Result<void> plan_inner(GradientPlan::Impl& impl, const Planner& planner) {
  const auto resolved = resolve(impl.bank->problem());
  const Axis& a = resolved->axes[static_cast<std::size_t>(resolved->convolved[0])];
  if (a.n < impl.strip + 2 * a.span) return {};
  Problem inner =
      windowed(impl.bank->plan().settled(), *resolved, 0, impl.strip, a.span - 1 - a.first);
  inner.x_shape[impl.axis + 1] = impl.strip + a.span - 1;
  auto plan = planner.try_plan(inner);
  if (!plan) return tl::unexpected(plan.error());
  auto kernel = plan->try_prepare(impl.bank->taps().view());
  if (!kernel) return tl::unexpected(kernel.error());
  impl.inner = std::move(*plan);
  impl.inner_kernel = std::move(*kernel);
  return {};
}

}  // namespace

Result<GradientPlan> GradientPlan::try_make(ElementType x_type, const Dims& x_shape,
                                            const GradientOptions& options,
                                            const Planner& planner) {
  if (is_complex(x_type))
    return refuse(Status::type_mismatch, "a gradient is one of real or whole numbers, not complex");
  const int axes = options.axes.empty() ? x_shape.rank() : options.axes.rank();
  if (axes < 1 || axes > x_shape.rank())
    return refuse(Status::invalid_argument, "a gradient needs one axis at least and those of x, " +
                                                to_string(x_shape) + ", at most");
  auto impl = std::make_shared<Impl>();
  std::vector<Filter> filters;
  try {
    for (int i = 0; i < axes; ++i)
      filters.push_back(derivative(options.op, i, axes, options.sigma));
  } catch (const Error& error) {
    return refuse(error.status(), error.what());
  }
  impl->scale = 1 / response_to_ramp(filters[0], 0);
  impl->options = options;
  impl->x_shape = x_shape;
  impl->derivatives = axes;
  auto bank = FilterBankPlan::try_make(problem_of(x_type, x_shape, options), filters, planner);
  if (!bank) return tl::unexpected(bank.error());
  impl->bank = std::move(*bank);
  impl->axis = static_cast<int>(impl->bank->problem().axes[0]) - 1;
  const std::string method = impl->bank->plan().algorithm();
  if (method == "direct" || method == "separable") {
    impl->strip = strip_of(x_shape, impl->axis, axes, size_bytes(impl->bank->output_type()));
    if (auto ok = plan_inner(*impl, planner); !ok) return tl::unexpected(ok.error());
  }
  return GradientPlan(std::move(impl));
}

Result<GradientPlan::Gradient> GradientPlan::try_run(const ConstView& x, bool orientation,
                                                     int threads) const {
  const Impl& p = *impl_;
  if (x.data == nullptr) return refuse(Status::invalid_argument, "the pointer of x is null");
  if (x.type != p.bank->problem().x_type || x.shape != p.x_shape ||
      x.strides.rank() != x.shape.rank())
    return refuse(Status::shape_mismatch, "x is " + to_string(x.shape) + " " + name(x.type) +
                                              ", the plan takes " + to_string(p.x_shape) + " " +
                                              name(p.bank->problem().x_type));
  if (orientation && p.derivatives != 2)
    return refuse(Status::invalid_argument,
                  "an orientation is one within two axes, not " + std::to_string(p.derivatives));
  const ElementType type = p.bank->output_type();
  Gradient made;
  auto magnitude = array_of(type, p.x_shape);
  if (!magnitude) return tl::unexpected(magnitude.error());
  made.magnitude = std::move(*magnitude);
  if (orientation) {
    auto angles = array_of(type, p.x_shape);
    if (!angles) return tl::unexpected(angles.error());
    made.orientation = std::move(*angles);
  }
  if (p.strip > 0) {
    if (auto ok = Strips(p, x, made).run(threads); !ok) return tl::unexpected(ok.error());
    return made;
  }
  const auto y = p.bank->try_run(as_bank(x), threads);
  if (!y) return tl::unexpected(y.error());
  const std::int64_t count = element_count(p.x_shape);
  gradient_row({y->bytes.data(), count, p.derivatives, count, p.scale}, type,
               made.magnitude.bytes.data(), orientation ? made.orientation.bytes.data() : nullptr);
  return made;
}

/// Each derivative is off by E at most, so their root of squares by sqrt(axes) E, and it is rounded
/// three times.
Result<ErrorBound> GradientPlan::try_error_bound(const ConstView& x) const {
  const auto made = try_run(x);
  if (!made) return tl::unexpected(made.error());
  auto bound = impl_->bank->try_error_bound(as_bank(x));
  if (!bound) return bound;
  const bool single = made->magnitude.type == ElementType::f32;
  const double u = single ? 0x1p-24 : 0x1p-53;
  const auto norms = magnitude_norms(made->magnitude);
  const double axes = std::sqrt(static_cast<double>(impl_->derivatives));
  bound->maximum = impl_->scale * axes * bound->maximum + 4 * u * norms.largest;
  bound->l2 = impl_->scale * bound->l2 + 4 * u * norms.l2;
  return bound;
}

const Problem& GradientPlan::problem() const noexcept { return impl_->bank->problem(); }
const FilterBankPlan& GradientPlan::bank() const noexcept { return *impl_->bank; }
double GradientPlan::scale() const noexcept { return impl_->scale; }

std::string GradientPlan::explain() const {
  const Impl& p = *impl_;
  std::string text = std::string("gradient by ") + name(p.options.op) + " along " +
                     std::to_string(p.derivatives) + " axes, derivatives divided by " +
                     std::to_string(1 / p.scale) + "\n";
  if (p.strip == 0) return text + p.bank->explain();
  const std::int64_t count = (p.x_shape[p.axis] + p.strip - 1) / p.strip;
  return text + "shared: x is read once for all " + std::to_string(p.derivatives) +
         " derivatives, in " +
         (count == 1 ? "one strip"
                     : std::to_string(count) + " strips of " + std::to_string(p.strip)) +
         "; they stay in the cache and are never written\n" + p.bank->plan().explain();
}

AnyArray gradient_magnitude(const ConstView& x, const GradientOptions& options) {
  const auto plan = value_or_throw(GradientPlan::try_make(x.type, x.shape, options));
  return value_or_throw(plan.try_run(x)).magnitude;
}

}  // namespace faltung
