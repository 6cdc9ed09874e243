// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Kernels that are sums of products of one-dimensional ones (convolution/separable.cpp has the
// mathematics): a block of threads brings the samples of a tile of outputs into shared memory,
// boundaries and types settled, and sums along the one axis and then along the other without going
// back to the GPU's memory.
//
//        columns
//   rows  s s s s s s       lines: outputs along rows      results, in registers of their own
//    |    s s s s s s  -->  l l l l l l               -->  y y y y       += for each term
//    v    s s s s s s       l l l l l l                    y y y y
//         s s s s s s
//
// In both passes a thread has kSeparableOutputs outputs that lie one behind the other, so that 15
// samples and 8 taps serve 64 multiply-adds: down the columns in the first one, where neighbouring
// threads have neighbouring columns, along the rows in the second, where they have rows whose
// distance is odd. An axis before these two is summed as samples come in, weighted.
//
// Sums run in chunks of kChunk taps. What tells doubtful results from others is known of a tile
// when its samples have come in, and these are summed again on the spot, from the kernel's own
// taps: results are still what they were before they are stored as another type.
#pragma once

#include <type_traits>

#include "direct_tile.hpp"

namespace faltung::cuda {

/// What a block shares: facts of the samples, factors of a term, samples, lines.
template <class T>
struct SeparableMemory {
  struct Head {
    int largest, smallest;  ///< exponents, that of the smallest one negative; kNone
    int zeros, negative;
  };
  static_assert(sizeof(Head) <= kSeparableHeadBytes);
  static constexpr int kNone = -8192;
  Head* head;
  T* factors;
  T* samples;
  T* lines;
  FALTUNG_DEVICE explicit SeparableMemory(const SeparableArguments& a)
      : head(shared<Head>()),
        factors(reinterpret_cast<T*>(shared<char>() + kSeparableHeadBytes)),
        samples(factors + a.term_taps),
        lines(samples + a.sample_rows * a.sample_columns) {}
};

/// What a thread sees of the samples that it brings.
template <class T>
struct Seen {
  T largest = T(0), smallest = T(0);  ///< finite ones; 0: none
  bool zeros = false, negative = false;
  FALTUNG_DEVICE void note(T v) {
    const T size = v < T(0) ? -v : v;
    zeros = zeros || size == T(0);
    negative = negative || v < T(0);
    if (!(size > T(0)) || !is_finite(static_cast<double>(size))) return;
    largest = size > largest ? size : largest;
    smallest = smallest == T(0) || size < smallest ? size : smallest;
  }
  FALTUNG_DEVICE void tell(typename SeparableMemory<T>::Head* head) const {
    int exponent = 0;
    if (largest != T(0)) {
      fraction_of(static_cast<double>(largest), &exponent);
      shared_max(&head->largest, exponent);
      fraction_of(static_cast<double>(smallest), &exponent);
      shared_max(&head->smallest, -exponent);
    }
    if (zeros) shared_or(&head->zeros, 1);
    if (negative) shared_or(&head->negative, 1);
  }
};
/// Sums of integers are exact.
template <>
struct Seen<std::int32_t> {
  FALTUNG_DEVICE void note(std::int32_t) {}
  FALTUNG_DEVICE void tell(SeparableMemory<std::int32_t>::Head*) const {}
};

/// The samples of a tile, weighted sums of them where there are axes before the two.
template <class T>
struct SeparableLoader {
  const SeparableArguments& a;
  const Samples<T>& x;
  T* to;
  std::int64_t* position;  ///< along all axes; those of the two are set here
  int row_axis, column_axis;
  std::int64_t first_row, first_column;
  int skipped_rows, skipped_columns;  ///< at the beginning, that only zeros added meet
  int row_end, column_end;            ///< of what outputs meet: the rest may not be in memory

  FALTUNG_DEVICE bool is_inside() const {
    const Layout& g = a.layout;
    if (g.component_axis >= 0 && g.component_is_zero && x.component == 1) return false;
    for (int i = 0; i < row_axis; ++i)
      if (position[i] < 0 || position[i] >= g.spatial[i].n) return false;
    return first_row + skipped_rows >= 0 && first_row + row_end <= g.spatial[row_axis].n &&
           first_column + skipped_columns >= 0 &&
           first_column + column_end <= g.spatial[column_axis].n;
  }

