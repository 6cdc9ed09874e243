// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/local_algebra.hpp"

#include <cmath>

#include "continuous/separation.hpp"

namespace faltung::continuous {

Local of_poly(ExpPoly poly) { return {std::move(poly), {}}; }
MaybeLocal of_maybe(MaybePoly poly) {
  return poly ? MaybeLocal(of_poly(std::move(*poly))) : std::nullopt;
}
bool is_zero(const MaybeLocal& f) { return f && f->poly.empty() && f->rest.empty(); }

MaybeLocal sum(const MaybeLocal& f, const MaybeLocal& g, const Complex& factor) {
  if (!f || !g) return std::nullopt;
  Local result{sum(f->poly, scaled(g->poly, factor)), f->rest};
  for (WideTerm term : g->rest) {
    term.weight *= factor;
    result.rest.push_back(std::move(term));
  }
  tidy(result.rest);
  return result;
}

MaybeLocal scaled(const Local& f, const Complex& factor) { return sum(Local{}, f, factor); }

MaybeLocal times(const MaybeLocal& f, const MaybeLocal& g) {
  if (is_zero(f) || is_zero(g)) return Local{};
  if (!f || !g) return std::nullopt;
  if (const auto c = constant_of(*f)) return scaled(*g, *c);
  if (const auto c = constant_of(*g)) return scaled(*f, *c);
  const MaybePoly a = poly_of(*f), b = poly_of(*g);
  return a && b ? of_maybe(product(*a, *b)) : std::nullopt;
}

MaybeLocal whole_power(const MaybeLocal& base, int exponent) {
  MaybeLocal result = of_poly(constant(number(1)));
  for (int i = 0; i < exponent && result; ++i) result = times(result, base);
  return result;
}

std::optional<Wide> of_constant(Word word, Wide x) {
  const auto e = [](Wide y) { return wide_exp(y); };
  switch (word) {
    case Word::sqrt: return x < 0 ? std::nullopt : std::optional(wide_sqrt(x));
    case Word::log: return x > 0 ? std::optional(wide_log(x)) : std::nullopt;
    case Word::tan: {
      const SineCosine both = wide_sine_cosine(x);
      return both.sine / both.cosine;
    }
    case Word::tanh:
      return wide_abs(x) > 40 ? Wide(x < 0 ? -1 : 1) : (e(2 * x) - 1) / (e(2 * x) + 1);
    case Word::erf: return Wide(std::erf(narrow(x)));
    case Word::atan: return Wide(std::atan(narrow(x)));
    case Word::sinc:
      return x == 0 ? Wide(1) : wide_sine_cosine(wide_pi() * x).sine / (wide_pi() * x);
    default: return std::nullopt;
  }
}

MaybeLocal oscillation(Word word, const ExpPoly& x) {
  const bool circular = word == Word::sin || word == Word::cos;
  const bool odd = word == Word::sin || word == Word::sinh;
  const Complex turn = circular ? Complex(0, 1) : number(1);
  const MaybePoly up = exponential(x, turn), down = exponential(x, -turn);
  if (!up || !down) return std::nullopt;
  const Complex half = word == Word::sin ? Complex(0, Wide(-0.5)) : number(0.5);
  return of_poly(sum(scaled(*up, half), scaled(*down, odd ? -half : half)));
}

MaybeLocal erlang(const MaybeLocal& x, Wide x_middle, int k, Wide mean) {
  if (x_middle < 0) return Local{};
  const MaybePoly poly = x ? poly_of(*x) : std::nullopt;
  if (!poly) return std::nullopt;
  const Complex inverse(1 / mean);
  MaybeLocal result = of_maybe(exponential(*poly, -inverse));
  if (result) result = scaled(*result, inverse);
  const MaybeLocal ratio = scaled(*x, inverse);
  for (int i = 1; i < k && result; ++i) {
    result = times(result, ratio);
    if (result) result = scaled(*result, number(1.0) / number(i));
  }
  return result;
}

MaybeLocal laplace(const MaybeLocal& x, Wide x_middle, Wide mean, Wide scale) {
  const MaybePoly poly = x ? poly_of(*x) : std::nullopt;
  if (!poly) return std::nullopt;
  const Wide sign = x_middle < mean ? 1 : -1;
  const auto e = exponential(sum(*poly, constant(Complex(-mean))), Complex(sign / scale));
  if (!e) return std::nullopt;
  return scaled(of_poly(*e), Complex(1 / (2 * scale)));
}

WideTerms Local::terms() const {
  WideTerms all = terms_of(poly);
  all.insert(all.end(), rest.begin(), rest.end());
  tidy(all);
  return all;
}

std::optional<Complex> constant_of(const Local& f) {
  if (!f.rest.empty()) return std::nullopt;
  return constant_of(f.poly);
}

Wide value_of(const Local& f, Wide s) { return value_of(f.poly, s).re + value_of(f.rest, s); }

std::optional<ExpPoly> poly_of(const Local& f) {
  if (f.rest.empty()) return f.poly;
  if (digits_lost(f.rest, kWideInfinity) > 15) return std::nullopt;
  return sum(f.poly, exp_poly_of(f.rest));
}

}  // namespace faltung::continuous
