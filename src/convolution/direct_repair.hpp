// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/direct_layout.hpp"
#include "microkernels/weighted_sum.hpp"

namespace faltung {

/// What the floating samples of a tile can do to its outputs beyond rounding.
struct Danger {
  bool known = false;
  bool overflow = false;   ///< partial sums of finite terms may leave the range
  bool underflow = false;  ///< products may fall below the normal numbers
};

/// What finite samples like these can do to sums of these taps.
template <class T>
Danger danger_of(const Scan<T>& samples, const KernelFacts& facts) noexcept;

/// A tile of outputs [from, to) and the part of x~ that it reads, wherever it lies.
template <class T>
struct DirectTile {
  std::int64_t from[kMaxRank], to[kMaxRank];
  const T* base[2] = {};  ///< place of the tile's first output, tap offsets not yet added
  const T* x = nullptr;   ///< where samples are read in place: that of position 0
  const Dims* x_strides = nullptr;
  Danger danger;  ///< found when the first row of the tile asks for it
};

/// What plain sums get wrong is computed again in extended precision, output by output: sums that
/// left the range on the way, products below the normal numbers, non-finite taps beside absent
/// samples. Rows where nothing is suspicious cost one scan of their results. T is float or double;
/// integers have nothing to repair.
template <class T>
class DirectRepair {
 public:
  /// One batch of an execution.
  struct Batch {
    const Execution& run;
    const BatchOffsets& at;
  };

  DirectRepair(const Geometry& geometry, const DirectLayout& layout, const WeightedSum<T>& loops)
      : g_(geometry), layout_(layout), loops_(loops) {}

  /// Puts right the n results in `results` (real and imaginary parts) of the outputs from `out` on.
  void row(const Batch& batch, const KernelTaps<T>& kernel, DirectTile<T>& tile,
           const std::int64_t* out, std::int64_t n, T* const* results) const noexcept;

 private:
  int parts() const { return g_.complex() ? 2 : 1; }
  bool suspicious(T* const* results, std::int64_t n, T tiny) const;
  Danger danger_of(const KernelFacts& facts, const DirectTile<T>& tile) const;
  bool leaves_input(const std::int64_t* out) const;

  const Geometry& g_;
  const DirectLayout& layout_;
  const WeightedSum<T>& loops_;
};

}  // namespace faltung
