// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/panels.hpp"

namespace faltung::continuous {

/// The convolution of two functions on panels of one length, side by side:
///
///   f  | 0 | 1 | 2 |        h  | 0 | 1 |        y  | 0 | 1 | 2 | 3 | 4 |
///
/// Panels i of f and j of h meet y on panel i + j, by the first half of their convolution, and on
/// the next one, by the second (half_convolution.hpp). So y is a convolution over the numbers of
/// panels whose product is a half convolution: where there are many, discrete Fourier transforms
/// over these numbers leave one product for each frequency.
///
/// Shape    as many panels as f and h have together, from the sum of their lower ends on.
/// Cost     with p panels of degree d about p d^2 + p d log p, where single series of degree p d
///          take (p d)^2.
Panels convolve_panels(const Panels& f, const Panels& h);

}  // namespace faltung::continuous
