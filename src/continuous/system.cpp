// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/system.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/closed.hpp"
#include "continuous/polynomial_roots.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kMostDegree = 24;

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::invalid_argument, std::move(message)});
}

Result<Function> from_zero(WideTerms terms, std::vector<WideImpulse> impulses = {}) {
  std::vector<WidePiece> pieces;
  if (!terms.empty()) pieces.push_back({0, kWideInfinity, 0, 1, std::move(terms)});
  auto closed = assemble(std::move(pieces), std::move(impulses));
  if (!closed) return tl::unexpected(closed.error());
  return Function(std::make_shared<const FunctionImpl>(FunctionImpl{std::move(*closed), {}}));
}

using Polynomial = std::vector<Complex>;  // lowest power first

/// a = (s - root) quotient + remainder; a becomes the quotient.
Complex divide(Polynomial& a, const Complex& root) {
  Complex carry;
  for (std::size_t k = a.size(); k-- > 0;) {
    const Complex coefficient = a[k] + carry * root;
    a[k] = carry;
    carry = coefficient;
  }
  if (a.size() > 1) a.pop_back();
  return carry;
}

/// The first `count` Taylor coefficients of a about `place`.
Polynomial taylor(Polynomial a, const Complex& place, std::size_t count) {
  Polynomial c;
  for (std::size_t k = 0; k < count; ++k) c.push_back(divide(a, place));
  return c;
}

/// N / product (s - p_i) = sum_k d_k / ((s - p_0) ... (s - p_k)), where the d are Newton's
/// coefficients of N for the poles taken backwards. Nothing in it becomes large where poles meet.
WideTerms chain(Polynomial numerator, const Rates& poles) {
  WideTerms terms;
  for (std::size_t k = poles.size(); k-- > 0;) {
    const Complex d = divide(numerator, poles[k]);
    if (!(d == Complex(0)))
      terms.push_back({d, {poles.begin(), poles.begin() + static_cast<std::ptrdiff_t>(k) + 1}});
  }
  return terms;
}

struct Cluster {
  Complex place;
  std::size_t count = 0;
};
std::vector<Cluster> clusters_of(const Rates& poles) {
  std::vector<Cluster> found;
  for (const Complex& p : poles) {
    const auto at =
        std::find_if(found.begin(), found.end(), [&](const Cluster& c) { return c.place == p; });
    if (at == found.end()) found.push_back({p, 1});
    else ++at->count;
  }
  return found;
}

/// Partial fractions: about each pole the quotient of two Taylor series. Of two conjugate poles
/// one, with twice the weight.
WideTerms fractions(const Polynomial& numerator, const std::vector<Cluster>& clusters) {
  WideTerms terms;
  for (const Cluster& c : clusters) {
    if (c.place.im < 0) continue;
    Polynomial others{Complex(1)};
    for (const Cluster& other : clusters)
      for (std::size_t i = 0; i < other.count && !(other.place == c.place); ++i) {
        others.insert(others.begin(), Complex(0));
        for (std::size_t k = 0; k + 1 < others.size(); ++k)
          others[k] = others[k] - other.place * others[k + 1];
      }
    const Polynomial n = taylor(numerator, c.place, c.count), d = taylor(others, c.place, c.count);
    Polynomial q;
    for (std::size_t k = 0; k < c.count; ++k) {
      Complex sum = n[k];
      for (std::size_t i = 0; i < k; ++i) sum = sum - q[i] * d[k - i];
      q.push_back(sum / d[0]);
    }
    for (std::size_t k = 0; k < c.count; ++k) {
      const Complex weight = c.place.im > 0 ? q[k] * Complex(2) : q[k];
      if (!(weight == Complex(0))) terms.push_back({weight, Rates(c.count - k, c.place)});
    }
  }
  return terms;
}

/// How much larger the terms are than their sum, over times about the poles' own.
double cancellation(const WideTerms& terms, const Rates& poles) {
  double largest_part = 0, largest = 0;
  for (const Complex& p : poles) {
    const double rate = narrow(magnitude(p));
    for (const double turns : {0.0, 0.1, 0.3, 1.0, 3.0}) {
      const Wide s(rate > 0 ? turns / rate : turns);
      double parts = 0;
      for (const WideTerm& term : terms)
        parts += std::abs(narrow(magnitude(term.weight * divided_exp(term.rates, s))));
      largest_part = std::max(largest_part, parts);
      largest = std::max(largest, std::abs(narrow(value_of(terms, s))));
    }
  }
  return largest > 0 ? std::max(1.0, largest_part / largest) : 1.0;
}

bool finite(std::span<const double> a) {
  return std::ranges::all_of(a, [](double v) { return std::isfinite(v); });
}

