// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Functions of t: two formulas in, a function out.
#include <cmath>
#include <faltung/continuous.hpp>

#include "check.hpp"

namespace ct = faltung::continuous;
using faltung::value_or_throw;

int main() {
  // A decay of 12 hours, warmed for 24 hours about noon.
  const ct::Function decay = value_or_throw(ct::parse_function("exp(-t/12)*u(t)"));
  const ct::Function day = value_or_throw(ct::parse_function("box(t/24)"));
  const ct::Function y = value_or_throw(ct::convolve(decay, day));
  check(y.is_closed() && std::abs(y(12) - 12 * (1 - std::exp(-2.0))) < 1e-14);
  check(ct::to_string(y) ==
        "piecewise(t < -12, 0, t < 12, 12 - 12*exp(-(t+12)/12), 28.204828647451237*exp(-t/12))");

  // A result is a function like any other: sampled, differentiated, convolved again.
  std::vector<double> t(97), values(97);
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = 0.5 * static_cast<double>(i);
  y.evaluate(t, values);
  const ct::Function slope = value_or_throw(ct::derivative(y));
  check(std::abs(slope(0) - std::exp(-1.0)) < 1e-15 && slope.impulses().empty());
  const ct::Function twice = value_or_throw(ct::convolve(y, decay));
  check(std::abs(value_or_throw(ct::area(twice)) - 24 * 12 * 12.0) < 1e-10);

  // The same from its parts: rates of exponentials, impulses.
  const ct::Function made = value_or_throw(
      ct::Function::make({{0, std::numeric_limits<double>::infinity(), {{1.0, {-1 / 12.0}}}}},
                         {{24, 0, 0.5}}));  // and an echo of half the weight a day later
  check(std::abs(made(6) - std::exp(-0.5)) < 1e-15 && made.impulses().size() == 1);

  // Rates that nearly meet are no special case.
  const ct::Function near =
      value_or_throw(ct::parse_function("conv(exp(-t)*u(t), exp(-(1+1e-30)*t)*u(t))"));
  check(std::abs(near(1) - std::exp(-1.0)) < 1e-16);

  // The sum of two independent variables has the convolution of their densities.
  const auto wait = value_or_throw(ct::parse_function("conv(uniform(t,0,1), expdist(t,2))"));
  const ct::Moments m = value_or_throw(ct::moments(wait));
  check(std::abs(m.mean - 2.5) < 1e-14 && std::abs(m.variance - (4 + 1 / 12.0)) < 1e-14);

  // What has no meaning says so.
  const auto refused = ct::parse_function("exp(-t)*bux(t)");
  check(!refused && refused.error().message.find("did you mean box?") != std::string::npos);
  return 0;
}
