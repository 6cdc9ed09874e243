// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/direct_rows.hpp"

#include <algorithm>
#include <limits>

#include "convolution/direct_part.hpp"
#include "convolution/small_squares.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// Rows of results that wait for their way into y: as many as are summed together.
constexpr std::int64_t kRowsTogether = 4;

/// Rows of samples that are asked for before they are copied.
constexpr std::int64_t kRowsAhead = 8;

/// Short integers have no sums that are turned over.
template <class T>
auto across_of(std::int64_t target) -> decltype(LineSums<T>::across) {
  if constexpr (std::is_floating_point_v<T>) return line_sums<T>(target).across;
  else return nullptr;
}

}  // namespace

template <class T>
RowScratch<T>::RowScratch(support::Carver& carver, const Geometry& g, const DirectLayout& layout)
    : row_pitch(layout.block().back() + kRowSlack) {
  tile = carver.take<T>(layout.tile_elements() + kRowSlack);
  rows = carver.take<T>(kRowsTogether * row_pitch);
  if (RowOrder::turns(g, layout) && std::is_floating_point_v<T>)
    turned = carver.take<T>(RowOrder::turned_elements(g, sizeof(T)));
  slices = carver.take<std::int64_t>(RowOrder::slices_of(g));
}

template <class T>
DirectRows<T>::DirectRows(const Geometry& geometry, const DirectLayout& layout,
                          const RowOrder& order, const Execution& run, std::int64_t target,
                          Accumulator accumulator)
    : g_(geometry),
      layout_(layout),
      order_(order),
      run_(run),
      loops_(row_sums<T>(target)),
      across_(across_of<T>(target)),
      copy_(vector_copy_row_from<T>(g_.x_type, target)),
      repair_(geometry, layout, weighted_sum<Repaired>(target)),
      square_(square_of<T>(g_, square_sums<T>(target).same)),
      square_in_place_(square_in_place<T>(g_, run, target, accumulator)),
      store_(fastest_store_row_to<T>(real_part_of(g_.y_type), accumulator, target)),
      y_in_place_(real_part_of(g_.y_type) == kElement<T> &&
                  stride_in_y(g_, run.y_strides.spatial) == 1 &&
                  reinterpret_cast<std::uintptr_t>(run.y) % sizeof(T) == 0),
      passes_cache_(g_.outputs() * g_.batches() * static_cast<std::int64_t>(sizeof(T)) >=
                    kPassesCache) {}

/// The part of a tile whose outputs read nothing beyond the ends of x, if it has any.
template <class T>
bool DirectRows<T>::inside(const DirectTile<T>& tile, DirectTile<T>& inner) const {
  if (g_.spatial.back().step != 1) return false;
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = g_.spatial[static_cast<std::size_t>(i)];
    inner.from[i] = std::max(tile.from[i], checked::ceil_div(a.span - 1 - a.first, a.step));
    inner.to[i] = std::min(tile.to[i], checked::floor_div(a.n - 1 - a.first, a.step) + 1);
    if (inner.from[i] >= inner.to[i]) return false;
  }
  const std::int64_t n = inner.to[last()] - inner.from[last()];
  const bool framed = n < tile.to[last()] - tile.from[last()];
  return n >= (framed ? RowOrder::kWorthAFrame : loops_.lanes);
}

template <class T>
void DirectRows<T>::compute(const BatchOffsets& at, std::int64_t index, const KernelTaps<T>& kernel,
                            RowScratch<T>& scratch) const noexcept {
  ExtendedInput<T> x(g_, run_.x, run_.x_strides, at);
  if (copy_ != nullptr) x.read_by(copy_);
  DirectTile<T> tile, inner;
  layout_.box(index, tile.from, tile.to);
  if (inside(tile, inner)) {
    Part part{x, at, kernel, inner};
    if (compute_inside(part, scratch)) {
      for (int i = 0; i <= last(); ++i) {
        if (tile.from[i] < inner.from[i]) {
          Part before{x, at, kernel, tile};
          before.tile.to[i] = tile.from[i] = inner.from[i];
          compute_copied(before, scratch);
        }
        if (inner.to[i] < tile.to[i]) {
          Part after{x, at, kernel, tile};
          after.tile.from[i] = tile.to[i] = inner.to[i];
          compute_copied(after, scratch);
        }
      }
      return;
    }
  }
  Part whole{x, at, kernel, tile};
  compute_copied(whole, scratch);
}

/// Where the part's samples lie as they are summed, in x's own type or in T.
template <class T>
bool DirectRows<T>::compute_inside(Part& part, RowScratch<T>& scratch) const {
  if (square_in_place_ != nullptr) compute_squares(part, scratch);
  else compute_in_place(part, scratch);
  return square_in_place_ != nullptr || part.place != nullptr;
}

