// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/closed.hpp"

namespace faltung::continuous {

/// The integral of f over all t: exact in 113 bits for the closed class, by quadrature for smooth
/// parts. Errors: invalid_argument where f does not decay.
Result<double> total(const Function& f);

}  // namespace faltung::continuous
