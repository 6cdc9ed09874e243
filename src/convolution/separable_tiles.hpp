// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "convolution/algorithm.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/separable_layout.hpp"
#include "convolution/split_kernel.hpp"
#include "convolution/store.hpp"
#include "microkernels/byte_lines.hpp"
#include "microkernels/line_sums.hpp"
#include "microkernels/samples.hpp"
#include "microkernels/weighted_sum.hpp"

namespace faltung {

/// Computes tiles of outputs by passes along one axis after the other.
///
/// The last two axes go together, as many rows of outputs at once as a vector has lanes: down the
/// columns into `lines`, then along these, turned over, so that every load is aligned:
///
///   x~ tile --> plane (one place of axis 0 done) --> ... --> lines --> += results   for each term
///
/// One product over two axes goes the other way round, where rows can be summed as they lie: each
/// row of x~ as it comes, without a tile, into lines that roll on beside the outputs:
///
///   row of x~ --> line                      as many lines as a group of outputs needs, and
///                 ===== --> results         some more before they are moved back
///
/// A slab is the outputs that are finished together: at one place of the first axis, or a group of
/// rows where there are two axes.
template <class T>
class SeparableTiles {
 public:
  /// With `componentwise`, small outputs keep their digits where products underflow. Integers that
  /// T holds exactly may run in floating point.
  SeparableTiles(const Geometry& geometry, const SeparableLayout& layout, const Execution& run,
                 bool componentwise, std::int64_t target, Accumulator accumulator);

  static std::int64_t scratch_bytes(const SeparableLayout& layout);
  void compute(const BatchOffsets& at, std::int64_t tile, const KernelTaps<T>& taps,
               const SplitKernel<T>& kernel, std::byte* scratch) const noexcept;

 private:
  struct Tile;
  /// Samples that a pass along an axis reads: those of its first output, and how they lie.
  struct Source {
    const T* samples;
    std::int64_t pitch, advance;  ///< from one position to the next, from one output to the next
    Soon soon = {};               ///< samples of x that the next outputs read
    Soon soon_from(std::int64_t column) const {
      return soon.first == nullptr ? soon
                                   : Soon{soon.first + column * soon.step, soon.pitch, soon.step};
    }
  };
  /// Those of a term, from one axis on.
  struct Factors {
    const T* taps;
    const Symmetry* symmetry;
    Factors behind(std::int64_t n) const { return {taps + n, symmetry + 1}; }
  };
  int last() const { return static_cast<int>(g_.spatial.size()) - 1; }
  ExtendedInput<T> input(const Tile& tile) const;
  void place_results(Tile& tile) const;
  void ask_for_results(const Tile& tile) const;
  void compute_box(Tile& tile) const;
  void load(Tile& tile) const;
  void load_row(const ExtendedInput<T>& x, const Tile& tile, const std::int64_t* position,
                T* row) const;
  void load_rows(Tile& tile, std::int64_t from, std::int64_t to) const;
  Soon rows_from(const Tile& tile, std::int64_t row) const;
  void compute_slab(Tile& tile, std::int64_t j) const;
  void compute_rows(Tile& tile, std::int64_t j, std::int64_t count, const Soon& soon) const;
  void finish(Tile& tile) const;
  void roll(Tile& tile) const;
  void finish_rows(Tile& tile, const T* lines) const;
  void finish_bytes(Tile& tile, const T* lines) const;
  bool fits_bytes(const Tile& tile) const;
  void look_beyond(Tile& tile) const;
  const std::uint8_t* row_of_bytes(const Tile& tile, std::int64_t position, std::int64_t first,
                                   std::int64_t count) const;
  void roll_phases(const Tile& tile, std::int64_t from, std::int64_t to, T* lines) const;
  void roll_lines(const Tile& tile, std::int64_t from, std::int64_t to, T* lines) const;
  void pass(int axis, Tile& tile, const T* from, const Factors& factors, bool accumulate,
            T* to) const;
  void lines(Tile& tile, const Source& source, std::int64_t count, const Factors& factors,
             bool accumulate, T* to) const;
  void down(const Tile& tile, const Source& source, std::int64_t count, std::int64_t from,
            std::int64_t to, const Factors& factors) const;
  void along(Tile& tile, std::int64_t count, std::int64_t from, std::int64_t n,
             const Factors& factors, bool accumulate, T* to) const;
  void weigh(bool narrow, T* to, const T* from, std::int64_t n,
             const std::vector<std::int64_t>& offsets, const T* factor, bool accumulate) const;
  /// Calls f(row of the tile, its positions along the outer axes).
  template <class F>
  void for_each_loaded_row(const Tile& tile, F&& f) const;
  /// Calls f(first result, results of a row) for the rows of a slab, tile.out at that row's first.
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

  /// Integers have loops of their own, one row at a time.
  struct NoRows {
    std::int64_t lanes = 1;
  };
  using Rows = std::conditional_t<std::is_floating_point_v<T>, RowSums<T>, NoRows>;
  using Lines = std::conditional_t<std::is_floating_point_v<T>, LineSums<T>, NoRows>;
  static const Rows& rows_of(std::int64_t target);
  static const Lines& lines_of(std::int64_t target);

  const Geometry& g_;
  const SeparableLayout& layout_;
  const Execution& run_;
  const bool componentwise_;
  const WeightedSum<T>& loops_;
  const Rows& rows_;
  const Lines& lines_;
  const ByteLines& byte_lines_;
  const CopyRow<T> copy_;
  StoreRow<T> store_;
  bool x_in_place_, y_in_place_, y_bytes_, extends_in_bytes_, passes_cache_;
};

}  // namespace faltung
