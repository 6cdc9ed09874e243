// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace faltung::continuous {

/// Coefficients of the same polynomial by Legendre instead of Chebyshev polynomials, and back; as
/// many as are given. n^2/4 multiply-adds: 10^4 coefficients take some milliseconds.
///
/// Error    a few ulp of the largest coefficient times sqrt(n).
/// Source   B. K. Alpert, V. Rokhlin, A fast algorithm for the evaluation of Legendre expansions,
///          SIAM J. Sci. Stat. Comput. 12, 1991: the entries of the two matrices. Each is a factor
///          of the difference of its indices times one of their sum, so that a diagonal is a
///          product of three vectors.
std::vector<double> legendre_from_chebyshev(std::span<const double> c);
std::vector<double> chebyshev_from_legendre(std::span<const double> l);

}  // namespace faltung::continuous
