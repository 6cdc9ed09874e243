// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "continuous/chain.hpp"
#include "continuous/series.hpp"

namespace faltung::continuous {

/// What is added up: f for from <= t < to.
struct Part {
  Chain f;
  Place from, to;
};

/// The sum of many parts that may overlap, given in pieces of whatever length, where the sum is
/// known to be smooth between `breaks` (in any order): a series on each interval. Places that
/// differ by at most `near` are one.
///
/// Parts that have a piece on just the interval are added by their coefficients, the others by
/// their values.
Series sum_of(std::vector<Part> parts, std::vector<Place> breaks, Place near);

}  // namespace faltung::continuous
