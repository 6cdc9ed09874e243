// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "support/aligned_vector.hpp"

namespace faltung::continuous {

/// The convolution of two Legendre series on [-1, 1], which lies on [-2, 2], over [-2, 0]:
///
///   y(u) = integral from -1 to u of f(s) h(u - 1 - s) ds,   -1 <= u <= 1,
///
/// a polynomial of degree m + n + 1. Its other half, over [0, 2], is the same of f(-s) and h(-s),
/// mirrored. With h = P_j, y_j obeys y_(j+1) = y_(j-1) + (2 j + 1) integral y_j, so that for the
/// coefficients y_j = sum_k (2 k + 1) S[k, j] P_k
///
///   S[k, j+1] = S[k, j-1] + (2 j + 1) / (2 k + 1) (S[k-1, j] - S[k+1, j]).
///
/// That is stable for k >= j alone; the rest is S[j, k] = (-1)^(j+k) S[k, j]. So only the columns'
/// parts from the diagonal down are computed, one from the last two, each used along its column
/// and along the row that it mirrors, and never stored:
///
///         j 0 1 2          *        column j gives y[k] += S[k, j] h[j], k >= j, and
///       k 0 *  .  .        * *      y[j] += sum over k > j of (-1)^(j+k) S[k, j] h[k]
///         1 *  *  .        * * *
///         2 *  *  *        * * *
///         3 *  *  *        * * *    S[k, j] = 0 for k > m + j + 1
///
/// Cost     (m + 2) n steps of four operations for kSeriesLanes pairs at once.
/// Source   N. Hale, A. Townsend, An algorithm for the convolution of Legendre series, SIAM J.
///          Sci. Comput. 36, 2014. The factor 2 k + 1, which makes S symmetric but for signs, and
///          pairs side by side are ours.
class HalfConvolution {
 public:
  /// Degrees m >= n.
  HalfConvolution(std::size_t m, std::size_t n);
  /// Rows of kSeriesLanes numbers, row k with the coefficients k of that many pairs: f has m + 1,
  /// h has n + 1, y gets m + n + 2 rows.
  void run(const double* f, const double* h, double* y);

 private:
  std::size_t m_, n_;
  support::AlignedVector<double> now_, before_, mirror_, reciprocal_;
};

/// One half of the convolution of two polynomials on intervals of one length, by their Legendre
/// coefficients: the first half of the result (lower ends fixed), or the second.
struct HalfPair {
  std::span<const double> f, h;
  bool second = false;
  double length = 2;  ///< of the intervals of f and h, and of the one of the result
};

/// Legendre coefficients of each result, f.size() + h.size() of them.
std::vector<std::vector<double>> convolve_halves(const std::vector<HalfPair>& pairs);

}  // namespace faltung::continuous
