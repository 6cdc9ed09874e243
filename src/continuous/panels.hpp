// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "continuous/chain.hpp"

namespace faltung::continuous {

/// A smooth function on intervals of one length, side by side, each by as many Legendre
/// coefficients.
struct Panels {
  Place lower = 0, length = 1;
  std::vector<std::vector<double>> l;
};

/// Cuts smooth functions into panels. Keeps the matrices that it needs: use one for many.
class PanelCutter {
 public:
  /// `count` panels of `length` from `lower` on, within the support of f, whose pieces are parts
  /// of one smooth function. As many coefficients for each as all of them need, relative to the
  /// largest value.
  Panels cut(const Chain& f, Place lower, Place length, std::size_t count);

 private:
  /// Legendre coefficients from values at the points of chebyshev_points.
  const std::vector<double>& matrix(std::size_t points);
  std::map<std::size_t, std::vector<double>> matrices_;
};

/// The panels as they lie.
Chain chain_of(const Panels& panels);

}  // namespace faltung::continuous
