// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/low_rank.hpp"
#include "convolution/separable_layout.hpp"
#include "convolution/store.hpp"
#include "microkernels/weighted_sum.hpp"

namespace faltung {

/// One kernel, taken apart, and what its passes can get wrong beyond rounding.
template <class T>
struct SplitKernel {
  LowRank<T> low;
  double noise = 0;  ///< error of an output / max|x~|
  /// Outputs below this may owe more than a rounding to products below the normal numbers.
  double tiny = 0;
  double least = 0;     ///< smallest non-zero |x~| times this: the smallest product on the way
  bool clamps = false;  ///< no tap is negative, but a factor is
  bool gaps = false;    ///< zero taps inside the hull that the terms only make small
  /// Integers, bit i: what the pass along axis i multiplies fits 32 bits with its sign.
  std::uint32_t narrow = 0;
};
template <class T>
SplitKernel<T> split_kernel(const Geometry& geometry, const KernelFacts& facts, LowRank<T> low);

/// Computes tiles of outputs by passes along one axis after the other.
template <class T>
class SeparableTiles {
 public:
  /// With `componentwise`, small outputs keep their digits where products underflow.
  SeparableTiles(const Geometry& geometry, const SeparableLayout& layout, const Execution& run,
                 bool componentwise, const WeightedSum<T>& loops, StoreRow<T> store)
      : g_(geometry),
        layout_(layout),
        run_(run),
        componentwise_(componentwise),
        loops_(loops),
        store_(store) {}

  static std::int64_t scratch_bytes(const SeparableLayout& layout);
  void compute(const BatchOffsets& at, std::int64_t tile, const KernelTaps<T>& taps,
               const SplitKernel<T>& kernel, std::byte* scratch) const noexcept;

 private:
  struct Tile;
  int last() const { return static_cast<int>(g_.spatial.size()) - 1; }
  void load(const ExtendedInput<T>& x, Tile& tile) const;
  void pass(int axis, const Tile& tile, const T* from, const T* factors, bool accumulate,
            T* to) const;
  void weigh(bool narrow, T* to, const T* from, std::int64_t n,
             const std::vector<std::int64_t>& offsets, const T* factor, bool accumulate) const;
  /// Calls f(row of the tile, its positions along the outer axes).
  template <class F>
  void for_each_loaded_row(const Tile& tile, F&& f) const;
  /// Calls f(first element in the slab, outputs of a row) with tile.out at that row's first output.
  template <class F>
  void for_each_row(Tile& tile, F&& f) const;
  void repair(Tile& tile) const
    requires std::is_floating_point_v<T>;
  void store(Tile& tile) const;
  void look_over(Tile& tile) const
    requires std::is_floating_point_v<T>;
  bool vanishes(const Tile& tile) const
    requires std::is_floating_point_v<T>;
  bool meets_nan(const Tile& tile) const
    requires std::is_floating_point_v<T>;

  const Geometry& g_;
  const SeparableLayout& layout_;
  const Execution& run_;
  bool componentwise_;
  const WeightedSum<T>& loops_;
  StoreRow<T> store_;
};

}  // namespace faltung
