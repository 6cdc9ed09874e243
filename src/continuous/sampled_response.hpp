// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "continuous/step_response.hpp"
#include "faltung/signal.hpp"

namespace faltung {

struct SampledResponse::Impl {
  continuous::Function h;
  double dt = 1;
  SampledOptions options;
  double area = NAN;

  /// For records of that many samples.
  Result<continuous::StepResponse> steps(std::int64_t samples) const;
};

/// x[n-k] is multiplied by taps[k - first]; none where there is nothing but tails.
std::vector<double> taps_of(const continuous::StepResponse& steps);

}  // namespace faltung
