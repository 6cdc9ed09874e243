// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/recursive_layout.hpp"

namespace faltung {

/// Of the samples that tiles are laid out for; integers that float32 does not hold take twice that.
inline std::int64_t window_bytes(const Geometry& g) {
  return g.single() || g.compute == Compute::integer ? 4 : 8;
}

/// What a plan of the method `recursive` needs, and takes.
std::int64_t recursive_scratch(const Geometry& geometry, const RecursiveLayout& layout);
std::int64_t recursive_kernel_bytes(const Problem& problem, const Geometry& geometry);
Estimate estimate_recursive(const Problem& problem, const Geometry& geometry);

}  // namespace faltung
