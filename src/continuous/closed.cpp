// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/closed.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "continuous/separation.hpp"

namespace faltung::continuous {
namespace {

// Any order of rates will do to find equal ones.
bool bits_before(const Complex& a, const Complex& b) { return bits_of(a) < bits_of(b); }
int compare(const Rates& a, const Rates& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(Complex));
}

Rates conjugates(const Rates& rates) {
  Rates result;
  for (const Complex& z : rates) result.push_back(z.is_real() ? z : conjugate(z));
  std::sort(result.begin(), result.end(), bits_before);
  return result;
}

void sort_rates(Rates& rates) {
  for (Complex& z : rates) {  // -0 is 0
    if (z.re == 0) z.re = 0;
    if (z.im == 0) z.im = 0;
  }
  if (!std::is_sorted(rates.begin(), rates.end(), bits_before))
    std::sort(rates.begin(), rates.end(), bits_before);
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

void append(WideTerms& terms, const WideTerms& more) {
  terms.insert(terms.end(), more.begin(), more.end());
}

/// Pieces that go on to infinity are carried from one interval to the next, as a sum.
void carry(const std::vector<WidePiece>& pieces, const std::vector<Wide>& places, bool onward,
           std::vector<WidePiece>& out) {
  WidePiece sum;
  for (std::size_t step = 0; step < out.size(); ++step) {
    WidePiece& here = out[onward ? step : out.size() - 1 - step];
    const Wide edge = onward ? here.lower : here.upper;
    sum.terms = moved(sum.terms, wide_abs(edge - sum.origin), false);
    sum.origin = edge;
    for (const WidePiece& piece : pieces)
      if (places[place_of(places, onward ? piece.lower : piece.upper)] == edge)
        append(sum.terms, moved(piece.terms, (edge - piece.origin) * piece.direction, false));
    tidy(sum.terms);
    sum.direction = onward ? 1 : -1;
    append(here.terms, part_of(sum, here));
  }
}

Result<void> add_up(std::vector<WidePiece> pieces, const std::vector<Wide>& places,
                    std::vector<WidePiece>& out) {
  std::vector<WidePiece> onward, backward;
  // Pieces that share their place and origin are one.
  const auto key = [](const WidePiece& p) {
    return std::tuple(p.lower, p.upper, p.origin, p.direction);
  };
  std::stable_sort(pieces.begin(), pieces.end(),
                   [&](const WidePiece& a, const WidePiece& b) { return key(a) < key(b); });
  std::size_t terms = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    WidePiece& piece = pieces[i];
    if (i + 1 < pieces.size() && key(piece) == key(pieces[i + 1])) {
      append(pieces[i + 1].terms, piece.terms);
      continue;
    }
    tidy(piece.terms);
    const bool right = piece.direction > 0 && !is_finite(piece.upper),
               left = piece.direction < 0 && !is_finite(piece.lower);
    if (right || left) {
      (right ? onward : backward).push_back(std::move(piece));
      continue;
    }
    const std::size_t end = place_of(places, piece.upper);
    for (std::size_t k = place_of(places, piece.lower); k < end; ++k) {
      const WideTerms part = part_of(piece, out[k]);
      terms += part.size();
      if (terms > kMostTerms) return tl::unexpected(too_large("more than 262144 terms"));
      append(out[k].terms, part);
    }
  }
  if (!onward.empty()) carry(onward, places, true, out);
  if (!backward.empty()) carry(backward, places, false, out);
  return {};
}

bool in_doubles(const Complex& z) { return std::isfinite(narrow(z.re) + narrow(z.im)); }

bool is_finite_piece(const WidePiece& piece) {
  return is_finite(piece.origin) && piece.lower == piece.lower && piece.upper == piece.upper &&
         std::all_of(piece.terms.begin(), piece.terms.end(), [](const WideTerm& term) {
           return is_finite(term.weight) && std::ranges::all_of(term.rates, in_doubles);
         });
}

}  // namespace

bool is_real(const WideTerm& term) {
  if (!term.weight.is_real()) return false;
  if (all_real(term.rates)) return true;
  Rates sorted = term.rates;
  sort_rates(sorted);
  return compare(sorted, conjugates(sorted)) == 0;
}

void tidy(WideTerms& terms) {
  for (WideTerm& term : terms) {
    sort_rates(term.rates);
    if (all_real(term.rates)) {
      term.weight.im = 0;
      continue;
    }
    Rates other = conjugates(term.rates);
    const int order = compare(term.rates, other);
    if (order == 0) term.weight.im = 0;
    if (order >= 0) continue;
    term.rates = std::move(other);
    term.weight = conjugate(term.weight);
  }
  std::stable_sort(terms.begin(), terms.end(), [](const WideTerm& a, const WideTerm& b) {
    return compare(a.rates, b.rates) < 0;
  });
  // What cancels leaves rounding, which would go on for ever where it belongs to no end.
  WideTerms kept;
  Wide size = 0;
  const auto drop_rounding = [&] {
    if (!kept.empty() && is_finite(size) &&
        magnitude_sum(kept.back().weight) <= Wide(0x1p-96) * size)
      kept.pop_back();
  };
  for (WideTerm& term : terms) {
    const Wide more = magnitude_sum(term.weight);
    if (!kept.empty() && compare(kept.back().rates, term.rates) == 0) {
      kept.back().weight += term.weight;
      size += more;
      continue;
    }
    drop_rounding();
    kept.push_back(std::move(term));
    size = more;
  }
  drop_rounding();
  terms = std::move(kept);
}

// exp[z0..zm](a + s) = sum over k of exp[z0..zk](a) exp[zk..zm](s), the rule of Leibniz, and
// exp[zk..zm](-s) = (-1)^(m-k) exp[-zk..-zm](s).
//
// Back in time what grows fastest is least, and goes first: else e^(1000 s) would be carried by the
// weight that a slow decay has there, and cancel.
WideTerms moved(const WideTerms& terms, Wide offset, bool turned) {
  WideTerms result;
  for (const WideTerm& term : terms) {
    Rates rates(term.rates);
    if (offset < 0 && rates.size() > 1)
      std::stable_sort(rates.begin(), rates.end(),
                       [](const Complex& a, const Complex& b) { return a.re > b.re; });
    const Rates before =
        offset == 0 ? Rates(1, Complex(1)) : divided_exp_prefixes(std::span(rates), offset);
    for (std::size_t k = 0; k < before.size(); ++k) {
      WideTerm part{term.weight * before[k],
                    Rates(rates.begin() + static_cast<std::ptrdiff_t>(k), rates.end())};
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
  if (auto done = add_up(std::move(pieces), places, result.pieces); !done)
    return tl::unexpected(done.error());
  for (WidePiece& piece : result.pieces) {
    tidy(piece.terms);
    condense(piece.terms, piece.upper - piece.lower);
  }
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
