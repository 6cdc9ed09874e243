// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/separable_tiles.hpp"

#include <algorithm>
#include <limits>

#include "convolution/separable_tile.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// Bytes of results that no cache keeps until the caller reads them.
constexpr std::int64_t kPassesCache = 16 << 20;

/// Shorter rows of outputs are not worth a frame of their own around what is summed in place.
constexpr std::int64_t kWorthAFrame = 1024;

template <class T>
constexpr ElementType kElement = sizeof(T) == 4 ? ElementType::f32 : ElementType::f64;

template <class T>
StoreRow<T> writer(ElementType type, Accumulator accumulator, std::int64_t target) {
  StoreRow<T> store = nullptr;
  if constexpr (std::is_same_v<T, float>)
    if (is_integer(type)) store = vector_store_row_to<T>(type, accumulator, target);
  return store != nullptr ? store : store_row_to<T>(type, accumulator);
}

template <class T>
CopyRow<T> reader(ElementType type, std::int64_t target) {
  if constexpr (std::is_same_v<T, float>) return vector_copy_row_from<T>(type, target);
  else return nullptr;
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
SeparableTiles<T>::SeparableTiles(const Geometry& geometry, const SeparableLayout& layout,
                                  const Execution& run, bool componentwise, std::int64_t target,
                                  Accumulator accumulator)
    : g_(geometry),
      layout_(layout),
      run_(run),
      componentwise_(componentwise),
      loops_(weighted_sum<T>(target)),
      rows_(rows_of(target)),
      copy_(reader<T>(g_.x_type, target)),
      store_(writer<T>(real_part_of(g_.y_type), accumulator, target)) {
  const ElementType type = real_part_of(g_.y_type);
  y_in_place_ = std::is_floating_point_v<T> && type == kElement<T> &&
                stride_in_y(g_, run.y_strides.spatial) == 1 &&
                reinterpret_cast<std::uintptr_t>(run.y) % sizeof(T) == 0;
  x_in_place_ = std::is_floating_point_v<T> && last() == 1;
  for (const Axis& a : g_.spatial) x_in_place_ &= a.step == 1 && a.dilation == 1;
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
  if (copy_ != nullptr) x.read_by(copy_);
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
  std::int64_t from[2], to[2];
  if (inside(tile, from, to)) {
    // The frame around what is summed in place: above and below, left and right.
    const std::int64_t top = tile.from[0], bottom = tile.to[0], left = tile.from[1],
                       right = tile.to[1];
    const std::int64_t boxes[4][4] = {{top, from[0], left, right},
                                      {to[0], bottom, left, right},
                                      {from[0], to[0], left, from[1]},
                                      {from[0], to[0], to[1], right}};
    std::copy_n(from, 2, tile.from);
    std::copy_n(to, 2, tile.to);
    compute_box(tile);
    tile.in_place = nullptr;
    for (const auto& box : boxes) {
      tile.from[0] = box[0], tile.to[0] = box[1], tile.from[1] = box[2], tile.to[1] = box[3];
      if (box[0] < box[1] && box[2] < box[3]) compute_box(tile);
    }
    return;
  }
  compute_box(tile);
}

/// Computes the outputs tile.from .. tile.to.
template <class T>
void SeparableTiles<T>::compute_box(Tile& tile) const {
  tile.loaded = tile.scanned = false;
  if (tile.in_place == nullptr) load(tile);
  const std::int64_t n = tile.to[0] - tile.from[0];
  if (last() > 1) {
    for (std::int64_t j = 0; j < n; ++j) compute_slab(tile, j);
    return;
  }
  // The last group of rows overlaps the one before it: as many are computed in the same time.
  const std::int64_t group = std::min(n, rows_.lanes);
  for (std::int64_t j = 0; j < n; j += group) compute_rows(tile, std::min(j, n - group), group);
}

/// How many outputs after `from` begins a cache line of y, where results go there at once.
template <class T>
std::int64_t SeparableTiles<T>::to_line(const Tile& tile, const std::int64_t* from) const {
  if (!y_in_place_) return 0;
  constexpr auto kLine = static_cast<std::int64_t>(64 / sizeof(T));
  const std::byte* y = row_in_y(g_, run_.y, tile.at->y, run_.y_strides.spatial, from, 0);
  const auto beyond = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(y) / sizeof(T));
  return (kLine - beyond % kLine) % kLine;
}

