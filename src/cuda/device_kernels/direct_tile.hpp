// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The sum as it stands for dense taps along the last one or two convolved axes: a block of threads
// brings the samples of a tile of outputs into shared memory, boundaries and types settled, and
// each thread sums outputs that lie one behind the other along the axis called rows (kOutputs of
// them).
//
//        columns (threads, one behind the other)
//   rows  s  s  s ...           a thread's samples s[0 .. kOutputs + kTaps - 2] of one column serve
//    |    s  s  s               kTaps taps of each of its outputs:
//    v    s  s  s                 y[r] += h[k + j] s[r + kTaps - 1 - j]
//
// So of 64 multiply-adds 15 samples and 2 groups of taps are read from shared memory. Axes before
// these two are walked through, a tile of samples for each of their taps. A signal of one axis is
// one column, whose rows are laid out so that threads, kOutputs apart, meet different banks.
//
// Sums run in chunks of kChunk taps. A tile with a result that direct.hpp would sum again says so
// in its flag, and direct_* goes over it; whether products can have underflowed is asked of samples
// as they come in, since black parts of pictures are zeros and no reason to look again.
#pragma once

#include "direct.hpp"

namespace faltung::cuda {

template <>
FALTUNG_DEVICE std::int32_t plus_product(std::int32_t a, std::int32_t b, std::int32_t c) {
  return a + b * c;
}

/// A sample of f16.
struct HalfSample {
  std::uint16_t bits;
  FALTUNG_DEVICE operator float() const {  // NOLINT(google-explicit-constructor): exact
    return float_of_half(bits);
  }
};

/// Whether samples of f16 are read by a loop of their own: in float32, which is what they are
/// summed in unless something is asked for that is wider.
template <class T, bool kComplex>
inline constexpr bool kReadsHalves = !kComplex && sizeof(T) == 4 && T(0.5F) != T(0);

/// What a block shares: two flags, taps, samples.
template <class T, bool kComplex>
struct TileMemory {
  int* small;     ///< whether a sample is small
  int* doubtful;  ///< whether a result is
  T* taps[2];
  T* samples[2];
  FALTUNG_DEVICE explicit TileMemory(const TileArguments& a)
      : small(shared<int>()), doubtful(small + 1) {
    T* at = reinterpret_cast<T*>(shared<char>() + kTileHeadBytes);
    for (int part = 0; part < (kComplex ? 2 : 1); ++part, at += a.slice_taps) taps[part] = at;
    for (int part = 0; part < (kComplex ? 2 : 1); ++part, at += a.tile_samples) samples[part] = at;
  }
};

/// Outputs of a thread.
template <class T, bool kComplex>
inline constexpr int kOutputsOf = tile_outputs(static_cast<int>(sizeof(T)) * (kComplex ? 2 : 1));

/// Outputs of a tile of so many, where `left` follow its first one.
FALTUNG_DEVICE int outputs_there(std::int64_t left, int tile) {
  return left < tile ? static_cast<int>(left) : tile;
}

/// A sample wherever it is, absent ones as zeros: called, since it is long and at the ends alone.
template <class T>
FALTUNG_DEVICE_CALL T sample_anywhere(const Samples<T>& x, const std::int64_t* at, int part) {
  return x.g.absent_outside && x.is_outside(at) ? T(0) : x.at(at, part);
}

/// Samples of one slice: those that a tile's outputs meet by the taps of the two axes.
template <class T, bool kComplex, bool kLine>
struct TileLoader {
  const TileArguments& a;
  const Samples<T>& x;
  const TileMemory<T, kComplex>& to;
  std::int64_t* position;  ///< along all axes; those of the two are set here
  int row_axis, column_axis;
  std::int64_t first_row, first_column;  ///< of the samples
  int skipped;                           ///< rows at the beginning that only taps added meet
  int row_end, column_end;  ///< of what outputs meet that are there: the rest may not be in memory

  FALTUNG_DEVICE int place_of(int row, int column) const {
    return kLine ? line_place(row, kOutputsOf<T, kComplex>) : row * a.sample_columns + column;
  }
  FALTUNG_DEVICE bool is_inside() const {
    const Layout& g = a.layout;
    if (g.component_axis >= 0 && g.component_is_zero && x.component == 1) return false;
    for (int i = 0; i < row_axis; ++i)
      if (position[i] < 0 || position[i] >= g.spatial[i].n) return false;
    const SpatialAxis& r = g.spatial[row_axis];
    if (first_row + skipped < 0 || first_row + row_end > r.n) return false;
    if (kLine) return true;
    const SpatialAxis& c = g.spatial[column_axis];
    return first_column >= 0 && first_column + column_end <= c.n;
  }

