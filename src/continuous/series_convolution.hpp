// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/series.hpp"

namespace faltung::continuous {

/// (f * h)(t) = integral of f(s) h(t - s) ds, again piecewise smooth, on the sums of breakpoints.
///
///   f, h --+-- all pieces of one length ---------------> panels ---------------+
///          |                                                                   |
///          +-- pairs of pieces --+-- low degrees ------> half convolutions ----+--> added up
///                                +-- high, like lengths > panels, and the rest |    interval by
///                                +-- one much shorter --> ends, and quadrature +    interval
///
/// Cost     about p d^2 for series of degree p d on the whole, where pieces are of one length or
///          there are few of them; pairs of many different pieces cost their number.
/// Error    `error` of the result is an estimate: rounding, and what the errors of f and h give.
/// Fails    size_overflow above 2^14 pairs of pieces, or 2^15 pieces of one length.
/// Source   N. Hale, A. Townsend, SIAM J. Sci. Comput. 36, 2014, for pairs; panels and their
///          transforms are ours.
Result<Series> convolved(const Series& f, const Series& h);

}  // namespace faltung::continuous
