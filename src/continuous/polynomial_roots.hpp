// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "continuous/wide.hpp"
#include "faltung/types.hpp"

namespace faltung::continuous {

/// All roots of a[0] + a[1] s + ... + a[n] s^n with real coefficients and a[n] not 0, as often as
/// they occur, each real or followed by its conjugate. Aberth's iteration in 113 bits, from moduli
/// by the Newton polygon. Roots whose mean takes their place without a change of the coefficients
/// beyond the rounding of doubles are that mean: (s + 1)^3 has one root, three times.
/// Errors: invalid_argument where they do not settle.
Result<std::vector<Complex>> polynomial_roots(std::vector<Wide> a);

/// The value of a polynomial, lowest power first.
Complex horner(const std::vector<Complex>& a, const Complex& s);

}  // namespace faltung::continuous
