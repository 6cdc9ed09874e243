// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The arguments of the passes that take tiles through the convolution theorem (passes.hpp).
#pragma once

#include "arguments.hpp"

namespace faltung::cuda {

/// What a kernel's taps mean to the contract.
struct TapFacts {
  int exponent;     ///< the spectrum is that of the taps times 2^-exponent
  int nonzeros;     ///< taps that are not 0; at most 2^30 are counted
  int nonnegative;  ///< none is below 0
  /// Of samples below 1 and those taps, results that are exactly 0 come out below 2^small.
  int small;
};

/// Points that a thread holds, and log2 of those of a line that a block of threads transforms.
inline constexpr int kHeld = 16;
inline constexpr int kLeastLog2Row = 6, kLeastLog2Column = 4;
inline constexpr int kMostLog2Row = 13;
FALTUNG_ON_BOTH constexpr int most_log2_column(int real_bytes) { return real_bytes == 4 ? 13 : 12; }

FALTUNG_ON_BOTH constexpr int lanes_of(int log2_points) { return (1 << log2_points) / kHeld; }
/// Rows of a block of threads.
FALTUNG_ON_BOTH constexpr int rows_of(int log2_points) {
  constexpr int kThreads = 128;
  return lanes_of(log2_points) < kThreads ? kThreads / lanes_of(log2_points) : 1;
}
/// Columns of a block of threads: 64 bytes of neighbours or more where 512 threads, of which a
/// multiprocessor has registers for, hold so many; of longer ones fewer.
FALTUNG_ON_BOTH constexpr int columns_of(int log2_points, int real_bytes) {
  constexpr int kPlenty = 16, kLeastThreads = 128, kMostThreads = 512, kNeighbours = 64;
  const int lanes = lanes_of(log2_points), least = kNeighbours / (2 * real_bytes);
  if (kPlenty * lanes < kLeastThreads) return kLeastThreads / lanes;
  int columns = kPlenty;
  while (columns > least && 2 * columns * lanes > kMostThreads) columns /= 2;
  while (columns > 1 && columns * lanes > kMostThreads) columns /= 2;
  return columns;
}
/// Of a line of points in shared memory: of 16, one is left out, so that neighbouring threads,
/// which read 16 apart, meet different banks.
FALTUNG_ON_BOTH constexpr int padded(int i) { return i + (i >> 4); }

/// What the samples of a line are, or of the columns of a block: by all threads that share them.
struct LineFacts {
  int exponent;  ///< of the largest magnitude, plus kBias; 0: all are zeros
  int flags;     ///< kNotFinite, kNegative
  int zeros;     ///< zeros, and samples that are absent
  int verdict;   ///< what is to be looked at once more
};
inline constexpr int kNotFinite = 1, kNegative = 2, kBeyond = 4, kSmall = 8, kBias = 5000;
/// A verdict in memory has an exponent above its flags: |results| below 2^(it - kVerdictBias) are
/// small.
inline constexpr int kVerdictBits = 4, kVerdictBias = 16384;

/// Shared bytes of a block of threads.
FALTUNG_ON_BOTH constexpr int row_shared_bytes(int log2_points, int real_bytes) {
  return rows_of(log2_points) *
         (static_cast<int>(sizeof(LineFacts)) + 2 * real_bytes * padded(1 << log2_points));
}
FALTUNG_ON_BOTH constexpr int column_shared_bytes(int log2_points, int real_bytes) {
  return static_cast<int>(sizeof(LineFacts)) +
         2 * real_bytes * padded(1 << log2_points) * columns_of(log2_points, real_bytes);
}

/// Samples that the first pass looked over together: a row, or the columns of a block.
struct GroupFacts {
  double factor;  ///< what later passes multiply them by: 2^(their exponent - the tile's)
  int exponent, flags, zeros;
};
/// All of a tile.
struct TileFacts {
  int exponent, flags, zeros;
  int rescales;  ///< whether a factor is not 1
};

/// Threads of the blocks that gather facts and look again.
inline constexpr int kGatherThreads = 256, kRepairThreads = 128;

/// Of a block of threads that takes parts of a box' rows; each thread has so many numbers of a
/// part.
inline constexpr int kBoxThreads = 256, kBoxHeld = 16;

/// How tiles lie along a convolved axis: their first output at their sample `lead`.
struct TileAxis {
  std::int64_t outputs;  ///< of one tile; the last one may have fewer
  std::int64_t tiles;
  std::int64_t lead, span;
};

/// What the numbers along an axis of a tile's array are: samples, outputs, or points of a spectrum.
enum class Numbers : std::int8_t { samples, outputs, spectrum };
/// An axis of that array: lines are numbered over the extents of those beside the pass' own.
struct PassAxis {
  int extent;
  int stride;  ///< in points
  Numbers numbers;
};

/// A pass along one axis of the arrays of several tiles.
struct PassArguments {
  Layout layout;
  const void* taps[2];    ///< as of DirectArguments: for what is summed directly
  const void* units;      ///< factors of the tree's nodes, node p of level l at 2^l + p
  const void* spectra;    ///< of each kernel, as large as a tile's array; null: no product
  const TapFacts* facts;  ///< of each kernel
  void* work;             ///< the tiles' arrays
  GroupFacts* groups;
  TileFacts* tile_facts;
  int* verdicts;
  const void* twiddles;       ///< between the passes of one long axis: of each line and lane,
  const void* twiddle_steps;  ///< and of each line and held point; or null
  std::int64_t kernel_taps;
  std::int64_t tiles;              ///< of one batch
  std::int64_t first_item;         ///< batch and tile of the first array here
  std::int64_t lines;              ///< of all arrays here
  std::int64_t volume;             ///< points of an array
  double leaf_factor;              ///< leaves are multiplied by it
  int item_lines;                  ///< of one array
  int axis;                        ///< of the array; rows: the last one
  int inner;                       ///< lines side by side
  int group_stride, group_points;  ///< groups from one line of samples to the next; points of one
  int item_groups;                 ///< of one array
  int item_verdicts, verdict_lines;
  int row_parts;    ///< of boxes (box.hpp), whose rows have a verdict for each part; else 1
  int part_length;  ///< samples or outputs of one
  int half;         ///< real samples: from a point's real part to its imaginary one; else 0
  int sample_step;  ///< from a point of a line of samples to the next
  bool split;       ///< the array has two axes for one
  bool cut;         ///< outputs meet samples before the array's first ones, which are absent
  bool reads_x, writes_y, forward, inverse;
  TileAxis tile[kMaxAxes];
  PassAxis axes[kMaxAxes];
};

}  // namespace faltung::cuda
