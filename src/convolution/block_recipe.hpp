// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"

namespace faltung {

/// The recipe of the algorithms that convolve block by block in the frequency domain; they differ
/// in how they choose `block` (samples along each convolved axis; even along the last where the
/// arithmetic is real). `title` heads the plan's tree.
Result<std::unique_ptr<const Recipe>> make_block_recipe(const Problem& problem,
                                                        const Geometry& geometry, const Dims& block,
                                                        const char* title, std::int64_t target);

/// Why a transform cannot do this problem with these blocks, if it cannot: integers whose rounding
/// error is not proved below 1/2, blocks that no memory holds, and large ones that
/// would be nearly empty.
Result<void> check_block(const Geometry& geometry, const Dims& block);

/// What the blocks of this size cost: seconds by the shipped machine profile.
Estimate estimate_blocks(const Problem& problem, const Geometry& geometry, const Dims& block);

/// Samples of a block in memory, the padding of its rows included; a double, since it may be more
/// than fit 64 bits.
double stored_samples(const Geometry& geometry, const Dims& block) noexcept;

/// Lengths that transforms take, at least `at_least`, for one axis; 0 when that does not fit.
std::int64_t block_length(std::int64_t at_least, bool packed) noexcept;

/// True where the axis is the one along which real data is packed into complex halves.
inline bool is_packed(const Geometry& g, int axis) {
  return !g.complex() && axis == static_cast<int>(g.spatial.size()) - 1;
}

}  // namespace faltung
