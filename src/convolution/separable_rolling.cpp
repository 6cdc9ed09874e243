// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Passes along rows first: what a row of samples gives is a line, and lines roll on beside the
// outputs.
#include <algorithm>

#include "convolution/separable_tile.hpp"
#include "hwy/cache_control.h"

namespace faltung {
namespace {

/// Rows of samples that are asked for before they are summed.
constexpr std::int64_t kRowsAhead = 4;

}  // namespace

/// Computes a tile of two axes.
template <class T>
void SeparableTiles<T>::roll(Tile& tile) const {
  const std::int64_t pitch = Tile::rolling_pitch(layout_), room = Tile::rolling_rows(layout_);
  const std::int64_t n = tile.to[0] - tile.from[0], group = std::min(n, Tile::kGroup);
  std::int64_t first = 0, there = 0;  // the rows whose lines are there
  // The last group overlaps the one before it: as many are computed in the same time.
  for (std::int64_t j = 0; j < n; j += group) {
    const std::int64_t at = std::min(j, n - group), needed = layout_.rows_read(at + group);
    if (needed - first > room) {
      std::copy(tile.lines + (at - first) * pitch, tile.lines + (there - first) * pitch,
                tile.lines);
      first = at;
    }
    roll_lines(tile, there, needed, tile.lines + (there - first) * pitch);
    there = needed;
    tile.slab_from = tile.from[0] + at;
    tile.slab_to = tile.slab_from + group;
    const T* const lines = tile.lines + (at - first) * pitch;
    if (!finish_bytes(tile, lines)) finish_rows(tile, lines);
  }
  hwy::FlushStream();
}

/// The outputs of a group of rows.
template <class T>
void SeparableTiles<T>::finish_rows(Tile& tile, const T* lines) const {
  const Factors factors = tile.factors(0);
  place_results(tile);
  ask_for_results(tile);
  OutputRows<T> out{tile.results, tile.stride[0], tile.slab_to - tile.slab_from,
                    tile.to[1] - tile.from[1]};
  out.tiny = static_cast<T>(tile.kernel->tiny);
  out.passes_cache = passes_cache_ && tile.results != tile.slab;
  tile.doubtful = lines_.finish_down(out, lines, Tile::rolling_pitch(layout_),
                                     {factors.taps, g_.spatial[0].taps, 1, *factors.symmetry});
  finish(tile);
}

/// The same at once, of bytes: what is lost below the smallest sums makes no difference to them.
/// False where they need a closer look.
template <class T>
bool SeparableTiles<T>::finish_bytes(Tile& tile, const T* lines) const {
  if (lines_.finish_bytes == nullptr) return false;
  const SplitKernel<T>& k = *tile.kernel;
  const Dims& strides = run_.y_strides.spatial;
  const std::int64_t n = tile.to[1] - tile.from[1];
  if (!y_bytes_ || strides[1] != 1 || n < rows_.lanes || k.gaps || k.clamps || !(k.tiny < 0.25))
    return false;
  const Factors factors = tile.factors(0);
  const std::int64_t first[kMaxRank] = {tile.slab_from, tile.from[1]};
  auto* const y =
      reinterpret_cast<std::uint8_t*>(row_in_y(g_, run_.y, tile.at->y, strides, first, 0));
  const OutputRows<std::uint8_t> out{y, strides[0], tile.slab_to - tile.slab_from, n};
  return !lines_.finish_bytes(out, lines, Tile::rolling_pitch(layout_),
                              {factors.taps, g_.spatial[0].taps, 1, *factors.symmetry});
}

/// The lines of the rows `from` .. `to` of the tile. Those that lie in x as they are read are
/// summed there.
template <class T>
void SeparableTiles<T>::roll_lines(const Tile& tile, std::int64_t from, std::int64_t to,
                                   T* lines) const {
  const ExtendedInput<T> x = input(tile);
  const Axis &outer = g_.spatial[0], &inner = g_.spatial[1];
  const Factors factors = tile.factors(0).behind(outer.taps);
  const LineTaps<T> taps{factors.taps, inner.taps, 1, *factors.symmetry};
  const std::int64_t pitch = Tile::rolling_pitch(layout_), length = layout_.row_length();
  const std::int64_t n = tile.to[1] - tile.from[1], first = inner.reads_first(tile.from[1]),
                     end = inner.reads_last(tile.to[1]) + 1;
  const bool inside = layout_.segments().size() == 1 && first >= 0 && end <= inner.n;
  OutputRows<T> out{lines, pitch, 1, n};
  for (std::int64_t r = from; r < to; r += out.rows, out.y += out.rows * pitch) {
    const std::int64_t position =
        outer.first + tile.from[0] * outer.step + layout_.row_position(0, r);
    const Soon row_of_x = rows_from(tile, r), there = inside ? row_of_x : Soon{};
    const bool as_it_is = there.first != nullptr && x_in_place_ && n >= rows_.lanes;
    const std::int64_t together = there.first == nullptr ? 1 : outer.n - position;
    out.rows = std::min({to - r, together, as_it_is ? to - r : Tile::kRowsAtOnce});
    Soon ahead = row_of_x;
    if (ahead.first != nullptr) ahead.first += kRowsAhead * ahead.pitch;
    if (as_it_is) {
      lines_.along(out, reinterpret_cast<const T*>(there.first),
                   there.pitch / static_cast<std::int64_t>(sizeof(T)), taps, ahead);
      continue;
    }
    T* const rows = tile.rows_to_sum(layout_);
    for (std::int64_t i = 0; i < out.rows; ++i) {
      T* const row = rows + i * length;
      if (there.first == nullptr) {
        load_row(x, tile, &position, row);
        continue;
      }
      copy_(there.first + i * there.pitch, 1, end - first, row);
      std::fill(row + (end - first), row + length, T(0));
    }
    lines_.along(out, rows, length, taps, ahead);
  }
}

template void SeparableTiles<float>::roll(Tile&) const;
template void SeparableTiles<double>::roll(Tile&) const;

}  // namespace faltung
