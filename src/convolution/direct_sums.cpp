// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The sums of a group of rows of outputs: which loops, and in which chunks.
#include <algorithm>

#include "convolution/direct_part.hpp"

namespace faltung {

/// Chunks of taps whose totals are added up, in the order of the taps (direct_chunks).
template <class T>
bool DirectRows<T>::sum(const Part& part, const OutputRows<T>& rows, const T* x, T* turned) const {
  OutputRows<T> out = rows;
  const RowTaps<T>& all = part.taps;
  const std::int64_t row = all.columns, slice = all.rows * row;
  if (square_ != nullptr && rows.n >= loops_.lanes)
    return square_({rows.y, rows.pitch, rows.rows, rows.n, rows.tiny, rows.passes_cache}, x, all);
  RowTaps<T> some = all;
  bool doubtful = false;
  if (slice <= kDirectChunk) {
    for (std::int64_t s = 0; s < all.slices; s += some.slices) {
      some.slices = std::min(kDirectChunk / slice, all.slices - s);
      some.h = all.h + s * slice;
      some.slice_offsets = all.slice_offsets + s;
      doubtful = sum_chunk(some, out, x, turned);
    }
    return doubtful;
  }
  some.slices = 1;
  for (std::int64_t s = 0; s < all.slices; ++s) {
    some.slice_offsets = all.slice_offsets + s;
    for (std::int64_t k = 0; k < all.rows; k += some.rows) {
      some.rows = std::min(std::max<std::int64_t>(1, kDirectChunk / row), all.rows - k);
      const T* from = x + (all.rows - k - some.rows) * all.row_step;
      for (std::int64_t c = 0; c < all.columns; c += some.columns) {
        some.columns = row <= kDirectChunk ? row : std::min(kDirectChunk, row - c);
        some.h = all.h + s * slice + k * row + c;
        some.column_offsets = all.column_offsets + c;
        // Sub-rows of neighbours begin behind the row's oldest sample.
        const std::int64_t behind = all.adjacent ? some.column_offsets[some.columns - 1] : 0;
        if (all.adjacent) some.column_offsets = all.column_offsets + all.columns - some.columns;
        doubtful = sum_chunk(some, out, from + behind, turned);
      }
    }
  }
  return doubtful;
}

template <class T>
bool DirectRows<T>::sum_chunk(const RowTaps<T>& taps, OutputRows<T>& out, const T* x,
                              T* turned) const {
  const bool doubtful = turned != nullptr && out.rows == 1 ? sum_turned(taps, out, x, turned)
                                                           : loops_.rows(out, x, taps);
  out.accumulate = true;
  return doubtful;
}

/// One row of outputs, as many pieces of it at once as a vector has lanes.
template <class T>
bool DirectRows<T>::sum_turned(const RowTaps<T>& taps, const OutputRows<T>& out, const T* x,
                               T* turned) const {
  const std::int64_t lanes = loops_.lanes;
  const std::int64_t piece = std::min(RowOrder::kTurnedOutputs, out.n / lanes / lanes * lanes),
                     step = piece * lanes;
  const T* oldest = x + taps.slice_offsets[0] + taps.column_offsets[taps.columns - 1];
  bool doubtful = false;
  std::int64_t i = 0, rest = out.n;
  // What is left is nothing or a vector at least.
  for (; piece > 0 && (rest == step || rest >= step + lanes); i += step, rest -= step)
    doubtful |=
        across_({out.y + i, piece, lanes, piece, out.accumulate, out.tiny, out.passes_cache},
                oldest + i, piece, {taps.h, taps.columns, g_.spatial.back().dilation}, turned);
  if (rest == 0) return doubtful;
  OutputRows<T> end = out;
  end.y += i;
  end.n = rest;
  return loops_.rows(end, x + i, taps) || doubtful;
}

#define FALTUNG_DIRECT_SUMS(T)                                                                   \
  template bool DirectRows<T>::sum(const Part&, const OutputRows<T>&, const T*, T*) const;       \
  template bool DirectRows<T>::sum_chunk(const RowTaps<T>&, OutputRows<T>&, const T*, T*) const; \
  template bool DirectRows<T>::sum_turned(const RowTaps<T>&, const OutputRows<T>&, const T*, T*) \
      const;
FALTUNG_DIRECT_SUMS(float)
FALTUNG_DIRECT_SUMS(double)
FALTUNG_DIRECT_SUMS(std::int16_t)
#undef FALTUNG_DIRECT_SUMS

}  // namespace faltung
