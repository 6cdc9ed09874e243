// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/closed.hpp"

#include <algorithm>

namespace faltung::continuous {
namespace {

bool rates_before(const Rates& a, const Rates& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), before);
}

Rates conjugates(const Rates& rates) {
  Rates result;
  for (const Complex& z : rates) result.push_back(conjugate(z));
  std::sort(result.begin(), result.end(), before);
  return result;
}

bool all_real(const Rates& rates) {
  return std::all_of(rates.begin(), rates.end(), [](const Complex& z) { return z.is_real(); });
}

// Places nearer than rounding leaves them are one.
std::vector<Wide> distinct(std::vector<Wide> places) {
  std::sort(places.begin(), places.end());
  std::vector<Wide> kept;
  for (const Wide t : places) {
    const Wide size = is_finite(t) ? wide_abs(t) : Wide(0);
    if (kept.empty() || t - kept.back() > 64 * kWideEpsilon * size) kept.push_back(t);
  }
  return kept;
}

std::size_t place_of(const std::vector<Wide>& places, Wide t) {
  const auto above = std::lower_bound(places.begin(), places.end(), t);
  const auto at = static_cast<std::size_t>(above - places.begin());
  if (at == places.size()) return at - 1;
  return at > 0 && t - places[at - 1] < places[at] - t ? at - 1 : at;
}

Failure too_large(const char* what) { return {Status::size_overflow, what}; }

std::vector<WideImpulse> gathered(std::vector<WideImpulse> impulses) {
  std::stable_sort(impulses.begin(), impulses.end(), [](const auto& a, const auto& b) {
    return a.at < b.at || (a.at == b.at && a.order < b.order);
  });
  std::vector<WideImpulse> kept;
  for (WideImpulse& d : impulses) {
    d.at += Wide(0);  // -0 is 0
    const bool same = !kept.empty() && kept.back().order == d.order &&
                      d.at - kept.back().at <= 64 * kWideEpsilon * wide_abs(d.at);
    if (same) kept.back().weight += d.weight;
    else kept.push_back(d);
  }
  std::erase_if(kept, [](const WideImpulse& d) { return d.weight == 0; });
  return kept;
}

// What one piece is between two neighbouring places.
WideTerms part_of(const WidePiece& piece, const WidePiece& place) {
  const Wide offset = (place.origin - piece.origin) * piece.direction;
  return moved(piece.terms, offset, piece.direction != place.direction);
}

WidePiece empty_between(Wide lower, Wide upper) {
  WidePiece piece{lower, upper, lower, 1, {}};
  if (!is_finite(lower)) {
    piece.origin = upper;
    piece.direction = -1;
  }
  return piece;
}

WideTerm backwards(WideTerm term) {
  for (Complex& z : term.rates) z = -z;
  if (term.rates.size() % 2 == 0) term.weight = -term.weight;
  return term;
}

bool is_finite_piece(const WidePiece& piece) {
  return is_finite(piece.origin) && piece.lower == piece.lower && piece.upper == piece.upper &&
         std::all_of(piece.terms.begin(), piece.terms.end(), [](const WideTerm& term) {
           return is_finite(term.weight) &&
                  std::all_of(term.rates.begin(), term.rates.end(),
                              [](const Complex& z) { return is_finite(z); });
         });
}

}  // namespace

bool is_real(const WideTerm& term) {
  if (!term.weight.is_real()) return false;
  if (all_real(term.rates)) return true;
  Rates sorted = term.rates;
  std::sort(sorted.begin(), sorted.end(), before);
  return sorted == conjugates(sorted);
}

void tidy(WideTerms& terms) {
  for (WideTerm& term : terms) {
    std::sort(term.rates.begin(), term.rates.end(), before);
    if (all_real(term.rates)) {
      term.weight.im = 0;
      continue;
    }
    Rates other = conjugates(term.rates);
    if (other == term.rates) term.weight.im = 0;
    if (!rates_before(term.rates, other)) continue;
    term.rates = std::move(other);
    term.weight = conjugate(term.weight);
  }
  std::stable_sort(terms.begin(), terms.end(), [](const WideTerm& a, const WideTerm& b) {
    return rates_before(a.rates, b.rates);
  });
  WideTerms kept;
  for (WideTerm& term : terms) {
    if (!kept.empty() && kept.back().rates == term.rates) kept.back().weight += term.weight;
    else kept.push_back(std::move(term));
  }
  std::erase_if(kept, [](const WideTerm& term) { return term.weight == Complex(); });
  terms = std::move(kept);
}

// exp[z0..zm](a + s) = sum over k of exp[z0..zk](a) exp[zk..zm](s), the rule of Leibniz, and
// exp[zk..zm](-s) = (-1)^(m-k) exp[-zk..-zm](s).
WideTerms moved(const WideTerms& terms, Wide offset, bool turned) {
  WideTerms result;
  for (const WideTerm& term : terms) {
    const std::span<const Complex> rates(term.rates);
    const std::size_t parts = offset == 0 ? 1 : rates.size();
    for (std::size_t k = 0; k < parts; ++k) {
      WideTerm part{term.weight,
                    Rates(rates.begin() + static_cast<std::ptrdiff_t>(k), rates.end())};
      if (offset != 0) part.weight *= divided_exp(rates.first(k + 1), offset);
      result.push_back(turned ? backwards(std::move(part)) : std::move(part));
    }
  }
  tidy(result);
  return result;
}

