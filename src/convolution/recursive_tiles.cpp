// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/recursive_tiles.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/recursive_tile.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

template <class T>
CopyRow<T> reader(ElementType type, std::int64_t target) {
  if constexpr (std::is_same_v<T, float>) return vector_copy_row_from<T>(type, target);
  else return nullptr;
}

/// What is finite becomes 0.
template <class T>
void mark(T* row, std::int64_t n) {
  if constexpr (std::is_floating_point_v<T>)
    for (T* end = row + n; row < end; ++row)
      if (std::isfinite(*row)) *row = 0;
}

}  // namespace

template <class T>
RecursiveTiles<T>::RecursiveTiles(const Geometry& geometry, const RecursiveLayout& layout,
                                  const Execution& run, bool componentwise, std::int64_t target,
                                  Accumulator accumulator)
    : g_(geometry),
      layout_(layout),
      run_(run),
      componentwise_(componentwise),
      loops_(weighted_sum<T>(target)),
      windows_(window_sums<T>(target)),
      copy_(reader<T>(g_.x_type, target)),
      store_(fastest_store_row_to<T>(real_part_of(g_.y_type), accumulator, target)) {
  passes_cache_ =
      std::is_floating_point_v<T> && real_part_of(g_.y_type) == kElement<T> &&
      stride_in_y(g_, run.y_strides.spatial) == 1 &&
      reinterpret_cast<std::uintptr_t>(run.y) % sizeof(T) == 0 &&
      g_.outputs() * g_.batches() * static_cast<std::int64_t>(sizeof(T)) >= kPassesCache;
}

template <class T>
std::int64_t RecursiveTiles<T>::scratch_bytes(const RecursiveLayout& layout) {
  support::Carver carver(nullptr);
  Tile(carver, layout);
  return carver.used();
}

template <class T>
ExtendedInput<T> RecursiveTiles<T>::input(const Tile& tile) const {
  ExtendedInput<T> x(g_, run_.x, run_.x_strides, *tile.at);
  if (copy_ != nullptr) x.read_by(copy_);
  return x;
}

template <class T>
void RecursiveTiles<T>::compute(const BatchOffsets& at, std::int64_t index,
                                const KernelTaps<T>& taps, const RecursivePart<T>& kernel,
                                std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Tile tile(carver, layout_);
  tile.at = &at;
  tile.taps = &taps;
  tile.kernel = &kernel;
  layout_.box(index, tile.from, tile.to);
  pass_all(tile, false);
  finish(tile);
}

template <class T>
void RecursiveTiles<T>::pass_all(Tile& tile, bool marks) const {
  pass_lines(tile, marks);
  for (int i = last() - 1; i >= 0; --i) pass_down(tile, i, marks);
}

template <class T>
WindowTaps<T> RecursiveTiles<T>::taps_of(const Tile& tile, int i, bool marks) const {
  if (!marks) return tile.kernel->cosines.factors[static_cast<std::size_t>(i)].view();
  return {axis(i).taps};
}

template <class T>
void RecursiveTiles<T>::read(const ExtendedInput<T>& x, const Tile& tile, const std::int64_t* rows,
                             std::int64_t from, std::int64_t count, T* to) const {
  std::int64_t position[kMaxRank];
  for (int i = 0; i < last(); ++i) position[i] = axis(i).reads_first(tile.from[i]) + rows[i];
  x.read_row(position, axis(last()).reads_first(tile.from[last()]) + from, 1, count, 0, to);
}

/// Turns sums back into rows of the tile, those that there are: at once where they lie evenly.
template <class T>
void RecursiveTiles<T>::put_lines(Tile& tile, std::int64_t n, T* const* rows) const {
  bool evenly = true;
  for (std::int64_t l = 1; l < kWindowLines<T> && evenly; ++l)
    evenly = rows[l] != nullptr && rows[l] - rows[l - 1] == rows[1] - rows[0];
  if (evenly) return windows_.turn_back(tile.turned, n, rows[0], rows[1] - rows[0]);
  windows_.turn_back(tile.turned, n, tile.lines, layout_.line_length());
  for (std::int64_t l = 0; l < kWindowLines<T>; ++l)
    if (rows[l] != nullptr) support::copy(tile.lines + l * layout_.line_length(), n, rows[l]);
}

/// Asks for a row of samples that is read when the next lines are.
template <class T>
void RecursiveTiles<T>::fetch(const ExtendedInput<T>& x, const Tile& tile,
                              const std::int64_t* rows) const {
  if (last() == 0) return;
  std::int64_t position[kMaxRank];
  for (int i = 0; i < last(); ++i) position[i] = axis(i).reads_first(tile.from[i]) + rows[i];
  position[last() - 1] += kWindowLines<T>;
  x.fetch_row(position, axis(last()).reads_first(tile.from[last()]),
              tile.outputs(last()) + axis(last()).taps - 1);
}