  /// Whether a sample that is not 0 lies below a.small.
  FALTUNG_DEVICE bool load() const {
    const Layout& g = a.layout;
    if (!is_inside())
      return load_by<1>([&](int row, int column, int part) { return outer(row, column, part); });
    std::int64_t base = x.offset + first_row * g.spatial[row_axis].x_stride;
    for (int i = 0; i < row_axis; ++i) base += position[i] * g.spatial[i].x_stride;
    if (!kLine) base += first_column * g.spatial[column_axis].x_stride;
    if constexpr (kReadsHalves<T, kComplex>)
      if (g.x_type == Real::f16) return load_as<HalfSample>(base);
    switch (g.x_type) {
      case Real::f32: return load_as<float>(base);
      case Real::f64: return load_as<double>(base);
      case Real::u8: return load_as<std::uint8_t>(base);
      case Real::u16: return load_as<std::uint16_t>(base);
      case Real::i16: return load_as<std::int16_t>(base);
      default:
        return load_by<1>([&](int row, int column, int part) {
          return part == 1 && !g.x_pairs
                     ? T(0)
                     : load_real<T>(g.x, g.x_type, base + part + offset_of(row, column));
        });
    }
  }

 private:
  FALTUNG_DEVICE std::int64_t offset_of(int row, int column) const {
    const std::int64_t down = row * a.layout.spatial[row_axis].x_stride;
    return kLine ? down : down + column * a.layout.spatial[column_axis].x_stride;
  }

  template <class X>
  FALTUNG_DEVICE bool load_as(std::int64_t base) const {
    const X* const from = static_cast<const X*>(a.layout.x) + base;
    const bool pairs = a.layout.x_pairs;
    return load_by<8>([=, this](int row, int column, int part) {
      return part == 1 && !pairs ? T(0) : static_cast<T>(from[offset_of(row, column) + part]);
    });
  }

  /// kAhead rows at a time, so that as many reads are on their way.
  template <int kAhead, class At>
  FALTUNG_DEVICE bool load_by(At&& sample_at) const {
    const int columns = kLine ? 1 : a.sample_columns;
    const int lanes = kLine ? 1 : kTileColumns, lane = kLine ? 0 : thread() % lanes;
    const int rows_apart = threads() / lanes;
    bool small = false;
    for (int row = thread() / lanes; row < a.sample_rows; row += kAhead * rows_apart)
      for (int column = lane; column < columns; column += lanes)
        for (int part = 0; part < (kComplex ? 2 : 1); ++part) {
          T v[kAhead];
          FALTUNG_UNROLL
          for (int i = 0; i < kAhead; ++i) {
            const int at = row + i * rows_apart;
            const bool met = at >= skipped && at < row_end && column < column_end;
            v[i] = met ? sample_at(at, column, part) : T(0);
          }
          FALTUNG_UNROLL
          for (int i = 0; i < kAhead; ++i) {
            const int at = row + i * rows_apart;
            if (at < a.sample_rows) to.samples[part][place_of(at, column)] = v[i];
            small = small || (v[i] != T(0) && v[i] < static_cast<T>(a.small) &&
                              -v[i] < static_cast<T>(a.small));
          }
        }
    return small;
  }

  FALTUNG_DEVICE T outer(int row, int column, int part) const {
    std::int64_t at[kMaxAxes];
    for (int i = 0; i < row_axis; ++i) at[i] = position[i];
    at[row_axis] = first_row + row;
    if (!kLine) at[column_axis] = first_column + column;
    return sample_anywhere(x, at, part);
  }
};

/// The sums of a thread: outputs kOutputs in a row.
template <class T, bool kComplex, int kTaps, bool kLine>
struct TileSums {
  static constexpr int kOutputs = kOutputsOf<T, kComplex>;
  // Places in a line are then known but for a multiple of kOutputs.
  static_assert(!kLine || kTaps % kOutputs == 0);
  static constexpr int kParts = kComplex ? 2 : 1, kMet = kOutputs + kTaps - 1;
  T sum[kParts][kOutputs], total[kParts][kOutputs];
  int chained = 0;  ///< taps in `sum`

  FALTUNG_DEVICE TileSums() {
    FALTUNG_UNROLL
    for (int part = 0; part < kParts; ++part) {
      FALTUNG_UNROLL
      for (int r = 0; r < kOutputs; ++r) sum[part][r] = total[part][r] = T(0);
    }
  }
  FALTUNG_DEVICE void close_chunk() {
    FALTUNG_UNROLL
    for (int part = 0; part < kParts; ++part) {
      FALTUNG_UNROLL
      for (int r = 0; r < kOutputs; ++r) {
        total[part][r] += sum[part][r];
        sum[part][r] = T(0);
      }
    }
    chained = 0;
  }

