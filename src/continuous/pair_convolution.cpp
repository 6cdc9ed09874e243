// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/pair_convolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "continuous/chebyshev.hpp"
#include "continuous/legendre.hpp"

namespace faltung::continuous {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

Patch part(const Patch& f, double from, double to) {
  from = std::max(from, f.lower);
  to = std::min(to, f.upper);
  // What differs by rounding alone is not sampled anew.
  const double near = 4 * kEpsilon * std::max(std::abs(f.lower), std::abs(f.upper));
  if (from - f.lower <= near) from = f.lower;
  if (f.upper - to <= near) to = f.upper;
  return {from, to, restricted_piece(f.c, f.lower, f.upper, from, to)};
}

double largest(const std::vector<double>& c) {
  double most = 0;
  for (const double v : c) most = std::max(most, std::abs(v));
  return most;
}

}  // namespace

void PatchPairs::add(Patch f, Patch h) {
  if (f.length() < h.length()) std::swap(f, h);
  Pair pair{std::move(f), std::move(h), false, {}};
  const double reach = std::max({std::abs(pair.f.lower), std::abs(pair.f.upper),
                                 std::abs(pair.h.lower), std::abs(pair.h.upper)});
  const double length = pair.h.length();
  pair.equal = pair.f.length() - length <= 4 * kEpsilon * reach;
  if (pair.equal) {
    pair.halves = {add_half(pair.f, pair.h, false), add_half(pair.f, pair.h, true)};
  } else {
    const Patch first = part(pair.f, pair.f.lower, pair.f.lower + length);
    const Patch second = part(pair.f, pair.f.upper - length, pair.f.upper);
    pair.halves = {add_half(first, pair.h, false), add_half(second, pair.h, true)};
  }
  if (!pair.equal && pair.f.length() <= 2 * length) {
    const double half = pair.f.length() / 2, p = pair.f.lower + half;
    pair.halves.push_back(add_half(part(pair.f, pair.f.lower, p),
                                   part(pair.h, pair.h.upper - half, pair.h.upper), true));
    pair.halves.push_back(add_half(part(pair.f, p, pair.f.upper),
                                   part(pair.h, pair.h.lower, pair.h.lower + half), false));
  }
  pairs_.push_back(std::move(pair));
}

std::size_t PatchPairs::add_half(const Patch& f, const Patch& h, bool second) {
  halves_.push_back(
      {legendre_from_chebyshev(f.c), legendre_from_chebyshev(h.c), second, h.length()});
  return halves_.size() - 1;
}

std::vector<Series> PatchPairs::run() {
  std::vector<HalfPair> jobs;
  std::vector<std::size_t> job(halves_.size(), 0);
  for (std::size_t i = 0; i < halves_.size(); ++i) {
    const Half& half = halves_[i];
    job[i] = jobs.size();
    if (!half.f.empty() && !half.h.empty())
      jobs.push_back({half.f, half.h, half.second, half.length});
  }
  const std::vector<std::vector<double>> done = convolve_halves(jobs);
  std::vector<std::vector<double>> halves(halves_.size());
  for (std::size_t i = 0; i < halves_.size(); ++i)
    if (!halves_[i].f.empty() && !halves_[i].h.empty())
      halves[i] = chebyshev_from_legendre(done[job[i]]);
  std::vector<Series> results;
  for (const Pair& pair : pairs_) {
    Series y;
    const double first = pair.f.lower + pair.h.upper, second = pair.f.upper + pair.h.lower;
    if (pair.equal || !(first < second)) {
      y.breaks = {pair.f.lower + pair.h.lower, first, pair.f.upper + pair.h.upper};
      y.pieces = {halves[pair.halves[0]], halves[pair.halves[1]]};
    } else {
      y.breaks = {pair.f.lower + pair.h.lower, first, second, pair.f.upper + pair.h.upper};
      y.pieces = {halves[pair.halves[0]], middle(pair, halves), halves[pair.halves[1]]};
    }
    results.push_back(std::move(y));
  }
  pairs_.clear();
  halves_.clear();
  return results;
}

