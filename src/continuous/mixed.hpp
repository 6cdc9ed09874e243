// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/continuous.hpp"

namespace faltung::continuous {

/// All of f * g in which a smooth part takes part: f * g less the convolution of the two closed
/// classes. Smooth parts become series, and with them
///
///   series, bells      bells with bells are bells, the rest a series
///   finite pieces      become series, too
///   infinite pieces    a piece on [c, infinity) meets a series on [a, b] in a series up to b + c,
///                      and beyond in the closed class: for x > 0
///                        exp[z0..zm](x + y) = sum_k exp[z0..zk](x) exp[zk..zm](y)
///                      is Leibniz' rule for e^(z x) e^(z y), so the integral over y is a number
///                      for each k
///   impulses           shift and scale; their derivatives differentiate
///   endless parts      that fall too slowly to become series stay integrals, taken at each t
///                      (overlap.hpp); so do powers of t beside infinite pieces
///
/// Errors: as convolve.
Result<Function> convolve_smooth(const Function& f, const Function& g);

}  // namespace faltung::continuous
