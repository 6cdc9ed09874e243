// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "continuous/wide.hpp"

namespace faltung::continuous {

enum class Notation { text, latex };

/// A number as it is written: 12, -1/6, 2*pi, or as many digits as `digits` where it is none of
/// those to 30 digits.
std::string number_text(Wide x, Notation notation, int digits = 17);

/// A factor before something: "" for 1, "-" for -1, else the number with the sign of a product.
std::string factor_text(Wide x, Notation notation, int digits = 17);

/// rate times `s`: "-t/12", "2*pi*t", "-0.3*(t-1)"; `s` is in brackets where it is a sum.
std::string scaled_text(Wide rate, const std::string& s, Notation notation, int digits = 17);

}  // namespace faltung::continuous
