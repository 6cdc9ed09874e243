// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"

namespace faltung {

/// Short real sequences with nothing special asked of them: summed at once, on the stack, with the
/// bits that the direct method gives, for planning takes longer than the sum. Nothing where the
/// problem is another, or its data needs what only a plan does (samples that are not finite,
/// products below the normal numbers); then a plan is made as for all others.
std::optional<AnyArray> run_without_plan(Operation operation, const ConstView& x,
                                         const ConstView& h, const Options& options);

}  // namespace faltung