  /// Those of one tap along the axes before: the first one of them is `first`.
  FALTUNG_DEVICE void load(T weight, bool first, Seen<T>& seen) const {
    const Layout& g = a.layout;
    if (!is_inside())
      return load_by<1>(weight, first, seen, [&](int row, int column) {
        std::int64_t at[kMaxAxes];
        for (int i = 0; i < row_axis; ++i) at[i] = position[i];
        at[row_axis] = first_row + row;
        at[column_axis] = first_column + column;
        return sample_anywhere(x, at, 0);
      });
    std::int64_t base = x.offset + first_row * g.spatial[row_axis].x_stride +
                        first_column * g.spatial[column_axis].x_stride;
    for (int i = 0; i < row_axis; ++i) base += position[i] * g.spatial[i].x_stride;
    switch (g.x_type) {
      case Real::f32: return load_as<float>(base, weight, first, seen);
      case Real::f64: return load_as<double>(base, weight, first, seen);
      case Real::u8: return load_as<std::uint8_t>(base, weight, first, seen);
      case Real::u16: return load_as<std::uint16_t>(base, weight, first, seen);
      default:
        return load_by<1>(weight, first, seen, [&](int row, int column) {
          return load_real<T>(g.x, g.x_type, base + offset_of(row, column));
        });
    }
  }

 private:
  FALTUNG_DEVICE std::int64_t offset_of(int row, int column) const {
    return row * a.layout.spatial[row_axis].x_stride +
           column * a.layout.spatial[column_axis].x_stride;
  }

  template <class X>
  FALTUNG_DEVICE void load_as(std::int64_t base, T weight, bool first, Seen<T>& seen) const {
    const X* const from = static_cast<const X*>(a.layout.x) + base;
    return load_by<8>(weight, first, seen, [=, this](int row, int column) {
      return static_cast<T>(from[offset_of(row, column)]);
    });
  }

