// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"
#include "transform/row_transform.hpp"

namespace faltung {

/// How blocks of B samples serve one axis.
///
///   overlap    B - span + 1 outputs a block. Blocks begin span - 1 samples before their first
///              output; results that wrapped around fall before it.
///   padded     all outputs in one block, which begins with the first sample: nothing lies outside,
///              and results that wrap around fall on none that is wanted.
///   circular   all outputs in one block of one period of an input that goes round.
///
/// A sample at position p of the extended input is at p - origin of a block, circular: modulo B.
struct BlockAxis {
  enum class Kind : std::int8_t { overlap, padded, circular };
  Kind kind = Kind::overlap;
  std::int64_t outputs = 0;  ///< of one block
  std::int64_t samples = 0;  ///< that one block holds at most
  std::int64_t tiles = 1;    ///< blocks along the axis
};

/// How blocks of B samples serve axis `axis` of the spatial ones; B is at least its span.
BlockAxis block_axis(const Geometry& geometry, int axis, std::int64_t block) noexcept;

/// Lengths that transforms take, at least `at_least`, for one axis; 0 when that does not fit.
std::int64_t block_length(const Geometry& geometry, int axis, std::int64_t at_least) noexcept;

/// The least B with which one block gives all outputs; 0 when that does not fit.
std::int64_t whole_length(const Geometry& geometry, int axis) noexcept;

/// The ring of a block's rows: what the last axis is transformed in.
Ring row_ring(const Geometry& geometry, std::int64_t block) noexcept;

}  // namespace faltung