/// The outputs of a tile whose samples lie in x as they are summed; tile.in_place is their oldest.
template <class T>
bool SeparableTiles<T>::inside(Tile& tile, std::int64_t* from, std::int64_t* to) const {
  if (!x_in_place_) return false;
  std::int64_t oldest[2];
  for (int i = 0; i < 2; ++i) {
    const Axis& a = g_.spatial[static_cast<std::size_t>(i)];
    from[i] = std::max(tile.from[i], a.span - 1 - a.first);
    to[i] = std::min(tile.to[i], a.n - a.first);
    if (i == 1) from[i] += to_line(tile, from);
    if (from[i] >= to[i]) return false;
    oldest[i] = a.reads_first(from[i]);
  }
  const std::int64_t n = to[1] - from[1];
  if (n < rows_.lanes ||
      (n < kWorthAFrame && n < tile.to[1] - tile.from[1] && g_.spatial[1].count < kWorthAFrame))
    return false;
  const std::int64_t width = g_.spatial[1].reads_last(to[1]) - oldest[1] + 1;
  tile.in_place = input(tile).row_in_place(oldest, oldest[1], width);
  return tile.in_place != nullptr;
}

/// Fills the tile. Along outer axes, one at the end of the outputs reads on into x~ as if it were
/// full; along rows what no output reads is 0.
template <class T>
void SeparableTiles<T>::load(Tile& tile) const {
  const ExtendedInput<T> x = input(tile);
  tile.loaded = true;
  const Axis& inner = g_.spatial.back();
  const std::int64_t origin = inner.first + tile.from[last()] * inner.step;
  const std::int64_t missing = layout_.block()[last()] - (tile.to[last()] - tile.from[last()]);
  const auto& segments = layout_.segments();
  for_each_loaded_row(tile, [&](T* row, const std::int64_t* position) {
    for (std::size_t s = 0; s < segments.size(); ++s) {
      const std::int64_t count = segments[s].count - missing;
      x.read_row(position, origin + segments[s].lo, inner.step, count, 0, row + segments[s].at);
      const bool ends = s + 1 == segments.size();
      std::fill(row + segments[s].at + count,
                row + (ends ? layout_.row_length() : segments[s + 1].at), T(0));
    }
  });
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
  bool accumulate = false;
  for (const auto& factors : tile.kernel->low.terms) {
    weigh(tile.kernel->narrow & 1, tile.plane[1], tile.samples + j * first.advance, first.pitch,
          first.offsets, factors.data(), false);
    tile.doubtful = false;
    pass(1, tile, tile.plane[1], factors.data() + g_.spatial[0].taps, accumulate, tile.results);
    accumulate = true;
  }
  finish(tile);
}

/// `count` rows of two axes.
template <class T>
void SeparableTiles<T>::compute_rows(Tile& tile, std::int64_t j, std::int64_t count) const {
  const SeparableLayout::Outer& first = layout_.outer()[0];
  tile.slab_from = tile.from[0] + j;
  tile.slab_to = tile.slab_from + count;
  place_results(tile);
  Source source{tile.samples + j * first.advance, first.pitch, first.advance};
  if (tile.in_place != nullptr) {
    const std::int64_t pitch = run_.x_strides.spatial[0];
    source = {tile.in_place + j * pitch, pitch, pitch};
  }
  bool accumulate = false;
  for (const auto& factors : tile.kernel->low.terms) {
    tile.doubtful = false;
    lines(tile, source, count, factors.data(), accumulate, tile.results);
    accumulate = true;
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
