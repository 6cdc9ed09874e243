// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/continuous.hpp"

namespace faltung::continuous {

/// All of f * g in which a smooth part takes part: f * g less the convolution of the two closed
/// classes. Errors: as convolve.
Result<Function> convolve_smooth(const Function& f, const Function& g);

}  // namespace faltung::continuous
