// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Formulas on an interval without corners, as polynomials times exponentials where they are that.
#include "continuous/formula_local.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/local_algebra.hpp"

namespace faltung::continuous {
namespace {

class Evaluation {
 public:
  Evaluation(const Tree& tree, const Interval& place) : tree_(tree), place_(place) {}

  Result<MaybeLocal> at(std::size_t root) {
    first_ = tree_.nodes[root].first;
    values_.resize(root - first_ + 1);
    for (std::size_t i = first_; i <= root; ++i) {
      auto value = compute(i);
      if (!value) return value;
      values_[i - first_] = std::move(*value);
    }
    return std::move(values_.back());
  }

 private:
  const MaybeLocal& value(std::size_t node) const { return values_[node - first_]; }
  const MaybeLocal& argument(const Node& node, std::size_t i) const { return value(node.of[i]); }
  tl::unexpected<Failure> refuse(const Node& node, const std::string& sentence) const {
    return refuse_at(tree_.text, node.column, sentence);
  }

  Wide middle_of(std::size_t node) const {
    if (const MaybeLocal& f = value(node)) return continuous::value_of(*f, place_.middle());
    return Wide(continuous::value_of(tree_, node, place_.middle_time()));
  }

  Result<MaybeLocal> compute(std::size_t i) {
    const Node& node = tree_.nodes[i];
    if (node.function) return of_function(*node.function);
    if (node.word == Word::number) return of_poly(constant(Complex(node.number)));
    if (node.word == Word::time)
      return of_poly({{Complex(), {Complex(place_.origin), number(place_.direction)}}});
    if (node.word <= Word::both) return arithmetic(node);
    if (node.word <= Word::piecewise) return corner(node);
    if (node.word == Word::expdiff || node.word == Word::oscdiff) return differences(node);
    if (node.word < Word::gauss) return smooth(node);
    return density(node);
  }

  Result<MaybeLocal> of_function(const Function& f) const {
    const Closed& closed = f.impl().closed;
    const double t = place_.middle_time();
    for (const SmoothPart& part : f.smooth_parts())
      if (part.lower() < t && t < part.upper()) return std::nullopt;
    const Wide at = place_.origin + place_.direction * place_.middle();
    for (const WidePiece& piece : closed.pieces)
      if (piece.lower <= at && at < piece.upper)
        return Local{{},
                     moved(piece.terms, (place_.origin - piece.origin) * piece.direction,
                           piece.direction != place_.direction)};
    return Local{};
  }

  Result<MaybeLocal> arithmetic(const Node& node) {
    const MaybeLocal& a = argument(node, 0);
    switch (node.word) {
      case Word::negate: return a ? scaled(*a, number(-1)) : a;
      case Word::plus: return sum(a, argument(node, 1), number(1));
      case Word::minus: return sum(a, argument(node, 1), number(-1));
      case Word::times: return times(a, argument(node, 1));
      case Word::over: return quotient(node);
      case Word::power: return power(node);
      default: return MaybeLocal(Local{});  // conditions; piecewise looks at them itself
    }
  }

  Result<MaybeLocal> quotient(const Node& node) {
    const MaybeLocal &a = argument(node, 0), &b = argument(node, 1);
    if (is_zero(b)) {
      if (depends_on_time(tree_, node.of[1]) && is_zero(a)) return MaybeLocal(Local{});
      return refuse(node, "this divides by 0");
    }
    if (is_zero(a)) return MaybeLocal(Local{});
    if (!a || !b) return std::nullopt;
    if (const auto c = constant_of(*b)) return scaled(*a, number(1) / *c);
    const MaybePoly divisor = poly_of(*b);
    const MaybePoly inverse = divisor ? reciprocal(*divisor) : std::nullopt;
    return inverse ? times(a, of_poly(*inverse)) : std::nullopt;
  }

  Result<MaybeLocal> power(const Node& node) {
    const MaybeLocal &base = argument(node, 0), &exponent = argument(node, 1);
    if (!base || !exponent) return std::nullopt;
    const auto n = constant_of(*exponent), b = constant_of(*base);
    if (n && b && b->re > 0 && !is_finite(wide_exp(n->re * wide_log(b->re))))
      return refuse(node, "this number is too large");
    if (n && n->re >= 0 && n->re < Wide(static_cast<double>(kMostRates)) &&
        n->re == Wide(std::floor(narrow(n->re))))
      return whole_power(base, static_cast<int>(narrow(n->re)));
    if (b && b->re > 0) {
      const MaybePoly x = poly_of(*exponent);
      return x ? of_maybe(exponential(*x, Complex(wide_log(b->re)))) : std::nullopt;
    }
    if (b && n && b->re == 0 && n->re < 0) return refuse(node, "this divides by 0");
    const bool whole = n && n->re == Wide(std::floor(narrow(n->re)));
    const MaybePoly p = poly_of(*base);
    const MaybePoly inverse = p && whole ? reciprocal(*p) : std::nullopt;
    if (!inverse || narrow(-n->re) > static_cast<double>(kMostRates)) return std::nullopt;
    return whole_power(of_poly(*inverse), static_cast<int>(narrow(-n->re)));
  }

