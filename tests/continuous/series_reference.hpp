// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "continuous/series.hpp"
#include "support/random.hpp"

/// Convolutions of series, and of any functions, by quadrature in long double, slowly.
namespace faltung::continuous::test {

struct Gauss {
  explicit Gauss(int n) : x(static_cast<std::size_t>(n)), w(static_cast<std::size_t>(n)) {
    for (int i = 0; i < n; ++i) {
      long double root = -std::cos(std::numbers::pi_v<long double> * (i + 0.75L) / (n + 0.5L));
      long double slope = 1;
      for (int step = 0; step < 10; ++step) {
        long double before = 1, now = root;
        for (int k = 1; k < n; ++k) {
          const long double next = ((2 * k + 1) * root * now - k * before) / (k + 1);
          before = now;
          now = next;
        }
        slope = n * (root * now - before) / (root * root - 1);
        root -= now / slope;
      }
      x[static_cast<std::size_t>(i)] = root;
      w[static_cast<std::size_t>(i)] = 2 / ((1 - root * root) * slope * slope);
    }
  }
  std::vector<long double> x, w;
};

/// T_n by its three-term recurrence, in long double.
inline long double chebyshev_sum(const std::vector<double>& c, long double x) {
  long double sum = 0, before = x, now = 1;
  for (const double v : c) {
    sum += v * now;
    const long double next = 2 * x * now - before;
    before = now;
    now = next;
  }
  return sum;
}

inline long double legendre_sum(const std::vector<double>& l, long double x) {
  long double sum = 0, before = 0, now = 1, k = 0;
  for (const double v : l) {
    sum += v * now;
    const long double next = ((2 * k + 1) * x * now - k * before) / (k + 1);
    before = now;
    now = next;
    ++k;
  }
  return sum;
}

inline long double exact_value(const Series& f, long double t) {
  if (f.empty() || t < f.lower() || t > f.upper()) return 0;
  std::size_t p = 0;
  while (p + 1 < f.pieces.size() && t >= f.breaks[p + 1]) ++p;
  const long double from = f.breaks[p], to = f.breaks[p + 1];
  return chebyshev_sum(f.pieces[p], 2 * (t - from) / (to - from) - 1);
}

using Real = std::function<long double(long double)>;

/// The integral of f(s) h(t - s) over intervals between these places, each by one rule.
inline long double quadrature(const Real& f, const Real& h, long double t,
                              std::vector<long double> places, const Gauss& rule) {
  std::sort(places.begin(), places.end());
  long double sum = 0;
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const long double half = (places[i + 1] - places[i]) / 2, middle = places[i] + half;
    if (half <= 1e-18L) continue;
    for (std::size_t j = 0; j < rule.x.size(); ++j) {
      const long double s = middle + half * rule.x[j];
      sum += rule.w[j] * half * f(s) * h(t - s);
    }
  }
  return sum;
}

/// (f * h)(t), exact for polynomials but for rounding in long double.
inline long double convolution_at(const Series& f, const Series& h, long double t) {
  static std::vector<Gauss> rules;
  const int nodes = static_cast<int>(f.largest_degree() + h.largest_degree()) / 2 + 2;
  auto rule = std::find_if(rules.begin(), rules.end(),
                           [&](const Gauss& g) { return static_cast<int>(g.x.size()) == nodes; });
  if (rule == rules.end()) rule = rules.insert(rules.end(), Gauss(nodes));
  std::vector<long double> places(f.breaks.begin(), f.breaks.end());
  for (const double b : h.breaks) places.push_back(t - b);
  return quadrature([&](long double s) { return exact_value(f, s); },
                    [&](long double s) { return exact_value(h, s); }, t, places, *rule);
}

/// Random coefficients on random intervals, or on ones of a quarter.
inline Series random_series(test_support::Random& random, std::size_t pieces, std::size_t degree,
                            bool even) {
  Series f;
  double at = even ? 0.25 * static_cast<double>(random.whole(-8, 8)) : random.symmetric();
  f.breaks = {at};
  for (std::size_t i = 0; i < pieces; ++i) {
    at += even ? 0.25 : 0.05 + 0.5 * random.unit();
    f.breaks.push_back(at);
    std::vector<double> c(degree + 1);
    for (double& v : c) v = random.symmetric();
    f.pieces.push_back(std::move(c));
  }
  return f;
}

}  // namespace faltung::continuous::test