  /// The taps of one slice; `row` and `column` are the thread's first output in the tile.
  FALTUNG_DEVICE void add_slice(const TileArguments& a, const TileMemory<T, kComplex>& at, int row,
                                int column) {
    for (int kc = 0; kc < a.column_taps; ++kc)
      for (int k = 0; k < a.row_taps; k += kTaps) {
        if (chained + kTaps > kChunk) close_chunk();
        chained += kTaps;
        // Tap k + j of output r meets row r + row_taps - 1 - k - j.
        const int first = row + a.row_taps - kTaps - k;
        const int other = column + a.column_taps - 1 - kc;
        const int start = kLine ? line_place(first, kOutputs) : first * a.sample_columns + other;
        T s[kParts][kMet], h[kParts][kTaps];
        FALTUNG_UNROLL
        for (int part = 0; part < kParts; ++part) {
          FALTUNG_UNROLL
          for (int i = 0; i < kMet; ++i)
            s[part][i] =
                at.samples[part][start + (kLine ? line_place(i, kOutputs) : i * a.sample_columns)];
          FALTUNG_UNROLL
          for (int j = 0; j < kTaps; ++j) h[part][j] = at.taps[part][kc * a.row_taps + k + j];
        }
        FALTUNG_UNROLL
        for (int j = 0; j < kTaps; ++j) {
          FALTUNG_UNROLL
          for (int r = 0; r < kOutputs; ++r) add(r, j, s, h);
        }
      }
  }