  Result<MaybeLocal> corner(const Node& node) {
    const auto one = [](double n) { return MaybeLocal(of_poly(constant(number(n)))); };
    if (node.word == Word::piecewise) return piecewise(node);
    if (node.word == Word::max || node.word == Word::min) return extreme(node);
    const MaybeLocal& x = argument(node, 0);
    const Wide at = middle_of(node.of[0]);
    const double sign = at < 0 ? -1 : 1;
    switch (node.word) {
      case Word::u: return one(at < 0 ? 0 : 1);
      case Word::sign: return one(sign);
      case Word::box: return one(at >= Wide(-0.5) && at < Wide(0.5) ? 1 : 0);
      case Word::ramp: return at < 0 ? one(0) : x;
      case Word::abs: return x ? scaled(*x, number(sign)) : x;
      default: return wide_abs(at) >= 1 ? one(0) : sum(one(1), x, number(-sign));  // tri
    }
  }

  Result<MaybeLocal> extreme(const Node& node) {
    std::size_t best = node.of[0];
    for (const std::size_t of : node.of) {
      const Wide a = middle_of(of), b = middle_of(best);
      if (node.word == Word::max ? a > b : a < b) best = of;
    }
    return value(best);
  }

  bool holds(std::size_t condition) const {
    const Node& node = tree_.nodes[condition];
    if (node.word == Word::both) return holds(node.of[0]) && holds(node.of[1]);
    const Wide a = middle_of(node.of[0]), b = middle_of(node.of[1]);
    return a < b || (node.inclusive && a == b);
  }

  Result<MaybeLocal> piecewise(const Node& node) {
    for (std::size_t i = 0; i + 1 < node.of.size(); i += 2)
      if (holds(node.of[i])) return argument(node, i + 1);
    return node.of.size() % 2 == 0 ? MaybeLocal(Local{}) : value(node.of.back());
  }

  Result<MaybeLocal> smooth(const Node& node) {
    const MaybeLocal& x = argument(node, 0);
    if (!x) return std::nullopt;
    const auto c = constant_of(*x);
    if (c && node.word >= Word::tan) {
      const auto of = of_constant(node.word, c->re);
      if (!of) return refuse(node, "this is not defined here");
      return MaybeLocal(of_poly(constant(Complex(*of))));
    }
    if (node.word >= Word::tan) return std::nullopt;
    const MaybePoly poly = poly_of(*x);
    if (!poly) return std::nullopt;
    return node.word == Word::exp ? of_maybe(exponential(*poly, number(1)))
                                  : oscillation(node.word, *poly);
  }

  Result<Wide> parameter(const Node& node, std::size_t i) const {
    const MaybeLocal& x = argument(node, i);
    const auto c = x ? constant_of(*x) : std::nullopt;
    if (!c || depends_on_time(tree_, node.of[i]))
      return refuse(tree_.nodes[node.of[i]], "this must be a number");
    return c->re;
  }
  Result<Wide> positive(const Node& node, std::size_t i) const {
    auto value = parameter(node, i);
    if (value && !(*value > 0)) return refuse(tree_.nodes[node.of[i]], "this must be above 0");
    return value;
  }

  /// exp[rates](x) for x = a + b s: moved and stretched.
  Result<MaybeLocal> differences(const Node& node) {
    std::vector<Wide> numbers;
    for (std::size_t i = 1; i < node.of.size(); ++i) {
      auto value = parameter(node, i);
      if (!value) return tl::unexpected(value.error());
      numbers.push_back(*value);
    }
    WideTerm term{number(1), {}};
    if (node.word == Word::oscdiff) {
      if (numbers.size() % 2 != 0)
        return refuse(node, "oscdiff takes x, c, d and pairs of a decay and a frequency");
      term.weight = {numbers[0], numbers[1]};
      for (std::size_t i = 2; i < numbers.size(); i += 2)
        term.rates.emplace_back(numbers[i], numbers[i + 1]);
    } else {
      for (const Wide rate : numbers) term.rates.emplace_back(rate);
    }
    const MaybeLocal& x = argument(node, 0);
    const MaybePoly poly = x ? poly_of(*x) : std::nullopt;
    if (!poly) return std::nullopt;
    if (poly->empty() || constant_of(*poly)) {
      const Complex c = poly->empty() ? Complex() : *constant_of(*poly);
      return MaybeLocal(of_poly(constant((term.weight * divided_exp(term.rates, c.re)).re)));
    }
    if (poly->size() != 1 || !((*poly)[0].rate == Complex()) || (*poly)[0].powers.size() != 2)
      return std::nullopt;
    const Wide offset = (*poly)[0].powers[0].re, slope = (*poly)[0].powers[1].re;
    WideTerms terms = moved({term}, offset, false);
    for (WideTerm& one : terms)
      for (std::size_t k = 0; k < one.rates.size(); ++k) {
        one.rates[k] *= Complex(slope);
        if (k > 0) one.weight *= Complex(slope);
      }
    tidy(terms);
    return MaybeLocal(Local{{}, std::move(terms)});
  }

