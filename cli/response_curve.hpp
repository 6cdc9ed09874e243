// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/continuous.hpp"
#include "plot.hpp"

namespace faltung::cli {

/// A continuous response for a plot: from where it begins to where 99.9 % of it are over, or to
/// `most` where it goes on; jumps upright.
ContinuousCurve response_curve(const continuous::Function& h, double most);

}  // namespace faltung::cli