 private:
  FALTUNG_DEVICE void add(int r, int j, const T (&s)[kParts][kMet], const T (&h)[kParts][kTaps]) {
    const int i = r + kTaps - 1 - j;
    sum[0][r] = plus_product(sum[0][r], h[0][j], s[0][i]);
    if constexpr (kComplex) {
      sum[0][r] = plus_product(sum[0][r], -h[1][j], s[1][i]);
      sum[1][r] = plus_product(sum[1][r], h[0][j], s[1][i]);
      sum[1][r] = plus_product(sum[1][r], h[1][j], s[0][i]);
    }
  }
};

/// Integers have neither a range to leave nor a place to lose products.
FALTUNG_DEVICE bool is_doubtful(std::int32_t, double) { return false; }

template <class T>
struct TileResult {
  using Type = double;
};
template <>
struct TileResult<std::int32_t> {
  using Type = std::int64_t;
};

/// Results to y: those of a line through shared memory, so that threads write side by side.
template <class T, bool kComplex, int kTaps, bool kLine>
FALTUNG_DEVICE void store_tile(const TileArguments& a, std::int64_t tile, const TilePlace& place,
                               std::int64_t y, const TileMemory<T, kComplex>& memory,
                               const TileSums<T, kComplex, kTaps, kLine>& sums, int row,
                               int column) {
  using Sums = TileSums<T, kComplex, kTaps, kLine>;
  const Layout& g = a.layout;
  const SpatialAxis& rows = g.spatial[g.spatial_axes - (kLine ? 1 : 2)];
  const SpatialAxis& columns = g.spatial[g.spatial_axes - 1];
  const double tiny = *memory.small != 0 ? a.tiny : 0;
  const auto store = [&](int at_row, int at_column, int part, T v) {
    const std::int64_t to = y + part + (place.row + at_row) * rows.y_stride +
                            (kLine ? 0 : (place.column + at_column) * columns.y_stride);
    store_result(g, to, static_cast<typename TileResult<T>::Type>(v));
  };
  const auto is_there = [&](int at_row, int at_column) {
    return place.row + at_row < rows.count && (kLine || place.column + at_column < columns.count);
  };
  bool doubtful = false;
  if (kLine) barrier();  // samples have been read; results take their place
  FALTUNG_UNROLL
  for (int part = 0; part < Sums::kParts; ++part) {
    FALTUNG_UNROLL
    for (int r = 0; r < Sums::kOutputs; ++r) {
      const T v = sums.total[part][r];
      if (kLine) memory.samples[part][line_place(row + r, Sums::kOutputs)] = v;
      if (!is_there(row + r, column)) continue;
      doubtful = doubtful || is_doubtful(v, tiny);
      if (!kLine) store(row + r, column, part, v);
    }
  }
  if (doubtful) shared_or(memory.doubtful, 1);
  barrier();
  if (kLine)
    for (int r = thread(); r < Sums::kOutputs * threads() && is_there(r, 0); r += threads())
      for (int part = 0; part < Sums::kParts; ++part)
        store(r, 0, part, memory.samples[part][line_place(r, Sums::kOutputs)]);
  if (thread() == 0 && a.flags != nullptr) a.flags[tile] = *memory.doubtful;
}

template <class T, bool kComplex, int kTaps, bool kLine>
FALTUNG_DEVICE void sum_tile(const TileArguments& a, std::int64_t tile) {
  using Sums = TileSums<T, kComplex, kTaps, kLine>;
  const Layout& g = a.layout;
  const TilePlace place(a.grid, tile);
  const int row_axis = g.spatial_axes - (kLine ? 1 : 2), column_axis = g.spatial_axes - 1;
  // The first output of the tile: its batch, its kernel, the positions that tap 0 meets.
  const Output<T> out(
      g, 1,
      (place.batch * a.grid.outer_outputs + place.outer) * (g.outputs / a.grid.outer_outputs));
  const TileMemory<T, kComplex> memory(a);
  std::int64_t position[kMaxAxes], tap[kMaxAxes];
  for (int i = 0; i < row_axis; ++i) {
    tap[i] = 0;
    position[i] = out.newest[i];
  }
  const TileLoader<T, kComplex, kLine> loader = {
      a,
      out.x,
      memory,
      position,
      row_axis,
      column_axis,
      g.spatial[row_axis].first + place.row - (a.row_taps - 1),
      kLine ? 0 : g.spatial[column_axis].first + place.column - (a.column_taps - 1),
      static_cast<int>(a.row_taps - g.spatial[row_axis].taps),
      outputs_there(g.spatial[row_axis].count - place.row, a.grid.tile_rows) + a.row_taps - 1,
      kLine ? 1
            : outputs_there(g.spatial[column_axis].count - place.column, a.grid.tile_columns) +
                  a.column_taps - 1};
  const int lanes = kLine ? 1 : kTileColumns;
  const int row = thread() / lanes * Sums::kOutputs, column = kLine ? 0 : thread() % lanes;
  Sums sums;
  if (thread() == 0) *memory.small = *memory.doubtful = 0;
  for (std::int64_t slice = 0;; ++slice) {
    barrier();  // the last slice, or tile, has been read
    const std::int64_t first = (out.kernel * a.slices + slice) * a.slice_taps;
    for (int part = 0; part < Sums::kParts; ++part)
      for (int i = thread(); i < a.slice_taps; i += threads())
        memory.taps[part][i] = static_cast<const T*>(a.taps[part])[first + i];
    if (loader.load()) shared_or(memory.small, 1);
    barrier();
    sums.add_slice(a, memory, row, column);
    int i = row_axis - 1;
    for (; i >= 0; --i) {
      position[i] -= g.spatial[i].dilation;
      if (++tap[i] < g.spatial[i].taps) break;
      tap[i] = 0;
      position[i] = out.newest[i];
    }
    if (i < 0) break;
  }
  sums.close_chunk();
  store_tile<T, kComplex, kTaps, kLine>(a, tile, place, out.y, memory, sums, row, column);
}

template <class T, bool kComplex, int kTaps, bool kLine>
FALTUNG_DEVICE void sum_tiles(const TileArguments& a) {
  const std::int64_t tiles = a.grid.tiles(a.layout.batches);
  for (std::int64_t tile = block(); tile < tiles; tile += blocks())
    sum_tile<T, kComplex, kTaps, kLine>(a, tile);
}

#define FALTUNG_TILES(type, T, kComplex)                                        \
  FALTUNG_DEFINE_KERNEL_BESIDE(plane4_##type, TileArguments, kTileThreads, 2) { \
    sum_tiles<T, kComplex, 4, false>(a);                                        \
  }                                                                             \
  FALTUNG_DEFINE_KERNEL_BESIDE(plane8_##type, TileArguments, kTileThreads, 2) { \
    sum_tiles<T, kComplex, 8, false>(a);                                        \
  }                                                                             \
  FALTUNG_DEFINE_KERNEL_BESIDE(line8_##type, TileArguments, kTileThreads, 2) {  \
    sum_tiles<T, kComplex, 8, true>(a);                                         \
  }
FALTUNG_TILES(f32, float, false)
FALTUNG_TILES(f64, double, false)
FALTUNG_TILES(c64, float, true)
FALTUNG_TILES(c128, double, true)
FALTUNG_TILES(i32, std::int32_t, false)
#undef FALTUNG_TILES

}  // namespace faltung::cuda
