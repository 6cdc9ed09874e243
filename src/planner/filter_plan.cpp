// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs what filter_choice.cpp chose, and bounds its error (docs/accuracy.md):
//
//   chain   z = x~ * a off by at most E1, y = z * b off by E2:     E2 + |b|_1 E1
//   terms   the sum of their bounds, and u |partial sum| for each addition
//   taps    max|x~| times the sum of what all of them together are off
#include "faltung/filter_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "convolution/geometry.hpp"
#include "planner/filter_plan_impl.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

template <class F>
void with_real(ElementType type, F&& f) {
  switch (type) {
    case ElementType::f32:
    case ElementType::c64: return f(float{});
    case ElementType::f64:
    case ElementType::c128: return f(double{});
    case ElementType::u8: return f(std::uint8_t{});
    case ElementType::i8: return f(std::int8_t{});
    case ElementType::u16: return f(std::uint16_t{});
    case ElementType::i16: return f(std::int16_t{});
    case ElementType::u32: return f(std::uint32_t{});
    case ElementType::i32: return f(std::int32_t{});
    case ElementType::u64: return f(std::uint64_t{});
    case ElementType::i64: return f(std::int64_t{});
    case ElementType::f16: return f(Half{});
  }
}

/// What a chain must know of the samples; |re| + |im| stands for a complex magnitude.
struct Samples {
  double largest = 0;  ///< of those that are finite
  bool finite = true;
};

/// Of the samples along the axes from `axis` on.
template <class T>
void look(const T* x, const ConstView& view, int axis, int components, Samples& found) {
  if (axis < view.shape.rank()) {
    for (std::int64_t i = 0; i < view.shape[axis]; ++i)
      look(x + i * view.strides[axis] * components, view, axis + 1, components, found);
    return;
  }
  double magnitude = 0;
  for (int i = 0; i < components; ++i) {
    T value;
    std::memcpy(&value, x + i, sizeof(T));
    magnitude += std::abs(static_cast<double>(value));
  }
  if (std::isfinite(magnitude)) found.largest = std::max(found.largest, magnitude);
  else found.finite = false;
}

Samples look(const ConstView& view, std::complex<double> cval) {
  Samples found{std::abs(cval.real()) + std::abs(cval.imag()), true};
  found.finite = std::isfinite(found.largest);
  if (!found.finite) found.largest = 0;
  with_real(view.type, [&]<class T>(T) {
    look(static_cast<const T*>(view.data), view, 0, is_complex(view.type) ? 2 : 1, found);
  });
  return found;
}

Result<AnyArray> make_array(ElementType type, const Dims& shape) {
  const checked::Int bytes = checked::Int(element_count(shape)) * size_bytes(type);
  AnyArray array{type, shape, {}};
  try {
    array.bytes.resize(static_cast<std::size_t>(bytes.value()));
  } catch (const std::exception&) {
    return refuse(Status::out_of_memory,
                  "not enough memory for a result of " + to_string(shape) + " " + name(type));
  }
  return array;
}

/// A result with its bound; `tap_error` is per unit of max|x~|.
struct Computed {
  AnyArray y;
  ErrorBound bound;
  double tap_error = 0;
};

Result<AnyArray> run_stage(const ReadyStage& stage, const ConstView& x, int threads) {
  auto y = make_array(stage.plan.output_type(), stage.plan.output_shape());
  if (!y) return y;
  auto workspace = Workspace::try_make(stage.plan, threads);
  if (!workspace) return tl::unexpected(workspace.error());
  const Status status = stage.plan.execute(x, stage.kernel, y->view(), *workspace);
  if (status != Status::ok) return tl::unexpected(stage.plan.failure(status));
  return y;
}

Result<Computed> run_chain(const std::vector<ReadyStage>& chain, const ConstView& x, int threads,
                           bool bounded) {
  Computed done;
  double exact_sum = 1;  // of the magnitudes of the taps so far, as they should be
  ConstView input = x;
  for (const ReadyStage& stage : chain) {
    auto y = run_stage(stage, input, threads);
    if (!y) return tl::unexpected(y.error());
    if (bounded) {
      const ErrorBound own = stage.plan.error_bound(input, stage.kernel);
      done.bound.maximum = own.maximum + stage.sum_abs * done.bound.maximum;
      done.bound.l2 = own.l2 + stage.sum_abs * done.bound.l2;
      done.bound.coefficient += own.coefficient;
      done.bound.unit_roundoff = own.unit_roundoff;
    }
    done.tap_error = done.tap_error * stage.sum_abs + exact_sum * stage.rounding;
    exact_sum *= stage.sum_abs + stage.rounding;
    done.y = std::move(*y);
    input = std::as_const(done.y).view();
  }
  return done;
}

