// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "stream/stream_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "planner/choice.hpp"
#include "planner/plan_impl.hpp"
#include "support/checked.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

/// Samples of all axes together: their bytes fit 64 bits, with room for the kernel.
constexpr std::int64_t kEndless = std::int64_t{1} << 40, kAllSamples = std::int64_t{1} << 56;
/// Samples taken at a time: some tiles of short kernels, and something to do for every thread.
constexpr std::int64_t kManySamples = 1 << 15;

template <class T>
bool all_finite(const std::byte* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    T v;
    std::memcpy(&v, values + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
    if (!std::isfinite(static_cast<double>(v))) return false;
  }
  return true;
}

bool all_finite(const ConstView& h) {
  if (is_integer(h.type)) return true;
  AnyArray dense{h.type, h.shape, {}};
  const auto bytes = static_cast<std::size_t>(size_bytes(h.type));
  const std::int64_t count = element_count(h.shape);
  dense.bytes.resize(static_cast<std::size_t>(count) * bytes);
  copy_box(static_cast<const std::byte*>(h.data), h.strides, dense.bytes.data(),
           dense_strides(h.shape), h.shape, 0, bytes);
  const std::int64_t reals = is_complex(h.type) ? 2 * count : count;
  if (h.type == ElementType::f16) return all_finite<Half>(dense.bytes.data(), reals);
  const bool single = h.type == ElementType::f32 || h.type == ElementType::c64;
  return single ? all_finite<float>(dense.bytes.data(), reals)
                : all_finite<double>(dense.bytes.data(), reals);
}

/// More samples than come, and no more than can be counted.
std::int64_t endless(const Problem& p, int axis) {
  checked::Int others = 1;
  for (int i = 0; i < p.x_shape.rank(); ++i)
    if (i != axis) others = others * std::max<std::int64_t>(1, p.x_shape[i]);
  return others.ok() ? std::clamp<std::int64_t>(kAllSamples / others.value(), 1, kEndless)
                     : kEndless;
}

/// Whether the axes from this one on lie one after another without gaps.
bool is_dense_from(int axis, const Dims& shape, const Dims& strides) noexcept {
  std::int64_t step = 1;
  for (int a = shape.rank() - 1; a >= axis; step *= shape[a--])
    if (shape[a] != 1 && strides[a] != step) return false;
  return true;
}

}  // namespace

void copy_box(const std::byte* from, const Dims& from_strides, std::byte* to,
              const Dims& to_strides, const Dims& shape, int axis, std::size_t bytes) noexcept {
  const int last = shape.rank() - 1;
  if (is_dense_from(axis, shape, from_strides) && is_dense_from(axis, shape, to_strides)) {
    std::int64_t count = 1;
    for (int a = axis; a <= last; ++a) count *= shape[a];
    support::copy_bytes(from, static_cast<std::size_t>(count) * bytes, to);
    return;
  }
  if (axis < last) {
    for (std::int64_t i = 0; i < shape[axis]; ++i)
      copy_box(from + i * from_strides[axis] * static_cast<std::int64_t>(bytes), from_strides,
               to + i * to_strides[axis] * static_cast<std::int64_t>(bytes), to_strides, shape,
               axis + 1, bytes);
    return;
  }
  const std::int64_t step = from_strides[last] * static_cast<std::int64_t>(bytes);
  for (std::int64_t i = 0; i < shape[last]; ++i)
    std::memcpy(to + i * static_cast<std::int64_t>(bytes), from + i * step, bytes);
}

int stream_axis(const Problem& p) {
  std::int64_t first = p.axes.empty() ? 0 : kMaxRank;
  for (const std::int64_t axis : p.axes)
    first = std::min(first, axis < 0 ? axis + p.x_shape.rank() : axis);
  return static_cast<int>(first);
}

