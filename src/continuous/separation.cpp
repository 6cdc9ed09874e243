// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/separation.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::continuous {

double digits_lost(const WideTerms& terms, Wide length) {
  double most = 0;
  for (const WideTerm& term : terms) {
    Wide spread = 0;
    for (const Complex& z : term.rates)
      for (const Complex& w : term.rates) spread = std::max(spread, magnitude_sum(z - w));
    if (spread == 0) continue;
    const Wide reach = std::min(length, 1 / spread);
    for (const Complex& z : term.rates) {
      double digits = 0;
      for (const Complex& w : term.rates) {
        const Wide apart = magnitude_sum(z - w) * reach;
        if (apart > 0) digits -= std::log10(std::max(narrow(apart), 1e-300));
      }
      most = std::max(most, digits);
    }
  }
  return most;
}

}  // namespace faltung::continuous
