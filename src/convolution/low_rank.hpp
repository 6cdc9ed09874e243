// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"

namespace faltung {

/// The smallest number of products of one-dimensional kernels whose sum every kernel of `h` is,
/// within what the problem's tolerance leaves; 0 where there is no such number that could save
/// work. Takes time in proportion to taps times the smaller extents. May throw std::bad_alloc.
Result<std::int64_t> find_rank(const Problem& problem, const Geometry& geometry,
                               const ConstView& h);

}  // namespace faltung
