// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "faltung/continuous.hpp"

/// Impulse responses of linear systems, as functions.
namespace faltung::continuous {

/// gain / tau e^(-t/tau) from t = 0 on: tau y' + y = gain x. Errors: tau not above 0, not finite.
FALTUNG_API Result<Function> try_first_order(double time_constant, double gain = 1);
/// y'' + 2 damping w y' + w^2 y = gain w^2 x with the natural frequency w (radians for each unit of
/// time): under-damped below 1, critical at 1, over-damped above. Exact to rounding however near to
/// 1 the damping is, since the response is one divided difference of exponentials. Without damping
/// it rings on, and with a negative one it grows. Errors: w not above 0, not finite.
FALTUNG_API Result<Function> try_second_order(double natural_frequency, double damping,
                                              double gain = 1);

/// A pole p of a transfer function, `multiplicity` times.
struct Pole {
  std::complex<double> place;
  int multiplicity = 1;
};

/// What a transfer function is in time.
struct System {
  Function response;
  std::vector<Pole> poles;
  bool stable = true;  ///< all poles have a negative real part
  /// By how much the parts of the response are larger than their sum at most: what cancels.
  double cancellation = 1;
};

/// b[0] s^m + ... + b[m] over a[0] s^n + ... + a[n], the highest powers first: partial fractions
/// about the roots of the denominator. Where m >= n there are impulses, and for m > n their
/// derivatives. An unstable response is as good as any other for a record of finite length.
///
/// Poles that rounding of the coefficients cannot tell apart are one pole of their mean.
/// Errors: invalid_argument (no coefficients, not finite, a denominator of 0, above degree 24,
/// roots that do not settle, more than an impulse's 2^5 derivatives).
/// Source   O. Aberth, "Iteration methods for finding all zeros of a polynomial simultaneously",
///          Math. Comp. 27, 1973.
FALTUNG_API Result<System> try_transfer_function(std::span<const double> numerator,
                                                 std::span<const double> denominator);

inline Function first_order(double time_constant, double gain = 1) {
  return value_or_throw(try_first_order(time_constant, gain));
}
inline Function second_order(double natural_frequency, double damping, double gain = 1) {
  return value_or_throw(try_second_order(natural_frequency, damping, gain));
}
inline System transfer_function(const std::vector<double>& numerator,
                                const std::vector<double>& denominator) {
  return value_or_throw(try_transfer_function(numerator, denominator));
}

}  // namespace faltung::continuous
