// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "convolution/geometry.hpp"

namespace faltung {

/// How many non-zero taps lie in any box: a table of sums over the boxes that begin at tap 0.
/// Tells where a kernel vanishes over the hull of the input's non-zero samples.
class TapCounts {
 public:
  TapCounts() = default;
  /// `nonzero(t)` for the dense tap index t. May throw std::bad_alloc.
  template <class F>
  TapCounts(const Geometry& geometry, F&& nonzero) {
    std::int64_t size = 1;
    for (const Axis& a : geometry.spatial) {
      taps_.push_back(a.taps);
      size *= a.taps;
    }
    sums_.resize(static_cast<std::size_t>(size));
    for (std::int64_t t = 0; t < size; ++t) sums_[static_cast<std::size_t>(t)] = nonzero(t) ? 1 : 0;
    accumulate();
  }
  bool empty() const { return sums_.empty(); }
  /// Non-zero taps k with first <= k <= last along every axis; the box may lie beyond the kernel.
  std::int64_t count(const std::int64_t* first, const std::int64_t* last) const noexcept;

 private:
  void accumulate();
  Dims taps_;
  std::vector<std::int64_t> sums_;  ///< inclusive along every axis
};

}  // namespace faltung