Result<Closed> assemble(std::vector<WidePiece> pieces, std::vector<WideImpulse> impulses) {
  std::erase_if(pieces, [](const WidePiece& p) { return p.terms.empty() || !(p.lower < p.upper); });
  std::vector<Wide> ends;
  for (const WidePiece& piece : pieces) {
    if (!is_finite_piece(piece))
      return tl::unexpected(Failure{Status::invalid_argument, "a function's number is not finite"});
    ends.push_back(piece.lower);
    ends.push_back(piece.upper);
  }
  const std::vector<Wide> places = distinct(std::move(ends));
  if (places.size() > kMostPieces) return tl::unexpected(too_large("more than 16384 pieces"));
  Closed result;
  for (std::size_t i = 0; i + 1 < places.size(); ++i)
    result.pieces.push_back(empty_between(places[i], places[i + 1]));
  std::size_t terms = 0;
  for (const WidePiece& piece : pieces) {
    const std::size_t end = place_of(places, piece.upper);
    for (std::size_t i = place_of(places, piece.lower); i < end; ++i) {
      WideTerms part = part_of(piece, result.pieces[i]);
      terms += part.size();
      if (terms > kMostTerms) return tl::unexpected(too_large("more than 262144 terms"));
      auto& sum = result.pieces[i].terms;
      sum.insert(sum.end(), part.begin(), part.end());
    }
  }
  for (WidePiece& piece : result.pieces) tidy(piece.terms);
  std::erase_if(result.pieces, [](const WidePiece& piece) { return piece.terms.empty(); });
  result.impulses = gathered(std::move(impulses));
  return result;
}

Wide value_of(const WideTerms& terms, Wide s) {
  Wide sum = 0;
  for (const WideTerm& term : terms) sum += (term.weight * divided_exp(term.rates, s)).re;
  return sum;
}

Wide value_at(const Closed& f, Wide t) {
  const auto above = std::upper_bound(f.pieces.begin(), f.pieces.end(), t,
                                      [](Wide at, const WidePiece& p) { return at < p.lower; });
  if (above == f.pieces.begin()) return 0;
  const WidePiece& piece = *(above - 1);
  if (!(t < piece.upper)) return 0;
  return value_of(piece.terms, (t - piece.origin) * piece.direction);
}

Closed shifted(Closed f, Wide by) {
  for (WidePiece& piece : f.pieces) {
    piece.lower += by;
    piece.upper += by;
    piece.origin += by;
  }
  for (WideImpulse& d : f.impulses) d.at += by;
  return f;
}

Closed scaled(Closed f, Wide factor) {
  if (factor == 0) return {};
  for (WidePiece& piece : f.pieces)
    for (WideTerm& term : piece.terms) term.weight *= Complex(factor);
  for (WideImpulse& d : f.impulses) d.weight *= factor;
  return f;
}

Result<Closed> mirrored(const Closed& f) {
  std::vector<WidePiece> pieces = f.pieces;
  for (WidePiece& piece : pieces) {
    std::swap(piece.lower, piece.upper);
    piece.lower = -piece.lower;
    piece.upper = -piece.upper;
    piece.origin = -piece.origin;
    piece.direction = -piece.direction;
  }
  std::vector<WideImpulse> impulses = f.impulses;
  for (WideImpulse& d : impulses) {
    d.at = -d.at;
    if (d.order % 2 != 0) d.weight = -d.weight;
  }
  return assemble(std::move(pieces), std::move(impulses));
}

// exp[z0..zm](s / k) = k^-m exp[z0/k..zm/k](s).
Result<Closed> stretched(const Closed& f, Wide factor) {
  if (factor < 0) {
    auto image = mirrored(f);
    return image ? stretched(*image, -factor) : image;
  }
  std::vector<WidePiece> pieces = f.pieces;
  for (WidePiece& piece : pieces) {
    piece.lower *= factor;
    piece.upper *= factor;
    piece.origin *= factor;
    for (WideTerm& term : piece.terms)
      for (std::size_t k = 0; k < term.rates.size(); ++k) {
        term.rates[k] = {term.rates[k].re / factor, term.rates[k].im / factor};
        if (k > 0) term.weight = {term.weight.re / factor, term.weight.im / factor};
      }
  }
  std::vector<WideImpulse> impulses = f.impulses;
  for (WideImpulse& d : impulses) {
    d.at *= factor;
    for (int i = 0; i <= d.order; ++i) d.weight *= factor;
  }
  return assemble(std::move(pieces), std::move(impulses));
}

Result<Closed> restricted(const Closed& f, Wide lower, Wide upper) {
  std::vector<WidePiece> pieces = f.pieces;
  for (WidePiece& piece : pieces) {
    piece.lower = std::max(piece.lower, lower);
    piece.upper = std::min(piece.upper, upper);
  }
  std::vector<WideImpulse> impulses = f.impulses;
  std::erase_if(impulses, [&](const WideImpulse& d) { return d.at < lower || d.at > upper; });
  return assemble(std::move(pieces), std::move(impulses));
}

}  // namespace faltung::continuous
