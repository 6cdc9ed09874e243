// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// The places that one radix-r pass visits, in elements of two planes (real, imaginary).
///
///   node 0: [part 0][part 1]...[part r-1]  node 1: ...
///
/// Each part is `rows` rows of `count` consecutive elements, `row_pitch` apart: one row for a
/// transform along contiguous data, many for a transform along an outer axis.
struct PassShape {
  std::int64_t nodes = 1, node_stride = 0;
  std::int64_t part_stride = 0;
  std::int64_t rows = 1, row_pitch = 0;
  std::int64_t count = 0;
};

/// Loops of the convolution transform. Twiddles of a pass are (radix - 1) complex numbers a node.
template <class T>
struct Butterflies {
  using Pass = void (*)(T* re, T* im, const PassShape& shape, const T* twiddles) noexcept;
  using Tail = void (*)(T* re, T* im, std::int64_t pairs, const T* twiddles) noexcept;
  std::int64_t lanes;
  Pass forward[6];  ///< by radix, 2 to 5
  Pass inverse[6];
  /// The last log2(lanes) levels, on pairs of adjacent vectors that each hold one node. Twiddles:
  /// for each pair and level, the first tail_width[level] lanes of a vector of real parts and of
  /// one of imaginary parts; the other lanes repeat them.
  ///
  ///   A = a0 a1 a2 a3     zip lower halves   L = a0 b0 a1 b1     L + W U -> A
  ///   B = b0 b1 b2 b3     zip upper halves   U = a2 b2 a3 b3     L - W U -> B
  Tail forward_tail;
  Tail inverse_tail;
  std::int64_t tail_width[4];
  /// x h, element by element; the result may take the place of x.
  void (*multiply)(const T* x_re, const T* x_im, const T* h_re, const T* h_im, std::int64_t count,
                   T* re, T* im) noexcept;
};

/// T is float or double. `target` as in targets.hpp.
template <class T>
const Butterflies<T>& butterflies(std::int64_t target) noexcept;

}  // namespace faltung
