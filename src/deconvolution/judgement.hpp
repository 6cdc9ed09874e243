// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deconvolution/solver.hpp"

namespace faltung::deconvolution {

/// The answer of a solver at a weight, with what it is worth and the warnings that it needs.
Deconvolution judge(Solver& solver, std::span<const double> y, double weight,
                    const DeconvolutionOptions& options);

}  // namespace faltung::deconvolution
