// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
//   x [1, ...]  *  h [filters, box]  ->  y [filters, ...]       a batch axis that x lacks: a bank
#include "faltung/filter_bank.hpp"

#include <algorithm>
#include <cmath>

#include "filter/algebra.hpp"
#include "planner/filter_choice.hpp"

namespace faltung {

struct FilterBankPlan::Impl {
  std::optional<Plan> plan;
  Kernel kernel;
  AnyArray taps;
  std::int64_t count = 0;
};

namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

Dims with_axis(const Dims& dims, std::int64_t first) {
  Dims all{first};
  for (const std::int64_t v : dims) all.push_back(v);
  return all;
}

/// The box that holds all filters about one time zero.
Result<TapBox> common_box(std::span<const Filter> filters) {
  if (filters.empty()) return refuse(Status::shape_mismatch, "a bank has one filter at least");
  std::optional<TapBox> box;
  for (const Filter& f : filters) {
    if (f.shape.rank() != filters[0].shape.rank())
      return refuse(Status::shape_mismatch,
                    "'" + filters[0].name + "' is " + std::to_string(filters[0].shape.rank()) +
                        "-D and '" + f.name + "' is " + std::to_string(f.shape.rank()) +
                        "-D; filters of a bank have as many axes");
    const TapBox own = box_with_zero(taps_of(f)->box);
    box = box ? union_box(*box, own) : own;
  }
  return *box;
}

/// Taps of all filters in that box, one after the other, in their type.
Result<AnyArray> lay_taps(std::span<const Filter> filters, const TapBox& box, ElementType type) {
  AnyArray taps{type, with_axis(box.shape, static_cast<std::int64_t>(filters.size())), {}};
  const std::int64_t each = element_count(box.shape);
  if (each * static_cast<std::int64_t>(filters.size()) > static_cast<std::int64_t>(kLargestKernel))
    return refuse(Status::size_overflow, "the bank has more than 2^24 taps");
  taps.bytes.resize(static_cast<std::size_t>(element_count(taps.shape) * size_bytes(type)));
  std::size_t at = 0;
  for (const Filter& f : filters) {
    const auto values = rounded(*taps_of(f), box);
    if (!values) return tl::unexpected(values.error());
    for (const double v : *values) {
      if (type == ElementType::f32)
        reinterpret_cast<float*>(taps.bytes.data())[at++] = static_cast<float>(v);
      else reinterpret_cast<double*>(taps.bytes.data())[at++] = v;
    }
  }
  return taps;
}

}  // namespace

Result<FilterBankPlan> FilterBankPlan::try_make(const Problem& problem,
                                                std::span<const Filter> filters,
                                                const Planner& planner) {
  if (problem.h_type != ElementType::f32 && problem.h_type != ElementType::f64)
    return refuse(Status::type_mismatch, "the taps of a bank are f32 or f64");
  const auto box = common_box(filters);
  if (!box) return tl::unexpected(box.error());
  auto taps = lay_taps(filters, *box, problem.h_type);
  if (!taps) return tl::unexpected(taps.error());
  // One of the filters stands for the place of all.
  Filter one{box->shape, std::vector<double>(static_cast<std::size_t>(element_count(box->shape))),
             filters[0].name, box->origin};
  const auto laid = with_filter(problem, one);
  if (!laid) return tl::unexpected(laid.error());
  const int rank = std::max(problem.x_shape.rank(), laid->h_shape.rank());
  if (rank >= kMaxRank)
    return refuse(Status::invalid_argument, "a bank's input has 15 axes at most");
  Problem all = *laid;
  Dims x_shape = all.x_shape, h_shape = all.h_shape;
  while (x_shape.rank() < rank) x_shape = with_axis(x_shape, 1);
  while (h_shape.rank() < rank) h_shape = with_axis(h_shape, 1);
  all.axes = {};
  for (int i = 0; i < (problem.axes.empty() ? rank : problem.axes.rank()); ++i) {
    const std::int64_t axis = problem.axes.empty() ? i : problem.axes[i];
    all.axes.push_back(1 + (axis < 0 ? axis + rank : axis));
  }
  all.x_shape = with_axis(x_shape, 1);
  all.h_shape = with_axis(h_shape, static_cast<std::int64_t>(filters.size()));
  taps->shape = all.h_shape;
  const auto plan = planner.try_plan(all, std::as_const(*taps).view());
  if (!plan) return tl::unexpected(plan.error());
  auto kernel = plan->try_prepare(std::as_const(*taps).view());
  if (!kernel) return tl::unexpected(kernel.error());
  return FilterBankPlan(std::make_shared<const Impl>(Impl{
      *plan, std::move(*kernel), std::move(*taps), static_cast<std::int64_t>(filters.size())}));
}

const Problem& FilterBankPlan::problem() const noexcept { return impl_->plan->problem(); }
const Plan& FilterBankPlan::plan() const noexcept { return *impl_->plan; }
const Kernel& FilterBankPlan::kernel() const noexcept { return impl_->kernel; }
const AnyArray& FilterBankPlan::taps() const noexcept { return impl_->taps; }
Dims FilterBankPlan::output_shape() const noexcept { return impl_->plan->output_shape(); }
ElementType FilterBankPlan::output_type() const noexcept { return impl_->plan->output_type(); }

std::string FilterBankPlan::explain() const {
  const std::string method = plan().algorithm(), count = std::to_string(impl_->count);
  const bool transforms = method == "fft_single" || method == "overlap_save";
  return "a bank of " + count + " kernels of " + to_string(plan().problem().h_shape) + "\n" +
         (transforms ? "shared: each block of x is loaded and transformed once, " +
                           std::to_string(impl_->count + 1) + " transforms in place of " +
                           std::to_string(2 * impl_->count) + "\n"
                     : "shared: one plan and one input; kernels that are not transformed run one "
                       "after the other\n") +
         plan().explain();
}

Result<AnyArray> FilterBankPlan::try_run(const ConstView& x, int threads) const {
  AnyArray y{output_type(), output_shape(), {}};
  auto workspace = Workspace::try_make(plan(), threads);
  if (!workspace) return tl::unexpected(workspace.error());
  try {
    y.bytes.resize(static_cast<std::size_t>(element_count(y.shape) * size_bytes(y.type)));
  } catch (const std::exception&) {
    return refuse(Status::out_of_memory, "not enough memory for a result of " + to_string(y.shape));
  }
  const Status status = plan().execute(x, impl_->kernel, y.view(), *workspace);
  if (status != Status::ok) return tl::unexpected(plan().failure(status));
  return y;
}

Result<ErrorBound> FilterBankPlan::try_error_bound(const ConstView& x) const {
  try {
    return plan().error_bound(x, impl_->kernel);
  } catch (const Error& error) {
    return refuse(error.status(), error.what());
  }
}

}  // namespace faltung
