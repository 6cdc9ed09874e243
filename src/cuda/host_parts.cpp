// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/host_parts.hpp"

#include <algorithm>
#include <cstdlib>

#include "cuda/device_recipe.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// Of x or y in a part: large enough that copies run at full speed, small enough that the first and
/// the last one, beside which nothing is computed, do not count.
constexpr std::int64_t kPartBytes = std::int64_t{64} << 20, kLeastPartBytes = 1 << 20;

/// Builds with tests may have smaller parts, so that arrays need not be large to be cut.
std::int64_t most_bytes(const DeviceInfo& device) {
#if FALTUNG_EMULATED_DEVICE
  if (const char* const text = std::getenv("FALTUNG_FORCE_PART_BYTES")) return std::atoll(text);
#endif
  constexpr std::int64_t kMemoryParts = 1024;
  return std::clamp(device.memory_bytes / kMemoryParts, kLeastPartBytes, kPartBytes);
}

/// Aligned axes of the problem.
int rank_of(const Geometry& g) {
  int rank = 0;
  for (const auto* axes : {&g.batch, &g.spatial})
    for (const Axis& a : *axes) rank += a.index != kComponentAxis;
  return rank;
}

/// The outermost axis of y with more than one output.
HostParts outermost(const Problem& problem, const Geometry& g) {
  HostParts found;
  int least = rank_of(g);
  for (const bool spatial : {false, true}) {
    const auto& axes = spatial ? g.spatial : g.batch;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const Axis& a = axes[i];
      if (a.index == kComponentAxis || a.count == 1 || a.index >= least) continue;
      least = a.index;
      found.spatial = spatial;
      found.axis = static_cast<int>(i);
      found.y_dim = a.index;
      found.x_dim = a.index - (rank_of(g) - problem.x_shape.rank());
      found.all = found.outputs = a.count;
    }
  }
  return found;
}

}  // namespace

PartRange x_range(const Geometry& g, const HostParts& parts, std::int64_t part) noexcept {
  const std::int64_t from = part * parts.outputs, to = from + parts.outputs_of(part);
  if (!parts.spatial) return {from, to};
  const Axis& a = g.spatial[static_cast<std::size_t>(parts.axis)];
  std::int64_t begin = a.reads_first(from), end = a.reads_last(to) + 1;
  const std::int64_t before = std::max<std::int64_t>(0, -begin);
  const std::int64_t behind = std::max<std::int64_t>(0, end - a.n);
  if (before > 0 || behind > 0) {
    switch (g.boundary) {
      case Boundary::constant:
      case Boundary::edge: break;
      case Boundary::symmetric:
      case Boundary::mirror:
        // What is reflected lies as far inside, or farther where x is short.
        if (before > 0) end = std::max(end, before + 1);
        if (behind > 0) begin = std::min(begin, a.n - 1 - behind);
        break;
      default: return {0, a.n};
    }
  }
  begin = std::clamp<std::int64_t>(begin, 0, a.n - 1);
  return {begin, std::clamp<std::int64_t>(end, begin + 1, a.n)};
}

HostParts host_parts(const Problem& problem, const Geometry& g, const DeviceInfo& device,
                     const Multiples& multiples) {
  const ArrayBytes bytes = array_bytes(problem, g);
  HostParts whole;
  whole.x_bytes = bytes.x;
  whole.y_bytes = bytes.y;
  const std::int64_t most = most_bytes(device);
  if (multiples.empty() || std::max(bytes.x, bytes.y) <= 2 * most) return whole;
  HostParts parts = outermost(problem, g);
  // What x has no samples for, or a kernel of its own for each, is not cut.
  if (parts.axis < 0 || parts.x_dim < 0) return whole;
  const std::int64_t x_samples = problem.x_shape[parts.x_dim];
  const auto axis = static_cast<std::size_t>(parts.axis);
  if (!parts.spatial && (x_samples == 1 || g.batch[axis].taps > 1)) return whole;
  const std::int64_t each = std::max(
      bytes.x / x_samples * (parts.spatial ? g.spatial[axis].step : 1), bytes.y / parts.all);
  const std::int64_t multiple = parts.spatial ? multiples[axis] : 1;
  parts.outputs = std::clamp(most / std::max<std::int64_t>(1, each) / multiple * multiple,
                             std::min(multiple, parts.all), parts.all);
  std::int64_t longest = 0;
  checked::Int read = 0;
  for (std::int64_t part = 0; part < parts.count(); ++part) {
    const PartRange range = x_range(g, parts, part);
    longest = std::max(longest, range.end - range.begin);
    read = read + (range.end - range.begin);
  }
  // A kernel much longer than a part: its copies would cost more than they save.
  constexpr std::int64_t kMostTimes = 4;
  if (parts.count() == 1 || checked::at_most(read) > kMostTimes * x_samples) return whole;
  parts.x_bytes = bytes.x / x_samples * longest;
  parts.y_bytes = bytes.y / parts.all * parts.outputs;
  return parts;
}

Geometry part_geometry(const Geometry& geometry, const HostParts& parts, std::int64_t outputs) {
  Geometry g = geometry;
  const auto axis = static_cast<std::size_t>(parts.axis);
  (parts.spatial ? g.spatial[axis] : g.batch[axis]).count = outputs;
  return g;
}

}  // namespace faltung::cuda
