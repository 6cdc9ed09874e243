// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "convolution/direct_repair.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/row_order.hpp"
#include "convolution/store.hpp"
#include "microkernels/line_sums.hpp"
#include "microkernels/square_sums.hpp"
#include "support/parallel.hpp"

namespace faltung {

/// What one thread needs for tiles of real sums.
template <class T>
struct RowScratch {
  RowScratch(support::Carver& carver, const Geometry& geometry, const DirectLayout& layout);
  T* tile = nullptr;
  T* rows = nullptr;    ///< a group of rows of results on their way into y
  T* turned = nullptr;  ///< rows turned over, where they are
  std::int64_t* slices = nullptr;
  std::int64_t row_pitch = 0;
  bool cleared = false;  ///< the tile holds samples or zeros
};

/// Direct sums of real samples in floating point or short integers, a tile at a time. Where x is
/// dense and of type T, outputs that read nothing beyond its ends are summed in place, and where y
/// is, results go there at once; the frame around them is copied into a tile:
///
///   +------------------+
///   | copied           |
///   |....+--------+....|
///   |    | in     |    |
///   |    |  place |    |
///   |....+--------+....|
///   | copied           |
///   +------------------+
///
/// Integers whose sums T holds run here, too: exactly, or modulo 2^16. They have nothing to repair.
template <class T>
class DirectRows {
 public:
  DirectRows(const Geometry& geometry, const DirectLayout& layout, const RowOrder& order,
             const Execution& run, std::int64_t target, Accumulator accumulator);

  void compute(const BatchOffsets& at, std::int64_t tile, const KernelTaps<T>& kernel,
               RowScratch<T>& scratch) const noexcept;
  /// Whether results may wait on their way past the caches, after all tiles of a thread.
  bool passes_cache() const noexcept { return passes_cache_; }

 private:
  using Repaired = std::conditional_t<std::is_floating_point_v<T>, T, float>;
  struct Part;  ///< a box of outputs, and where its samples lie
  int last() const { return static_cast<int>(g_.spatial.size()) - 1; }
  bool inside(const DirectTile<T>& tile, DirectTile<T>& inner) const;
  bool compute_inside(Part& part, RowScratch<T>& scratch) const;
  void compute_squares(Part& part, RowScratch<T>& scratch) const;
  void compute_copied(Part& part, RowScratch<T>& scratch) const;
  void compute_in_place(Part& part, RowScratch<T>& scratch) const;
  void compute_rows(Part& part, RowScratch<T>& scratch) const;
  void compute_group(Part& part, const std::int64_t* out, std::int64_t count,
                     RowScratch<T>& scratch) const;
  void repair(Part& part, const OutputRows<T>& rows, const std::int64_t* out, bool doubtful) const;
  void repair_floats(Part& part, const OutputRows<T>& rows, const std::int64_t* out,
                     bool doubtful) const
    requires std::is_floating_point_v<T>;
  bool sum(const Part& part, const OutputRows<T>& out, const T* x, T* turned) const;
  bool sum_chunk(const RowTaps<T>& taps, OutputRows<T>& out, const T* x, T* turned) const;
  bool sum_turned(const RowTaps<T>& taps, const OutputRows<T>& out, const T* x, T* turned) const;

  const Geometry& g_;
  const DirectLayout& layout_;
  const RowOrder& order_;
  const Execution& run_;
  const RowSums<T>& loops_;
  const decltype(LineSums<T>::across) across_;
  const CopyRow<T> copy_;
  const DirectRepair<Repaired> repair_;
  /// Of small square kernels: from samples of T to results of T, and from x's own type to y's.
  const typename SquareSums<T>::Sum square_, square_in_place_;
  StoreRow<T> store_;
  bool y_in_place_, passes_cache_;
};

}  // namespace faltung
