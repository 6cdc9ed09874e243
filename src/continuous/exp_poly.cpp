// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/exp_poly.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::continuous {
namespace {

constexpr std::size_t kMostParts = 256;

void gather(ExpPoly& f) {
  std::stable_sort(f.begin(), f.end(),
                   [](const ExpPart& a, const ExpPart& b) { return before(a.rate, b.rate); });
  ExpPoly kept;
  for (ExpPart& part : f) {
    if (kept.empty() || !(kept.back().rate == part.rate)) {
      kept.push_back(std::move(part));
      continue;
    }
    auto& powers = kept.back().powers;
    powers.resize(std::max(powers.size(), part.powers.size()));
    for (std::size_t k = 0; k < part.powers.size(); ++k) powers[k] += part.powers[k];
  }
  for (ExpPart& part : kept)
    while (!part.powers.empty() && part.powers.back() == Complex()) part.powers.pop_back();
  std::erase_if(kept, [](const ExpPart& part) { return part.powers.empty(); });
  f = std::move(kept);
}

/// Adds weight times the partial fractions of exp[rates].
void add_fractions(const Complex& weight, const Rates& rates, ExpPoly& out) {
  for (std::size_t i = 0; i < rates.size();) {
    std::size_t end = i;
    while (end < rates.size() && rates[end] == rates[i]) ++end;
    const std::size_t times = end - i;
    // Taylor coefficients in x of the product over the other rates of 1 / (z + x - w).
    std::vector<Complex> taylor(times);
    taylor[0] = weight;
    for (const Complex& other : rates) {
      if (other == rates[i]) continue;
      const Complex apart = rates[i] - other;
      for (std::size_t k = 0; k < times; ++k)
        taylor[k] = (k == 0 ? taylor[k] : taylor[k] - taylor[k - 1]) / apart;
    }
    ExpPart part{rates[i], std::vector<Complex>(times)};
    Wide factorial = 1;
    for (std::size_t k = 0; k < times; ++k) {
      if (k > 1) factorial *= Wide(static_cast<double>(k));
      part.powers[k] = taylor[times - 1 - k] * Complex(1 / factorial);
    }
    out.push_back(std::move(part));
    i = end;
  }
}

}  // namespace

ExpPoly constant(const Complex& value) {
  if (value == Complex()) return {};
  return {{Complex(), {value}}};
}

std::optional<Complex> constant_of(const ExpPoly& f) {
  if (f.empty()) return Complex();
  if (f.size() == 1 && f[0].rate == Complex() && f[0].powers.size() == 1) return f[0].powers[0];
  return std::nullopt;
}

ExpPoly sum(const ExpPoly& f, const ExpPoly& g) {
  ExpPoly result = f;
  result.insert(result.end(), g.begin(), g.end());
  gather(result);
  return result;
}

ExpPoly scaled(ExpPoly f, const Complex& factor) {
  for (ExpPart& part : f)
    for (Complex& c : part.powers) c *= factor;
  gather(f);
  return f;
}

std::optional<ExpPoly> product(const ExpPoly& f, const ExpPoly& g) {
  if (f.size() * g.size() > kMostParts) return std::nullopt;
  ExpPoly result;
  for (const ExpPart& p : f)
    for (const ExpPart& q : g) {
      if (p.powers.size() + q.powers.size() > kMostRates + 1) return std::nullopt;
      ExpPart part{p.rate + q.rate, std::vector<Complex>(p.powers.size() + q.powers.size() - 1)};
      for (std::size_t i = 0; i < p.powers.size(); ++i)
        for (std::size_t j = 0; j < q.powers.size(); ++j)
          part.powers[i + j] += p.powers[i] * q.powers[j];
      result.push_back(std::move(part));
    }
  gather(result);
  return result;
}

std::optional<ExpPoly> exponential(const ExpPoly& f, const Complex& turn) {
  if (f.empty()) return constant(Complex(1));
  if (f.size() != 1 || !(f[0].rate == Complex()) || f[0].powers.size() > 2) return std::nullopt;
  const Complex slope = f[0].powers.size() > 1 ? f[0].powers[1] * turn : Complex();
  const Complex factor = complex_exp(f[0].powers[0] * turn);
  if (!is_finite(factor)) return std::nullopt;
  return ExpPoly{{slope, {factor}}};
}

std::optional<ExpPoly> reciprocal(const ExpPoly& f) {
  if (f.size() != 1 || f[0].powers.size() != 1) return std::nullopt;
  return ExpPoly{{-f[0].rate, {Complex(1) / f[0].powers[0]}}};
}

Complex value_of(const ExpPoly& f, Wide s) {
  Complex total;
  for (const ExpPart& part : f) {
    Complex polynomial;
    for (std::size_t k = part.powers.size(); k-- > 0;)
      polynomial = polynomial * Complex(s) + part.powers[k];
    total +=
        polynomial * (part.rate == Complex() ? Complex(1) : complex_exp(part.rate * Complex(s)));
  }
  return total;
}

QuickPoly::QuickPoly(const ExpPoly& f) {
  const auto rounded = [](const Complex& z) {
    return std::complex<double>(narrow(z.re), narrow(z.im));
  };
  for (const ExpPart& part : f) {
    if (part.rate.im < 0) continue;  // its conjugate stands for both
    Part one{rounded(part.rate), {}};
    const double factor = part.rate.is_real() ? 1 : 2;
    for (const Complex& c : part.powers) one.powers.push_back(factor * rounded(c));
    parts_.push_back(std::move(one));
  }
}

double QuickPoly::operator()(double s) const {
  double total = 0;
  for (const Part& part : parts_) {
    const double size = part.rate.real() == 0 ? 1 : std::exp(part.rate.real() * s);
    double re = 0, im = 0;
    for (std::size_t k = part.powers.size(); k-- > 0;) {
      re = re * s + part.powers[k].real();
      im = im * s + part.powers[k].imag();
    }
    if (part.rate.imag() == 0) total += size * re;
    else
      total += size * (re * std::cos(part.rate.imag() * s) - im * std::sin(part.rate.imag() * s));
  }
  return total;
}

WideTerms terms_of(const ExpPoly& f) {
  WideTerms terms;
  for (const ExpPart& part : f) {
    if (part.rate.im < 0) continue;  // its conjugate stands for both
    Wide factor = part.rate.is_real() ? 1 : 2;
    for (std::size_t k = 0; k < part.powers.size(); ++k) {
      if (k > 1) factor *= Wide(static_cast<double>(k));
      terms.push_back({part.powers[k] * Complex(factor), Rates(k + 1, part.rate)});
    }
  }
  tidy(terms);
  return terms;
}

ExpPoly exp_poly_of(const WideTerms& terms) {
  ExpPoly result;
  for (const WideTerm& term : terms) {
    if (is_real(term)) {
      add_fractions(term.weight, term.rates, result);
      continue;
    }
    Rates other = term.rates;
    for (Complex& z : other) z = conjugate(z);
    std::sort(other.begin(), other.end(), before);
    add_fractions(term.weight * Complex(Wide(0.5)), term.rates, result);
    add_fractions(conjugate(term.weight) * Complex(Wide(0.5)), other, result);
  }
  gather(result);
  return result;
}

}  // namespace faltung::continuous
