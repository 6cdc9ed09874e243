// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace faltung::continuous {

/// The convolution of two functions on panels of one length, side by side, each a Chebyshev series:
///
///   f  | 0 | 1 | 2 |        h  | 0 | 1 |        y  | 0 | 1 | 2 | 3 | 4 |
///
/// Panels i of f and j of h meet y on panel i + j, by the first half of their convolution, and on
/// the next one, by the second (half_convolution.hpp). So y is a convolution over the numbers of
/// panels whose product is a half convolution: where there are many, discrete Fourier transforms
/// over these numbers leave one product for each frequency.
///
/// Shape    f.size() + h.size() results, those of panels that begin at the sum of f's and h's.
/// Cost     with p panels of degree d about p d^2 + p d log p, where single series of degree p d
///          take (p d)^2.
std::vector<std::vector<double>> convolve_panels(std::span<const std::vector<double>> f,
                                                 std::span<const std::vector<double>> h,
                                                 double length);

}  // namespace faltung::continuous
