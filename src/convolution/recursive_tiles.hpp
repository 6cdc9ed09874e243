// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/recursive_kernel.hpp"
#include "convolution/recursive_layout.hpp"
#include "convolution/store.hpp"
#include "microkernels/weighted_sum.hpp"
#include "microkernels/window_sums.hpp"

namespace faltung {

/// Computes tiles of outputs by sums over windows, along one axis after the other.
template <class T>
class RecursiveTiles {
 public:
  /// With `componentwise`, small outputs keep their digits where products underflow. Integers that
  /// T holds exactly may run in floating point.
  RecursiveTiles(const Geometry& geometry, const RecursiveLayout& layout, const Execution& run,
                 bool componentwise, std::int64_t target, Accumulator accumulator);

  static std::int64_t scratch_bytes(const RecursiveLayout& layout);
  void compute(const BatchOffsets& at, std::int64_t tile, const KernelTaps<T>& taps,
               const RecursivePart<T>& kernel, std::byte* scratch) const noexcept;

 private:
  struct Tile;
  int last() const { return static_cast<int>(g_.spatial.size()) - 1; }
  const Axis& axis(int i) const { return g_.spatial[static_cast<std::size_t>(i)]; }
  ExtendedInput<T> input(const Tile& tile) const;
  /// Fills the tile with what the passes make of x~, or of its marks: each sample that is not
  /// finite as it is, among zeros.
  void pass_all(Tile& tile, bool marks) const;
  void pass_lines(Tile& tile, bool marks) const;
  void put_lines(Tile& tile, std::int64_t n, T* const* rows) const;
  void fetch(const ExtendedInput<T>& x, const Tile& tile, const std::int64_t* rows) const;
  void pass_down(Tile& tile, int axis, bool marks) const;
  WindowTaps<T> taps_of(const Tile& tile, int axis, bool marks) const;
  /// Reads `count` samples of a row of the tile from output `from` of the tile on.
  void read(const ExtendedInput<T>& x, const Tile& tile, const std::int64_t* rows,
            std::int64_t from, std::int64_t count, T* to) const;
  template <class F>
  void for_each_read_row(const Tile& tile, F&& f) const;
  /// Calls f(results of a row), tile.out at that row's first.
  template <class F>
  void for_each_row(Tile& tile, F&& f) const;
  void finish(Tile& tile) const;
  void scale(Tile& tile) const
    requires std::is_integral_v<T>;
  /// Whether outputs that are not finite have to be marked by where the samples are.
  bool repair(Tile& tile) const
    requires std::is_floating_point_v<T>;
  Scan<T> scan_samples(const Tile& tile) const
    requires std::is_floating_point_v<T>;
  void store_marks(Tile& tile) const
    requires std::is_floating_point_v<T>;
  std::byte* place_of(const Tile& tile) const;

  const Geometry& g_;
  const RecursiveLayout& layout_;
  const Execution& run_;
  const bool componentwise_;
  const WeightedSum<T>& loops_;
  const WindowSums<T>& windows_;
  CopyRow<T> copy_;
  StoreRow<T> store_;
  bool passes_cache_;
};

}  // namespace faltung