Result<Plan> plan_stream(const Problem& problem, const ConstView& h, const Planner& planner) {
  Problem p = problem;
  p.stream = true;
  // Lengths mean nothing, but for the axes: x has as many as the kernel.
  Dims shape(std::max(0, p.h_shape.rank() - p.x_shape.rank()), 1);
  for (const std::int64_t extent : p.x_shape) shape.push_back(extent);
  p.x_shape = shape;
  const int axis = stream_axis(p);
  if (axis >= 0 && axis < shape.rank())
    p.x_shape[axis] = endless(p, axis);  // else try_plan refuses
  const bool infinite = h.data != nullptr && h.shape.rank() == h.strides.rank() &&
                        h.type == p.h_type && !all_finite(h);
  if (infinite && p.method == "auto" && p.block.empty()) p.method = "direct";
  if (p.kernel_rank == 0 && (p.method == "auto" || p.method == "separable"))
    if (const auto rank = useful_rank(planner, p, h)) p.kernel_rank = *rank;
  if (p.kernel_cosines == 0 && (p.method == "auto" || p.method == "recursive"))
    if (const auto cosines = useful_cosines(planner, p, h)) p.kernel_cosines = *cosines;
  auto plan = planner.try_plan(p);
  // All others hand such a kernel to the direct method, whose tiles are not theirs.
  if (plan && infinite && plan->algorithm() != "direct") {
    p.method = "direct";
    p.block = {};
    plan = planner.try_plan(p);
  }
  return plan;
}

Result<StreamWindow> stream_window(const Plan& plan, int threads) {
  const Plan::Impl& p = plan.impl();
  const Axis& a = p.geometry.spatial[0];
  const std::int64_t outputs = p.recipe->tile_outputs();
  const std::int64_t tile = outputs * a.step, outer = checked::ceil_div(a.count, outputs);
  const std::int64_t beside = std::max<std::int64_t>(1, p.recipe->tasks() / outer);
  const std::int64_t busy = checked::ceil_div(plan.busy_threads(threads), beside);
  const std::int64_t row = std::max<std::int64_t>(1, p.geometry.outputs() / a.count);
  const std::int64_t many = std::max(busy, checked::ceil_div(kManySamples, tile * row));
  StreamWindow window{p.problem.x_shape, 0};
  window.shape[stream_axis(p.problem)] =
      2 * a.span + a.step + (p.problem.max_memory != 0 ? 1 : many) * tile;
  const checked::Int bytes =
      checked::Int(element_count(window.shape)) * size_bytes(p.problem.x_type);
  if (!bytes.ok())
    return tl::unexpected(Failure{Status::size_overflow, "the stream does not fit 64 bits"});
  window.bytes = bytes.value();
  return window;
}

std::int64_t stream_bytes(const Plan& plan, int threads, const StreamWindow& window) {
  return plan.memory_bytes(threads) + plan.impl().recipe->table_bytes() + window.bytes;
}

Result<StreamNeeds> Stream::try_needs(const Problem& problem, const ConstView& h, int threads,
                                      const Planner& planner) {
  const auto plan = plan_stream(problem, h, planner);
  if (!plan) return tl::unexpected(plan.error());
  const auto window = stream_window(*plan, threads);
  if (!window) return tl::unexpected(window.error());
  const Axis& a = plan->impl().geometry.spatial[0];
  StreamNeeds needs;
  needs.memory_bytes = stream_bytes(*plan, threads, *window);
  needs.block_outputs = plan->impl().recipe->tile_outputs();
  needs.step = a.step;
  const std::int64_t reach = checked::ceil_div(a.span, a.step);
  // A block that is not full, and what the kernel reaches over: nothing of a reflected signal comes
  // before a span of it is there.
  needs.held_outputs = reach + std::max(reach, needs.block_outputs);
  Dims shape = plan->output_shape();
  shape[stream_axis(plan->problem())] = 1;
  needs.output_bytes = element_count(shape) * size_bytes(plan->output_type());
  return needs;
}

std::int64_t StreamNeeds::most_outputs(std::int64_t samples) const noexcept {
  return held_outputs + checked::ceil_div(samples, step);
}

}  // namespace faltung
