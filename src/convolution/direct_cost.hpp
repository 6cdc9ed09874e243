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

/// Whether sums are real and in floating point: those of DirectRows alone.
bool sums_rows(const Geometry& geometry) noexcept;
std::int64_t direct_scratch_bytes(const Geometry& geometry, const DirectLayout& layout) noexcept;
std::int64_t direct_table_bytes(const Geometry& geometry) noexcept;
std::int64_t direct_kernel_bytes(const Geometry& geometry) noexcept;

/// What direct sums cost; `geometry` as the problem gives it.
Estimate estimate_direct(const Problem& problem, const Geometry& geometry);

}  // namespace faltung
