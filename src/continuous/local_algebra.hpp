// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "continuous/formula_local.hpp"

/// Sums, products and functions of what a formula is between two corners; nothing where the result
/// is not of the closed class.
namespace faltung::continuous {

using MaybePoly = std::optional<ExpPoly>;

inline Complex number(double n) { return Complex(Wide(n)); }

Local of_poly(ExpPoly poly);
MaybeLocal of_maybe(MaybePoly poly);
bool is_zero(const MaybeLocal& f);

/// f + factor g.
MaybeLocal sum(const MaybeLocal& f, const MaybeLocal& g, const Complex& factor);
MaybeLocal scaled(const Local& f, const Complex& factor);
/// 0 times anything is 0.
MaybeLocal times(const MaybeLocal& f, const MaybeLocal& g);
MaybeLocal whole_power(const MaybeLocal& base, int exponent);

/// sqrt, log, tan, ... of a constant, in 113 bits where that is easy and in 53 where it is not.
std::optional<Wide> of_constant(Word word, Wide x);
/// sin, cos, sinh and cosh as two exponentials.
MaybeLocal oscillation(Word word, const ExpPoly& x);

/// x^(k-1) e^(-x/mean) / ((k-1)! mean^k) for x > 0; x_middle is x inside the interval.
MaybeLocal erlang(const MaybeLocal& x, Wide x_middle, int k, Wide mean);
/// e^(-|x - mean|/scale) / (2 scale).
MaybeLocal laplace(const MaybeLocal& x, Wide x_middle, Wide mean, Wide scale);

}  // namespace faltung::continuous
