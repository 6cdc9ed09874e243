// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// d/ds exp[z0..zm](s) = z0 exp[z0..zm](s) + exp[z1..zm](s), and where a function jumps its
// derivative has an impulse.
#include <algorithm>

#include "continuous/closed.hpp"

namespace faltung::continuous {
namespace {

WideTerms derivative_of(const WideTerms& terms, int direction) {
  WideTerms result;
  for (const WideTerm& term : terms) {
    const Complex weight = term.weight * Complex(Wide(direction));
    if (term.rates[0] != Complex()) result.push_back({weight * term.rates[0], term.rates});
    if (term.rates.size() > 1)
      result.push_back({weight, Rates(term.rates.begin() + 1, term.rates.end())});
  }
  tidy(result);
  return result;
}

struct Jump {
  Wide at, height;
};

/// What is left where continuous pieces meet is rounding, which is no jump.
void add_jumps(std::vector<Jump> ends, std::vector<WideImpulse>& impulses) {
  std::stable_sort(ends.begin(), ends.end(),
                   [](const Jump& a, const Jump& b) { return a.at < b.at; });
  for (std::size_t i = 0; i < ends.size();) {
    const Wide at = ends[i].at;
    Wide sum = 0, size = 0;
    for (; i < ends.size() && ends[i].at == at; ++i) {
      sum += ends[i].height;
      size += wide_abs(ends[i].height);
    }
    if (wide_abs(sum) > Wide(0x1p-90) * size) impulses.push_back({at, 0, sum});
  }
}

}  // namespace

Result<Closed> derivative(const Closed& f) {
  std::vector<WidePiece> pieces = f.pieces;
  std::vector<WideImpulse> impulses = f.impulses;
  for (WideImpulse& d : impulses) {
    if (d.order == kMostOrder)
      return tl::unexpected(
          Failure{Status::size_overflow, "a derivative above the 32nd of an impulse"});
    ++d.order;
  }
  std::vector<Jump> ends;
  for (WidePiece& piece : pieces) {
    for (const auto& [end, sign] : {std::pair{piece.lower, 1}, std::pair{piece.upper, -1}})
      if (is_finite(end))
        ends.push_back({end, sign * value_of(piece.terms, (end - piece.origin) * piece.direction)});
    piece.terms = derivative_of(piece.terms, piece.direction);
  }
  add_jumps(std::move(ends), impulses);
  return assemble(std::move(pieces), std::move(impulses));
}

}  // namespace faltung::continuous
