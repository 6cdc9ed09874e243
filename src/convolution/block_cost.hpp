// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/block_axis.hpp"

namespace faltung {

/// Why a transform cannot do this problem with these blocks, if it cannot: integers whose rounding
/// error is not proved below 1/2, blocks that no memory holds, large ones that would be nearly
/// empty, and a componentwise tolerance that would flag nearly every output.
Result<void> check_block(const Problem& problem, const Geometry& geometry, const Dims& block);

/// Bytes of tables, spectra and one thread's workspace with blocks of this size: what the plan will
/// say, but for direct sums of very many taps, whose scratch is estimated.
std::int64_t block_memory_bytes(const Problem& problem, const Geometry& geometry,
                                const Dims& block);

/// Whether the kernels of a bank share the forward transforms of x. Blocks whose outputs are
/// checked need the room for sums of magnitudes.
bool shares_forward_transforms(const Problem& problem, const Geometry& geometry) noexcept;

/// What blocks of this size cost.
Estimate estimate_blocks(const Problem& problem, const Geometry& geometry, const Dims& block);

/// Samples of a block in memory, the padding of its rows included; a double, since it may be more
/// than fit 64 bits.
double stored_samples(const Geometry& geometry, const Dims& block) noexcept;

/// The coefficients of one transform over all axes, summed; and C of |e|_inf <= C u |x|_2 |h|_2.
/// From the lengths alone; docs/transform_error.md.
double forward_coefficient(const Geometry& geometry, const Dims& block);
double block_coefficient(const Geometry& geometry, const Dims& block);

}  // namespace faltung
