// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "continuous/series.hpp"

namespace faltung::continuous {

/// How a function is to be resolved.
struct Resolution {
  double tolerance = 0x1p-52;         ///< relative to the largest value
  std::vector<double> breakpoints;    ///< where it is known not to be smooth
  std::size_t most_degree = 1 << 16;  ///< of a piece
  std::size_t most_pieces = 1 << 10;
};

/// The series of any function of t between two finite ends: on each interval values at 17, 33, ...
/// Chebyshev points until their coefficients come down to the tolerance. Where they do not, the
/// interval is cut: where differences say that the function or one of its first three derivatives
/// jumps (near that end where it is there), otherwise in its middle, and each part gets half of the
/// degree. What is narrower than 64 doubles or 1e-32 of the whole is not cut any more.
///
/// Error    the result's `error` is what was cut off, and the tolerance. It is an estimate: a
///          feature between all points goes unseen.
/// Fails    invalid_argument where a value is not finite or the function grows without bound, with
///          the place; unsupported where more pieces would be needed, with the place.
/// Source   L. N. Trefethen, Approximation Theory and Approximation Practice, 2013; R. Pachon,
///          R. B. Platte, L. N. Trefethen, Piecewise-smooth chebfuns, IMA J. Numer. Anal. 30, 2010,
///          for cutting at what differences find.
Result<Series> resolve(const std::function<double(double)>& f, double lower, double upper,
                       const Resolution& how = {});

}  // namespace faltung::continuous
