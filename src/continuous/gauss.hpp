// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {

/// Gauss' quadrature on [-1, 1]: exact for polynomials of degree 2 n - 1. Nodes ascend.
struct GaussRule {
  explicit GaussRule(std::size_t n);
  std::vector<Place> node;
  std::vector<double> weight;
};

/// Legendre coefficients of the polynomial through values at the nodes: column j, n numbers from
/// j n on, is what the value at node j contributes.
struct GaussToLegendre {
  explicit GaussToLegendre(std::size_t n);
  GaussRule rule;
  std::vector<double> columns;
};

}  // namespace faltung::continuous
