// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/tile_recipe.hpp"

namespace faltung::cuda {

/// An array of all samples that the outputs of a batch read, and of zeros, whose lengths cuFFT is
/// made for: products of 2, 3, 5 and 7. Along axes of a single tap, but for the last one, a box is
/// one output wide, and there is one for each output.
struct PaddedBox {
  std::array<TileSize, kMaxAxes> size;        ///< but for log2_points
  std::array<std::int64_t, kMaxAxes> length;  ///< 1: nothing is transformed along that axis
  TransformShape shape;                       ///< of one array

  std::int64_t samples() const;                        ///< padding among them
  std::int64_t count(const Geometry& geometry) const;  ///< for one batch
};

/// The smallest product of 2, 3, 5 and 7 that is no less than a number up to 2^40, and even where
/// that is wanted.
std::int64_t smooth_length(std::int64_t least, bool even);

/// The box of a problem; fails with `unsupported` where it has too many axes or points for cuFFT.
Result<PaddedBox> padded_box(const Geometry& geometry);

/// C as that of tile_coefficient(), for the fast Fourier transform by any of its algorithms
/// (docs/transform_error.md).
double box_coefficient(const Geometry& geometry, const PaddedBox& box);
TransformFacts facts_of(const Geometry& geometry, const PaddedBox& box);

/// Of one box: its array, groups, facts and verdicts.
std::int64_t box_bytes(const Geometry& geometry, const PaddedBox& box);
/// How many of so many boxes are transformed at once, none of which is empty but for a last few.
std::int64_t boxes_at_once(const Geometry& geometry, const PaddedBox& box, std::int64_t all);
/// Seconds of so many boxes on a device, counted from what passes its memory and its cores.
TileCost cost_of(const DeviceInfo& device, const Geometry& geometry, const PaddedBox& box,
                 std::int64_t all);

/// The arguments of what goes before, between and behind transforms (device_kernels/box.hpp).
struct BoxPasses {
  bool single = false, complex = false;
  PassArguments pad, level, product, finish;
};
BoxPasses passes_of(const PassSource& source, const PaddedBox& box);
PassSource source_of(const Geometry& geometry, const PaddedBox& box);

/// Where the parts of a work area lie, of so many boxes at once, from its beginning.
struct BoxParts {
  std::int64_t groups = 0, tile_facts = 0, verdicts = 0, library = 0, bytes = 0;
};
BoxParts work_parts(const BoxPasses& passes, std::int64_t boxes, std::int64_t library_bytes);

/// Launches the padding of `boxes` arrays, some of which may lie beyond the problem's last one, and
/// the transform.
Status launch_forward(const Device& device, const BoxPasses& passes, const Transform& transform,
                      const PassArguments& common, std::int64_t boxes, void* library_work,
                      void* stream) noexcept;
/// Launches the product, the transform back, and what writes the results of the first `there`.
Status launch_back(const Device& device, const BoxPasses& passes, const Transform& transform,
                   const PassArguments& common, std::int64_t boxes, std::int64_t there,
                   void* library_work, void* stream) noexcept;

}  // namespace faltung::cuda
