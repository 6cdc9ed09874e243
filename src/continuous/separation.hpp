// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/closed.hpp"

namespace faltung::continuous {

/// How many decimal digits partial fractions of the terms cancel where s is about the shortest time
/// of the terms, or `length`: rates of distance d make parts about 1 / (d s) times the whole. 0
/// where no term has two unequal rates.
double digits_lost(const WideTerms& terms, Wide length);

/// Fewer terms for the same function: where there are many, those whose rates lie well apart (two
/// digits of 34 are lost) become powers times exponentials, which add up.
void condense(WideTerms& terms, Wide length);

}  // namespace faltung::continuous
