// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/row_order.hpp"

#include <algorithm>

#include "microkernels/targets.hpp"
#include "support/checked.hpp"

namespace faltung {

/// Below this, turning rows over takes longer than loads across the ends of cache lines.
constexpr std::int64_t kFewestTurnedTaps = 24;
/// With vectors as long as these, rows of neighbours are faster as they lie
/// (microkernels/long_row-inl.hpp).
constexpr std::int64_t kLongRowBytes = 32;
/// Of a row that is turned over: what is loaded beside its outputs stays small.
constexpr std::int64_t kWidestTurnedDilation = 4;
/// The widest vector, in bytes.
constexpr std::int64_t kVectorBytes = 64;

std::int64_t RowOrder::slices_of(const Geometry& g) noexcept {
  std::int64_t slices = 1;
  for (std::size_t i = 0; i + 2 < g.spatial.size(); ++i) slices *= g.spatial[i].taps;
  return slices;
}

bool RowOrder::is_one_row(const Geometry& g, const DirectLayout& layout) noexcept {
  const Axis& a = g.spatial.back();
  return g.taps() == a.taps && a.taps >= kFewestTurnedTaps && layout.columns_are_even() &&
         a.dilation <= kWidestTurnedDilation;
}

bool RowOrder::turns(const Geometry& g, const DirectLayout& layout) noexcept {
  return is_one_row(g, layout) &&
         (g.spatial.back().dilation > 1 || active_vector_bytes() < kLongRowBytes);
}

std::int64_t RowOrder::turned_elements(const Geometry& g, std::int64_t element_bytes) noexcept {
  const Axis& a = g.spatial.back();
  const std::int64_t halo = (std::min(a.taps, kDirectChunk) - 1) * a.dilation;
  return (kTurnedOutputs + halo) * (kVectorBytes / element_bytes);
}

RowOrder::RowOrder(const Geometry& g, const DirectLayout& layout)
    : slices(slices_of(g)), columns(g.spatial.back().taps), one_row(is_one_row(g, layout)) {
  const int last = static_cast<int>(g.spatial.size()) - 1;
  tile_columns = layout.column_offsets();
  columns_in_place.reserve(static_cast<std::size_t>(columns));
  for (std::int64_t k = 0; k < columns; ++k)
    columns_in_place.push_back((columns - 1 - k) * g.spatial.back().dilation);
  tile_strides = Dims(last, 0);
  std::int64_t stride = layout.row_length();
  for (int i = last - 1; i >= 0; --i) {
    tile_strides[i] = stride;
    stride *= layout.axis_rows(i, layout.block()[i]);
  }
  std::int64_t oldest = 0;
  if (last > 0) {
    const Axis& a = g.spatial[static_cast<std::size_t>(last - 1)];
    rows = a.taps;
    spacing = a.step == 1 ? a.dilation : 0;
    // Rows of an axis that is not dense are listed, the newest first.
    tile_row_step =
        layout.dense(last - 1) ? a.dilation * layout.row_length() : -layout.row_length();
    oldest = layout.dense(last - 1) ? 0 : (rows - 1) * layout.row_length();
  }
  tile_slices.resize(static_cast<std::size_t>(slices));
  offsets_of(
      g,
      [&](int i, std::int64_t k) {
        const Axis& a = g.spatial[static_cast<std::size_t>(i)];
        return tile_strides[i] * (layout.dense(i) ? (a.taps - 1 - k) * a.dilation : k);
      },
      tile_slices.data());
  for (std::int64_t& offset : tile_slices) offset += oldest;
}

void RowOrder::slices_in_place(const Geometry& g, const Dims& strides, std::int64_t* to) noexcept {
  offsets_of(
      g,
      [&](int i, std::int64_t k) {
        const Axis& a = g.spatial[static_cast<std::size_t>(i)];
        return strides[i] * (a.taps - 1 - k) * a.dilation;
      },
      to);
}

/// For each slice: the sum of f(axis, tap) over the axes that it is a place of.
template <class F>
void RowOrder::offsets_of(const Geometry& g, F&& f, std::int64_t* to) noexcept {
  const std::int64_t slices = slices_of(g);
  for (std::int64_t s = 0; s < slices; ++s) {
    std::int64_t rest = s;
    to[s] = 0;
    for (int i = static_cast<int>(g.spatial.size()) - 3; i >= 0; --i) {
      const std::int64_t taps = g.spatial[static_cast<std::size_t>(i)].taps;
      to[s] += f(i, rest % taps);
      rest /= taps;
    }
  }
}

}  // namespace faltung
