// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "continuous/closed.hpp"

namespace faltung::continuous {

/// powers[k] s^k e^(rate s), summed over k.
struct ExpPart {
  Complex rate;
  std::vector<Complex> powers;
};

/// The sum of its parts, one a rate; a real function has the conjugate of every part among them.
/// What formulas are multiplied in, and what is printed.
using ExpPoly = std::vector<ExpPart>;

ExpPoly constant(const Complex& value);
/// The number that it is everywhere.
std::optional<Complex> constant_of(const ExpPoly& f);
ExpPoly sum(const ExpPoly& f, const ExpPoly& g);
ExpPoly scaled(ExpPoly f, const Complex& factor);
/// Nothing where the result has more than 256 rates or powers above the 63rd.
std::optional<ExpPoly> product(const ExpPoly& f, const ExpPoly& g);
/// e^f where f is a + b s, with the factor `turn` (i for oscillations) before f.
std::optional<ExpPoly> exponential(const ExpPoly& f, const Complex& turn);
/// 1 / f where f is one exponential.
std::optional<ExpPoly> reciprocal(const ExpPoly& f);
Complex value_of(const ExpPoly& f, Wide s);

/// The real part of the same in doubles.
class QuickPoly {
 public:
  explicit QuickPoly(const ExpPoly& f);
  double operator()(double s) const;

 private:
  struct Part {
    std::complex<double> rate;
    std::vector<std::complex<double>> powers;
  };
  std::vector<Part> parts_;
};

WideTerms terms_of(const ExpPoly& f);
/// Partial fractions: where rates nearly meet, large parts cancel.
ExpPoly exp_poly_of(const WideTerms& terms);

}  // namespace faltung::continuous
