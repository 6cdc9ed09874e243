// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Functions outside the closed class, as series: any formula, any function in C++.
#include <cmath>
#include <faltung/continuous.hpp>
#include <iostream>

#include "check.hpp"

namespace ct = faltung::continuous;
using faltung::value_or_throw;

int main() {
  const auto burst = [](double t) { return std::exp(-std::abs(t)) * std::cos(40 * t * t); };
  const ct::Function f = value_or_throw(ct::series_function(burst, -2, 3));
  const ct::Function h = value_or_throw(ct::parse_function("sqrt(1-t^2)*box(t/2)"));
  const ct::Function y = value_or_throw(ct::convolve(f, h));
  std::cout << y(0.5) << " +- " << ct::error_estimate(y) << '\n';

  // It is a function like any other, and 0 beyond the sums of the ends.
  check(y.lower() == -3 && y.upper() == 4 && y(-3.5) == 0 && y(4.5) == 0);
  // The integral of a convolution is the product of the integrals; that of h is half a circle.
  const ct::Function whole = value_or_throw(ct::antiderivative(y));
  const ct::Function of_f = value_or_throw(ct::antiderivative(f));
  check(std::abs(whole(5) - of_f(5) * std::acos(-1.0) / 2) < 1e-6);
  // And it commutes.
  const ct::Function other = value_or_throw(ct::convolve(h, f));
  check(std::abs(y(0.5) - other(0.5)) < 1e-13);

  // What cannot be resolved is refused, with the place.
  const auto refused = ct::series_function([](double t) { return 1 / t; }, -1, 1);
  check(!refused && refused.error().message.find("t = ") != std::string::npos);
  return 0;
}