void add(Computed& to, const Computed& term, bool bounded) {
  double most = 0, squares = 0;
  with_real(to.y.type, [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>) {
      const std::size_t count = to.y.bytes.size() / sizeof(T);
      T* y = reinterpret_cast<T*>(to.y.bytes.data());
      const T* more = reinterpret_cast<const T*>(term.y.bytes.data());
      for (std::size_t i = 0; i < count; ++i) y[i] += more[i];
      for (std::size_t i = 0; bounded && i < count; ++i) {
        const auto magnitude = static_cast<double>(std::abs(y[i]));
        most = std::max(most, magnitude);
        squares += magnitude * magnitude;
      }
    }
  });
  const double u = term.bound.unit_roundoff * (is_complex(to.y.type) ? 1.5 : 1.01);
  to.bound.maximum += term.bound.maximum + u * most;
  to.bound.l2 += term.bound.l2 + u * std::sqrt(squares);
  to.bound.coefficient += term.bound.coefficient;
  to.tap_error += term.tap_error;
}

/// How much larger than max|x| an odd reflection can get: 2 more for each time that the reads go
/// over the input's length.
double growth(const Problem& problem) {
  if (problem.boundary != Boundary::odd) return 1;
  const auto resolved = resolve(problem);
  double all = 1;
  for (const Axis& axis : resolved->axes) {
    if (!axis.convolved) continue;
    const std::int64_t beyond =
        std::max({std::int64_t{0}, -axis.reads_first(), axis.reads_last() - (axis.n - 1)});
    all *= 1 + 2 * static_cast<double>(
                       checked::ceil_div(beyond, std::max<std::int64_t>(1, axis.n - 1)));
  }
  return all;
}

/// Whether a chain of moderate kernels (filter_contract.cpp) loses nothing of these samples to
/// overflow or underflow: their magnitudes times 2^30 for the kernels are far inside the range.
bool moderate(const Samples& x, const Problem& problem) {
  const int exponent = is_single(problem.result_type()) ? 60 : 500;
  const double least = x.largest, most = x.largest * growth(problem);
  return x.finite &&
         (most == 0 || (least >= std::ldexp(1.0, -exponent) && most <= std::ldexp(1.0, exponent)));
}

Result<ReadyStage> make_ready(const FilterProblem& whole, const Stage& stage, bool full) {
  const auto taps = typed_taps(stage.kernel, stage.problem);
  if (!taps) return tl::unexpected(taps.error());
  const auto plan = whole.planner.try_plan(stage.problem, taps->view());
  if (!plan) return tl::unexpected(plan.error());
  auto kernel = plan->try_prepare(taps->view());
  if (!kernel) return tl::unexpected(kernel.error());
  const Taps& exact = *stage.kernel.taps().value();
  ReadyStage ready{*plan, std::move(*kernel), 0, exact.error};
  with_real(taps->type, [&]<class T>(T) {
    const T* used = reinterpret_cast<const T*>(taps->bytes.data());
    for (std::size_t i = 0; i < exact.values.size(); ++i) {
      const auto v = static_cast<long double>(used[i]);
      ready.sum_abs += static_cast<double>(std::abs(v));
      ready.rounding += static_cast<double>(std::abs(v - exact.values[i]));
    }
  });
  if (const auto& expression = whole.filter->expression; full && expression)
    ready.rounding +=
        expression->taps.error + 0x1.01p-53 * ready.sum_abs +
        static_cast<double>(exact.values.size()) * std::numeric_limits<double>::denorm_min();
  return ready;
}

/// The full kernel, for data that the chosen evaluation is not for.
Result<ReadyStage> make_full(const FilterProblem& whole) {
  auto evaluation = choose(whole, FilterEvaluation::merged);
  if (!evaluation) return tl::unexpected(evaluation.error());
  return make_ready(whole, evaluation->terms[0][0], true);
}

Result<Computed> run_full(const FilterPlan::Impl& p, const ConstView& x, int threads,
                          bool bounded) {
  const auto full = make_full(p.whole);
  if (!full) return tl::unexpected(full.error());
  return run_chain({*full}, x, threads, bounded);
}

Result<Computed> run(const FilterPlan::Impl& p, const ConstView& x, int threads, bool bounded) {
  if (p.evaluation.merged) return run_chain(p.terms[0], x, threads, bounded);
  if (!moderate(look(x, p.whole.problem.cval), p.whole.problem))
    return run_full(p, x, threads, bounded);
  auto all = run_chain(p.terms[0], x, threads, bounded);
  for (std::size_t t = 1; all && t < p.terms.size(); ++t) {
    const auto term = run_chain(p.terms[t], x, threads, bounded);
    if (!term) return term;
    add(*all, *term, bounded);
  }
  return all;
}

Result<void> check_x(const FilterPlan::Impl& p, const ConstView& x) {
  const Problem& problem = p.whole.problem;
  if (x.data == nullptr) return refuse(Status::invalid_argument, "the pointer of x is null");
  if (x.type == problem.x_type && x.shape == problem.x_shape && x.strides.rank() == x.shape.rank())
    return {};
  return refuse(x.type == problem.x_type ? Status::shape_mismatch : Status::type_mismatch,
                "x is " + to_string(x.shape) + " " + name(x.type) + ", the plan takes " +
                    to_string(problem.x_shape) + " " + name(problem.x_type));
}

}  // namespace

