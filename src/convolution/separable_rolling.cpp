// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Passes along rows first: what a row of samples gives is a line, and lines roll on beside the
// outputs.
#include <algorithm>
#include <cmath>

#include "convolution/separable_tile.hpp"
#include "hwy/cache_control.h"
#include "support/copy.hpp"

namespace faltung {
namespace {

/// Rows of samples that are asked for before they are summed.
constexpr std::int64_t kRowsAhead = 4, kRowsOfBytesAhead = 8;

void ask_for_row(const std::uint8_t* p, std::int64_t count) {
  constexpr std::int64_t kLineBytes = 64;
  const std::uint8_t* const last = p + count - 1;
  for (; p < last; p += kLineBytes) __builtin_prefetch(p);
  __builtin_prefetch(last);
}

}  // namespace

/// Computes a tile of two axes.
template <class T>
void SeparableTiles<T>::roll(Tile& tile) const {
  const std::int64_t pitch = Tile::rolling_pitch(layout_), room = Tile::rolling_rows(layout_);
  const std::int64_t n = tile.to[0] - tile.from[0], group = std::min(n, Tile::kGroup);
  std::int64_t first = 0, there = 0;  // the rows whose lines are there
  tile.gives_bytes = layout_.in_phases() && fits_bytes(tile);
  if (layout_.in_phases() && extends_in_bytes_) look_beyond(tile);
  // The last group overlaps the one before it: as many are computed in the same time.
  for (std::int64_t j = 0; j < n; j += group) {
    const std::int64_t at = std::min(j, n - group), needed = layout_.rows_read(at + group);
    if (needed - first > room) {
      std::copy(tile.lines + (at - first) * pitch, tile.lines + (there - first) * pitch,
                tile.lines);
      first = at;
    }
    T* const next = tile.lines + (there - first) * pitch;
    if (layout_.in_phases()) roll_phases(tile, there, needed, next);
    else roll_lines(tile, there, needed, next);
    there = needed;
    tile.slab_from = tile.from[0] + at;
    tile.slab_to = tile.slab_from + group;
    const T* const lines = tile.lines + (at - first) * pitch;
    if (tile.gives_bytes) finish_bytes(tile, lines);
    else finish_rows(tile, lines);
  }
  hwy::FlushStream();
}

/// The outputs of a group of rows.
template <class T>
void SeparableTiles<T>::finish_rows(Tile& tile, const T* lines) const {
  const Factors factors = tile.factors(0);
  const LineTaps<T> taps{factors.taps, g_.spatial[0].taps, 1, *factors.symmetry};
  const std::int64_t pitch = Tile::rolling_pitch(layout_), n = tile.to[1] - tile.from[1];
  place_results(tile);
  ask_for_results(tile);
  OutputRows<T> out{tile.results, tile.stride[0], tile.slab_to - tile.slab_from, n};
  out.tiny = static_cast<T>(tile.kernel->tiny);
  out.passes_cache = passes_cache_ && tile.results != tile.slab;
  tile.doubtful = lines_.finish_down(out, lines, pitch, taps);
  finish(tile);
}

/// Whether results are bytes that need no closer look: what is lost below the smallest sums makes
/// no difference to them, and no sum of samples as large as they can be leaves what is made narrow.
template <class T>
bool SeparableTiles<T>::fits_bytes(const Tile& tile) const {
  constexpr double kLargestSample = 255, kLargestSum = 0x1p30;
  const SplitKernel<T>& k = *tile.kernel;
  const double largest = std::max(kLargestSample, std::abs(g_.cval.real()));
  return y_bytes_ && run_.y_strides.spatial[1] == 1 && !k.gaps && !k.clamps && k.tiny < 0.25 &&
         g_.boundary != Boundary::odd && largest * k.low.sum_abs < kLargestSum;
}

/// The outputs of a group of rows at once, which are bytes that need no closer look.
template <class T>
void SeparableTiles<T>::finish_bytes(Tile& tile, const T* lines) const {
  if constexpr (std::is_same_v<T, float>) {
    const Factors factors = tile.factors(0);
    const std::int64_t first[kMaxRank] = {tile.slab_from, tile.from[1]};
    const Dims& strides = run_.y_strides.spatial;
    auto* const y =
        reinterpret_cast<std::uint8_t*>(row_in_y(g_, run_.y, tile.at->y, strides, first, 0));
    OutputRows<std::uint8_t> out{y, strides[0], tile.slab_to - tile.slab_from,
                                 tile.to[1] - tile.from[1]};
    out.passes_cache = g_.outputs() * g_.batches() >= kPassesCache;
    byte_lines_.finish(out, lines, {factors.taps, g_.spatial[0].taps, 1, *factors.symmetry},
                       tile.bytes);
  }
}

/// What the rows of a tile read beyond the sides of the picture: the same of every row.
template <class T>
void SeparableTiles<T>::look_beyond(Tile& tile) const {
  const Axis& inner = g_.spatial[1];
  const std::int64_t first = inner.reads_first(tile.from[1]),
                     end = inner.reads_last(tile.to[1]) + 1, count = end - first;
  tile.before = std::clamp<std::int64_t>(-first, 0, count);
  tile.behind = std::clamp<std::int64_t>(end - inner.n, 0, count - tile.before);
  std::int64_t* at = tile.beyond;
  const auto take = [&](std::int64_t position) {
    const Run run = run_at(g_.boundary, inner.n, position);
    *at++ = run.absent ? Tile::kAbsent : run.index * run_.x_strides.spatial[1];
  };
  for (std::int64_t i = 0; i < tile.before; ++i) take(first + i);
  for (std::int64_t i = 0; i < tile.behind; ++i) take(end - tile.behind + i);
}

/// Bytes `first` .. `first + count` of a row of x~ and some more: where they lie in x, if those do
/// too, or copied.
template <class T>
const std::uint8_t* SeparableTiles<T>::row_of_bytes(const Tile& tile, std::int64_t position,
                                                    std::int64_t first, std::int64_t count) const {
  const std::int64_t n = g_.spatial[1].n, group = byte_lines_.group;
  const Dims& strides = run_.x_strides.spatial;
  const auto outside = static_cast<std::uint8_t>(g_.cval.real());
  std::uint8_t* const to = tile.bytes;
  const Run down = run_at(g_.boundary, g_.spatial[0].n, position);
  if (down.absent) {
    std::fill_n(to, count + group, outside);
    return to;
  }
  const auto* const row =
      static_cast<const std::uint8_t*>(run_.x) + tile.at->x + down.index * strides[0];
  ask_for_row(row + kRowsOfBytesAhead * strides[0] + std::max<std::int64_t>(0, first), count);
  if (strides[1] == 1 && first >= 0 && first + count + group <= n) return row + first;
  const auto take = [&](const std::int64_t* from, std::int64_t times, std::uint8_t* put) {
    for (std::int64_t i = 0; i < times; ++i)
      put[i] = from[i] == Tile::kAbsent ? outside : row[from[i]];
  };
  const std::int64_t inside = count - tile.before - tile.behind;
  take(tile.beyond, tile.before, to);
  const std::uint8_t* const from = row + (first + tile.before) * strides[1];
  if (strides[1] == 1) support::copy(from, inside, to + tile.before);
  else
    for (std::int64_t i = 0; i < inside; ++i) to[tile.before + i] = from[i * strides[1]];
  take(tile.beyond + tile.before, tile.behind, to + count - tile.behind);
  std::fill_n(to + count, group, std::uint8_t{0});
  return to;
}

/// The lines of the rows `from` .. `to` of the tile, of bytes. Each row comes apart before the one
/// before it is summed: loads across what was just stored wait for it.
template <class T>
void SeparableTiles<T>::roll_phases(const Tile& tile, std::int64_t from, std::int64_t to,
                                    T* lines) const {
  if constexpr (std::is_same_v<T, float>) {
    const ExtendedInput<T> x = input(tile);
    const Axis &outer = g_.spatial[0], &inner = g_.spatial[1];
    const Factors factors = tile.factors(0).behind(outer.taps);
    const LineTaps<T> taps{factors.taps, inner.taps, 1, *factors.symmetry};
    const std::int64_t pitch = Tile::rolling_pitch(layout_),
                       apart = phase_pitch(layout_.row_length());
    const std::int64_t rows = layout_.rows_read(tile.to[0] - tile.from[0]),
                       n = tile.to[1] - tile.from[1];
    const std::int64_t first = inner.reads_first(tile.from[1]),
                       count = inner.reads_last(tile.to[1]) + 1 - first,
                       origin = outer.first + tile.from[0] + layout_.row_position(0, 0);
    const auto split = [&](std::int64_t r) {
      T* const phases = tile.phases[r % 2];
      const std::int64_t position = origin + r;
      if (extends_in_bytes_)
        return byte_lines_.split(row_of_bytes(tile, position, first, count), count, phases, apart);
      T* const samples = tile.rows_to_sum(layout_);
      load_row(x, tile, &position, samples);
      byte_lines_.split_samples(samples, count, phases, apart);
    };
    const auto along = tile.gives_bytes ? byte_lines_.along : byte_lines_.along_in_order;
    if (from == 0) split(0);
    for (std::int64_t r = from; r < to; ++r, lines += pitch) {
      if (r + 1 < rows) split(r + 1);
      along(tile.phases[r % 2], apart, n, taps, lines);
    }
  }
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
  const bool dense = layout_.segments().size() == 1, inside = first >= 0 && end <= inner.n;
  // Samples beyond the sides of the picture.
  const std::int64_t before = std::clamp<std::int64_t>(-first, 0, end - first),
                     behind = std::clamp<std::int64_t>(end - inner.n, 0, end - first - before);
  OutputRows<T> out{lines, pitch, 1, n};
  for (std::int64_t r = from; r < to; r += out.rows, out.y += out.rows * pitch) {
    const std::int64_t position =
        outer.first + tile.from[0] * outer.step + layout_.row_position(0, r);
    const Soon row_of_x = rows_from(tile, r), there = dense ? row_of_x : Soon{};
    const bool as_it_is = there.first != nullptr && inside && x_in_place_ && n >= rows_.lanes;
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
      const std::int64_t at = position + i;
      if (before > 0) x.read_row(&at, first, 1, before, 0, row);
      copy_(there.first + i * there.pitch + before * there.step, 1, end - first - before - behind,
            row + before);
      if (behind > 0) x.read_row(&at, end - behind, 1, behind, 0, row + (end - first - behind));
      std::fill(row + (end - first), row + length, T(0));
    }
    lines_.along(out, rows, length, taps, ahead);
  }
}

template void SeparableTiles<float>::roll(Tile&) const;
template void SeparableTiles<double>::roll(Tile&) const;

}  // namespace faltung
