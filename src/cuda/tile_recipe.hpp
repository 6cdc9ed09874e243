// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/tile_passes.hpp"

namespace faltung::cuda {

/// Refuses what tiles on a device do not do: integers, componentwise accuracy, and what
/// device_recipe.hpp refuses beside a tile's needs.
Result<const Device*> check_tiles(const Problem& problem, const Geometry& geometry);
Result<void> check_tile(const Problem& problem, const Geometry& geometry, const Tile& tile);

/// C of |e|_inf <= C u |x|_2 |h|_2, and of |e|_2 <= C u |x|_2 gain: the gain is max|H| of one pass,
/// |h|_1 of several.
double tile_coefficient(const Geometry& geometry, const Tile& tile);

Estimate estimate_tiles(const Problem& problem, const Geometry& geometry, const Tile& tile);
Result<std::unique_ptr<const Recipe>> make_tile_recipe(const Problem& problem,
                                                       const Geometry& geometry, const Tile& tile,
                                                       const char* name);

/// Kernels on the device: their spectra, and the taps themselves for what is summed directly.
struct TileKernel final : Kernel::Prepared {
  Memory spectra, facts, taps[2];
  /// Of all kernels: see tile_coefficient.
  long double largest_gain = 0, largest_norm2 = 0;
  /// Of the direct sum, where a tap is not finite, or no more than one is not 0: then it is exact.
  std::shared_ptr<Kernel::Prepared> direct;
  std::int64_t bytes() const noexcept override {
    return spectra.bytes() + facts.bytes() + taps[0].bytes() + taps[1].bytes() +
           (direct ? direct->bytes() : 0);
  }
};

/// Makes them; `kernel` has only `direct` unset.
template <class T>
Result<void> prepare_kernels(const Device& device, const Geometry& geometry, const Tile& tile,
                             const PassTables& tables, const ConstView& h, TileKernel& kernel,
                             bool& goes_direct);

}  // namespace faltung::cuda
