// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "formula.hpp"
#include "input.hpp"

namespace faltung::cli {

/// Samples through a continuous response: reads, computes, writes, tells. Stop, with every file as
/// it was.
void run_sampled(const Request& request, Input& input, const std::string& formula);

/// Refuses what only a formula has.
void check_no_formula(const Request& request);

/// The taps that a formula amounts to, for what is convolved as samples are: they reach to where
/// less than 2^-53 of the largest is left. Stop where they do not end.
KernelSource formula_kernel(const Request& request, const Data& data, const std::string& formula);

}  // namespace faltung::cli
