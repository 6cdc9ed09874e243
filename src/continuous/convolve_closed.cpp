// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolution in the closed class. The Laplace transform of exp[z0..zm](t) u(t) is the product of
// 1/(p - z_i), so convolving two such functions puts their lists of rates one behind the other:
//
//   exp[Z] u * exp[W] u = exp[Z, W] u                                                         (1)
//
// and nothing is divided by a difference of rates. For f of length A and g of length B >= A, both
// from 0 (any of them may be infinite), f a term exp[Z] and g a term exp[W]:
//
//   0 ......... A .................. B ......... A + B
//   |  all of   |   f inside of g    |  f leaves   |
//   |  (1)      |        (2)         |     (3)     |
//
// (2) t = A + s: g(t - r) = exp[W]((A - r) + s), and by Leibniz' rule
//     sum over k of exp[w0..wk](s) exp[wk..wn, Z](A);
// (3) both read backwards from their upper ends, (1), and read backwards again.
//
// Where f goes on to +infinity and g to -infinity, with f(r) = exp[Z](r) and g(-r) = exp[W](r):
//
//   t >= 0   sum over k of exp[z0..zk](t)  M(zk..zm; W)
//   t <= 0   sum over k of exp[w0..wk](-t) M(Z; wk..wn)
//   M(Z; W) = integral from 0 to infinity of exp[Z] exp[W], divided difference of -1/(z + w) in
//   both.
//
// Other pairs are mirror images of these.
#include <algorithm>

#include "continuous/closed.hpp"