/// Straight from x into y, all rows of a plane at once.
template <class T>
void DirectRows<T>::compute_squares(Part& part, RowScratch<T>& scratch) const {
  const DirectTile<T>& tile = part.tile;
  const Dims &x_strides = run_.x_strides.spatial, &y_strides = run_.y_strides.spatial;
  const int rows = last() - 1;
  RowOrder::slices_in_place(g_, x_strides, scratch.slices);
  const RowTaps<T> taps{part.kernel.re.data(),
                        order_.slices,
                        order_.rows,
                        order_.columns,
                        scratch.slices,
                        x_strides[rows],
                        order_.columns_in_place.data(),
                        true};
  std::int64_t out[kMaxRank];
  std::copy_n(tile.from, kMaxRank, out);
  for (;;) {
    std::int64_t offset = part.at.x;
    for (int i = 0; i <= last(); ++i)
      offset += g_.spatial[static_cast<std::size_t>(i)].reads_first(out[i]) * x_strides[i];
    square_in_place_({row_in_y(g_, run_.y, part.at.y, y_strides, out, 0), y_strides[rows],
                      tile.to[rows] - tile.from[rows], tile.to[last()] - tile.from[last()]},
                     static_cast<const std::byte*>(run_.x) + offset * size_bytes(g_.x_type), taps);
    int i = rows - 1;
    for (; i >= 0 && ++out[i] == tile.to[i]; --i) out[i] = tile.from[i];
    if (i < 0) return;
  }
}

/// Leaves the part alone where its samples do not lie as they are summed.
template <class T>
void DirectRows<T>::compute_in_place(Part& part, RowScratch<T>& scratch) const {
  std::int64_t oldest[kMaxRank];
  for (int i = 0; i <= last(); ++i)
    oldest[i] = g_.spatial[static_cast<std::size_t>(i)].reads_first(part.tile.from[i]);
  const Axis& inner = g_.spatial.back();
  const std::int64_t count = inner.reads_last(part.tile.to[last()]) - oldest[last()] + 1;
  part.place = part.x.row_in_place(oldest, oldest[last()], count);
  if (part.place == nullptr) return;
  const Dims& strides = run_.x_strides.spatial;
  part.tile.x = part.place - oldest[last()];
  part.tile.x_strides = &strides;
  for (int i = 0; i < last(); ++i) {
    part.tile.x -= oldest[i] * strides[i];
    part.strides.push_back(g_.spatial[static_cast<std::size_t>(i)].step * strides[i]);
  }
  RowOrder::slices_in_place(g_, strides, scratch.slices);
  part.taps.slice_offsets = scratch.slices;
  part.taps.row_step =
      last() > 0 ? g_.spatial[static_cast<std::size_t>(last() - 1)].dilation * strides[last() - 1]
                 : 0;
  part.taps.column_offsets = order_.columns_in_place.data();
  part.taps.adjacent = inner.dilation == 1;
  compute_rows(part, scratch);
}

template <class T>
void DirectRows<T>::compute_copied(Part& part, RowScratch<T>& scratch) const {
  const Axis& inner = g_.spatial.back();
  DirectTile<T>& tile = part.tile;
  const std::int64_t n = tile.to[last()] - tile.from[last()];
  // A whole vector is summed, past the end of a short row, too: what memory holds there by chance
  // may be denormal, which is slow.
  if (n < loops_.lanes && !scratch.cleared) {
    const bool alone = layout_.rows() == 1 && layout_.segments().size() == 1;
    const std::int64_t unread = alone ? layout_.block()[last()] - n : 0;
    std::fill_n(scratch.tile, layout_.tile_elements() - unread + kRowSlack, T(0));
    scratch.cleared = !alone;
  }
  const std::int64_t origin = inner.first + tile.from[last()] * inner.step;
  const std::int64_t missing = layout_.block()[last()] - n;
  layout_.for_each_row(tile.from, tile.to, [&](std::int64_t row, const std::int64_t* position) {
    if (last() > 0 && inner.step == 1) {
      std::int64_t soon[kMaxRank];
      std::copy_n(position, last(), soon);
      soon[last() - 1] += kRowsAhead;
      part.x.fetch_row(soon, origin - (inner.span - 1), n + inner.span - 1);
    }
    for (const DirectLayout::Segment& s : layout_.segments())
      part.x.read_row(position, origin + s.lo, inner.step, s.count - missing, 0,
                      scratch.tile + row * layout_.row_length() + s.at);
  });
  tile.base[0] = part.place = scratch.tile;
  part.strides = order_.tile_strides;
  part.taps.slice_offsets = order_.tile_slices.data();
  part.taps.row_step = order_.tile_row_step;
  part.taps.column_offsets = order_.tile_columns.data();
  part.taps.adjacent = inner.dilation == 1 && layout_.columns_are_even();
  compute_rows(part, scratch);
}

