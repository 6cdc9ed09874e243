// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/separable_layout.hpp"
#include "convolution/split_kernel.hpp"
#include "convolution/store.hpp"
#include "microkernels/weighted_sum.hpp"

namespace faltung {

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