/// Highest powers first and leading zeros to lowest first without them.
std::vector<Wide> ascending(std::span<const double> a) {
  while (!a.empty() && a.front() == 0) a = a.subspan(1);
  std::vector<Wide> out;
  for (std::size_t k = a.size(); k-- > 0;) out.emplace_back(a[k]);
  return out;
}

/// b = q a + rest: the powers of q are impulses and their derivatives.
std::vector<WideImpulse> take_impulses(std::vector<Wide>& b, const std::vector<Wide>& a) {
  std::vector<WideImpulse> impulses;
  while (b.size() >= a.size()) {
    const Wide q = b.back() / a.back();
    const std::size_t order = b.size() - a.size();
    for (std::size_t k = 0; k < a.size(); ++k) b[order + k] -= q * a[k];
    b.pop_back();
    if (q != 0) impulses.push_back({0, static_cast<int>(order), q});
  }
  return impulses;
}

std::vector<Pole> poles_of(const std::vector<Cluster>& clusters) {
  std::vector<Pole> poles;
  for (const Cluster& c : clusters)
    poles.push_back({{narrow(c.place.re), narrow(c.place.im)}, static_cast<int>(c.count)});
  return poles;
}

}  // namespace

Result<Function> try_first_order(double tau, double gain) {
  if (!(tau > 0) || !std::isfinite(tau) || !std::isfinite(gain))
    return refuse("a time constant is above 0 and finite, and so is a gain");
  return from_zero({{Complex(Wide(gain) / Wide(tau)), {Complex(-1 / Wide(tau))}}});
}

// 1 / (p^2 + 2 d w p + w^2) = 1 / ((p - z0) (p - z1)).
Result<Function> try_second_order(double frequency, double damping, double gain) {
  if (!(frequency > 0) || !std::isfinite(frequency) || !std::isfinite(damping) ||
      !std::isfinite(gain))
    return refuse("a natural frequency is above 0 and finite, damping and gain are finite");
  const Wide w(frequency), d(damping);
  const Wide under = (1 - d) * (1 + d);  // what is left of 1 - d^2, without loss near 1
  const Complex weight(Wide(gain) * w * w);
  const Wide root = wide_sqrt(wide_abs(under)) * w;
  if (under > Wide(0x1p-7)) {  // well apart: one oscillation, sin(root t) / root
    const Complex one = weight / Complex(0, root);
    return from_zero({{one, {Complex(-d * w, root)}}});
  }
  if (under > 0) return from_zero({{weight, {Complex(-d * w, root), Complex(-d * w, -root)}}});
  if (under == 0) return from_zero({{weight, {Complex(-d * w), Complex(-d * w)}}});
  // The smaller one by the product of both, which is w^2.
  const Wide large = d > 0 ? -d * w - root : -d * w + root;
  return from_zero({{weight, {Complex(large), Complex(w * w / large)}}});
}

Result<System> try_transfer_function(std::span<const double> numerator,
                                     std::span<const double> denominator) {
  if (!finite(numerator) || !finite(denominator))
    return refuse("the coefficients of a transfer function are finite");
  std::vector<Wide> b = ascending(numerator);
  const std::vector<Wide> a = ascending(denominator);
  if (a.empty() || numerator.empty())
    return refuse("a transfer function has a numerator, and a denominator that is not 0");
  if (a.size() > kMostDegree + 1)
    return refuse("the denominator of a transfer function is of degree 24 at most");
  if (b.size() >= a.size() + static_cast<std::size_t>(kMostOrder))
    return refuse("the numerator is of so much higher degree that it differentiates too often");
  std::vector<WideImpulse> impulses = take_impulses(b, a);
  System system;
  WideTerms terms;
  Rates poles;
  if (a.size() > 1) {
    auto roots = polynomial_roots(a);
    if (!roots) return tl::unexpected(roots.error());
    poles = std::move(*roots);
    Polynomial n;
    for (const Wide& v : b) n.emplace_back(v / a.back());
    if (n.empty()) n.emplace_back(0);
    const std::vector<Cluster> clusters = clusters_of(poles);
    system.poles = poles_of(clusters);
    terms = fractions(n, clusters);
    constexpr double kMuch = 64;  // six bits; beyond, the chain is worth its length
    system.cancellation = cancellation(terms, poles);
    if (system.cancellation > kMuch) {
      terms = chain(n, poles);
      system.cancellation = cancellation(terms, poles);
    }
  }
  system.stable = std::ranges::all_of(poles, [](const Complex& p) { return p.re < 0; });
  auto response = from_zero(std::move(terms), std::move(impulses));
  if (!response) return tl::unexpected(response.error());
  system.response = std::move(*response);
  return system;
}

}  // namespace faltung::continuous
