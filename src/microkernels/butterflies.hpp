// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// The places that one radix-r pass visits, in numbers of an array of lines.
///
///   node 0: [part 0][part 1]...[part r-1]  node 1: ...
///
/// Each part is `rows` rows of `count` consecutive lines, `row_pitch` apart: one row for a
/// transform along contiguous data, many for a transform along an outer axis.
struct PassShape {
  std::int64_t nodes = 1, node_stride = 0;
  std::int64_t part_stride = 0;
  std::int64_t rows = 1, row_pitch = 0;
  std::int64_t count = 0;  ///< in lines
};

/// Those of each part of a pass or a fold: from `begin` to before `end`.
struct PartRange {
  std::int64_t begin, end;
};

/// The lines of the two halves that two folds split off, and the twiddles of their first passes.
template <class T>
struct HalfLines {
  T *radix4, *radix2;
};
template <class T>
struct HalfTwiddles {
  const T *radix4, *radix2;
};

/// Loops of the convolution transform, on lines: the real parts of `lanes` points, then their
/// imaginary parts, so that a butterfly reads half as many streams as from two planes.
/// Twiddles of a pass are (radix - 1) complex numbers a node.
template <class T>
struct Butterflies {
  using Pass = void (*)(T* z, const PassShape& shape, const T* twiddles) noexcept;
  using First = void (*)(const T* re, const T* im, T* z, std::int64_t count, PartRange range,
                         const T* twiddles) noexcept;
  using Last = void (*)(const T* z, T* re, T* im, std::int64_t count, PartRange range,
                        const T* twiddles) noexcept;
  static constexpr int kRadices = 9;
  std::int64_t lanes;
  bool eights;             ///< radix 8 is there: it needs 32 registers
  Pass forward[kRadices];  ///< by radix: 2 to 5, and 8
  Pass inverse[kRadices];
  /// The pass of a whole row, of which each part has `count` lines, from planes of real and
  /// imaginary parts and back to them, for the lines of `range` of each part; radix 1 only moves.
  /// `im` may be null: all zeros.
  First first[kRadices];
  Last last[kRadices];
  /// x h, line by line over the rows of the shape, h dense; the result may take the place of x.
  void (*multiply)(const T* x, const T* h, const PassShape& shape, T* y) noexcept;
  /// One fold of n numbers of x, or two at once, by index: low - high and low + high, the sums
  /// taken apart again; y may be x. n is a multiple of 2 or 4, `range` counts numbers of each half
  /// or quarter.
  using Fold = void (*)(const T* x, std::int64_t n, PartRange range, T* y) noexcept;
  Fold fold[3];
  /// The way back, with a factor of 2 for each fold.
  Fold unfold[3];
  /// Two folds of x and the first passes of what they split off, in one way through memory: the
  /// first half of a fold are the planes of a row of points, which radix 4 takes to lines, the next
  /// quarter those of another, radix 2; the last quarter, the sums, may lie where x does. x is
  /// sixteen parts of some vectors, `x_part` numbers apart; those of sums and z are `part` apart.
  /// [1]: x ends after eight parts, the others are zeros.
  using FirstFolded = void (*)(const T* x, std::int64_t x_part, std::int64_t vectors, T* sums,
                               std::int64_t part, HalfLines<T> z,
                               const HalfTwiddles<T>& w) noexcept;
  FirstFolded first_folded[2];
  /// The way back; y may lie where the sums do.
  void (*last_folded)(const T* sums, std::int64_t part, std::int64_t vectors, HalfLines<T> z,
                      const HalfTwiddles<T>& w, T* y, std::int64_t y_part) noexcept;
};

/// T is float or double. `target` as in targets.hpp. `narrow`: lines of one point, for rows too
/// short to fill vectors.
template <class T>
const Butterflies<T>& butterflies(std::int64_t target, bool narrow = false) noexcept;

}  // namespace faltung
