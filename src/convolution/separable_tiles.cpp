// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/separable_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/separable_tile.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// Rows of samples that are asked for before they are copied.
constexpr std::int64_t kRowsAhead = 8;

template <class T>
CopyRow<T> reader(ElementType type, std::int64_t target) {
  CopyRow<T> by_vectors = nullptr;
  if constexpr (std::is_same_v<T, float>) by_vectors = vector_copy_row_from<T>(type, target);
  return by_vectors != nullptr ? by_vectors : copy_row_from<T>(real_part_of(type));
}

}  // namespace

template <class T>
const typename SeparableTiles<T>::Rows& SeparableTiles<T>::rows_of(std::int64_t target) {
  if constexpr (std::is_floating_point_v<T>) {
    return row_sums<T>(target);
  } else {
    static constexpr NoRows kNone;
    return kNone;
  }
}

template <class T>
const typename SeparableTiles<T>::Lines& SeparableTiles<T>::lines_of(std::int64_t target) {
  if constexpr (std::is_floating_point_v<T>) {
    return line_sums<T>(target);
  } else {
    static constexpr NoRows kNone;
    return kNone;
  }
}

template <class T>
SeparableTiles<T>::SeparableTiles(const Geometry& geometry, const SeparableLayout& layout,
                                  const Execution& run, bool componentwise, std::int64_t target,
                                  Accumulator accumulator)
    : g_(geometry),
      layout_(layout),
      run_(run),
      componentwise_(componentwise),
      loops_(weighted_sum<T>(target)),
      rows_(rows_of(target)),
      lines_(lines_of(target)),
      byte_lines_(byte_lines(target)),
      copy_(reader<T>(g_.x_type, target)),
      store_(fastest_store_row_to<T>(real_part_of(g_.y_type), accumulator, target)) {
  const ElementType type = real_part_of(g_.y_type);
  x_in_place_ = std::is_floating_point_v<T> && g_.x_type == kElement<T> &&
                reinterpret_cast<std::uintptr_t>(run.x) % sizeof(T) == 0;
  y_bytes_ = type == ElementType::u8 && accumulator == Accumulator::rounded;
  const double outside = g_.cval.real();
  extends_in_bytes_ = g_.x_type == ElementType::u8 && !g_.x_components &&
                      g_.boundary != Boundary::odd &&
                      (g_.boundary != Boundary::constant ||
                       (outside >= 0 && outside <= 255 && outside == std::floor(outside)));
  y_in_place_ = std::is_floating_point_v<T> && type == kElement<T> &&
                stride_in_y(g_, run.y_strides.spatial) == 1 &&
                reinterpret_cast<std::uintptr_t>(run.y) % sizeof(T) == 0;
  passes_cache_ =
      g_.outputs() * g_.batches() * static_cast<std::int64_t>(sizeof(T)) >= kPassesCache;
}

template <class T>
std::int64_t SeparableTiles<T>::scratch_bytes(const SeparableLayout& layout) {
  support::Carver carver(nullptr);
  Tile(carver, layout);
  return carver.used();
}

template <class T>
ExtendedInput<T> SeparableTiles<T>::input(const Tile& tile) const {
  ExtendedInput<T> x(g_, run_.x, run_.x_strides, *tile.at);
  x.read_by(copy_);
  return x;
}

template <class T>
void SeparableTiles<T>::compute(const BatchOffsets& at, std::int64_t index,
                                const KernelTaps<T>& taps, const SplitKernel<T>& kernel,
                                std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Tile tile(carver, layout_);
  tile.clear_slack(layout_);
  tile.at = &at;
  tile.taps = &taps;
  tile.kernel = &kernel;
  layout_.box(index, tile.from, tile.to);
  compute_box(tile);
}

