// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "microkernels/series_loops.hpp"

/// Chebyshev series c[0] T_0(x) + ... + c[n] T_n(x) on an interval lower <= t <= upper, with
/// x = -1 at its lower end and 1 at its upper one.
namespace faltung::continuous {

/// A place t, or a point of an interval, to more digits than the doubles around it: where a
/// function has a thousand periods, a point that is rounded to a double is not where its value was
/// meant.
using Place = long double;

/// The loops of the target in use; of the best one where FALTUNG_FORCE_TARGET is refused.
const SeriesLoops& loops();

/// The n + 1 Chebyshev points of an interval in ascending order, its ends among them. n >= 1.
std::vector<Place> chebyshev_points(Place lower, Place upper, std::size_t n);
/// Coefficients of the polynomial through these values at the points above.
std::vector<double> chebyshev_coefficients(std::vector<double> values);
/// Values at the n + 1 points above of a series of degree at most n.
std::vector<double> chebyshev_values(std::span<const double> c, std::size_t n);

/// How many coefficients are worth keeping: where they have come down to a plateau of rounding at
/// about `tolerance` relative to the largest. All of them where they have not: then the function
/// was not resolved. Trailing zeros go.
///
/// Source   J. L. Aurentz, L. N. Trefethen, Chopping a Chebyshev series, ACM TOMS 43, 2017.
std::size_t chopped_size(std::span<const double> c, double tolerance);

/// y[i] = the series at t[i], for t within the interval (what lies outside is taken at the end).
/// Within a few ulp of max|y| times the square root of the degree, also where the series
/// oscillates at full degree: the place within the interval is kept to twice the precision.
void evaluate_chebyshev(std::span<const double> c, Place lower, Place upper,
                        std::span<const double> t, std::span<double> y);
void evaluate_chebyshev(std::span<const double> c, Place lower, Place upper,
                        std::span<const Place> t, std::span<double> y);

}  // namespace faltung::continuous
