// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/direct_layout.hpp"

namespace faltung {

/// How separable passes cut the outputs into tiles, and which part of x~ a tile holds.
///
/// A tile of outputs is a box, `block` outputs along each axis. What it reads is a dense array:
/// rows of the last axis as DirectLayout cuts them, and along each outer axis either all positions
/// or, where stride or dilation leave most of them out, those of each output one after the other.
class SeparableLayout {
 public:
  /// An outer axis of the array; elements and offsets count samples.
  struct Outer {
    std::int64_t block = 1;    ///< outputs of a full tile
    std::int64_t rows = 1;     ///< positions that they read
    bool dense = true;         ///< all from the first to the last
    std::int64_t pitch = 1;    ///< elements from one position to the next: all axes further in
    std::int64_t advance = 1;  ///< elements from one output's samples to the next one's
    std::vector<std::int64_t> offsets;  ///< of each tap's samples from there
  };

  /// What rows may be summed as they lie.
  struct AsTheyLie {
    std::int64_t most_taps = 0;
    bool in_phases = false;  ///< bytes (byte_lines.hpp)
  };

  SeparableLayout(const Geometry& geometry, std::int64_t terms, std::int64_t element_bytes,
                  const AsTheyLie& rows);

  const Dims& block() const { return block_; }
  std::int64_t tiles() const { return tiles_; }
  /// Tiles along the first axis, which is the slowest one.
  std::int64_t outer_tiles() const;
  /// The box [from, to) of outputs of a tile.
  void box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const;

  const std::vector<Outer>& outer() const { return outer_; }
  /// Position along an outer axis of the j-th row, relative to the newest tap of output 0.
  std::int64_t row_position(int axis, std::int64_t j) const;
  /// Rows along the first axis that its first b outputs read.
  std::int64_t rows_read(std::int64_t b) const;
  const std::vector<DirectLayout::Segment>& segments() const { return segments_; }
  std::int64_t row_length() const { return row_length_; }
  /// Whether those of the last axis go down by the dilation, tap by tap, and whether lines of it
  /// are summed turned over; what these read beside their outputs, then.
  bool columns_are_even() const { return even_; }
  bool turns() const { return turns_; }
  std::int64_t halo() const { return halo_; }
  /// Whether rows are summed first, each as it comes, into lines that roll on beside the outputs.
  bool rolls() const { return rolls_; }
  /// Whether these are bytes in phases.
  bool in_phases() const { return rolls_ && rows_.in_phases; }
  /// Offsets of the last axis's taps from an output's place in its row.
  const std::vector<std::int64_t>& inner_offsets() const { return inner_offsets_; }
  /// Elements of the tile, and of what is left of it when the first `axis` axes are done.
  std::int64_t elements(int axis) const;

 private:
  void choose_block(std::int64_t terms, std::int64_t element_bytes);
  bool may_roll(std::int64_t terms, std::int64_t most_taps) const;
  Dims rolling_block(std::int64_t element_bytes) const;
  Dims grow(std::int64_t width, std::int64_t elements) const;
  double cost(const Dims& block, std::int64_t terms) const;
  bool is_streamed(int axis) const;
  std::int64_t most_outputs(int axis) const;

  const Geometry& geometry_;
  const AsTheyLie rows_;
  Dims block_;
  std::vector<Outer> outer_;
  std::vector<DirectLayout::Segment> segments_;
  std::vector<std::int64_t> inner_offsets_;
  std::int64_t row_length_ = 0, halo_ = 0;
  bool even_ = true, turns_ = false, rolls_ = false;
  std::int64_t tiles_ = 1;
};

}  // namespace faltung
