// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {

/// A Chebyshev series of high degree n that is asked for at many points: p(cos a) is a
/// trigonometric polynomial of degree n in a, so its values on a grid of a, three times as dense as
/// it needs, say what it is between them, by interpolation from the nearest 48.
///
/// Cost     O(n log n) once, then as much for each point as 48 divisions in vectors, whatever n.
/// Error    a few ulp of the largest value.
/// Source   J.-P. Berrut, L. N. Trefethen, Barycentric Lagrange interpolation, SIAM Review 46,
/// 2004.
class DenseSeries {
 public:
  DenseSeries(std::span<const double> c, Place lower, Place upper);
  void evaluate(std::span<const double> t, std::span<double> y) const;
  void evaluate(std::span<const Place> t, std::span<double> y) const;
  /// Whether that takes less time than Clenshaw's sums.
  static bool pays(std::size_t terms, std::size_t points);

 private:
  template <class T>
  void evaluate_at(std::span<const T> t, std::span<double> y) const;
  Place lower_, upper_;
  std::size_t steps_;           ///< of the grid, from 0 to pi
  std::vector<double> values_;  ///< with neighbours beyond both ends, by symmetry
};

}  // namespace faltung::continuous
