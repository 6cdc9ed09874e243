// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/total.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/step_quadrature.hpp"

namespace faltung::continuous {
namespace {

/// The integral of exp[rates] from 0 to s: the divided difference with one more rate, 0.
Wide until(const WideTerm& term, Wide s) {
  Rates rates = term.rates;
  rates.insert(std::upper_bound(rates.begin(), rates.end(), Complex(0), before), Complex(0));
  return (term.weight * divided_exp(rates, s)).re;
}

/// From 0 on: the Laplace transform at 0.
Wide to_infinity(const WideTerm& term) {
  Complex product = term.weight;
  for (const Complex& z : term.rates) product = product / -z;
  return product.re;
}

Result<Wide> total(const WidePiece& piece) {
  const bool back = piece.direction < 0;
  const Wide from = back ? piece.origin - piece.upper : piece.lower - piece.origin;
  const Wide to = back ? piece.origin - piece.lower : piece.upper - piece.origin;
  Wide sum = 0;
  for (const WideTerm& term : piece.terms) {
    if (to != kWideInfinity) {
      sum += until(term, to) - until(term, from);
      continue;
    }
    if (!std::ranges::all_of(term.rates, [](const Complex& z) { return z.re < 0; }))
      return tl::unexpected(
          Failure{Status::invalid_argument, "the function does not decay, so it has no integral"});
    sum += to_infinity(term) - until(term, from);
  }
  return sum;
}

Result<double> total(const SmoothPart& part) {
  const double width = part.upper() - part.lower();
  const double step = std::isfinite(width) ? width / 64 : std::abs(part.stretch) / 4;
  double sum = 0;
  constexpr std::int64_t kFar = std::int64_t{1} << 23;
  const auto done = quadrature_steps(part, step > 0 ? step : 1, false, -kFar, kFar,
                                     [&](std::int64_t, const StepWeights& w) { sum += w.past; });
  if (!done) return tl::unexpected(done.error());
  return sum;
}

}  // namespace

Result<double> total(const Function& f) {
  Wide sum = 0;
  for (const WidePiece& piece : f.impl().closed.pieces) {
    const auto part = total(piece);
    if (!part) return tl::unexpected(part.error());
    sum += *part;
  }
  for (const WideImpulse& impulse : f.impl().closed.impulses)
    if (impulse.order == 0) sum += impulse.weight;
  for (const SmoothPart& smooth : f.smooth_parts()) {
    const auto part = total(smooth);
    if (!part) return tl::unexpected(part.error());
    sum += Wide(*part);
  }
  return narrow(sum);
}

}  // namespace faltung::continuous
