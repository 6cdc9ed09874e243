// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Formulas at a point, in doubles: for what is outside the closed class.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "continuous/divided_exp.hpp"
#include "continuous/formula_tree.hpp"

namespace faltung::continuous {
namespace {

using Values = std::vector<double>;

double gaussian(double x, double deviation) {
  const double r = x / deviation;
  return std::exp(-r * r / 2) / (deviation * std::sqrt(2 * std::numbers::pi));
}

double divided_exp_at(const Values& a) {
  Rates rates;
  for (std::size_t i = 1; i < a.size(); ++i) rates.emplace_back(Wide(a[i]));
  return narrow(divided_exp(rates, Wide(a[0])).re);
}

double oscillation_at(const Values& a) {
  Rates rates;
  for (std::size_t i = 3; i + 1 < a.size(); i += 2) rates.emplace_back(Wide(a[i]), Wide(a[i + 1]));
  return narrow((Complex(Wide(a[1]), Wide(a[2])) * divided_exp(rates, Wide(a[0]))).re);
}

/// `d` are the arguments where it is decided on which side of a corner this is.
double density(Word word, const Values& a, const Values& d) {
  const double x = a[0], side = d[0];
  switch (word) {
    case Word::gauss: return gaussian(x, a.size() > 1 ? a[1] : 1);
    case Word::normal: return gaussian(x - a[1], a[2]);
    case Word::uniform: return side >= a[1] && side < a[2] ? 1 / (a[2] - a[1]) : 0;
    case Word::expdist: return side >= 0 ? std::exp(-x / a[1]) / a[1] : 0;
    case Word::erlang:
      if (x == 0) return a[1] == 1 && side >= 0 ? 1 / a[2] : 0;
      return x > 0 && side >= 0
                 ? std::exp((a[1] - 1) * std::log(x / a[2]) - x / a[2] - std::lgamma(a[1])) / a[2]
                 : 0;
    case Word::laplace: return std::exp(-std::abs(x - a[1]) / a[2]) / (2 * a[2]);
    default: return 0;  // impulses
  }
}

double piecewise(const Values& a, const Values& d) {
  for (std::size_t i = 0; i + 1 < a.size(); i += 2)
    if (d[i] != 0) return a[i + 1];
  return a.size() % 2 == 0 ? 0 : a.back();
}

double corner(Word word, const Values& a, const Values& d) {
  const double x = a[0], side = d[0];
  switch (word) {
    case Word::u: return side >= 0 ? 1 : 0;
    case Word::box: return side >= -0.5 && side < 0.5 ? 1 : 0;
    case Word::tri: return std::abs(side) < 1 ? (side < 0 ? 1 + x : 1 - x) : 0;
    case Word::ramp: return side >= 0 ? x : 0;
    case Word::sign: return side >= 0 ? 1 : -1;
    case Word::abs: return side >= 0 ? x : -x;
    case Word::max: return a[static_cast<std::size_t>(std::ranges::max_element(d) - d.begin())];
    case Word::min: return a[static_cast<std::size_t>(std::ranges::min_element(d) - d.begin())];
    default: return piecewise(a, d);
  }
}

double smooth(Word word, double x) {
  switch (word) {
    case Word::exp: return std::exp(x);
    case Word::sin: return std::sin(x);
    case Word::cos: return std::cos(x);
    case Word::sinh: return std::sinh(x);
    case Word::cosh: return std::cosh(x);
    case Word::tan: return std::tan(x);
    case Word::tanh: return std::tanh(x);
    case Word::sqrt: return std::sqrt(x);
    case Word::log: return std::log(x);
    case Word::erf: return std::erf(x);
    case Word::atan: return std::atan(x);
    default: return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);  // sinc
  }
}

double operation(const Node& node, const Values& a, const Values& d) {
  switch (node.word) {
    case Word::negate: return -a[0];
    case Word::plus: return a[0] + a[1];
    case Word::minus: return a[0] - a[1];
    case Word::times: return a[0] == 0 || a[1] == 0 ? 0 : a[0] * a[1];
    case Word::over: return a[0] == 0 ? 0 : a[0] / a[1];
    case Word::power: return std::pow(a[0], a[1]);
    case Word::less: return d[0] < d[1] || (node.inclusive && d[0] == d[1]) ? 1 : 0;
    default: return d[0] != 0 && d[1] != 0 ? 1 : 0;  // both
  }
}

double value_of(const Node& node, double t, const Values& a, const Values& d) {
  if (node.function) return (*node.function)(t);
  if (node.word == Word::number) return narrow(node.number);
  if (node.word == Word::time) return t;
  if (node.word <= Word::both) return operation(node, a, d);
  if (node.word <= Word::piecewise) return corner(node.word, a, d);
  if (node.word == Word::expdiff) return divided_exp_at(a);
  if (node.word == Word::oscdiff) return oscillation_at(a);
  return node.word < Word::gauss ? smooth(node.word, a[0]) : density(node.word, a, d);
}

}  // namespace

double value_of(const Tree& tree, std::size_t node, double t) {
  const std::size_t first = tree.nodes[node].first;
  Values values(node - first + 1), arguments;
  for (std::size_t i = first; i <= node; ++i) {
    arguments.clear();
    for (const std::size_t of : tree.nodes[i].of) arguments.push_back(values[of - first]);
    values[i - first] = value_of(tree.nodes[i], t, arguments, arguments);
  }
  return values.back();
}

double value_of(const Tree& tree, std::size_t node, double t, double decided_at) {
  const std::size_t first = tree.nodes[node].first;
  Values values(node - first + 1), decided(values.size()), a, d;
  for (std::size_t i = first; i <= node; ++i) {
    a.clear();
    d.clear();
    for (const std::size_t of : tree.nodes[i].of) {
      a.push_back(values[of - first]);
      d.push_back(decided[of - first]);
    }
    values[i - first] = value_of(tree.nodes[i], t, a, d);
    decided[i - first] = value_of(tree.nodes[i], decided_at, d, d);
  }
  return values.back();
}

}  // namespace faltung::continuous
