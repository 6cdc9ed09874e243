// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What all plans on a device have in common: which device, whether it holds the arrays, and what
// kernels read of a problem. host_call.cpp has the copies.
#include "cuda/device_recipe.hpp"

#include <algorithm>

#include "convolution/extended_input.hpp"

#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// Of pageable memory, through the driver's own staging, and what a call of its own takes: typical
/// of PCIe 4 and 5; a host's real ones are within a factor of two.
constexpr double kHostBytesPerSecond = 8e9, kCopySeconds = 10e-6;
/// Of a device's memory that plans may take; its driver and context need some.
constexpr double kUsable = 0.9;

/// None that there is: shared memory as all have it that device kernels are compiled for, and the
/// speeds of a large one of the first of these.
const DeviceInfo& nominal_info() {
  static const DeviceInfo info = [] {
    DeviceInfo to;
    to.multiprocessors = 108;
    to.capability_major = 8;
    to.shared_bytes = 99 << 10;
    to.clock_hz = 1.4e9;
    to.memory_bytes_per_second = 1.5e12;
    to.multiply_adds_per_second = to.clock_hz * to.multiprocessors * 64;
    to.double_slowdown = 2;
    return to;
  }();
  return info;
}

}  // namespace

Result<const Device*> device_of(const Problem& problem) {
  const bool named = problem.device != "cpu" && problem.device != "auto";
  if (named) return find_device(problem.device);
  const Devices& all = all_devices();
  return find_device(all.list.empty() ? "cuda:0" : all.list.front()->info().name);
}

ArrayBytes array_bytes(const Problem& problem, const Geometry& g) {
  const checked::Int y = checked::Int(g.outputs()) * g.batches() *
                         size_bytes(real_part_of(g.y_type)) * (g.complex() ? 2 : 1);
  return {
      checked::at_most(checked::Int(element_count(problem.x_shape)) * size_bytes(problem.x_type)),
      checked::at_most(y)};
}

Result<const Device*> check_kind(const Problem& problem) {
  auto device = device_of(problem);
  if (!device) return device;
  const auto refuse = [](const char* why) {
    return tl::unexpected(Failure{Status::unsupported, why});
  };
  if (problem.stream) return refuse("streams run on the CPU");
  if (problem.reproducible && (*device)->info().shared_bytes < nominal_info().shared_bytes)
    return refuse("what is reproducible takes 99 KiB of shared memory, more than the GPU has");
  return device;
}

const DeviceInfo& choosing_info(const Problem& problem) {
  return problem.reproducible ? nominal_info() : (*device_of(problem))->info();
}

Result<void> check_memory(const Problem& problem, const Geometry& g, const Device& device,
                          std::int64_t kept, std::int64_t work, const Multiples& multiples) {
  const HostParts parts = host_parts(problem, g, device.info(), multiples);
  const double part = static_cast<double>(parts.x_bytes) + static_cast<double>(parts.y_bytes) +
                      static_cast<double>(work);
  const double needed = (parts.count() == 1 ? part : 2 * part) + static_cast<double>(kept);
  const double there = kUsable * static_cast<double>(device.info().memory_bytes);
  if (needed <= there) return {};
  return tl::unexpected(Failure{
      Status::unsupported, "it takes " + std::to_string(static_cast<std::int64_t>(needed / 1e6)) +
                               " MB of the GPU's memory, which has " +
                               std::to_string(static_cast<std::int64_t>(there / 1e6)) +
                               " to give"});
}

void set_seconds(Estimate& e, const ArrayBytes& bytes, double compute) noexcept {
  e.copy_seconds = static_cast<double>(bytes.x + bytes.y) / kHostBytesPerSecond + 2 * kCopySeconds;
  e.seconds = e.copy_seconds + compute;
}

Real real_of(ElementType type) noexcept {
  switch (real_part_of(type)) {
    case ElementType::f32: return Real::f32;
    case ElementType::f64: return Real::f64;
    case ElementType::u8: return Real::u8;
    case ElementType::i8: return Real::i8;
    case ElementType::u16: return Real::u16;
    case ElementType::i16: return Real::i16;
    case ElementType::u32: return Real::u32;
    case ElementType::i32: return Real::i32;
    case ElementType::u64: return Real::u64;
    case ElementType::f16: return Real::f16;
    default: return Real::i64;
  }
}

Layout layout_of(const Geometry& g, const Execution& run) {
  Layout to = {};
  to.x = run.x;
  to.y = run.y;
  to.x_type = real_of(g.x_type);
  to.y_type = real_of(g.y_type);
  to.outside = static_cast<Outside>(g.boundary);
  to.absent_outside = g.absent_outside;
  to.x_pairs = is_complex(g.x_type) && !g.x_components;
  to.component_axis = -1;
  to.component_is_zero = !is_complex(g.x_type);
  to.storing = g.rounds() ? Storing::rounded : Storing::as_it_is;
  to.spatial_axes = static_cast<int>(g.spatial.size());
  to.batch_axes = static_cast<int>(g.batch.size());
  to.cval[0] = g.cval.real();
  to.cval[1] = g.cval.imag();
  to.outputs = g.outputs();
  to.batches = g.batches();
  const std::int64_t x_reals = to.x_pairs ? 2 : 1, y_reals = g.complex() ? 2 : 1;
  for (int i = 0; i < to.spatial_axes; ++i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    to.spatial[i] = {a.n,
                     a.taps,
                     a.dilation,
                     a.first,
                     a.count,
                     a.step,
                     run.x_strides.spatial[i] * x_reals,
                     run.y_strides.spatial[i] * y_reals};
  }
  if (run.part_axis >= 0)
    to.spatial[run.part_axis].first += run.part_first * to.spatial[run.part_axis].step;
  std::int64_t kernels = 1;
  for (int i = to.batch_axes - 1; i >= 0; --i) {
    const Axis& a = g.batch[static_cast<std::size_t>(i)];
    to.batch[i] = {a.count, run.x_strides.batch[i] * x_reals, run.y_strides.batch[i] * y_reals,
                   a.taps > 1 ? kernels : 0};
    kernels *= a.taps;
    // The last batch axis is that of components, where there is one.
    if (i == to.batch_axes - 1 && g.x_components) to.component_axis = static_cast<std::int8_t>(i);
  }
  return to;
}

Grid grid_of(std::int64_t items, int threads) noexcept {
  constexpr std::int64_t kMostBlocks = 1 << 20;
  return {std::clamp<std::int64_t>(checked::ceil_div(items, threads), 1, kMostBlocks), threads, 0};
}

}  // namespace faltung::cuda
