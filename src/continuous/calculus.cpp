// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// d/ds exp[z0..zm](s) = z0 exp[z0..zm](s) + exp[z1..zm](s), and where a function jumps its
// derivative has an impulse.
#include <algorithm>

#include "continuous/closed.hpp"

namespace faltung::continuous {
namespace {

struct Jump {
  Wide at, height;
};

/// What is left where continuous pieces meet is rounding, which is no jump: 2^-85 of the largest
/// sum of magnitudes at the ends of pieces.
void add_jumps(std::vector<Jump> ends, Wide largest, std::vector<WideImpulse>& impulses) {
  std::stable_sort(ends.begin(), ends.end(),
                   [](const Jump& a, const Jump& b) { return a.at < b.at; });
  for (std::size_t i = 0; i < ends.size();) {
    const Wide at = ends[i].at;
    Wide sum = 0;
    for (; i < ends.size() && ends[i].at == at; ++i) sum += ends[i].height;
    if (wide_abs(sum) > Wide(0x1p-85) * largest) impulses.push_back({at, 0, sum});
  }
}

Wide magnitude_at(const WideTerms& terms, Wide s) {
  Wide sum = 0;
  for (const WideTerm& term : terms) sum += magnitude_sum(term.weight * divided_exp(term.rates, s));
  return sum;
}

/// Integral from 0 to infinity of s^j / j! exp[rates](s): the j-th coefficient at p = 0 of the
/// Laplace transform, product of 1 / (p - z), with the sign (-1)^j.
Complex endless_integral(const Rates& rates, std::size_t j) {
  std::vector<Complex> series(j + 1);  // of the product of 1 / (-z - q), q = -p
  series[0] = Complex(1);
  for (const Complex& z : rates)
    for (std::size_t k = 0; k <= j; ++k)
      series[k] = ((k == 0 ? Complex() : series[k - 1]) + series[k]) / -z;
  return series[j];
}

/// The same from 0 to length: (length - (length - s))^j, and the integral of
/// (length - s)^i / i! exp[rates](s) is exp[0, ..., 0, rates](length) with i + 1 zeros.
Complex finite_integral(const Rates& rates, std::size_t j, Wide length) {
  Complex sum;
  Rates all = rates;
  for (std::size_t i = 0; i <= j; ++i) {
    all.emplace_back();
    Wide factor = i % 2 == 0 ? 1 : -1;
    for (std::size_t k = 1; k <= j - i; ++k) factor *= length / Wide(static_cast<double>(k));
    sum += divided_exp(all, length) * Complex(factor);
  }
  return sum;
}

Result<Wide> moment(const WidePiece& piece, int power, Wide centre) {
  const Wide length = piece.upper - piece.lower;
  Wide total = 0;
  for (const WideTerm& term : piece.terms) {
    const bool decays = std::all_of(term.rates.begin(), term.rates.end(),
                                    [](const Complex& z) { return z.re < 0; });
    if (!is_finite(length) && !decays)
      return tl::unexpected(
          Failure{Status::invalid_argument, "the integral diverges: the function does not decay"});
    // (origin - centre + direction s)^power = sum of C(power, j) ... and j! for s^j / j!.
    for (int j = 0; j <= power; ++j) {
      Wide factor = 1;
      for (int k = 0; k < j; ++k) factor *= Wide((power - k) * piece.direction);
      for (int k = 0; k < power - j; ++k) factor *= piece.origin - centre;
      const auto at = static_cast<std::size_t>(j);
      const Complex integral = is_finite(length) ? finite_integral(term.rates, at, length)
                                                 : endless_integral(term.rates, at);
      total += factor * (term.weight * integral).re;
    }
  }
  return total;
}

}  // namespace

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

Result<Wide> moment(const Closed& f, int power, Wide centre) {
  Wide total = 0;
  for (const WidePiece& piece : f.pieces) {
    auto part = moment(piece, power, centre);
    if (!part) return part;
    total += *part;
  }
  // The integral of t^k delta^(n)(t - a) is (-1)^n k (k-1) ... (k-n+1) a^(k-n).
  for (const WideImpulse& d : f.impulses) {
    Wide part = d.order <= power ? d.weight : Wide(0);
    for (int i = 0; i < d.order; ++i) part *= Wide(i - power);
    for (int i = d.order; i < power; ++i) part *= d.at - centre;
    total += part;
  }
  return total;
}

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
  Wide largest = 0;
  for (WidePiece& piece : pieces) {
    for (const auto& [end, sign] : {std::pair{piece.lower, 1}, std::pair{piece.upper, -1}}) {
      if (!is_finite(end)) continue;
      const Wide s = (end - piece.origin) * piece.direction;
      ends.push_back({end, sign * value_of(piece.terms, s)});
      largest = std::max(largest, magnitude_at(piece.terms, s));
    }
    piece.terms = derivative_of(piece.terms, piece.direction);
  }
  add_jumps(std::move(ends), largest, impulses);
  return assemble(std::move(pieces), std::move(impulses));
}

}  // namespace faltung::continuous
