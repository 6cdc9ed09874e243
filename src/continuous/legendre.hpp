// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace faltung::continuous {

/// Coefficients of the same polynomial by Legendre instead of Chebyshev polynomials, and back; as
/// many as are given. n^2/4 multiply-adds: 10^4 coefficients take some milliseconds.
///
/// Error    a few ulp of the largest coefficient times sqrt(n).
/// Threads  const.
/// Source   B. K. Alpert, V. Rokhlin, A fast algorithm for the evaluation of Legendre expansions,
///          SIAM J. Sci. Stat. Comput. 12, 1991: the entries of the two matrices. Each is a factor
///          of the difference of its indices times one of their sum, so that a diagonal is a
///          product of three vectors.
class LegendreTransform {
 public:
  /// For up to `most` coefficients.
  explicit LegendreTransform(std::size_t most);
  std::vector<double> from_chebyshev(std::span<const double> c) const;
  std::vector<double> to_chebyshev(std::span<const double> l) const;

 private:
  std::vector<double> binomial_;    ///< (2 j)! / (4^j j!^2)
  std::vector<double> difference_;  ///< binomial[j - 1] / (2 j)
  std::vector<double> sum_;         ///< 1 / (binomial[s] s (2 s + 1))
};

std::vector<double> legendre_from_chebyshev(std::span<const double> c);
std::vector<double> chebyshev_from_legendre(std::span<const double> l);

}  // namespace faltung::continuous
