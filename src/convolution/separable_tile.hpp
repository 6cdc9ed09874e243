// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>

#include "convolution/separable_tiles.hpp"
#include "support/parallel.hpp"

namespace faltung {

/// What one task of separable passes works on.
template <class T>
struct SeparableTiles<T>::Tile {
  /// Rows of outputs at once: the lanes of the widest vector.
  static constexpr std::int64_t kGroup = 64 / static_cast<std::int64_t>(sizeof(T));
  /// Columns of a row that go through both passes before the next: they stay in the first cache.
  static constexpr std::int64_t kColumns = 256;
  /// Groups of outputs after which lines roll back to their beginning; rows that are made of other
  /// types at once.
  static constexpr std::int64_t kRollingGroups = 8, kRowsAtOnce = 4;
  /// Of rows of bytes: their phases, and the outputs of the largest group of them.
  static constexpr std::int64_t kPhases = 4, kMostOfGroup = 64;

  Tile(support::Carver& carver, const SeparableLayout& layout) {
    const Dims& block = layout.block();
    const int last = block.rank() - 1;
    samples = carver.take<T>(layout.elements(0) + kRowSlack);
    for (int i = 1; i < last; ++i) plane[i] = carver.take<T>(layout.elements(i) + kRowSlack);
    lines = carver.take<T>(lines_of(layout));
    turned = carver.take<T>(
        (std::min(kColumns + kGroup, layout.row_length()) + layout.halo() + kGroup) * kGroup);
    std::int64_t size = 1;
    for (int i = last; i >= 0; --i) {
      slab_stride[i] = size;
      size *= i == last ? block[i] + kRowSlack : i > 0 ? block[i] : last == 1 ? kGroup : 1;
    }
    slab = carver.take<T>(size);
    if (!layout.in_phases()) return;
    for (T*& row : phases) row = carver.take<T>(kPhases * phase_pitch(layout.row_length()));
    bytes = carver.take<std::uint8_t>(
        std::max(layout.row_length(), kGroup * rolling_pitch(layout)) + kMostOfGroup);
    beyond = carver.take<std::int64_t>(layout.row_length());
  }
  /// Lines of outputs, or those that roll on and the rows of samples before they are summed.
  static std::int64_t lines_of(const SeparableLayout& layout) {
    if (!layout.rolls()) return kGroup * layout.row_length() + kRowSlack;
    return rolling_rows(layout) * rolling_pitch(layout) + kRowsAtOnce * layout.row_length() +
           kRowSlack;
  }
  /// Rolling lines: those that a group of outputs needs, and room to roll on. An odd number of
  /// cache lines from one to the next, as between rows of samples.
  static std::int64_t rolling_rows(const SeparableLayout& layout) {
    return layout.outer()[0].rows - layout.outer()[0].block + kRollingGroups * kGroup;
  }
  static std::int64_t rolling_pitch(const SeparableLayout& layout) {
    if (layout.in_phases()) return kByteLinePitch;
    return (std::max(layout.block()[1], kGroup) + kGroup - 1) / kGroup * kGroup | kGroup;
  }
  T* rows_to_sum(const SeparableLayout& layout) const {
    return lines + rolling_rows(layout) * rolling_pitch(layout);
  }
  /// Whole vectors are read: what lies behind the samples by chance may be denormal, and slow.
  void clear_slack(const SeparableLayout& layout) {
    const int last = layout.block().rank() - 1;
    std::fill_n(samples + layout.elements(0), kRowSlack, T(0));
    for (int i = 1; i < last; ++i) std::fill_n(plane[i] + layout.elements(i), kRowSlack, T(0));
    T* const read = layout.rolls() ? rows_to_sum(layout) : lines;
    std::fill(read, lines + lines_of(layout), T(0));
    for (T* row : phases)
      if (row != nullptr) std::fill_n(row, kPhases * phase_pitch(layout.row_length()), T(0));
  }

  Factors factors(std::size_t term) const {
    const std::size_t axes = kernel->symmetry.size() / kernel->low.terms.size();
    return {kernel->low.terms[term].data(), kernel->symmetry.data() + term * axes};
  }

  T* samples = nullptr;
  T* plane[kMaxRank + 1] = {};
  T* lines = nullptr;
  T* turned = nullptr;
  T* slab = nullptr;
  T* phases[2] = {};              ///< a row of samples that is summed, and the next
  std::uint8_t* bytes = nullptr;  ///< a group of rows of outputs as they lie in lines, or a row of
                                  ///< samples
  /// Of a row of bytes, how many samples lie before x and behind it, and where in x they are taken
  /// from: an offset from the row's first, of any sign.
  static constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();
  std::int64_t before = 0, behind = 0;
  std::int64_t* beyond = nullptr;
  std::int64_t slab_stride[kMaxRank + 1] = {};
  T* results = nullptr;  ///< of the slab's first output: in the slab, or in y itself
  std::int64_t stride[kMaxRank + 1] = {};
  std::int64_t from[kMaxRank], to[kMaxRank];
  std::int64_t slab_from = 0, slab_to = 0;  ///< along the first axis
  std::int64_t out[kMaxRank];               ///< an output of the slab
  const BatchOffsets* at = nullptr;
  const KernelTaps<T>* taps = nullptr;
  const SplitKernel<T>* kernel = nullptr;
  bool gives_bytes = false;  ///< from lines of phases
  bool loaded = false;
  bool doubtful = false;  ///< a result of the slab is not finite, or small
  bool scanned = false;
  Scan<T> scan;  ///< of the samples, once something is doubtful
  /// The box of positions of the samples that are not zero, where that matters; empty: last <
  /// first.
  std::int64_t hull_first[kMaxRank], hull_last[kMaxRank];
};

template <class T>
template <class F>
void SeparableTiles<T>::for_each_loaded_row(const Tile& tile, F&& f) const {
  std::int64_t j[kMaxRank] = {}, position[kMaxRank];
  for (T* row = tile.samples;; row += layout_.row_length()) {
    for (int i = 0; i < last(); ++i) {
      const Axis& a = g_.spatial[static_cast<std::size_t>(i)];
      position[i] = a.first + tile.from[i] * a.step + layout_.row_position(i, j[i]);
    }
    f(row, position);
    int i = last() - 1;
    for (; i >= 0 && ++j[i] == layout_.outer()[static_cast<std::size_t>(i)].rows; --i) j[i] = 0;
    if (i < 0) return;
  }
}

template <class T>
template <class F>
void SeparableTiles<T>::for_each_row(Tile& tile, F&& f) const {
  std::copy_n(tile.from, last() + 1, tile.out);
  tile.out[0] = tile.slab_from;
  T* row = tile.results;
  for (;;) {
    f(row, tile.to[last()] - tile.from[last()]);
    tile.out[last()] = tile.from[last()];
    int i = last() - 1;
    for (; i >= 0; --i) {
      const std::int64_t from = i == 0 ? tile.slab_from : tile.from[i];
      const std::int64_t to = i == 0 ? tile.slab_to : tile.to[i];
      row += tile.stride[i];
      if (++tile.out[i] < to) break;
      row -= (to - from) * tile.stride[i];
      tile.out[i] = from;
    }
    if (i < 0) return;
  }
}

}  // namespace faltung
