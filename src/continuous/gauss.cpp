// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/gauss.hpp"

#include <cmath>
#include <numbers>

namespace faltung::continuous {

GaussRule::GaussRule(std::size_t nodes) : node(nodes), weight(nodes) {
  const auto n = static_cast<Place>(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    // Newton's iteration for P_n(x) = 0, from Tricomi's approximation.
    Place x = -std::cos(std::numbers::pi_v<Place> * (static_cast<Place>(i) + 0.75L) / (n + 0.5L));
    Place slope = 0;
    for (int step = 0; step < 8; ++step) {
      Place before = 1, now = x;
      for (Place k = 1; k < n; ++k) {
        const Place next = ((2 * k + 1) * x * now - k * before) / (k + 1);
        before = now;
        now = next;
      }
      slope = n * (x * now - before) / (x * x - 1);
      const Place change = now / slope;
      x -= change;
      if (std::abs(change) < 1e-18L) break;
    }
    node[i] = x;
    weight[i] = static_cast<double>(2 / ((1 - x * x) * slope * slope));
  }
}

GaussToLegendre::GaussToLegendre(std::size_t n) : rule(n), columns(n * n) {
  for (std::size_t j = 0; j < n; ++j) {
    const Place x = rule.node[j];
    Place before = 0, now = 1;
    for (std::size_t k = 0; k < n; ++k) {
      const auto index = static_cast<Place>(k);
      columns[j * n + k] = static_cast<double>((index + 0.5L) * rule.weight[j] * now);
      const Place next = ((2 * index + 1) * x * now - index * before) / (index + 1);
      before = now;
      now = next;
    }
  }
}

}  // namespace faltung::continuous
