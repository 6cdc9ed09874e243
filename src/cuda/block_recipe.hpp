// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device_recipe.hpp"

namespace faltung::cuda {

/// A block that a block of threads keeps to itself: 2^log2_points points, as many complex samples
/// or twice as many real ones.
struct Block {
  int log2_points = 0;
  std::int64_t samples = 0;
  std::int64_t outputs = 0;  ///< that it gives
  std::int64_t count = 0;    ///< of blocks, for one batch
};

/// Blocks of threads are numbered in 31 bits.
inline constexpr std::int64_t kMostBlocks = 0x7fffffff;

/// The block of so many points for a problem of one convolved axis; outputs is 0 where it is too
/// small for the kernel.
Block block_of(const Geometry& geometry, int log2_points);

/// log2 of the points of the largest block that the device's shared memory holds.
int most_log2_points(const Problem& problem, const Geometry& geometry);

/// Refuses what blocks on a device do not do: several convolved axes, integers, componentwise
/// accuracy, and what device_recipe.hpp refuses.
Result<const Device*> check_blocks(const Problem& problem, const Geometry& geometry);

/// C of |e|_inf <= C u |x|_2 |h|_2, and of |e|_2 <= C u |x|_2 max|H|.
double block_coefficient(const Geometry& geometry, const Block& block);

Estimate estimate_blocks(const Problem& problem, const Geometry& geometry, const Block& block);
Result<std::unique_ptr<const Recipe>> make_block_recipe(const Problem& problem,
                                                        const Geometry& geometry,
                                                        const Block& block, const char* name);

}  // namespace faltung::cuda