  /// kAhead rows at a time, so that as many reads are on their way.
  template <int kAhead, class At>
  FALTUNG_DEVICE void load_by(T weight, bool first, Seen<T>& seen, At&& sample_at) const {
    const int lane = thread() % kTileColumns, rows_apart = threads() / kTileColumns;
    for (int row = thread() / kTileColumns; row < a.sample_rows; row += kAhead * rows_apart)
      for (int column = lane; column < a.sample_columns; column += kTileColumns) {
        const bool column_met = column >= skipped_columns && column < column_end;
        T v[kAhead];
        FALTUNG_UNROLL
        for (int i = 0; i < kAhead; ++i) {
          const int at = row + i * rows_apart;
          v[i] = column_met && at >= skipped_rows && at < row_end ? sample_at(at, column) : T(0);
        }
        FALTUNG_UNROLL
        for (int i = 0; i < kAhead; ++i) {
          const int at = row + i * rows_apart;
          seen.note(v[i]);
          if (at >= a.sample_rows) continue;
          T& s = to[at * a.sample_columns + column];
          s = !a.weighs ? v[i] : plus_product(first ? T(0) : s, weight, v[i]);
        }
      }
  }
};

/// Adds kTaps taps to outputs whose samples lie `pitch` apart: tap j of output r meets sample
/// r + kTaps - 1 - j.
template <int kTaps, class T>
FALTUNG_DEVICE void add_taps(const T* s, int pitch, const T* h, T (&sum)[kSeparableOutputs]) {
  constexpr int kMet = kSeparableOutputs + kTaps - 1;
  T met[kMet], tap[kTaps];
  FALTUNG_UNROLL
  for (int i = 0; i < kMet; ++i) met[i] = s[i * pitch];
  FALTUNG_UNROLL
  for (int j = 0; j < kTaps; ++j) tap[j] = h[j];
  FALTUNG_UNROLL
  for (int j = 0; j < kTaps; ++j) {
    FALTUNG_UNROLL
    for (int r = 0; r < kSeparableOutputs; ++r)
      sum[r] = plus_product(sum[r], tap[j], met[r + kTaps - 1 - j]);
  }
}

/// Adds all taps of a factor to `total`, chunk by chunk; s is the first sample that any output
/// meets.
template <class T>
FALTUNG_DEVICE void add_factor(const T* s, int pitch, const T* h, int taps,
                               T (&total)[kSeparableOutputs]) {
  static_assert(kChunk % 8 == 0 && kSeparableGroup == 4);
  for (int k = 0; k < taps; k += static_cast<int>(kChunk)) {
    const int end = k + kChunk < taps ? k + static_cast<int>(kChunk) : taps;
    T sum[kSeparableOutputs];
    FALTUNG_UNROLL
    for (int r = 0; r < kSeparableOutputs; ++r) sum[r] = T(0);
    int i = k;
    FALTUNG_ROLLED
    for (; i + 8 <= end; i += 8) add_taps<8>(s + (taps - 8 - i) * pitch, pitch, h + i, sum);
    if (i < end) add_taps<4>(s + (taps - 4 - i) * pitch, pitch, h + i, sum);
    FALTUNG_UNROLL
    for (int r = 0; r < kSeparableOutputs; ++r) total[r] += sum[r];
  }
}

/// What is doubtful about the results of a tile.
struct SeparableDoubts {
  double tiny = 0;   ///< results below are summed again
  double noise = 0;  ///< results up to there may be no more than what products leave of a zero
  bool one_sign = false;
};

template <class T>
FALTUNG_DEVICE SeparableDoubts doubts_of(const Layout& g, const SeparableFacts& k,
                                         const typename SeparableMemory<T>::Head& head) {
  SeparableDoubts d;
  d.one_sign = k.clamps && head.negative == 0;
  if (head.largest == SeparableMemory<T>::kNone) return d;
  const int exponent = k.by_smallest ? -head.smallest : head.largest;
  if (scaled(1, exponent - 1) < k.limit) d.tiny = k.tiny;
  if (k.gaps && g.absent_outside && head.zeros != 0) {
    d.noise = k.noise * scaled(1, head.largest);
    d.noise = d.noise < k.tiny ? k.tiny : d.noise;
  }
  return d;
}

/// A doubtful output by its definition: called, since it is long and seldom.
template <class T>
FALTUNG_DEVICE_CALL T separable_again(const SeparableArguments& a, std::int64_t output, T v,
                                      bool may_vanish, bool again) {
  const Output<T> out(a.layout, a.kernel_taps, output);
  const void* const parts[2] = {a.taps, nullptr};
  const Taps<T> h(parts, out.kernel);
  if (may_vanish && !has_product<T, false>(out, h)) return T(0);
  T result[2] = {v, 0};
  if (again) sum_again<T, false>(out, h, result);
  return result[0];
}

template <class T>
FALTUNG_DEVICE T settled(const SeparableArguments& a, const SeparableDoubts& d, std::int64_t output,
                         T v) {
  if (d.one_sign && v < T(0)) v = T(0);
  const double size = v < T(0) ? -static_cast<double>(v) : static_cast<double>(v);
  const bool again = !is_finite(size) || size < d.tiny;
  const bool may_vanish = v != T(0) && size <= d.noise;
  return again || may_vanish ? separable_again(a, output, v, may_vanish, again) : v;
}
template <>
FALTUNG_DEVICE std::int32_t settled(const SeparableArguments&, const SeparableDoubts&, std::int64_t,
                                    std::int32_t v) {
  return v;
}

template <class T>
FALTUNG_DEVICE void store_separable(const SeparableArguments& a, const TilePlace& place,
                                    const Output<T>& first, const SeparableMemory<T>& memory) {
  const Layout& g = a.layout;
  const SpatialAxis& rows = g.spatial[g.spatial_axes - 2];
  const SpatialAxis& columns = g.spatial[g.spatial_axes - 1];
  SeparableDoubts doubts;
  if constexpr (!std::is_same_v<T, std::int32_t>)
    doubts = doubts_of<T>(g, a.facts[first.kernel], *memory.head);
  const std::int64_t before =
      (place.batch * a.grid.outer_outputs + place.outer) * rows.count * columns.count;
  for (int i = thread(); i < kSeparableRows * kSeparableColumns; i += threads()) {
    const std::int64_t row = place.row + i / kSeparableColumns;
    const std::int64_t column = place.column + i % kSeparableColumns;
    if (row >= rows.count || column >= columns.count) continue;
    const T v = memory.lines[i / kSeparableColumns * a.line_pitch + i % kSeparableColumns];
    const T result = settled(a, doubts, before + row * columns.count + column, v);
    store_result(g, first.y + row * rows.y_stride + column * columns.y_stride,
                 static_cast<typename TileResult<T>::Type>(result));
  }
}

/// Brings the samples of a term; those of all terms where nothing is weighted.
template <class T>
FALTUNG_DEVICE void load_separable(const SeparableArguments& a, const TilePlace& place,
                                   const Output<T>& first, const SeparableMemory<T>& memory,
                                   const T* weights, bool looks) {
  const Layout& g = a.layout;
  const int row_axis = g.spatial_axes - 2;
  const SpatialAxis& rows = g.spatial[row_axis];
  const SpatialAxis& columns = g.spatial[row_axis + 1];
  std::int64_t position[kMaxAxes], tap[kMaxAxes];
  for (int i = 0; i < row_axis; ++i) {
    tap[i] = 0;
    position[i] = first.newest[i];
  }
  const SeparableLoader<T> loader = {
      a,
      first.x,
      memory.samples,
      position,
      row_axis,
      row_axis + 1,
      rows.first + place.row - (a.row_taps - 1),
      columns.first + place.column - (a.column_taps - 1),
      static_cast<int>(a.row_taps - rows.taps),
      static_cast<int>(a.column_taps - columns.taps),
      outputs_there(rows.count - place.row, kSeparableRows) + a.row_taps - 1,
      outputs_there(columns.count - place.column, kSeparableColumns) + a.column_taps - 1};
  Seen<T> seen;
  for (int slice = 0; slice < a.outer_taps; ++slice) {
    loader.load(weights[slice], slice == 0, seen);
    for (int i = row_axis - 1; i >= 0; --i) {
      position[i] -= g.spatial[i].dilation;
      if (++tap[i] < g.spatial[i].taps) break;
      tap[i] = 0;
      position[i] = first.newest[i];
    }
  }
  if (looks) seen.tell(memory.head);
}

template <class T>
FALTUNG_DEVICE void separable_tile(const SeparableArguments& a, std::int64_t tile) {
  using Memory = SeparableMemory<T>;
  const TilePlace place(a.grid, tile);
  const Output<T> first(a.layout, 1,
                        (place.batch * a.grid.outer_outputs + place.outer) *
                            (a.layout.outputs / a.grid.outer_outputs));
  const Memory memory(a);
  const T* factors = static_cast<const T*>(a.factors) + first.kernel * a.terms * a.term_taps;
  const int terms = a.facts[first.kernel].terms;
  // The thread's outputs: a row of the tile, and the first of its columns.
  const int row = thread() % kSeparableRows;
  const int column = thread() / kSeparableRows * kSeparableOutputs;
  T result[kSeparableOutputs];
  FALTUNG_UNROLL
  for (int r = 0; r < kSeparableOutputs; ++r) result[r] = T(0);
  for (int term = 0; term < terms; ++term, factors += a.term_taps) {
    barrier();  // the last term, or tile, has been read
    if (term == 0 && thread() == 0) *memory.head = {Memory::kNone, Memory::kNone, 0, 0};
    for (int i = thread(); i < a.term_taps; i += threads()) memory.factors[i] = factors[i];
    barrier();
    if (term == 0 || a.weighs) load_separable(a, place, first, memory, memory.factors, term == 0);
    barrier();
    const T* const down = memory.factors + a.outer_taps;
    for (int i = thread(); i < kSeparableRows / kSeparableOutputs * a.sample_columns;
         i += threads()) {
      const int from = i / a.sample_columns * kSeparableOutputs, at = i % a.sample_columns;
      T line[kSeparableOutputs];
      FALTUNG_UNROLL
      for (int r = 0; r < kSeparableOutputs; ++r) line[r] = T(0);
      add_factor(memory.samples + from * a.sample_columns + at, a.sample_columns, down, a.row_taps,
                 line);
      FALTUNG_UNROLL
      for (int r = 0; r < kSeparableOutputs; ++r)
        memory.lines[(from + r) * a.line_pitch + at] = line[r];
    }
    barrier();
    add_factor(memory.lines + row * a.line_pitch + column, 1, down + a.row_taps, a.column_taps,
               result);
  }
  barrier();
  FALTUNG_UNROLL
  for (int r = 0; r < kSeparableOutputs; ++r)
    memory.lines[row * a.line_pitch + column + r] = result[r];
  barrier();
  store_separable(a, place, first, memory);
}

template <class T>
FALTUNG_DEVICE void separable_tiles(const SeparableArguments& a) {
  const std::int64_t tiles = a.grid.tiles(a.layout.batches);
  for (std::int64_t tile = block(); tile < tiles; tile += blocks()) separable_tile<T>(a, tile);
}

FALTUNG_DEFINE_KERNEL_BESIDE(separable_f32, SeparableArguments, kTileThreads, 2) {
  separable_tiles<float>(a);
}
FALTUNG_DEFINE_KERNEL_BESIDE(separable_f64, SeparableArguments, kTileThreads, 2) {
  separable_tiles<double>(a);
}
FALTUNG_DEFINE_KERNEL_BESIDE(separable_i32, SeparableArguments, kTileThreads, 2) {
  separable_tiles<std::int32_t>(a);
}

}  // namespace faltung::cuda
