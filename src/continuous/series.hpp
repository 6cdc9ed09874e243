// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "faltung/types.hpp"

namespace faltung::continuous {

/// A function that is smooth between breakpoints, as a Chebyshev series on each interval, and 0
/// outside: the series class, for whatever is not in the closed one.
///
///   breaks    b0      b1         b2    b3       t, ascending
///   pieces     |  c0  |    c1    |  c2  |       c[0] T_0(x) + c[1] T_1(x) + ..., x = -1 .. 1
struct Series {
  std::vector<double> breaks;               ///< one more than pieces; none for the zero function
  std::vector<std::vector<double>> pieces;  ///< an empty one is 0
  double error = 0;                         ///< estimate of the largest |value - what is meant|
  double error_integral = 0;                ///< of its integral: large errors may be narrow

  bool empty() const { return pieces.empty(); }
  double lower() const { return breaks.empty() ? 0 : breaks.front(); }
  double upper() const { return breaks.empty() ? 0 : breaks.back(); }
  std::size_t largest_degree() const;
};

/// y[i] = f(t[i]): from the right at a breakpoint, from the left at the last. Many points at a time
/// take (degree + 1) / 2 vector steps each for as many points as a vector holds.
void evaluate(const Series& f, std::span<const double> t, std::span<double> y);
double value(const Series& f, double t);

Series scaled(const Series& f, double factor);
/// f(t - by).
Series shifted(const Series& f, double by);
/// f(t / factor), factor not 0.
Series stretched(const Series& f, double factor);
/// f + h and f h, each on its breakpoints and the other's.
Series sum(const Series& f, const Series& h);
Series product(const Series& f, const Series& h);
/// f between lower and upper, 0 outside.
Series restricted(const Series& f, double lower, double upper);
/// Chebyshev coefficients of the derivative of one piece of this length.
std::vector<double> differentiated(const std::vector<double>& c, double length);
/// Piece by piece; a jump's impulse is not part of it.
Series derivative(const Series& f);
/// The integral from the lower end, on the support of f; beyond its upper end the integral stays
/// at `total`, which a series of compact support does not hold.
Series antiderivative(const Series& f);
double total(const Series& f);
/// Of |f|: the largest, and the integral.
struct Size {
  double largest = 0;
  double integral = 0;
};
Size size_of(const Series& f);
/// f(t) repeated with a period, between lower and upper. Errors: size_overflow above 2^14 pieces.
Result<Series> repeated(const Series& f, double period, double lower, double upper);

}  // namespace faltung::continuous
