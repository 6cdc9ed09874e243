// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "faltung/continuous.hpp"

namespace faltung::continuous {

/// What the two samples at the ends of a step are multiplied by: x[n-k] and x[n-k-1].
struct StepWeights {
  double now = 0, past = 0;
};

/// Calls add(k, weights) for each step of a smooth part from lag `first` to lag `last`, by
/// quadrature between its breakpoints; where the part has no end, until nothing is left.
/// Errors: size_overflow.
Result<void> quadrature_steps(const SmoothPart& part, double dt, bool linear, std::int64_t first,
                              std::int64_t last,
                              const std::function<void(std::int64_t, const StepWeights&)>& add);

}  // namespace faltung::continuous
