// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "cuda/device_recipe.hpp"

namespace faltung::cuda {

/// A tile along one convolved axis: 2^log2_points points, as many samples; along the last axis, of
/// real problems, twice as many.
struct TileSize {
  int log2_points = 0;
  std::int64_t outputs = 0;  ///< that it gives; 0: it is too small for the kernel
  std::int64_t tiles = 0;    ///< along the axis, for all outputs
  std::int64_t lead = 0;     ///< where its first output lies
  std::int64_t stored = 0;   ///< samples that it reads
};

/// What goes through the convolution theorem at once, and how a device does it (device_kernels/
/// passes.hpp).
struct Tile {
  int axes = 0;
  std::array<TileSize, kMaxAxes> size;
  /// One axis that no block of threads holds: so many points, log2, are left for the second pass.
  int log2_split = 0;

  const TileSize& last() const { return size[static_cast<std::size_t>(axes - 1)]; }
  int log2_volume() const;
  std::int64_t samples(const Geometry& geometry) const;
  std::int64_t outputs() const;
  std::int64_t count() const;  ///< of tiles, for one batch
  /// Whether a block of threads takes it from its samples to its results.
  bool one_pass() const { return log2_split == 0 && log2_volume() == last().log2_points; }
};

/// A tile's side along a convolved axis, of so many samples, or of as many as the points hold.
TileSize size_of(const Geometry& geometry, int axis, std::int64_t samples);
TileSize size_along(const Geometry& geometry, int axis, int log2_points);

/// log2 of the longest lines that the device's shared memory holds.
struct LongestLines {
  int row = 0, column = 0;
};
LongestLines longest_lines(const DeviceInfo& device, const Geometry& geometry);

/// What a tile needs of the device's memory while it is computed.
std::int64_t tile_bytes(const Geometry& geometry, const Tile& tile);
/// How many tiles are computed at once: they take kWorkBytes, or there is one.
std::int64_t tiles_at_once(const Geometry& geometry, const Tile& tile);

/// Seconds of all tiles on a device, counted from what passes its memory and its cores.
struct TileCost {
  double flop = 0, bytes = 0, seconds = 0;
};
TileCost cost_of(const DeviceInfo& device, const Geometry& geometry, const Tile& tile);

/// The smallest tile that gives all outputs of a batch; none where the lines would be too long.
std::optional<Tile> whole_tile(const DeviceInfo& device, const Geometry& geometry);
/// The smallest tile of at least so many samples along each axis (0: as is cheapest).
std::optional<Tile> cheapest_tile(const DeviceInfo& device, const Geometry& geometry,
                                  const std::array<std::int64_t, kMaxAxes>& asked);

}  // namespace faltung::cuda
