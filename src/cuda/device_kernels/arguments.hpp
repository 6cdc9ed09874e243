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
enum class Real : std::int8_t { f32, f64, u8, i8, u16, i16, u32, i32, u64, i64 };
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

/// What a kernel's taps mean to the contract.
struct TapFacts {
  int exponent;      ///< the spectrum is that of the taps times 2^-exponent
  int nonzeros;      ///< taps that are not 0; at most 2^30 are counted
  bool nonnegative;  ///< none is below 0
};

/// Points that a thread holds, log2 M of the blocks that there are, and the threads of a block.
inline constexpr int kHeld = 16, kLeastLog2Points = 6, kMostLog2Points = 13;
FALTUNG_ON_BOTH constexpr int rows_of(int log2_points) {
  constexpr int kThreads = 128;
  const int lanes = (1 << log2_points) / kHeld;
  return lanes < kThreads ? kThreads / lanes : 1;
}
FALTUNG_ON_BOTH constexpr int threads_of(int log2_points) {
  return rows_of(log2_points) * ((1 << log2_points) / kHeld);
}
/// Of a row of points in shared memory: of 16, one is left out, so that neighbouring threads, which
/// read 16 apart, meet different banks.
FALTUNG_ON_BOTH constexpr int padded(int i) { return i + (i >> 4); }

/// What a block's samples are: by all threads of its row.
struct BlockFacts {
  int exponent;  ///< of the largest magnitude, plus kBias; 0: all are zeros
  int flags;     ///< kNotFinite, kNegative, kBeyond
  int zeros;
  int unused;  ///< points behind them lie at a multiple of 16 bytes
};
inline constexpr int kNotFinite = 1, kNegative = 2, kBeyond = 4, kBias = 5000;

/// Shared bytes of a block of threads.
FALTUNG_ON_BOTH constexpr int shared_bytes_of(int log2_points, int real_bytes) {
  return rows_of(log2_points) *
         (static_cast<int>(sizeof(BlockFacts)) + 2 * real_bytes * padded(1 << log2_points));
}

/// Blocks of one convolved axis, each through its whole convolution at once.
struct BlockArguments {
  Layout layout;
  const void* taps[2];    ///< as of DirectArguments: for what is summed directly
  const void* units;      ///< factors of the tree's nodes, node p of level l at 2^l + p
  const void* spectra;    ///< of each kernel, leaf by leaf
  const TapFacts* facts;  ///< of each kernel
  std::int64_t kernel_taps;
  std::int64_t block_outputs;  ///< of one block; the last one may have fewer
  std::int64_t blocks;         ///< of one batch
  std::int64_t span;           ///< samples from the first to the last that a kernel meets
};

}  // namespace faltung::cuda
