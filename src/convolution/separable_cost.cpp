// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/separable_cost.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/channels.hpp"
#include "convolution/direct_cost.hpp"
#include "convolution/integer_range.hpp"
#include "convolution/low_rank.hpp"
#include "convolution/separable_tiles.hpp"
#include "microkernels/byte_lines.hpp"
#include "microkernels/targets.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

std::int64_t factors_of(const Geometry& g) {
  std::int64_t sum = 0;
  for (const Axis& a : g.spatial) sum += a.taps;
  return sum;
}

/// Bytes up to which samples stay in the first-level cache.
constexpr double kNear = 48 * 1024;

/// Turning lines over and back takes as long as so many taps.
constexpr double kTurnTaps = 8;
/// A tap of the last two axes, between one of a folded factor (0.7) and one of another: what the
/// taps are is not known here.
constexpr double kFoldedTap = 0.85;

/// A tap of a pass along rows as they lie and of one down their lines, and what is done to a vector
/// of outputs besides, in taps: again between folded ones and others.
constexpr double kRowTap = 0.9, kLineTap = 0.6, kRollingTaps = 5;
/// The same of bytes in phases, and what it takes to bring lines of floating point results into
/// their order.
constexpr double kPhaseRowTap = 1.1, kPhaseLineTap = 0.7, kPhaseTaps = 4, kOrderTaps = 1;

void add_rolling(const Geometry& g, const SeparableLayout& layout, double tiles, double lanes,
                 Work& work) {
  const auto high = static_cast<double>(layout.block()[0]);
  const double vectors = tiles * std::ceil(static_cast<double>(layout.block()[1]) / lanes);
  const auto rows = static_cast<double>(layout.rows_read(layout.block()[0]));
  const auto taps = [&](std::size_t i) { return static_cast<double>(g.spatial[i].taps); };
  const bool phases = layout.in_phases();
  const double besides = !phases                ? kRollingTaps
                         : is_integer(g.y_type) ? kPhaseTaps
                                                : kPhaseTaps + kOrderTaps;
  work[Primitive::direct_vector] +=
      vectors * (rows * (phases ? kPhaseRowTap : kRowTap) * taps(1) +
                 high * ((phases ? kPhaseLineTap : kLineTap) * taps(0) + besides));
  work[Primitive::direct_row] += tiles * rows;
}

Work work_of(const Problem& problem, const Geometry& g, const SeparableLayout& layout) {
  const bool integer = g.compute == Compute::integer;
  const double tiles = static_cast<double>(layout.tiles()) * static_cast<double>(g.batches());
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  const double element =
      integer ? std::max(4.0, integer_bytes(g)) : static_cast<double>(element_bytes(g));
  const double lanes = static_cast<double>(active_vector_bytes()) / element;
  Work work;
  // Integers: how far the passes before may have grown, by the types alone.
  constexpr double kInt32 = 0x1p31;
  double h = 1, largest = 0;
  if (integer) {
    const IntegerRange x = extended_range(g, range_of(g.x_type));
    h = std::max(-static_cast<double>(range_of(g.h_type).low), 1.0);
    largest = x.unbounded ? HUGE_VAL : static_cast<double>(std::max(-x.low, x.high)) / h;
  }
  double calls = static_cast<double>(problem.kernel_rank) * tiles;
  for (int i = 0; i < layout.block().rank() && !layout.rolls(); ++i) {
    const bool last = i + 1 == layout.block().rank();
    const auto b = static_cast<double>(layout.block()[i]);
    const double vector = last ? b : static_cast<double>(layout.elements(i + 1));
    if (!last) calls *= b;
    const double bytes =
        static_cast<double>(layout.elements(i)) * static_cast<double>(element_bytes(g));
    const double taps = calls * static_cast<double>(g.spatial[static_cast<std::size_t>(i)].taps);
    const double vectors = std::ceil(vector / lanes);
    // The last two axes go together, many rows at once, each tap loaded once for eight of them.
    const bool together = (!integer || element == 4) && i + 2 >= layout.block().rank();
    if (!together) work[Primitive::direct_group] += taps * std::ceil(vectors / 8);
    const double summed = together ? kFoldedTap * taps : taps;
    const bool wide = integer && !(largest * h <= kInt32);
    work[wide             ? Primitive::direct_vector_wide
         : bytes <= kNear ? Primitive::direct_vector
                          : Primitive::direct_vector_far] +=
        (summed + (last && together && layout.turns() ? calls * kTurnTaps : 0)) * vectors;
    largest *= h * static_cast<double>(g.spatial[static_cast<std::size_t>(i)].taps);
    work[Primitive::direct_row] += together ? calls / lanes : calls;
  }
  if (layout.rolls()) add_rolling(g, layout, tiles, lanes, work);
  work[Primitive::direct_call] = 1;
  work[Primitive::direct_tile] = tiles;
  const double loaded = tiles * static_cast<double>(layout.elements(0));
  work[Primitive::direct_load_row] = loaded / static_cast<double>(layout.row_length()) *
                                     static_cast<double>(layout.segments().size());
  if (!layout.rolls() || (g.x_type != g.y_type && !layout.in_phases()))
    work[Primitive::direct_load] = loaded;
  if (integer || (is_integer(g.y_type) && !(layout.in_phases() && g.y_type == ElementType::u8)))
    work[Primitive::direct_store] = outputs;
  work[Primitive::split_tap] = static_cast<double>(g.kernels()) * static_cast<double>(g.taps()) *
                               static_cast<double>(problem.kernel_rank) /
                               static_cast<double>(problem.reuse);
  add_common_work(problem, g, tiles * static_cast<double>(layout.elements(0)), work);
  return work;
}

}  // namespace

