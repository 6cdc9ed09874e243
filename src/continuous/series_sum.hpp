// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "continuous/series.hpp"

namespace faltung::continuous {

/// The sum of many continuous functions that may overlap, given in pieces of whatever length, where
/// the sum is known to be smooth between `breaks` (in any order): a series on each interval. Places
/// that differ by at most `near` are one.
///
/// Parts that have a piece on just the interval are added by their coefficients, the others by
/// their values.
Series sum_of(std::vector<Series> parts, std::vector<double> breaks, double near);

}  // namespace faltung::continuous
