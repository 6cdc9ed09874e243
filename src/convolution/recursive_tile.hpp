// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "convolution/recursive_tiles.hpp"
#include "support/parallel.hpp"

namespace faltung {

/// What one task of sums over windows works on.
template <class T>
struct RecursiveTiles<T>::Tile {
  Tile(support::Carver& carver, const RecursiveLayout& layout) {
    array = carver.take<T>(layout.elements());
    lines = carver.take<T>(kWindowLines<T> * layout.line_length());
    turned = carver.take<T>(kWindowLines<T> * layout.line_length());
  }
  std::int64_t outputs(int axis) const { return to[axis] - from[axis]; }

  T* array = nullptr;   ///< rows of what the passes so far made
  T* lines = nullptr;   ///< samples of as many lines as are summed together
  T* turned = nullptr;  ///< the same, turned over
  std::int64_t from[kMaxRank], to[kMaxRank];
  std::int64_t out[kMaxRank];  ///< an output
  const BatchOffsets* at = nullptr;
  const KernelTaps<T>* taps = nullptr;
  const RecursivePart<T>* kernel = nullptr;
};

/// Calls f(rows), the number of a row of the tile along each outer axis, in the order in which they
/// lie in memory; those that no output of the tile reads are left out.
template <class T>
template <class F>
void RecursiveTiles<T>::for_each_read_row(const Tile& tile, F&& f) const {
  std::int64_t rows[kMaxRank] = {};
  for (;;) {
    f(rows);
    int i = last() - 1;
    for (; i >= 0 && ++rows[i] == tile.outputs(i) + axis(i).taps - 1; --i) rows[i] = 0;
    if (i < 0) return;
  }
}

template <class T>
template <class F>
void RecursiveTiles<T>::for_each_row(Tile& tile, F&& f) const {
  std::copy_n(tile.from, last() + 1, tile.out);
  for (;;) {
    T* row = tile.array;
    for (int i = 0; i < last(); ++i) row += (tile.out[i] - tile.from[i]) * layout_.pitch(i);
    tile.out[last()] = tile.from[last()];
    f(row);
    int i = last() - 1;
    for (; i >= 0 && ++tile.out[i] == tile.to[i]; --i) tile.out[i] = tile.from[i];
    if (i < 0) return;
  }
}

}  // namespace faltung