  Result<MaybeLocal> density(const Node& node) {
    switch (node.word) {
      case Word::uniform: return uniform(node);
      case Word::expdist: return erlang(node, number(1), 1);
      case Word::erlang: {
        const auto k = positive(node, 1);
        if (!k) return tl::unexpected(k.error());
        if (*k > Wide(63) || *k != Wide(std::floor(narrow(*k))))
          return refuse(tree_.nodes[node.of[1]], "this must be a whole number from 1 to 63");
        return erlang(node, Complex(*k), 2);
      }
      case Word::laplace: return laplace(node);
      case Word::gauss:
      case Word::normal: return bell(node);
      default: return MaybeLocal(Local{});  // impulses
    }
  }

  Result<MaybeLocal> bell(const Node& node) {
    if (node.word == Word::normal)
      if (auto mean = parameter(node, 1); !mean) return tl::unexpected(mean.error());
    if (node.of.size() > 1)
      if (auto s = positive(node, node.of.size() - 1); !s) return tl::unexpected(s.error());
    const MaybeLocal& x = argument(node, 0);
    const auto c = x ? constant_of(*x) : std::nullopt;
    if (!c || depends_on_time(tree_, node.of[0])) return std::nullopt;
    const Wide mean = node.word == Word::normal ? *parameter(node, 1) : Wide(0);
    const Wide s = node.of.size() > 1 ? *positive(node, node.of.size() - 1) : Wide(1);
    const Wide r = (c->re - mean) / s;
    return MaybeLocal(
        of_poly(constant(Complex(wide_exp(-r * r / 2) / (s * wide_sqrt(2 * wide_pi()))))));
  }

  Result<MaybeLocal> uniform(const Node& node) {
    const auto a = parameter(node, 1), b = parameter(node, 2);
    if (!a || !b) return tl::unexpected(a ? b.error() : a.error());
    if (!(*a < *b)) return refuse(node, "uniform(x, a, b) needs a < b");
    const Wide x = middle_of(node.of[0]);
    const Wide density = *a <= x && x < *b ? 1 / (*b - *a) : Wide(0);
    return MaybeLocal(of_poly(constant(Complex(density))));
  }

  /// x^(k-1) e^(-x/m) / ((k-1)! m^k), the mean m in argument `mean_at`.
  Result<MaybeLocal> erlang(const Node& node, const Complex& k, std::size_t mean_at) {
    const auto mean = positive(node, mean_at);
    if (!mean) return tl::unexpected(mean.error());
    const int shape = static_cast<int>(narrow(k.re));
    return continuous::erlang(argument(node, 0), middle_of(node.of[0]), shape, *mean);
  }

  Result<MaybeLocal> laplace(const Node& node) {
    const auto mean = parameter(node, 1), scale = positive(node, 2);
    if (!mean || !scale) return tl::unexpected(mean ? scale.error() : mean.error());
    return continuous::laplace(argument(node, 0), middle_of(node.of[0]), *mean, *scale);
  }

  const Tree& tree_;
  const Interval& place_;
  std::size_t first_ = 0;
  std::vector<MaybeLocal> values_;
};

}  // namespace

Interval Interval::between(Wide lower, Wide upper) {
  if (is_finite(lower)) return {lower, upper, lower, 1};
  if (is_finite(upper)) return {lower, upper, upper, -1};
  return {lower, upper, 0, 1};
}

Wide Interval::middle() const {
  const Wide length = upper - lower;
  return is_finite(length) ? length / 2 : 1 + wide_abs(origin) / 2;
}

Result<MaybeLocal> local_of(const Tree& tree, std::size_t node, const Interval& place, Work& work) {
  if (!work.spend(node - tree.nodes[node].first + 1))
    return refuse_at(tree.text, tree.nodes[node].column, "the formula is too much work",
                     Status::size_overflow);
  return Evaluation(tree, place).at(node);
}

}  // namespace faltung::continuous
