// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// How many problems a call of half_convolution solves side by side: row k of its arrays holds
/// number k of each of them.
inline constexpr std::int64_t kSeriesLanes = 8;
/// Clenshaw's sums are made for multiples of this many points.
inline constexpr std::int64_t kSeriesPoints = 32;

/// How many neighbours on a grid a value between them is made from.
inline constexpr std::int64_t kSeriesNeighbours = 48;

/// Loops over coefficients of Chebyshev and Legendre series, in doubles.
struct SeriesLoops {
  /// y[i] = sum_k c[k] T_k(side[i] (1 - gap[i] - low[i])), k < terms, side 1 or -1 and gap from 0
  /// to 1; `low` is what the rounding of gap left. `points` is a multiple of kSeriesPoints.
  void (*clenshaw)(const double* c, std::int64_t terms, const double* side, const double* gap,
                   const double* low, double* y, std::int64_t points) noexcept;
  /// y[k] += factor * a[k], k < n.
  void (*add_scaled)(double* y, double factor, const double* a, std::int64_t n) noexcept;
  /// y[k] += factor * a[k] * b[k], k < n.
  void (*add_product)(double* y, double factor, const double* a, const double* b,
                      std::int64_t n) noexcept;
  /// y[i] from kSeriesNeighbours values v[start[i] ...] on a grid, `offset[i]` steps after the
  /// middle left one, not on any: sum w v / d over sum w / d, d the distances, w the weights.
  void (*barycentric)(const double* v, const std::int64_t* start, const double* offset,
                      const double* weight, double* y, std::int64_t points) noexcept;
  /// The recurrence that half_convolution.cpp explains. Rows of kSeriesLanes numbers:
  ///   now     m + n + 4: column 0 of S in rows 0 .. m + 1, zeros behind; is overwritten
  ///   before  m + n + 4: work
  ///   h       n + 1: coefficients of the series of degree n <= m, and
  ///   mirror  n + 1: the same with the signs of odd rows turned
  ///   r       m + n + 4 numbers, 1 / (2 k + 1)
  ///   y       m + n + 2: what is to be multiplied by 2 k + 1; is overwritten
  void (*half_convolution)(double* now, double* before, const double* h, const double* mirror,
                           const double* r, std::int64_t m, std::int64_t n, double* y) noexcept;
};

/// `target` as in targets.hpp.
const SeriesLoops& series_loops(std::int64_t target) noexcept;

}  // namespace faltung