/// All rows of a part: those that share rows of samples together.
template <class T>
void DirectRows<T>::compute_rows(Part& part, RowScratch<T>& scratch) const {
  part.taps.h = part.kernel.re.data();
  part.taps.slices = order_.slices;
  part.taps.rows = order_.rows;
  part.taps.columns = order_.columns;
  std::int64_t out[kMaxRank];
  std::copy_n(part.tile.from, kMaxRank, out);
  const int axis = last() - 1;
  for (;;) {
    if (axis < 0) return compute_group(part, out, 1, scratch);
    const std::int64_t from = part.tile.from[axis], to = part.tile.to[axis];
    const std::int64_t groups = order_.spacing == 0 ? to - from : order_.spacing;
    for (out[axis] = from; out[axis] < std::min(to, from + groups); ++out[axis])
      compute_group(part, out, checked::ceil_div(to - out[axis], groups), scratch);
    int i = axis - 1;
    for (; i >= 0 && ++out[i] == part.tile.to[i]; --i) out[i] = part.tile.from[i];
    if (i < 0) return;
  }
}

/// `count` rows of outputs from `out` on, `spacing` apart: straight into y where they can be.
template <class T>
void DirectRows<T>::compute_group(Part& part, const std::int64_t* out, std::int64_t count,
                                  RowScratch<T>& scratch) const {
  const DirectTile<T>& tile = part.tile;
  const std::int64_t n = tile.to[last()] - tile.from[last()];
  T tiny = 0;
  if constexpr (std::is_floating_point_v<T>)
    if (g_.compute != Compute::integer)
      tiny = static_cast<T>(g_.taps()) * std::numeric_limits<T>::min();
  const Dims& y_strides = run_.y_strides.spatial;
  std::int64_t first[kMaxRank];
  std::copy_n(out, kMaxRank, first);
  const bool in_place = y_in_place_ && n >= loops_.lanes;
  const std::int64_t most = in_place ? count : std::min(count, kRowsTogether);
  for (std::int64_t done = 0; done < count; done += most) {
    const T* x = part.place;
    for (int i = 0; i < last(); ++i) x += (first[i] - tile.from[i]) * part.strides[i];
    std::byte* y = row_in_y(g_, run_.y, part.at.y, y_strides, first, 0);
    OutputRows<T> rows{scratch.rows, scratch.row_pitch, std::min(most, count - done), n, false,
                       tiny};
    if (in_place) {
      rows.y = reinterpret_cast<T*>(y);
      rows.pitch = last() > 0 ? order_.spacing * y_strides[last() - 1] : 0;
      rows.passes_cache = passes_cache_;
    }
    repair(part, rows, first, sum(part, rows, x, scratch.turned));
    for (std::int64_t j = 0; j < rows.rows; ++j) {
      if (!in_place)
        store_(rows.y + j * rows.pitch, n, row_in_y(g_, run_.y, part.at.y, y_strides, first, 0),
               stride_in_y(g_, y_strides));
      if (last() > 0) first[last() - 1] += order_.spacing;
    }
  }
}

template <class T>
void DirectRows<T>::repair(Part& part, const OutputRows<T>& rows, const std::int64_t* out,
                           bool doubtful) const {
  if constexpr (std::is_integral_v<T>) return;
  else repair_floats(part, rows, out, doubtful);
}

template <class T>
void DirectRows<T>::repair_floats(Part& part, const OutputRows<T>& rows, const std::int64_t* out,
                                  bool doubtful) const
  requires std::is_floating_point_v<T>
{
  if (g_.compute == Compute::integer) return;
  if (!doubtful && part.kernel.facts.finite) return;
  std::int64_t at[kMaxRank];
  std::copy_n(out, kMaxRank, at);
  for (std::int64_t j = 0; j < rows.rows; ++j) {
    T* results[2] = {rows.y + j * rows.pitch, nullptr};
    repair_.row({run_, part.at}, part.kernel, part.tile, at, rows.n, results);
    if (last() > 0) at[last() - 1] += order_.spacing;
  }
}

template struct RowScratch<float>;
template struct RowScratch<double>;
template struct RowScratch<std::int16_t>;
template class DirectRows<float>;
template class DirectRows<double>;
template class DirectRows<std::int16_t>;

}  // namespace faltung
