// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "continuous/wide.hpp"

namespace faltung::continuous {

using Rates = std::vector<Complex>;

/// exp[z0, ..., zm](s), the divided difference of z -> exp(z s): for one rate e^(z s), for two
/// (e^(z0 s) - e^(z1 s)) / (z0 - z1), for equal ones s^m / m! e^(z s). Symmetric in the rates; for
/// real rates and s > 0 it is positive, and computed without cancellation however near they are.
///
/// Source   A. McCurdy, K. C. Ng, B. N. Parlett, "Accurate computation of divided differences of
///          the exponential function", Math. Comp. 43, 1984: the recurrence where rates lie apart,
///          the Taylor series where they do not.
Complex divided_exp(std::span<const Complex> rates, Wide s);

/// exp[z0](s), exp[z0, z1](s), ..., all of them for little more than the last.
Rates divided_exp_prefixes(std::span<const Complex> rates, Wide s);

/// Bit for bit.
bool all_equal(std::span<const Complex> rates);

/// A total order of rates: by real part, then by imaginary part.
bool before(const Complex& a, const Complex& b);

}  // namespace faltung::continuous
