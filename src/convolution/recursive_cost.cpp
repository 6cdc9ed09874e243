// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/recursive_cost.hpp"

#include <algorithm>

#include "convolution/cosine_sum.hpp"
#include "convolution/recursive_tiles.hpp"
#include "convolution/separable_cost.hpp"
#include "support/checked.hpp"

namespace faltung {

std::int64_t recursive_scratch(const Geometry& g, const RecursiveLayout& layout) {
  const std::int64_t tiles = g.compute == Compute::integer
                                 ? RecursiveTiles<std::int64_t>::scratch_bytes(layout)
                             : g.single() ? RecursiveTiles<float>::scratch_bytes(layout)
                                          : RecursiveTiles<double>::scratch_bytes(layout);
  return std::max(tiles, direct_scratch_bytes(g));
}

std::int64_t recursive_kernel_bytes(const Problem& problem, const Geometry& g) {
  checked::Int bytes = checked::Int(g.taps()) * (may_be_wide(g) ? 2 : 1) * element_bytes(g);
  if (problem.kernel_cosines > 1)
    for (const Axis& a : g.spatial)
      bytes = bytes + checked::Int(2 * a.taps + 1) * (2 * problem.kernel_cosines - 1) * 8;
  return checked::at_most(bytes * g.kernels());
}

namespace {

void add_preparation(const Problem& problem, const Geometry& g, Work& work) {
  const auto cosines = static_cast<double>(problem.kernel_cosines - 1);
  const double kernels = static_cast<double>(g.kernels()) / static_cast<double>(problem.reuse);
  work[Primitive::split_tap] = kernels * static_cast<double>(g.taps());
  constexpr double kPeriods = 24, kMostFitted = 256;  // as cosine_sum.cpp tries them
  for (const Axis& a : g.spatial) {
    const auto taps = static_cast<double>(a.taps);
    work[Primitive::window_fit] +=
        kernels * cosines * (kPeriods * std::min(taps, kMostFitted) + taps);
  }
}

}  // namespace

Estimate estimate_recursive(const Problem& problem, const Geometry& g) {
  const RecursiveLayout layout(g, problem.kernel_cosines, window_bytes(g));
  const auto batches = static_cast<double>(g.batches());
  const double outputs = static_cast<double>(g.outputs()) * batches;
  const double loaded = layout.loaded() * batches;
  const auto cosines = static_cast<double>(problem.kernel_cosines - 1);
  Estimate e;
  // Beginning a block takes as long as some samples. Samples of more than 16 bits are summed in 64,
  // the others as a rule in float32.
  constexpr double kBlock = 6, kWide = 2.5;
  const double wide = g.compute == Compute::integer && size_bytes(g.x_type) > 2 ? kWide : 1;
  double met = 0, blocks = 0;
  for (int i = 0; i < layout.block().rank(); ++i) {
    met += layout.met(i) * batches;
    blocks +=
        layout.met(i) * batches / static_cast<double>(g.spatial[static_cast<std::size_t>(i)].taps);
  }
  const double tiles = static_cast<double>(layout.tiles()) * batches;
  e.work[Primitive::direct_call] = 1;
  e.work[Primitive::direct_tile] = tiles;
  e.work[Primitive::direct_load_row] =
      tiles * static_cast<double>(layout.all_rows() * layout.pieces());
  e.work[Primitive::window_line] = loaded * wide;
  e.work[Primitive::window_box] = (met + kBlock * blocks) * wide;
  e.work[Primitive::window_cosine] = met * cosines;
  e.work[Primitive::direct_store] = outputs;
  add_preparation(problem, g, e.work);
  add_common_work(problem, g, loaded, e.work);
  e.flop = met * (4 + 16 * cosines);
  e.bytes = static_cast<double>(element_bytes(g)) * (loaded + outputs);
  e.memory_bytes = checked::at_most(checked::Int(recursive_scratch(g, layout)) +
                                    recursive_kernel_bytes(problem, g));
  if (g.compute != Compute::integer) e.error = recursive_error(problem, g);
  return e;
}

}  // namespace faltung
