// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/direct_layout.hpp"
#include "convolution/error_bound.hpp"

namespace faltung {

/// How the taps of a geometry lie as rows of samples: the last axis are columns, the one before
/// rows, all further out slices (microkernels/row_sums.hpp).
struct RowOrder {
  RowOrder(const Geometry& geometry, const DirectLayout& layout);

  std::int64_t slices = 1, rows = 1, columns = 1;
  /// Outputs so far apart along the axis of rows share rows of samples; 0: none do.
  std::int64_t spacing = 1;
  Dims tile_strides;  ///< elements from one row to the next, along each axis but the last
  std::int64_t tile_row_step = 0;
  std::vector<std::int64_t> tile_slices, tile_columns;  ///< offsets in a tile
  std::vector<std::int64_t> columns_in_place;           ///< in x, where neighbours are side by side
  bool one_row = false;                                 ///< a long row of taps is all there is

  /// Offsets of the slices in x itself.
  static void slices_in_place(const Geometry& geometry, const Dims& strides,
                              std::int64_t* to) noexcept;
  static std::int64_t slices_of(const Geometry& geometry) noexcept;
  /// Rows of fewer outputs are not worth a frame of their own around what is summed in place.
  static constexpr std::int64_t kWorthAFrame = 1024;
  static bool is_one_row(const Geometry& geometry, const DirectLayout& layout) noexcept;
  /// Whether the rows of outputs of one long row of taps are cut up and turned over.
  static bool turns(const Geometry& geometry, const DirectLayout& layout) noexcept;
  /// Outputs of a row that are turned over at once, and samples that this takes.
  static constexpr std::int64_t kTurnedOutputs = 256;
  static std::int64_t turned_elements(const Geometry& geometry,
                                      std::int64_t element_bytes) noexcept;

 private:
  template <class F>
  static void offsets_of(const Geometry& geometry, F&& f, std::int64_t* to) noexcept;
};

}  // namespace faltung
