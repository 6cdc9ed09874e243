// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The arguments of device kernels: plain values that host and device lay out alike. Pointers are to
// device memory.
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define FALTUNG_ON_BOTH __host__ __device__
#else
#define FALTUNG_ON_BOTH
#endif

namespace faltung::cuda {

/// As many axes as a Geometry may have.
inline constexpr int kMaxAxes = 18;

/// As ElementType, of reals: complex samples are two of them.
enum class Real : std::int8_t { f32, f64, u8, i8, u16, i16, u32, i32, u64, i64, f16 };
/// As Boundary.
enum class Outside : std::int8_t { constant, edge, symmetric, mirror, wrap, odd };
/// How sums become results (Accumulator).
enum class Storing : std::int8_t { as_it_is, clamped_signed, clamped_unsigned, rounded };

/// A convolved axis, as Axis has it; strides count reals.
struct SpatialAxis {
  std::int64_t n, taps, dilation, first, count, step;
  std::int64_t x_stride, y_stride;
};

/// An axis that broadcasts; the stride of kernels counts kernels.
struct BatchAxis {
  std::int64_t count;
  std::int64_t x_stride, y_stride, kernel_stride;
};

/// What x beyond its ends is, and where x and y lie.
struct Layout {
  const void* x;
  void* y;
  Real x_type, y_type;
  Outside outside;
  bool absent_outside;  ///< beyond the ends nothing is there, not even zeros
  bool x_pairs;         ///< complex arithmetic on complex samples: the imaginary part lies behind
  std::int8_t component_axis;  ///< the batch axis of real and imaginary parts of x; -1: none
  bool component_is_zero;      ///< and x is real: its imaginary part is zeros within
  Storing storing;
  int spatial_axes, batch_axes;
  double cval[2];
  std::int64_t outputs;  ///< of one batch
  std::int64_t batches;
  SpatialAxis spatial[kMaxAxes];
  BatchAxis batch[kMaxAxes];
};

/// Outputs cut into tiles along the last two convolved axes (rows, columns), or the only one
/// (rows); tiles are numbered by batch, outputs along the axes before, row and column.
struct TileGrid {
  std::int64_t outer_outputs, row_tiles, column_tiles;
  int tile_rows, tile_columns;
  FALTUNG_ON_BOTH std::int64_t tiles(std::int64_t batches) const {
    return batches * outer_outputs * row_tiles * column_tiles;
  }
};

inline constexpr int kDirectThreads = 128;

struct DirectArguments {
  Layout layout;
  const void* taps[2];  ///< dense kernels, one behind the other: real and imaginary parts
  std::int64_t kernel_taps;
  double tiny;  ///< results below this may have lost what underflowed; 0: none can
  bool x_unsigned, h_unsigned;
  const int* flags;  ///< where not null, of the tiles of `grid`: those of 0 are left as they are
  TileGrid grid;
};

/// Threads of a tile, of which so many lie side by side in a plane; a line has no more.
inline constexpr int kTileThreads = 256, kTileColumns = 64;
/// Outputs of a thread, one behind the other, of elements of so many bytes.
FALTUNG_ON_BOTH constexpr int tile_outputs(int element_bytes) { return element_bytes <= 8 ? 8 : 4; }
/// Of the samples of a line in shared memory, one after as many as a thread's outputs is left out.
FALTUNG_ON_BOTH constexpr int line_place(int i, int outputs) { return i + i / outputs; }
inline constexpr int kTileHeadBytes = 16;

/// Tiles of outputs by shared memory.
struct TileArguments {
  Layout layout;
  TileGrid grid;
  const void* taps[2];  ///< of each kernel and slice, column by column: row_taps, zeros at the end
  int* flags;           ///< of each tile: whether it has to be summed again
  std::int64_t slices;  ///< taps along the axes before the two
  int row_taps, column_taps, slice_taps;
  int sample_rows, sample_columns;
  int tile_samples;    ///< of one part in shared memory
  double tiny, small;  ///< results and samples below may have lost what underflowed
};

/// Outputs of a tile of separable sums along the last two axes; each thread has kSeparableOutputs.
inline constexpr int kSeparableRows = 32, kSeparableColumns = 64, kSeparableOutputs = 8;
static_assert(kSeparableRows * kSeparableColumns == kTileThreads * kSeparableOutputs);
/// Factors have zeros at the end, up to a multiple of so many taps.
inline constexpr int kSeparableGroup = 4;
inline constexpr int kSeparableHeadBytes = 32;

/// One kernel taken apart, and what its sums can get wrong beyond rounding (SplitKernel).
struct SeparableFacts {
  int terms;
  bool gaps, clamps;
  bool by_smallest;  ///< `limit` is of the smallest sample that is not 0, else of the largest one
  double limit;      ///< sums of samples below owe more than rounding to products that underflow
  double tiny;       ///< those results, where they are below
  double noise;      ///< error of an output / max|x~|
};

/// Tiles of outputs by sums along one axis after the other, in shared memory.
struct SeparableArguments {
  Layout layout;
  TileGrid grid;
  const void* taps;  ///< dense kernels, one behind the other, for what is summed again
  /// Of each kernel and term: a weight for each tap along the axes before, rows, columns; room for
  /// `terms` of them.
  const void* factors;
  const SeparableFacts* facts;  ///< of each kernel
  std::int64_t kernel_taps;
  int terms, term_taps;
  int outer_taps;  ///< taps along the axes before the two
  bool weighs;     ///< there are such axes
  int row_taps, column_taps;
  int sample_rows, sample_columns;  ///< of a tile
  int line_pitch;                   ///< from one row of sums to the next
};

}  // namespace faltung::cuda
