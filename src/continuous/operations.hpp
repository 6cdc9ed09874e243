// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/closed.hpp"

/// The operations of include/faltung/continuous.hpp with numbers of 113 bits, for formulas.
namespace faltung::continuous {

Function function_of(Closed closed, std::vector<SmoothPart> smooth = {});

Function scaled(const Function& f, Wide factor);
Function shifted(const Function& f, Wide by);
Result<Function> stretched(const Function& f, Wide factor);
Result<Function> restricted(const Function& f, Wide lower, Wide upper);
Result<Function> periodic(const Function& f, Wide period, Wide lower, Wide upper);

}  // namespace faltung::continuous
