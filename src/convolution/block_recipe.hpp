// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/block_cost.hpp"

namespace faltung {

/// The recipe of the algorithms that convolve block by block in the frequency domain; they differ
/// in how they choose `block` (samples along each convolved axis; even along the last where the
/// arithmetic is real). `title` heads the plan's tree.
Result<std::unique_ptr<const Recipe>> make_block_recipe(const Problem& problem,
                                                        const Geometry& geometry, const Dims& block,
                                                        const char* title, std::int64_t target);

}  // namespace faltung