Result<AnyArray> typed_taps(const FilterPart& kernel, const Problem& problem) {
  const auto found = kernel.taps();
  if (!found) return tl::unexpected(found.error());
  const std::vector<long double>& values = (*found)->values;
  auto taps = make_array(problem.h_type, problem.h_shape);
  if (!taps) return taps;
  bool holds = !is_complex(problem.h_type) &&
               element_count(problem.h_shape) == static_cast<std::int64_t>(values.size());
  with_real(problem.h_type, [&]<class T>(T) {
    T* to = reinterpret_cast<T*>(taps->bytes.data());
    for (std::size_t i = 0; holds && i < values.size(); ++i) {
      if constexpr (std::is_integral_v<T>)
        holds = values[i] >= static_cast<long double>(std::numeric_limits<T>::min()) &&
                values[i] <= static_cast<long double>(std::numeric_limits<T>::max()) &&
                values[i] == std::nearbyint(values[i]);
      if (holds) to[i] = static_cast<T>(values[i]);
    }
  });
  if (!holds)
    return refuse(Status::type_mismatch, std::string("the filter's taps cannot be held in ") +
                                             name(problem.h_type) + " " +
                                             to_string(problem.h_shape));
  return taps;
}

Result<FilterPlan> FilterPlan::try_make(const Problem& problem, const Filter& filter,
                                        const Planner& planner, FilterEvaluation evaluation) {
  auto whole = lay(problem, filter, planner);
  if (!whole) return tl::unexpected(whole.error());
  auto chosen = choose(*whole, evaluation);
  if (!chosen) return tl::unexpected(chosen.error());
  auto impl = std::make_shared<Impl>(Impl{std::move(*whole), std::move(*chosen), {}});
  for (const Chain& chain : impl->evaluation.terms) {
    std::vector<ReadyStage>& ready = impl->terms.emplace_back();
    for (const Stage& stage : chain) {
      auto made = make_ready(impl->whole, stage, impl->evaluation.merged);
      if (!made) return tl::unexpected(made.error());
      ready.push_back(std::move(*made));
    }
  }
  if (impl->evaluation.merged)
    name_shared(FilterPart(impl->whole.filter), impl->terms[0][0].plan, impl->evaluation);
  return FilterPlan(std::move(impl));
}

Result<Problem> with_filter(const Problem& problem, const Filter& filter) {
  const auto whole = lay(problem, filter, {});
  if (!whole) return tl::unexpected(whole.error());
  return whole->problem;
}

const Problem& FilterPlan::problem() const noexcept { return impl_->whole.problem; }
Dims FilterPlan::output_shape() const noexcept {
  return impl_->terms[0].back().plan.output_shape();
}
ElementType FilterPlan::output_type() const noexcept {
  return impl_->terms[0].back().plan.output_type();
}
bool FilterPlan::merged() const noexcept { return impl_->evaluation.merged; }

/// Plans and kernels stay; a stage runs with its workspace, what it reads and what it makes, and
/// beside the sum of the terms so far.
std::int64_t FilterPlan::memory_bytes(int threads) const noexcept {
  checked::Int stays = 0, result = 0;
  std::int64_t most = 0;
  for (const std::vector<ReadyStage>& chain : impl_->terms) {
    checked::Int read = result;
    for (const ReadyStage& stage : chain) {
      const checked::Int workspace = stage.plan.workspace_bytes(threads);
      const checked::Int made = checked::Int(element_count(stage.plan.output_shape())) *
                                size_bytes(stage.plan.output_type());
      const checked::Int all = workspace + read + made;
      if (!all.ok()) return -1;
      most = std::max(most, all.value());
      stays = stays + stage.plan.memory_bytes(threads) - workspace;
      read = &chain == &impl_->terms.front() ? made : made + result;
    }
    if (&chain == &impl_->terms.front()) result = read;
  }
  const checked::Int bytes = stays + most - result;
  return bytes.ok() ? bytes.value() : -1;
}

Result<AnyArray> FilterPlan::try_run(const ConstView& x, int threads) const {
  if (auto ok = check_x(*impl_, x); !ok) return tl::unexpected(ok.error());
  auto done = run(*impl_, x, threads, false);
  if (!done) return tl::unexpected(done.error());
  return std::move(done->y);
}

Result<ErrorBound> FilterPlan::try_error_bound(const ConstView& x) const {
  if (auto ok = check_x(*impl_, x); !ok) return tl::unexpected(ok.error());
  const auto done = run(*impl_, x, 1, true);
  if (!done) return tl::unexpected(done.error());
  ErrorBound bound = done->bound;
  if (done->tap_error > 0) {
    const Problem& p = problem();
    const double taps = done->tap_error * look(x, p.cval).largest * growth(p);
    bound.maximum += taps;
    bound.l2 += taps * std::sqrt(static_cast<double>(element_count(done->y.shape)));
  }
  return bound;
}

}  // namespace faltung