Geometry separable_geometry(const Geometry& g) {
  constexpr std::int64_t kMostChannels = 4;
  const bool near =
      g.spatial.back().dilation == 1 && !g.batch.empty() && g.batch.back().n <= kMostChannels;
  return near ? with_channels_in_rows(g) : g;
}

SeparableLayout::AsTheyLie rows_as_they_lie(const Geometry& g, std::int64_t target) {
  Geometry whole = g;
  whole.stream = false;
  if (separable_geometry(whole).channels > 1) return {};
  if (!g.single()) return {line_sums<double>(target).most_along};
  if (g.x_type == ElementType::u8 && byte_lines(target).group > 0) return {kSeparableChunk, true};
  return {line_sums<float>(target).most_along};
}

std::int64_t scratch_of(const Geometry& g, const SeparableLayout& layout) {
  const std::int64_t tiles =
      g.single() ? SeparableTiles<float>::scratch_bytes(layout)
                 : std::max(SeparableTiles<double>::scratch_bytes(layout),
                            g.compute == Compute::integer
                                ? SeparableTiles<std::int64_t>::scratch_bytes(layout)
                                : 0);
  return std::max(tiles, direct_scratch_bytes(g));
}

bool may_be_wide(const Geometry& g) {
  return g.compute == Compute::integer && g.policy == Policy::saturate;
}

bool may_be_wide_in_stream(const Geometry& g) {
  constexpr std::int64_t kNeverWide = 4;  // bytes of a sample and a tap
  return g.stream && may_be_wide(g) && size_bytes(g.x_type) + size_bytes(g.h_type) > kNeverWide;
}

std::int64_t kernel_bytes_of(const Problem& problem, const Geometry& g) {
  const checked::Int taps = checked::Int(g.taps()) * (may_be_wide(g) ? 2 : 1);
  // Of integers, factors may be kept as float32 as well.
  const std::int64_t copies = g.compute == Compute::integer ? 2 : 1;
  return checked::at_most((taps + checked::Int(factors_of(g)) * problem.kernel_rank * copies) *
                          g.kernels() * element_bytes(g));
}

std::int64_t table_bytes_of(const Geometry& g) { return factors_of(g) * 8; }

Estimate estimate_separable(const Problem& problem, const Geometry& geometry) {
  const Geometry g = separable_geometry(geometry);
  const std::int64_t target = active_target_bit().value_or(0);
  const SeparableLayout layout(g, problem.kernel_rank, element_bytes(g),
                               rows_as_they_lie(geometry, target));
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  std::int64_t scratch = scratch_of(g, layout);
  if (g.channels > 1)
    scratch = std::max(scratch, scratch_of(geometry, SeparableLayout(geometry, problem.kernel_rank,
                                                                     element_bytes(geometry), {})));
  Estimate e;
  e.work = work_of(problem, g, layout);
  const double vectors = e.work[Primitive::direct_vector] + e.work[Primitive::direct_vector_far] +
                         e.work[Primitive::direct_vector_wide];
  e.flop = 2 * vectors * static_cast<double>(active_vector_bytes()) /
           static_cast<double>(element_bytes(g));
  e.bytes = static_cast<double>(element_bytes(g)) * (e.work[Primitive::direct_load] + outputs);
  e.memory_bytes =
      checked::at_most(checked::Int(scratch) + table_bytes_of(g) * (g.channels > 1 ? 2 : 1) +
                       kernel_bytes_of(problem, g));
  if (g.compute != Compute::integer) e.error = separable_error(problem, g, problem.kernel_rank);
  return e;
}

}  // namespace faltung