std::vector<double> PatchPairs::middle(const Pair& pair,
                                       const std::vector<std::vector<double>>& halves) {
  const Patch &f = pair.f, &h = pair.h;
  if (pair.halves.size() == 2) {
    Series whole;
    whole.breaks = {f.lower, f.upper};
    whole.pieces = {f.c};
    return middle_by_quadrature(whole, h, f.c.empty() ? 0 : f.c.size() - 1);
  }
  const std::vector<double>&left = halves[pair.halves[2]], &right = halves[pair.halves[3]];
  const double half = f.length() / 2, p = f.lower + half;
  const double scale = std::max(largest(left), largest(right));
  return smooth_series(
      [&](std::span<const double> t, std::span<double> y) {
        evaluate_chebyshev(left, f.lower + h.upper, p + h.upper, t, y);
        add_chebyshev(right, p + h.lower, f.upper + h.lower, t, y);
      },
      f.lower + h.upper, f.upper + h.lower, f.c.empty() ? 0 : f.c.size() - 1, scale);
}

std::vector<double> PatchPairs::middle_by_quadrature(const Series& f, const Patch& h,
                                                     std::size_t local) {
  if (h.c.empty() || f.empty()) return {};
  const Rule& rule = gauss((h.c.size() + local) / 2 + 1);
  const std::size_t nodes = rule.node.size();
  std::vector<double> s(nodes), weight(nodes);
  const double half = h.length() / 2;
  for (std::size_t j = 0; j < nodes; ++j) s[j] = h.lower + half + half * rule.node[j];
  // By their place in the interval, which says more than s where h is short and far from 0.
  evaluate_chebyshev(h.c, -1, 1, rule.node, weight);
  double scale = 0;
  for (std::size_t j = 0; j < nodes; ++j) {
    weight[j] *= rule.weight[j] * half;
    scale += std::abs(weight[j]);
  }
  double most = 0;
  std::size_t degree = 0;
  for (const auto& c : f.pieces) most = std::max(most, largest(c)), degree += c.size();
  std::vector<double> at;
  return smooth_series(
      [&](std::span<const double> t, std::span<double> y) {
        at.resize(t.size());
        std::vector<double> found(t.size());
        std::fill(y.begin(), y.end(), 0.0);
        for (std::size_t j = 0; j < nodes; ++j) {
          for (std::size_t i = 0; i < t.size(); ++i)
            at[i] = std::clamp(t[i] - s[j], f.lower(), f.upper());
          std::fill(found.begin(), found.end(), 0.0);
          add_values(f, at, found);
          for (std::size_t i = 0; i < t.size(); ++i) y[i] += weight[j] * found[i];
        }
      },
      f.lower() + h.upper, f.upper() + h.lower, degree == 0 ? 0 : degree - 1, scale * most);
}

const PatchPairs::Rule& PatchPairs::gauss(std::size_t nodes) {
  Rule& rule = rules_[nodes];
  if (!rule.node.empty()) return rule;
  rule.node.resize(nodes);
  rule.weight.resize(nodes);
  const auto n = static_cast<long double>(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    // Newton's iteration for P_n(x) = 0 from Tricomi's approximation.
    long double x = -std::cos(std::numbers::pi_v<long double> *
                              (static_cast<long double>(i) + 0.75L) / (n + 0.5L));
    long double slope = 0;
    for (int step = 0; step < 8; ++step) {
      long double before = 1, now = x;
      for (long double k = 1; k < n; ++k) {
        const long double next = ((2 * k + 1) * x * now - k * before) / (k + 1);
        before = now;
        now = next;
      }
      slope = n * (x * now - before) / (x * x - 1);
      const long double change = now / slope;
      x -= change;
      if (std::abs(change) < 1e-18L) break;
    }
    rule.node[i] = static_cast<double>(x);
    rule.weight[i] = static_cast<double>(2 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace faltung::continuous