/// Along the last axis, as many lines at once as a cache line has columns: turned over, so that
/// their sums are those of columns.
///
///   rows of x~  --> lines =========  --> turned  ||||  --> sums down --> back --> rows of the tile
template <class T>
void RecursiveTiles<T>::pass_lines(Tile& tile, bool marks) const {
  const ExtendedInput<T> x = input(tile);
  const WindowTaps<T> taps = taps_of(tile, last(), marks);
  const std::int64_t piece = layout_.piece(), length = layout_.line_length();
  const std::int64_t outputs = tile.outputs(last()), most = std::min(piece, outputs);
  T* results[kWindowLines<T>];
  std::int64_t lines = 0;
  const auto sum_lines = [&] {
    const std::int64_t read = most + taps.taps - 1;
    for (; lines < kWindowLines<T>; ++lines) {  // what is left of the last group
      std::fill_n(tile.lines + lines * length, length, T(0));
      results[lines] = nullptr;
    }
    windows_.turn_over(tile.lines, length, read, tile.turned);
    windows_.down(tile.turned, kWindowLines<T>, most, kWindowLines<T>, taps);
    put_lines(tile, most, results);
    lines = 0;
  };
  for_each_read_row(tile, [&](const std::int64_t* rows) {
    T* row = tile.array;
    for (int i = 0; i < last(); ++i) row += rows[i] * layout_.pitch(i);
    fetch(x, tile, rows);
    for (std::int64_t from = 0; from < outputs; from += piece) {
      T* line = tile.lines + lines * length;
      const std::int64_t count = std::min(piece, outputs - from) + taps.taps - 1;
      read(x, tile, rows, from, count, line);
      if (marks) mark(line, count);
      std::fill(line + count, line + length, T(0));
      results[lines] = row + from;
      if (++lines == kWindowLines<T>) sum_lines();
    }
  });
  if (lines > 0) sum_lines();
}

/// Along an outer axis: columns are what lies further in.
template <class T>
void RecursiveTiles<T>::pass_down(Tile& tile, int along, bool marks) const {
  const WindowTaps<T> taps = taps_of(tile, along, marks);
  const bool inmost = along + 1 == last();
  // Rows of the inmost outer axis follow each other.
  const std::int64_t width =
      inmost ? tile.outputs(last()) : tile.outputs(last() - 1) * layout_.row_length();
  const int outer = inmost ? last() : last() - 1;
  std::int64_t at[kMaxRank] = {};
  for (;;) {
    T* rows = tile.array;
    for (int i = 0; i < outer; ++i) rows += at[i] * layout_.pitch(i);
    windows_.down(rows, layout_.pitch(along), tile.outputs(along), width, taps);
    int i = outer - 1;
    for (; i >= 0; --i) {
      if (i == along) continue;
      const std::int64_t end = tile.outputs(i) + (i < along ? axis(i).taps - 1 : 0);
      if (++at[i] < end) break;
      at[i] = 0;
    }
    if (i < 0) return;
  }
}

template <class T>
std::byte* RecursiveTiles<T>::place_of(const Tile& tile) const {
  std::int64_t offset = tile.at->y;
  for (int i = 0; i <= last(); ++i) offset += tile.out[i] * run_.y_strides.spatial[i];
  return static_cast<std::byte*>(run_.y) + offset * size_bytes(real_part_of(g_.y_type));
}

template <class T>
void RecursiveTiles<T>::finish(Tile& tile) const {
  bool marks = false;
  if constexpr (std::is_floating_point_v<T>) {
    if (g_.compute != Compute::integer) marks = repair(tile);
  } else {
    scale(tile);
  }
  const std::int64_t outputs = tile.outputs(last()), stride = run_.y_strides.spatial.back();
  for_each_row(tile, [&](const T* row) {
    if (passes_cache_) windows_.copy_past(row, outputs, reinterpret_cast<T*>(place_of(tile)));
    else store_(row, outputs, place_of(tile), stride);
  });
  if (passes_cache_) windows_.flush();
  if constexpr (std::is_floating_point_v<T>)
    if (marks) store_marks(tile);
}

/// Boxes of integers are summed with height 1.
template <class T>
void RecursiveTiles<T>::scale(Tile& tile) const
  requires std::is_integral_v<T>
{
  const auto factor = static_cast<std::uint64_t>(tile.kernel->scale);
  if (factor == 1) return;
  const std::int64_t outputs = tile.outputs(last());
  for_each_row(tile, [&](T* row) {
    for (std::int64_t i = 0; i < outputs; ++i)
      row[i] = static_cast<T>(static_cast<std::uint64_t>(row[i]) * factor);
  });
}

template class RecursiveTiles<float>;
template class RecursiveTiles<double>;
template class RecursiveTiles<std::int64_t>;

}  // namespace faltung