namespace faltung::continuous {
namespace {

Complex number(double n) { return Complex(Wide(n)); }

Rates joined(std::span<const Complex> a, std::span<const Complex> b) {
  Rates rates(a.begin(), a.end());
  rates.insert(rates.end(), b.begin(), b.end());
  return rates;
}

/// Calls use(weight, Z, W) for the complex products whose real parts add up to Re p Re q.
template <class Use>
void for_each_product(const WideTerm& p, const WideTerm& q, const Use& use) {
  if (is_real(p) || is_real(q)) return use(p.weight * q.weight, p.rates, q.rates);
  Rates other = q.rates;
  for (Complex& z : other) z = conjugate(z);
  use(p.weight * q.weight * number(0.5), p.rates, q.rates);
  use(p.weight * conjugate(q.weight) * number(0.5), p.rates, other);
}

template <class Use>
void for_each_product(const WideTerms& f, const WideTerms& g, const Use& use) {
  for (const WideTerm& p : f)
    for (const WideTerm& q : g) for_each_product(p, q, use);
}

WideTerms together(const WideTerms& f, const WideTerms& g) {
  WideTerms terms;
  for_each_product(f, g, [&](const Complex& weight, const Rates& z, const Rates& w) {
    terms.push_back({weight, joined(z, w)});
  });
  tidy(terms);
  return terms;
}

/// (2): all of f, which ends at `length`, below g.
WideTerms inside(const WideTerms& f, Wide length, const WideTerms& g) {
  WideTerms terms;
  for_each_product(f, g, [&](const Complex& weight, const Rates& z, const Rates& w) {
    // Z, wn, ..., wk for all k.
    Rates all = z;
    all.insert(all.end(), w.rbegin(), w.rend());
    const Rates values = divided_exp_prefixes(all, length);
    for (std::size_t k = 0; k < w.size(); ++k)
      terms.push_back({weight * values[all.size() - 1 - k],
                       Rates(w.begin(), w.begin() + static_cast<std::ptrdiff_t>(k) + 1)});
  });
  tidy(terms);
  return terms;
}

/// Both begin at a lower end; f is the shorter one.
void convolve_from_left(const WidePiece& f, const WidePiece& g, std::vector<WidePiece>& out) {
  const Wide a = f.upper - f.lower, b = g.upper - g.lower, start = f.lower + g.lower;
  out.push_back({start, start + a, start, 1, together(f.terms, g.terms)});
  if (!is_finite(a)) return;
  const Wide second = start + a;
  out.push_back({second, start + b, second, 1, inside(f.terms, a, g.terms)});
  if (!is_finite(b)) return;
  const Wide end = f.upper + g.upper;
  out.push_back(
      {start + b, end, end, -1, together(moved(f.terms, a, true), moved(g.terms, b, true))});
}

/// M(Z; W): multiplies 1/(-w - z_i) as functions of w, given by their divided differences at the
/// first 1, 2, ... of the w, each of which is 1 / product of (-w_j - z_i).
Complex moment(std::span<const Complex> z, std::span<const Complex> w) {
  Rates row(w.size());
  row[0] = number(1);
  for (const Complex& rate : z) {
    Rates next(w.size());
    for (std::size_t p = 0; p < w.size(); ++p) {
      Complex difference = row[p];
      for (std::size_t q = p; q < w.size(); ++q) {
        difference = difference / (-(w[q] + rate));
        next[q] += difference;
      }
    }
    row = std::move(next);
  }
  return row.back();
}

Result<void> check_decay(const WideTerms& f, const WideTerms& g) {
  for (const WideTerm& p : f)
    for (const WideTerm& q : g)
      for (const Complex& z : p.rates)
        for (const Complex& w : q.rates)
          if (!(z.re + w.re < 0))
            return tl::unexpected(Failure{
                Status::invalid_argument,
                "the integral diverges: one function goes on to +infinity, the other to -infinity, "
                "and their product does not decay there"});
  return {};
}

/// f from its lower end to infinity, g from its upper end to -infinity.
Result<void> convolve_opposite(const WidePiece& f, const WidePiece& g,
                               std::vector<WidePiece>& out) {
  if (auto decays = check_decay(f.terms, g.terms); !decays) return decays;
  const Wide place = f.lower + g.upper;
  WidePiece right{place, kWideInfinity, place, 1, {}}, left{-kWideInfinity, place, place, -1, {}};
  const auto use = [&](const Complex& weight, const Rates& z, const Rates& w) {
    const std::span<const Complex> zs(z), ws(w);
    for (std::size_t k = 0; k < z.size(); ++k)
      right.terms.push_back({weight * moment(zs.subspan(k), ws),
                             Rates(z.begin(), z.begin() + static_cast<std::ptrdiff_t>(k) + 1)});
    for (std::size_t k = 0; k < w.size(); ++k)
      left.terms.push_back({weight * moment(zs, ws.subspan(k)),
                            Rates(w.begin(), w.begin() + static_cast<std::ptrdiff_t>(k) + 1)});
  };
  for_each_product(f.terms, g.terms, use);
  tidy(right.terms);
  tidy(left.terms);
  out.push_back(std::move(right));
  out.push_back(std::move(left));
  return {};
}

WidePiece mirror_image(WidePiece piece) {
  std::swap(piece.lower, piece.upper);
  piece.lower = -piece.lower;
  piece.upper = -piece.upper;
  piece.origin = -piece.origin;
  piece.direction = -piece.direction;
  return piece;
}

/// The mirror image of a piece that ends at its upper end, counted from its lower one.
WidePiece turned(const WidePiece& piece) {
  WidePiece image = mirror_image(piece);
  if (image.direction > 0) return image;
  image.terms = moved(image.terms, image.upper - image.lower, true);
  image.origin = image.lower;
  image.direction = 1;
  return image;
}

Result<void> convolve_pieces(const WidePiece& f, const WidePiece& g, std::vector<WidePiece>& out) {
  if (f.direction > 0 && g.direction > 0) {
    const bool swap = f.upper - f.lower > g.upper - g.lower;
    convolve_from_left(swap ? g : f, swap ? f : g, out);
    return {};
  }
  const WidePiece& onward = f.direction > 0 ? f : g;
  const WidePiece& backward = f.direction > 0 ? g : f;
  if (onward.direction > 0 && !is_finite(onward.upper))
    return convolve_opposite(onward, backward, out);
  const std::size_t first = out.size();
  auto done = convolve_pieces(turned(f), turned(g), out);
  for (std::size_t i = first; i < out.size(); ++i) out[i] = mirror_image(std::move(out[i]));
  return done;
}

std::size_t most_rates(const Closed& f) {
  std::size_t most = 0;
  for (const WidePiece& piece : f.pieces)
    for (const WideTerm& term : piece.terms) most = std::max(most, term.rates.size());
  return most;
}

}  // namespace

Result<Closed> convolve(const Closed& f, const Closed& g) {
  if (most_rates(f) + most_rates(g) > kMostRates)
    return tl::unexpected(Failure{Status::size_overflow,
                                  "the result would have powers of t above 63; the closed class "
                                  "keeps at most 64 rates in a term"});
  if (f.pieces.size() * g.pieces.size() > kMostPieces * 4)
    return tl::unexpected(Failure{Status::size_overflow, "more than 65536 pairs of pieces"});
  std::vector<WidePiece> pieces;
  for (const WidePiece& p : f.pieces)
    for (const WidePiece& q : g.pieces)
      if (auto done = convolve_pieces(p, q, pieces); !done) return tl::unexpected(done.error());
  std::vector<WideImpulse> impulses;
  for (const auto& [from, to] : {std::pair{&f, &g}, std::pair{&g, &f}})
    for (const WideImpulse& d : from->impulses) {
      Result<Closed> part = Closed{to->pieces, {}};
      for (int i = 0; i < d.order && part; ++i) part = derivative(*part);
      if (!part) return part;
      const Closed moved_part = shifted(scaled(std::move(*part), d.weight), d.at);
      pieces.insert(pieces.end(), moved_part.pieces.begin(), moved_part.pieces.end());
      impulses.insert(impulses.end(), moved_part.impulses.begin(), moved_part.impulses.end());
    }
  for (const WideImpulse& a : f.impulses)
    for (const WideImpulse& b : g.impulses) {
      if (a.order + b.order > kMostOrder)
        return tl::unexpected(Failure{Status::size_overflow,
                                      "a derivative above the 32nd of an "
                                      "impulse"});
      impulses.push_back({a.at + b.at, a.order + b.order, a.weight * b.weight});
    }
  return assemble(std::move(pieces), std::move(impulses));
}

}  // namespace faltung::continuous
