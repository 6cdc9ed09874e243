// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/separable_layout.hpp"

namespace faltung {

inline std::int64_t element_bytes(const Geometry& g) { return g.single() ? 4 : 8; }

/// The geometry that passes run on: few interleaved channels are one row, since passes along it
/// turn over what lies that near.
Geometry separable_geometry(const Geometry& geometry);

/// What rows a target's loops sum as they lie: none of a geometry, as the problem gives it, whose
/// channels make one row, nor where they do so but in a stream. The bits are the same then.
SeparableLayout::AsTheyLie rows_as_they_lie(const Geometry& geometry, std::int64_t target);

/// What a plan of the method `separable` needs, and takes.
std::int64_t scratch_of(const Geometry& geometry, const SeparableLayout& layout);
std::int64_t kernel_bytes_of(const Problem& problem, const Geometry& geometry);
std::int64_t table_bytes_of(const Geometry& geometry);
Estimate estimate_separable(const Problem& problem, const Geometry& geometry);

/// Only sums that saturate can be too wide for 64 bits; the direct method has 192.
bool may_be_wide(const Geometry& geometry);
/// Whether they may be in a stream, whose tiles the direct method would not have.
bool may_be_wide_in_stream(const Geometry& geometry);

}  // namespace faltung
