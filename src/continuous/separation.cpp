// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/separation.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "continuous/exp_poly.hpp"

namespace faltung::continuous {

double digits_lost(const WideTerms& terms, Wide length) {
  double most = 0;
  for (const WideTerm& term : terms) {
    if (all_equal(term.rates)) continue;
    Wide spread = 0;
    for (const Complex& z : term.rates)
      spread = std::max({spread, magnitude_sum(z - term.rates[0]), magnitude_sum(z)});
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

void condense(WideTerms& terms, Wide length) {
  constexpr std::size_t kMany = 8;
  constexpr double kLost = 2;
  if (terms.size() <= kMany) return;
  WideTerms apart, close;
  for (WideTerm& term : terms) {
    const bool separate = digits_lost({term}, length) <= kLost;
    (separate ? apart : close).push_back(std::move(term));
  }
  terms = terms_of(exp_poly_of(apart));
  terms.insert(terms.end(), std::make_move_iterator(close.begin()),
               std::make_move_iterator(close.end()));
  tidy(terms);
}

}  // namespace faltung::continuous
