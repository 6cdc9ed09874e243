// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "convolution/kernel_taps.hpp"
#include "cuda/device_recipe.hpp"

namespace faltung::cuda {

/// How direct_tile.hpp cuts a problem up.
struct Tiling {
  bool line = false;  ///< one convolved axis
  int parts = 1, real_bytes = 4;
  int taps_at_once = 8;
  int row_taps = 0, column_taps = 1;  ///< of a slice; rows with zeros at the end
  std::int64_t slices = 1;
  TileGrid grid = {};
  int sample_rows = 0, sample_columns = 1, tile_samples = 0;
  int threads = kTileThreads;

  int slice_taps() const noexcept { return row_taps * column_taps; }
  /// Of one kernel, with the zeros.
  std::int64_t taps() const noexcept { return slices * slice_taps(); }
  int shared_bytes() const noexcept {
    return kTileHeadBytes + parts * real_bytes * (slice_taps() + tile_samples);
  }
};

/// None where taps or outputs along the last two axes are not dense, a tile is more than a block
/// shares, tiles would be nearly empty, or a componentwise tolerance is asked for.
std::optional<Tiling> tiling_of(const Problem& problem, const Geometry& geometry,
                                const DeviceInfo& device);

/// Sets how many tiles there are of a geometry's outputs.
void set_tiles(const Geometry& geometry, Tiling& tiling) noexcept;

/// c of the bounds, as direct_coefficient.
double tile_coefficient(const Geometry& geometry, const Tiling& tiling) noexcept;

/// The multiply-adds of all tiles, those of zeros and of outputs that are not there counted.
double tile_multiply_adds(const Geometry& geometry, const Tiling& tiling) noexcept;

/// One kernel's taps in the order of the tiles, zeros added.
template <class To, class From>
void append_tile_taps(const Geometry& geometry, const Tiling& tiling, const From* taps,
                      std::vector<To>& to);

}  // namespace faltung::cuda
