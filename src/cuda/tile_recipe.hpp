// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

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

/// What the contract needs to know of tiles, however they are transformed.
struct TransformFacts {
  double coefficient = 0;    ///< see tile_coefficient
  std::int64_t samples = 0;  ///< of a tile; complex ones count once
  std::int64_t count = 0;    ///< of tiles, for one batch
  std::int64_t cover = 1;    ///< so many of them have a sample in common, at most
};
TransformFacts facts_of(const Geometry& geometry, const Tile& tile);
/// So many of tiles with those sides have a sample in common.
std::int64_t cover_of(const Geometry& geometry, const std::array<TileSize, kMaxAxes>& sizes);
/// The bound of a kernel that no direct sum takes.
ErrorBound transform_bound(const Geometry& geometry, const TransformFacts& facts,
                           const ConstView& x, const TileKernel& kernel);
/// The same before there are samples: Estimate::error.
double transform_error(const Geometry& geometry, const TransformFacts& facts) noexcept;

/// A kernel's spectrum, of the taps times 2^-exponent and over the number of points, to a place on
/// the device; sets the kernel's gain.
template <class T>
using SpectrumMaker =
    std::function<Result<void>(const KernelTaps<T>& taps, int exponent, void* to)>;
/// Makes the kernels, spectra of so many bytes; `kernel` has only `direct` unset.
template <class T>
Result<void> prepare_spectra(const Device& device, const Geometry& geometry,
                             const TransformFacts& facts, std::int64_t spectrum_bytes,
                             const SpectrumMaker<T>& make, const ConstView& h, TileKernel& kernel,
                             bool& goes_direct);
/// The taps of a kernel as samples lie: with zeros between them, each by scale(tap).
template <class T>
std::vector<T> spread_taps(const Geometry& geometry, const KernelTaps<T>& taps,
                           const std::function<T(T)>& scale);
/// Such a kernel as samples of one tile, all of which are in its first and only output's reach.
template <class T>
PassArguments kernel_as_samples(const Geometry& geometry, const void* taps);

/// Makes the kernels by tiles' own passes.
template <class T>
Result<void> prepare_kernels(const Device& device, const Geometry& geometry, const Tile& tile,
                             const PassTables& tables, const ConstView& h, TileKernel& kernel,
                             bool& goes_direct);

}  // namespace faltung::cuda