/// Computes the outputs tile.from .. tile.to.
template <class T>
void SeparableTiles<T>::compute_box(Tile& tile) const {
  tile.loaded = tile.scanned = false;
  if constexpr (std::is_floating_point_v<T>)
    if (layout_.rolls()) return roll(tile);
  const std::int64_t n = tile.to[0] - tile.from[0];
  if (last() > 1) {
    load(tile);
    for (std::int64_t j = 0; j < n; ++j) compute_slab(tile, j);
    return;
  }
  // The last group of rows overlaps the one before it: as many are computed in the same time. Rows
  // of samples come when they are needed, and are asked for a group before.
  const std::int64_t group = std::min(n, rows_.lanes);
  std::int64_t there = 0;
  for (std::int64_t j = 0; j < n; j += group) {
    const std::int64_t at = std::min(j, n - group);
    const std::int64_t needed = layout_.rows_read(at + group);
    load_rows(tile, there, needed);
    there = needed;
    compute_rows(tile, at, group, at + 2 * group <= n ? rows_from(tile, needed) : Soon{});
  }
}

/// Fills the tile. Along outer axes, one at the end of the outputs reads on into x~ as if it were
/// full; along rows what no output reads is 0.
template <class T>
void SeparableTiles<T>::load(Tile& tile) const {
  const ExtendedInput<T> x = input(tile);
  tile.loaded = true;
  for_each_loaded_row(
      tile, [&](T* row, const std::int64_t* position) { load_row(x, tile, position, row); });
}

template <class T>
void SeparableTiles<T>::load_row(const ExtendedInput<T>& x, const Tile& tile,
                                 const std::int64_t* position, T* row) const {
  const Axis& inner = g_.spatial.back();
  const std::int64_t origin = inner.first + tile.from[last()] * inner.step;
  const std::int64_t missing = layout_.block()[last()] - (tile.to[last()] - tile.from[last()]);
  const auto& segments = layout_.segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const std::int64_t count = segments[s].count - missing;
    x.read_row(position, origin + segments[s].lo, inner.step, count, 0, row + segments[s].at);
    const bool ends = s + 1 == segments.size();
    std::fill(row + segments[s].at + count,
              row + (ends ? layout_.row_length() : segments[s + 1].at), T(0));
  }
}

/// Rows `from` .. `to` of the tile of two axes. A walk over the boundary's runs would take as long
/// as copying a row: those that lie in x as they are read come without.
template <class T>
void SeparableTiles<T>::load_rows(Tile& tile, std::int64_t from, std::int64_t to) const {
  const ExtendedInput<T> x = input(tile);
  const Axis &outer = g_.spatial[0], &inner = g_.spatial[1];
  const std::int64_t first = inner.reads_first(tile.from[1]),
                     end = inner.reads_last(tile.to[1]) + 1;
  const std::int64_t length = layout_.row_length(), count = end - first;
  const bool inside = layout_.segments().size() == 1 && first >= 0 && end <= inner.n;
  for (std::int64_t r = from; r < to; ++r) {
    T* const row = tile.samples + r * length;
    if (const Soon there = inside ? rows_from(tile, r) : Soon{}; there.first != nullptr) {
      copy_(there.first, 1, count, row);
      std::fill(row + count, row + length, T(0));
      continue;
    }
    const std::int64_t position =
        outer.first + tile.from[0] * outer.step + layout_.row_position(0, r);
    load_row(x, tile, &position, row);
  }
}

/// Samples of a row of the tile and those after it, where they lie in x one after the other.
template <class T>
Soon SeparableTiles<T>::rows_from(const Tile& tile, std::int64_t row) const {
  const Axis &outer = g_.spatial[0], &inner = g_.spatial[1];
  const Dims& strides = run_.x_strides.spatial;
  const std::int64_t position[2] = {
      outer.first + tile.from[0] * outer.step + layout_.row_position(0, row),
      inner.reads_first(tile.from[1])};
  const std::int64_t bytes = size_bytes(g_.x_type);
  if (outer.step != 1 || inner.step != 1 || strides[1] != 1 || g_.x_components || position[0] < 0 ||
      position[0] >= outer.n)
    return {};
  return {static_cast<const std::byte*>(run_.x) +
              (tile.at->x + position[0] * strides[0] + position[1]) * bytes,
          strides[0] * bytes, bytes};
}

