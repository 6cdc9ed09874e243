// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/direct_layout.hpp"
#include "convolution/kernel_taps.hpp"
#include "microkernels/row_sums.hpp"
#include "microkernels/weighted_sum.hpp"

namespace faltung {

/// One dense row of real samples in floating point with a few neighbouring taps and nothing
/// outside, short enough for one tile. What finds its way through tiles of any kind would take
/// longer than the sums:
///
///   outputs   [ front |  inside, straight from x  | back ]
///             [ some more    ]         [ some more    ]   their samples are copied
///
/// Outputs that two of them compute are the same, since each is one chain over its taps.
template <class T>
class DenseRow {
 public:
  static bool serves(const Geometry& geometry, const DirectLayout& layout);

  DenseRow(const Geometry& geometry, std::int64_t target);

  /// The same bits as from tiles; false where an output may have to be repaired, or the pointers
  /// are not those of T.
  bool compute(const void* x, const KernelTaps<T>& kernel, void* y) const noexcept;

 private:
  void copy(const T* x, std::int64_t from, std::int64_t count, T* to) const noexcept;
  bool is_harmless(const T* x, const KernelTaps<T>& kernel) const noexcept;

  const Axis axis_;
  const RowSums<T>& loops_;
  const WeightedSum<T>& scans_;
  const std::int64_t from_, to_;  ///< outputs inside
  std::vector<std::int64_t> columns_;
};

}  // namespace faltung
