// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "planner/filter_choice.hpp"

namespace faltung {

/// One convolution with its kernel.
struct ReadyStage {
  Plan plan;
  Kernel kernel;
  double sum_abs = 0;   ///< of the taps as they are used
  double rounding = 0;  ///< sum of what these taps are off
};

struct FilterPlan::Impl {
  FilterProblem whole;
  Evaluation evaluation;
  std::vector<std::vector<ReadyStage>> terms;
};

}  // namespace faltung
