// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/direct_rows.hpp"
#include "microkernels/weighted_sum.hpp"
#include "support/parallel.hpp"

namespace faltung {

/// Everything that one thread needs for tiles of complex samples of type T, or of integers.
template <class T>
struct DirectScratch {
  T* tile[2] = {};
  T* row[2] = {};
  DirectScratch(support::Carver& carver, const DirectLayout& layout, bool complex) {
    for (int part = 0; part < (complex ? 2 : 1); ++part) {
      tile[part] = carver.take<T>(layout.tile_elements() + kRowSlack);
      row[part] = carver.take<T>(layout.block().back() + kRowSlack);
    }
  }
};

/// Bytes of what integers are most likely summed in: by their types, with taps as large as these
/// allow but for 16 bits, where kernels seldom add up to that.
double integer_bytes(const Geometry& geometry);
/// What a sample of a tile is taken to need where tiles are cut: more where integers turn out to
/// need wider arithmetic than the types suggest.
std::int64_t layout_bytes(const Geometry& geometry);
/// The geometry that direct sums run on: with interleaved channels in rows, and rows along memory.
Geometry direct_geometry(const Geometry& geometry);
/// The part of the outputs that are not summed in place, dense x and y taken for granted.
double copied_part(const Geometry& geometry);
/// Whether sums are real and in floating point: those of DirectRows alone.
bool sums_rows(const Geometry& geometry) noexcept;
std::int64_t direct_scratch_bytes(const Geometry& geometry, const DirectLayout& layout) noexcept;
std::int64_t direct_table_bytes(const Geometry& geometry) noexcept;
std::int64_t direct_kernel_bytes(const Geometry& geometry) noexcept;

/// What direct sums cost; `geometry` as the problem gives it.
Estimate estimate_direct(const Problem& problem, const Geometry& geometry);

}  // namespace faltung
