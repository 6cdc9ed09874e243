// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// With x_i = z_i s, exp[z0..zm](s) = s^m E(0, m), where E(i, j) is the divided difference of exp at
// x_i .. x_j. The x are sorted, and
//
//   equal                   e^x / m!
//   within the reach        e^c sum over k of h_k(x_i - c, ..., x_j - c) / (k + m)!
//   ends further apart      (E(i+1, j) - E(i, j-1)) / (x_j - x_i)
//   else                    by halves: E of x is sum over k of E(i, k) E(k, j) of x/2, times 2^-m
//
// h_k is the sum of all products of k of its arguments. Real rates are centred on the smallest, so
// that all terms are positive.
#include "continuous/divided_exp.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

namespace faltung::continuous {
namespace {

/// How far the x may lie apart for the series: all its terms are positive for real ones; else
/// terms up to e^6 times the whole cancel, of which 113 bits have enough.
constexpr double kRealReach = 32, kComplexReach = 6;

Wide power(Wide base, std::size_t exponent) {
  Wide result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base)
    if (exponent & 1U) result *= base;
  return result;
}

/// 1 / m!
Wide inverse_factorial(std::size_t m) {
  static const std::vector<Wide> table = [] {
    std::vector<Wide> values = {1};
    Wide factorial = 1;
    for (int k = 1; k <= 256; ++k) values.push_back(1 / (factorial *= Wide(k)));
    return values;
  }();
  return table[m];
}

/// 1 / n
Wide inverse(std::size_t n) {
  static const std::vector<Wide> table = [] {
    std::vector<Wide> values = {0};
    for (int k = 1; k <= 1024; ++k) values.push_back(1 / Wide(k));
    return values;
  }();
  return n < table.size() ? table[n] : 1 / Wide(static_cast<double>(n));
}

struct Centre {
  Complex at;
  double reach;
};

/// The centre of a series for x, where they are near enough to it.
std::optional<Centre> near(std::span<const Complex> x) {
  const bool real = std::all_of(x.begin(), x.end(), [](const Complex& z) { return z.is_real(); });
  Complex centre = x[0];
  if (real) {
    for (const Complex& z : x)
      if (z.re < centre.re) centre = z;
  } else {
    for (std::size_t i = 1; i < x.size(); ++i) centre += x[i];
    centre *= Complex(inverse(x.size()));
  }
  Wide reach = 0;
  for (const Complex& z : x) reach = std::max(reach, magnitude_sum(z - centre));
  if (reach > Wide(real ? kRealReach : kComplexReach)) return std::nullopt;
  return Centre{centre, narrow(reach)};
}

/// E(0, j) for all j, whatever the order of x. With S(j, k) = h_k(d_0, ..., d_j) / (k + j)!,
/// S(j, k) = (S(j-1, k) + d_j S(j, k-1)) / (k + j), since h_k(..j) = h_k(..j-1) + d_j h_(k-1)(..j).
Rates series(std::span<const Complex> x, const Centre& centre) {
  const std::size_t n = x.size();
  Rates d(x.begin(), x.end()), sums(n), totals(n);
  for (std::size_t j = 0; j < n; ++j) {
    d[j] = d[j] - centre.at;
    totals[j] = sums[j] = Complex(inverse_factorial(j));
  }
  // |h_k| / (k + j)! <= reach^k / (k! j!): compared with the first term where all are positive,
  // and with e^-reach of it where they are not.
  double rest = std::exp(2 * centre.reach);
  for (std::size_t k = 1; rest > 0x1p-118 || static_cast<double>(k) < 2 * centre.reach; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      const Complex below = j == 0 ? Complex() : sums[j - 1];
      sums[j] = (below + d[j] * sums[j]) * Complex(inverse(k + j));
      totals[j] += sums[j];
    }
    rest *= centre.reach / static_cast<double>(k);
  }
  const Complex factor = complex_exp(centre.at);
  for (Complex& total : totals) total *= factor;
  return totals;
}

class Table {
 public:
  explicit Table(Rates x) : x_(std::move(x)), known_(x_.size() * x_.size()) {}

  Complex at(std::size_t i, std::size_t j) {
    std::optional<Complex>& known = known_[i * x_.size() + j];
    if (!known) known = compute(i, j);
    return *known;
  }

 private:
  Complex compute(std::size_t i, std::size_t j) {
    const std::span<const Complex> x(x_.data() + i, j - i + 1);
    if (all_equal(x)) return complex_exp(x[0]) * Complex(inverse_factorial(x.size() - 1));
    if (const std::optional<Centre> centre = near(x)) return series(x, *centre).back();
    const Complex apart = x_[j] - x_[i];
    if (magnitude_sum(apart) > kComplexReach) return (at(i + 1, j) - at(i, j - 1)) / apart;
    return by_halves(i, j);
  }

  /// All ranges share the table of halves: else each would make its own, and theirs again.
  Complex by_halves(std::size_t i, std::size_t j) {
    if (!half_) {
      Rates x(x_);
      for (Complex& z : x) z = {z.re / 2, z.im / 2};
      half_ = std::make_unique<Table>(std::move(x));
    }
    Complex sum;
    for (std::size_t k = i; k <= j; ++k) sum += half_->at(i, k) * half_->at(k, j);
    return sum * Complex(power(Wide(0.5), j - i));
  }

  Rates x_;
  std::vector<std::optional<Complex>> known_;
  std::unique_ptr<Table> half_;
};

}  // namespace

bool all_equal(std::span<const Complex> rates) {
  return std::all_of(rates.begin(), rates.end(),
                     [&](const Complex& z) { return bits_of(z) == bits_of(rates.front()); });
}

bool before(const Complex& a, const Complex& b) {
  return a.re < b.re || (a.re == b.re && a.im < b.im);
}

Rates divided_exp_prefixes(std::span<const Complex> rates, Wide s) {
  Rates x(rates.begin(), rates.end());
  for (Complex& z : x) z = {z.re * s, z.im * s};
  const auto centre = all_equal(rates) ? std::nullopt : near(x);
  if (!centre) {
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = divided_exp(rates.first(j + 1), s);
    return x;
  }
  Rates values = series(x, *centre);
  Wide factor = 1;
  for (Complex& value : values) {
    value *= Complex(factor);
    factor *= s;
  }
  return values;
}

Complex divided_exp(std::span<const Complex> rates, Wide s) {
  if (all_equal(rates)) {
    const Wide factor = rates.size() == 1
                            ? Wide(1)
                            : power(s, rates.size() - 1) * inverse_factorial(rates.size() - 1);
    if (rates[0] == Complex()) return factor;
    return complex_exp(Complex(rates[0].re * s, rates[0].im * s)) * Complex(factor);
  }
  Rates x(rates.begin(), rates.end());
  for (Complex& z : x) z = {z.re * s, z.im * s};
  const std::size_t m = x.size() - 1;
  if (m == 0) return complex_exp(x[0]);
  std::sort(x.begin(), x.end(), before);
  return Table(std::move(x)).at(0, m) * Complex(power(s, m));
}

}  // namespace faltung::continuous
