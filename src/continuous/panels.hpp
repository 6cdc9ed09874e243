// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "continuous/chain.hpp"

namespace faltung::continuous {

/// A smooth function on intervals of one length, side by side, each by as many Legendre
/// coefficients.
struct Panels {
  Place lower = 0, length = 1;
  std::vector<std::vector<double>> l;
};

/// `count` panels of `length` from `lower` on, within the ends of f, whose pieces are parts of one
/// smooth function. As many coefficients for each as all of them need, relative to the largest
/// value, from values at Gauss' nodes.
Panels cut_panels(const Chain& f, Place lower, Place length, std::size_t count);

/// The panels as they lie.
Chain chain_of(const Panels& panels);

}  // namespace faltung::continuous
