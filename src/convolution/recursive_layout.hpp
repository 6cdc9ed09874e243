// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "convolution/geometry.hpp"

namespace faltung {

/// How sums over windows cut the outputs into tiles, and how a tile lies in memory.
///
/// A tile of outputs is a box, `block` outputs along each axis. Its rows are read with all that
/// they reach, and summed along the last axis first: many at once, or, where there are few, in
/// `pieces` of as many outputs each. What that gives is an array of `rows` positions along each
/// outer axis, which the other passes turn into results in place.
class RecursiveLayout {
 public:
  RecursiveLayout(const Geometry& geometry, std::int64_t cosines, std::int64_t element_bytes);

  const Dims& block() const { return block_; }
  std::int64_t tiles() const { return tiles_; }
  /// Tiles along the first axis, which is the slowest one.
  std::int64_t outer_tiles() const;
  /// The box [from, to) of outputs of a tile.
  void box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const;

  /// Positions along an outer axis that a full tile reads, and how far they lie apart.
  std::int64_t rows(int axis) const { return rows_[axis]; }
  std::int64_t pitch(int axis) const { return pitch_[axis]; }
  /// All rows of a tile, and its elements.
  std::int64_t all_rows() const { return all_rows_; }
  std::int64_t elements() const { return all_rows_ * row_length_; }

  std::int64_t pieces() const { return pieces_; }
  std::int64_t piece() const { return piece_; }
  std::int64_t row_length() const { return row_length_; }
  /// Samples of a piece with all that it reads, in whole cache lines.
  std::int64_t line_length() const { return line_length_; }

  /// For the cost model: samples loaded, and those that passes along an axis meet, in all tiles.
  double loaded() const;
  double met(int axis) const;

 private:
  struct Shape {
    Dims block;
    std::int64_t pieces = 1, piece = 1;
  };
  void choose(std::int64_t cosines);
  Shape with_pieces(const Dims& block) const;
  double cost(const Shape& shape, std::int64_t cosines) const;
  std::vector<std::int64_t> candidates(int axis) const;
  bool is_streamed(int axis) const;
  const Axis& axis(int i) const { return geometry_.spatial[static_cast<std::size_t>(i)]; }
  int last() const { return static_cast<int>(geometry_.spatial.size()) - 1; }

  const Geometry& geometry_;
  const std::int64_t element_bytes_, lines_;
  Dims block_, rows_, pitch_;
  std::int64_t pieces_ = 1, piece_ = 1, row_length_ = 0, line_length_ = 0;
  std::int64_t all_rows_ = 1, tiles_ = 1;
};

}  // namespace faltung
