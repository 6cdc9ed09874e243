// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "microkernels/weighted_sum.hpp"

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

/// The lines of what two folds split off, and the twiddles of their first passes.
template <class T>
struct HalfLines {
  T *half, *quarter;
};
template <class T>
struct HalfTwiddles {
  const T *half, *quarter;
};

/// Loops of the convolution transform, on lines: the real parts of `lanes` points, then their
/// imaginary parts, so that a butterfly reads half as many streams as from two planes.
/// Twiddles of a pass are (radix - 1) complex numbers a node.
template <class T>
struct Butterflies {
  using Pass = void (*)(T* z, const PassShape& shape, const T* twiddles) noexcept;
  using First = void (*)(const T* re, const T* im, std::int64_t from_part, T* z, std::int64_t part,
                         std::int64_t count, const T* twiddles) noexcept;
  using Last = void (*)(const T* z, std::int64_t part, T* re, T* im, std::int64_t to_part,
                        std::int64_t count, const T* twiddles) noexcept;
  static constexpr int kRadices = 9;
  std::int64_t lanes;
  bool eights;             ///< radix 8 is there: it needs 32 registers
  Pass forward[kRadices];  ///< by radix: 2 to 5, and 8
  Pass inverse[kRadices];
  /// The first pass of a row, from planes of real and imaginary parts, and the last, back to them:
  /// `count` lines of each part. Those lie `part` points apart in lines, and as said in the planes.
  /// Radix 1 only moves. `im` may be null: all zeros.
  First first[kRadices];
  /// The same with a look at the samples, which is put into `scan`: where some are zero, or not
  /// finite, no more than that there are such.
  using FirstAndScan = void (*)(const T* re, const T* im, std::int64_t from_part, T* z,
                                std::int64_t part, std::int64_t count, const T* twiddles,
                                Scan<T>& scan) noexcept;
  FirstAndScan first_and_scan[kRadices];
  Last last[kRadices];
  /// x h, line by line over the rows of the shape, h dense; the result may take the place of x.
  void (*multiply)(const T* x, const T* h, const PassShape& shape, T* y) noexcept;
  /// One fold of x, or two at once, by index: low - high and low + high, the sums taken apart
  /// again. x is two or four parts, of which n numbers are folded; the differences are one part or
  /// three, `to_part` apart. Differences and sums may lie where parts of x do, in their order.
  /// `ahead`: another x, which is folded next and brought nearer meanwhile; or null.
  using Fold = void (*)(const T* x, std::int64_t part, T* differences, std::int64_t to_part,
                        T* sums, std::int64_t n, const T* ahead) noexcept;
  Fold fold[3];
  /// Two folds of whole vectors, with a look at x as above.
  void (*fold_and_scan)(const T* x, std::int64_t part, T* differences, std::int64_t to_part,
                        T* sums, std::int64_t n, const T* ahead, Scan<T>& scan) noexcept;
  /// The way back, with a factor of 2 for each fold.
  using Unfold = void (*)(const T* differences, std::int64_t from_part, const T* sums, T* y,
                          std::int64_t part, std::int64_t n) noexcept;
  Unfold unfold[3];
  /// That of two folds past the caches, for whole vectors and y at a multiple of one. Others see
  /// them after flush_stores().
  Unfold unfold_past;
  /// Two folds of x and the first passes of what they split off, in one way through memory: the
  /// first half of a fold are the planes of a row of points, which radix 4 takes to lines, the next
  /// quarter those of another, radix 2; the last quarter, the sums, may lie where x does. x is
  /// sixteen parts of some vectors, `part` numbers apart as those of sums and z are.
  /// By the radix: of 2, the parts are eight and the quarter is only moved to lines; of 1, they are
  /// four, the half is moved, and there is no second fold.
  /// [1]: x ends after half of the parts, the others are zeros.
  using FirstFolded = void (*)(const T* x, std::int64_t part, std::int64_t vectors, T* sums,
                               HalfLines<T> z, const HalfTwiddles<T>& w) noexcept;
  FirstFolded first_folded[5][2];
  /// The way back; y may lie where the sums do.
  using LastFolded = void (*)(const T* sums, std::int64_t part, std::int64_t vectors,
                              HalfLines<T> z, const HalfTwiddles<T>& w, T* y) noexcept;
  LastFolded last_folded[5];
};

/// T is float or double. `target` as in targets.hpp. `narrow`: lines of one point, for rows too
/// short to fill vectors.
template <class T>
const Butterflies<T>& butterflies(std::int64_t target, bool narrow = false) noexcept;

}  // namespace faltung