/// Asks for the rows of y that the slab of two axes goes to: what is read before it is written in
/// part comes while sums are made.
template <class T>
void SeparableTiles<T>::ask_for_results(const Tile& tile) const {
  constexpr std::int64_t kLineBytes = 64;
  const Dims& strides = run_.y_strides.spatial;
  if (tile.results != tile.slab || strides[1] != 1) return;
  const std::int64_t bytes = (tile.to[1] - tile.from[1]) * size_bytes(g_.y_type);
  std::int64_t out[kMaxRank] = {tile.slab_from, tile.from[1]};
  for (; out[0] < tile.slab_to; ++out[0]) {
    const std::byte* to = row_in_y(g_, run_.y, tile.at->y, strides, out, 0);
    for (std::int64_t i = 0; i < bytes; i += kLineBytes) __builtin_prefetch(to + i, 1);
  }
}

/// Where the results of the next slab go: into y at once, where it is dense.
template <class T>
void SeparableTiles<T>::place_results(Tile& tile) const {
  tile.doubtful = false;
  tile.results = tile.slab;
  std::copy_n(tile.slab_stride, kMaxRank + 1, tile.stride);
  if (!y_in_place_ || tile.to[last()] - tile.from[last()] < rows_.lanes) return;
  const Dims& strides = run_.y_strides.spatial;
  std::copy_n(tile.from, last() + 1, tile.out);
  tile.out[0] = tile.slab_from;
  tile.results = reinterpret_cast<T*>(row_in_y(g_, run_.y, tile.at->y, strides, tile.out, 0));
  for (int i = 0; i <= last(); ++i) tile.stride[i] = strides[i];
}

/// One place of the first of three axes or more.
template <class T>
void SeparableTiles<T>::compute_slab(Tile& tile, std::int64_t j) const {
  const SeparableLayout::Outer& first = layout_.outer()[0];
  tile.slab_from = tile.from[0] + j;
  tile.slab_to = tile.slab_from + 1;
  place_results(tile);
  for (std::size_t term = 0; term < tile.kernel->low.terms.size(); ++term) {
    const Factors factors = tile.factors(term);
    weigh(tile.kernel->narrow & 1, tile.plane[1], tile.samples + j * first.advance, first.pitch,
          first.offsets, factors.taps, false);
    tile.doubtful = false;
    pass(1, tile, tile.plane[1], factors.behind(g_.spatial[0].taps), term > 0, tile.results);
  }
  finish(tile);
}

/// `count` rows of two axes.
template <class T>
void SeparableTiles<T>::compute_rows(Tile& tile, std::int64_t j, std::int64_t count,
                                     const Soon& soon) const {
  const SeparableLayout::Outer& first = layout_.outer()[0];
  tile.slab_from = tile.from[0] + j;
  tile.slab_to = tile.slab_from + count;
  place_results(tile);
  ask_for_results(tile);
  const Source source{tile.samples + j * first.advance, first.pitch, first.advance, soon};
  for (std::size_t term = 0; term < tile.kernel->low.terms.size(); ++term) {
    tile.doubtful = false;
    lines(tile, source, count, tile.factors(term), term > 0, tile.results);
  }
  finish(tile);
}

template <class T>
void SeparableTiles<T>::finish(Tile& tile) const {
  if constexpr (std::is_floating_point_v<T>)
    if (g_.compute != Compute::integer) repair(tile);
  if (tile.results == tile.slab) store(tile);
}

template <class T>
void SeparableTiles<T>::store(Tile& tile) const {
  const std::int64_t bytes = size_bytes(real_part_of(g_.y_type));
  for_each_row(tile, [&](const T* row, std::int64_t n) {
    std::int64_t offset = tile.at->y;
    for (int i = 0; i <= last(); ++i) offset += tile.out[i] * run_.y_strides.spatial[i];
    store_(row, n, static_cast<std::byte*>(run_.y) + offset * bytes, run_.y_strides.spatial.back());
  });
}

template class SeparableTiles<float>;
template class SeparableTiles<double>;
template class SeparableTiles<std::int64_t>;

}  // namespace faltung
