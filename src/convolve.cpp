// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/convolve.hpp"

#include <new>

#include "faltung/filter_plan.hpp"
#include "planner/bypass.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

ElementType real_precision_of(ElementType type) {
  return promote(type, ElementType::f32) == ElementType::f32 || type == ElementType::c64
             ? ElementType::f32
             : ElementType::f64;
}

Result<AnyArray> make_array(ElementType type, const Dims& shape) {
  const checked::Int bytes = checked::Int(element_count(shape)) * size_bytes(type);
  AnyArray array;
  array.type = type;
  array.shape = shape;
  try {
    array.bytes.resize(static_cast<std::size_t>(bytes.value()));
  } catch (const std::exception&) {
    return tl::unexpected(Failure{Status::out_of_memory, "not enough memory for a result of " +
                                                             to_string(shape) + " " + name(type)});
  }
  return array;
}

/// A filter over the last axes of x, in x's precision.
AnyArray run_filter(Operation operation, const ConstView& x, const Filter& filter,
                    const Options& options) {
  const ConstView taps(nullptr, real_precision_of(x.type), filter.shape);
  const auto plan = FilterPlan::try_make(make_problem(operation, x, taps, options), filter);
  if (!plan) throw Error(plan.error());
  return value_or_throw(plan->try_run(x, options.threads));
}

}  // namespace

Problem make_problem(Operation operation, const ConstView& x, const ConstView& h,
                     const Options& options) {
  Problem p;
  p.operation = operation;
  p.x_type = x.type;
  p.h_type = h.type;
  p.y_type = options.result;
  p.x_shape = x.shape;
  p.h_shape = h.shape;
  p.axes = options.axes;
  p.extent = options.extent;
  p.window = options.window;
  p.lags = options.lags;
  p.boundary = options.boundary;
  p.cval = options.cval;
  p.stride = options.stride;
  p.dilation = options.dilation;
  p.origin = options.origin;
  p.policy = options.policy;
  p.nan = options.nan;
  p.method = options.method;
  return p;
}

Result<AnyArray> try_run(Operation operation, const ConstView& x, const ConstView& h,
                         const Options& options) {
  if (auto y = run_without_plan(operation, x, h, options)) return std::move(*y);
  const auto plan = Planner{}.try_plan(make_problem(operation, x, h, options), h);
  if (!plan) return tl::unexpected(plan.error());
  const auto kernel = plan->try_prepare(h);
  if (!kernel) return tl::unexpected(kernel.error());
  auto y = make_array(plan->output_type(), plan->output_shape());
  if (!y) return y;
  auto workspace = Workspace::try_make(*plan, options.threads);
  if (!workspace) return tl::unexpected(workspace.error());
  const Status status = plan->execute(x, *kernel, y->view(), *workspace);
  if (status != Status::ok) return tl::unexpected(plan->failure(status));
  return y;
}

AnyArray convolve(const ConstView& x, const Filter& filter, const Options& options) {
  return run_filter(Operation::convolve, x, filter, options);
}
AnyArray correlate(const ConstView& x, const Filter& filter, const Options& options) {
  return run_filter(Operation::correlate, x, filter, options);
}

}  // namespace faltung
