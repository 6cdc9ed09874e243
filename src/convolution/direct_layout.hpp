// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"

namespace faltung {

/// The geometry with rows along memory: where the axis that lies densest in a row-major x is a long
/// one that only broadcasts, it becomes the last spatial axis, of one tap, and tiles take its
/// neighbours together. Nothing else changes.
Geometry rows_along_memory(const Geometry& geometry);

/// Strides over the axes of a geometry, made those over rows_along_memory(geometry).
Strides rows_along_memory(const Geometry& geometry, const Strides& strides);

/// How the direct method cuts the outputs into tiles, and which part of x~ a tile holds.
///
/// A tile of outputs is a box: `block` outputs along each axis. What it reads is copied into a
/// dense tile of rows; along the last axis a row is one or more segments, each a run of positions
/// `step` apart that serves the taps of one residue class (a decimating or a widely dilated kernel
/// reads only what it needs):
///
///   step 1:     [........ block + span - 1 ........]
///   step 3:     [class 0 ....][class 1 ....][class 2 ....]
///
/// Tap t of any output is then at a constant offset from the output's place in its row.
class DirectLayout {
 public:
  struct Segment {
    std::int64_t lo = 0;  ///< first position, relative to that of the newest tap of output 0
    std::int64_t count = 0;
    std::int64_t at = 0;  ///< where it begins in the row
  };

  explicit DirectLayout(const Geometry& geometry, std::int64_t element_bytes);

  const Dims& block() const { return block_; }
  std::int64_t tiles() const { return tiles_; }
  /// Tiles along the first axis.
  std::int64_t outer_tiles() const;
  /// The box [from, to) of outputs of a tile.
  void box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const;

  std::int64_t row_length() const { return row_length_; }
  std::int64_t rows() const { return rows_; }  ///< rows of a full tile
  std::int64_t tile_elements() const { return rows_ * row_length_; }
  const std::vector<Segment>& segments() const { return segments_; }
  /// Whether the rows of a tile along an outer axis are all that lie between its first and last.
  bool dense(int axis) const { return dense_[static_cast<std::size_t>(axis)]; }
  /// For each tap of the last axis: its offset in a row.
  std::vector<std::int64_t> column_offsets() const;
  /// Whether these go down by the dilation, tap by tap.
  bool columns_are_even() const { return inner_offsets_.empty(); }
  /// For each tap in dense order: its offset from the output's place. May throw std::bad_alloc.
  std::vector<std::int64_t> tap_offsets() const;
  /// Rows of the tile along an outer axis for a block of b outputs.
  std::int64_t axis_rows(int axis, std::int64_t b) const;
  /// Calls f(row, positions along the outer axes) for every row that the outputs [from, to) read.
  /// At the end of an axis a tile may be partial: it fills the first of its rows along that axis,
  /// and the others hold nothing.
  template <class F>
  void for_each_row(const std::int64_t* from, const std::int64_t* to, F&& f) const;

 private:
  /// Position of the j-th row along an outer axis, for a block that begins at output `from`.
  std::int64_t row_position(int axis, std::int64_t from, std::int64_t j) const;
  std::int64_t most_outputs(int axis) const;
  void grow_block(std::int64_t most_rows);
  std::int64_t rows_of(const Dims& block) const;
  void choose_row_block(const Axis& axis, std::int64_t most_columns);
  void cut_segments(const Axis& axis, std::int64_t block);

  const Geometry& geometry_;
  Dims block_;
  std::vector<bool> dense_;  ///< outer axes: rows are consecutive positions
  std::vector<Segment> segments_;
  std::vector<std::int64_t> inner_offsets_;
  std::int64_t row_length_ = 0;
  std::int64_t rows_ = 1;
  std::int64_t tiles_ = 1;
};

template <class F>
void DirectLayout::for_each_row(const std::int64_t* from, const std::int64_t* to, F&& f) const {
  const int last = block_.rank() - 1;
  std::int64_t rows[kMaxRank], j[kMaxRank] = {}, position[kMaxRank];
  for (int i = 0; i < last; ++i) rows[i] = axis_rows(i, to[i] - from[i]);
  for (;;) {
    std::int64_t row = 0;
    for (int i = 0; i < last; ++i) {
      position[i] = row_position(i, from[i], j[i]);
      row = row * axis_rows(i, block_[i]) + j[i];
    }
    f(row, position);
    int i = last - 1;
    for (; i >= 0 && ++j[i] == rows[i]; --i) j[i] = 0;
    if (i < 0) return;
  }
}

}  // namespace faltung
