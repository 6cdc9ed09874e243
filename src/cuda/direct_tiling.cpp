// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The host's side of device_kernels/direct_tile.hpp: which problems, and their tiles and taps.
#include "cuda/direct_tiling.hpp"

#include <algorithm>

#include "convolution/error_bound.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {

void set_tiles(const Geometry& g, Tiling& t) noexcept {
  const std::size_t axes = g.spatial.size();
  const Axis& rows = g.spatial[axes - (t.line ? 1 : 2)];
  const std::int64_t columns = t.line ? 1 : g.spatial[axes - 1].count;
  t.grid.row_tiles = checked::ceil_div(rows.count, std::int64_t{t.grid.tile_rows});
  t.grid.column_tiles = checked::ceil_div(columns, std::int64_t{t.grid.tile_columns});
  t.grid.outer_outputs = g.outputs() / rows.count / columns;
}

namespace {

/// Outputs that tiles have room for, for each that is there, up to which they still win.
constexpr double kMostRoom = 16;

bool is_dense(const Axis& a) noexcept { return a.step == 1 && a.dilation == 1; }

/// False where a size leaves 31 bits, long before which it leaves shared memory.
bool set_sizes(const Geometry& g, Tiling& t) {
  const std::size_t axes = g.spatial.size();
  const Axis& rows = g.spatial[axes - (t.line ? 1 : 2)];
  const std::int64_t columns = t.line ? 1 : g.spatial[axes - 1].taps;
  constexpr std::int64_t kMost = 1 << 14;
  if (rows.taps > kMost || columns > kMost) return false;
  t.taps_at_once = t.line || rows.taps > 4 ? 8 : 4;
  t.row_taps =
      static_cast<int>(checked::ceil_div(rows.taps, std::int64_t{t.taps_at_once})) * t.taps_at_once;
  t.column_taps = static_cast<int>(columns);
  const int outputs = tile_outputs(t.parts * t.real_bytes);
  if (t.line) {
    constexpr std::int64_t kWarp = 32;
    const std::int64_t warps = checked::ceil_div(rows.count, outputs * kWarp);
    t.threads = static_cast<int>(std::min(warps * kWarp, std::int64_t{kTileThreads}));
  }
  t.grid.tile_columns = t.line ? 1 : kTileColumns;
  t.grid.tile_rows = t.threads / t.grid.tile_columns * outputs;
  set_tiles(g, t);
  for (std::size_t i = 0; i + (t.line ? 1 : 2) < axes; ++i) t.slices *= g.spatial[i].taps;
  t.sample_rows = t.grid.tile_rows + t.row_taps - 1;
  t.sample_columns = t.grid.tile_columns + t.column_taps - 1;
  t.tile_samples =
      t.line ? line_place(t.sample_rows, outputs) + 1 : t.sample_rows * t.sample_columns;
  constexpr std::int64_t kMostShared = 1 << 20;
  return std::int64_t{t.row_taps} * columns < kMostShared &&
         std::int64_t{t.sample_rows} * t.sample_columns < kMostShared;
}

}  // namespace

std::optional<Tiling> tiling_of(const Problem& problem, const Geometry& g,
                                const DeviceInfo& device) {
  if (problem.accuracy == Accuracy::componentwise) return {};
  // Sums of larger integers do not fit 32 bits.
  const bool integer = g.compute == Compute::integer;
  if (integer && size_bytes(g.x_type) > 2) return {};
  const std::size_t axes = g.spatial.size();
  if (axes == 0 || !is_dense(g.spatial[axes - 1]) || (axes > 1 && !is_dense(g.spatial[axes - 2])))
    return {};
  Tiling t;
  t.line = axes == 1;
  t.parts = g.complex() ? 2 : 1;
  t.real_bytes = integer || g.single() ? 4 : 8;
  if (!set_sizes(g, t) || t.shared_bytes() > device.shared_bytes) return {};
  const double room = static_cast<double>(t.grid.tiles(1)) * t.grid.tile_rows * t.grid.tile_columns;
  if (room > kMostRoom * static_cast<double>(g.outputs())) return {};
  return t;
}

double tile_coefficient(const Geometry& g, const Tiling& tiling) noexcept {
  const std::int64_t taps = tiling.taps();
  return static_cast<double>(std::min(kDirectChunk, taps) * tiling.parts +
                             checked::ceil_div(taps, kDirectChunk)) +
         1 + input_roundings(g);
}

double tile_multiply_adds(const Geometry& g, const Tiling& t) noexcept {
  const double outputs = static_cast<double>(t.grid.tiles(1)) * static_cast<double>(g.batches()) *
                         t.grid.tile_rows * t.grid.tile_columns;
  return outputs * static_cast<double>(t.taps()) * t.parts * t.parts;
}

template <class To, class From>
void append_tile_taps(const Geometry& g, const Tiling& t, const From* taps, std::vector<To>& to) {
  const std::int64_t rows = g.spatial[g.spatial.size() - (t.line ? 1 : 2)].taps;
  for (std::int64_t slice = 0; slice < t.slices; ++slice)
    for (int column = 0; column < t.column_taps; ++column)
      for (std::int64_t row = 0; row < t.row_taps; ++row)
        to.push_back(row < rows
                         ? static_cast<To>(taps[(slice * rows + row) * t.column_taps + column])
                         : To(0));
}
template void append_tile_taps(const Geometry&, const Tiling&, const float*, std::vector<float>&);
template void append_tile_taps(const Geometry&, const Tiling&, const double*, std::vector<double>&);
template void append_tile_taps(const Geometry&, const Tiling&, const std::int64_t*,
                               std::vector<std::int32_t>&);

}  // namespace faltung::cuda
