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
#include <optional>

namespace faltung::continuous {
namespace {

/// How far the x may lie apart for the series: all its terms are positive for real ones; else
/// terms up to e^6 cancel, of which 113 bits have enough.
constexpr double kRealReach = 32, kComplexReach = 6;

Wide power(Wide base, std::size_t exponent) {
  Wide result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base)
    if (exponent & 1U) result *= base;
  return result;
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
    if (std::all_of(x.begin(), x.end(), [&](const Complex& z) { return z == x[0]; })) {
      Complex value = complex_exp(x[0]);
      for (std::size_t k = 2; k < x.size(); ++k)
        value = value / Complex(Wide(static_cast<double>(k)));
      return value;
    }
    const bool real = std::all_of(x.begin(), x.end(), [](const Complex& z) { return z.is_real(); });
    const Complex centre = real ? x[0] : mean(x);
    Wide reach = 0;
    for (const Complex& z : x) reach = std::max(reach, magnitude_sum(z - centre));
    if (reach <= (real ? kRealReach : kComplexReach)) return series(x, centre, narrow(reach));
    const Complex apart = x_[j] - x_[i];
    if (magnitude_sum(apart) > kComplexReach) return (at(i + 1, j) - at(i, j - 1)) / apart;
    return by_halves(x);
  }

  static Complex mean(std::span<const Complex> x) {
    Complex sum;
    for (const Complex& z : x) sum += z;
    return sum / Complex(Wide(static_cast<double>(x.size())));
  }

  static Complex series(std::span<const Complex> x, const Complex& centre, double reach) {
    const std::size_t n = x.size();
    Rates d(x.begin(), x.end());
    for (Complex& z : d) z = z - centre;
    // sums[j] = h_k(d_0, ..., d_j) / (k + m)!, from h_k(..j) = h_k(..j-1) + d_j h_(k-1)(..j).
    Wide factorial = 1;
    for (std::size_t k = 2; k < n; ++k) factorial *= Wide(static_cast<double>(k));
    Rates sums(n, Complex(1 / factorial));
    Complex total = sums[n - 1];
    for (double k = 1; k < 400; ++k) {
      const Complex inverse(1 / Wide(k + static_cast<double>(n) - 1));
      Complex below;
      for (std::size_t j = 0; j < n; ++j) below = sums[j] = below + d[j] * sums[j] * inverse;
      total += sums[n - 1];
      // From here on the terms fall by half each; h_k <= C(k + m, m) reach^k.
      if (k > 2 * reach + 2 && magnitude_sum(sums[n - 1]) < kWideEpsilon * magnitude_sum(total) &&
          bound_of_rest(k, reach, n) < kWideEpsilon * magnitude_sum(total))
        break;
    }
    return total * complex_exp(centre);
  }

  // reach^k / k! / m!, which no |h_k| / (k + m)! exceeds.
  static Wide bound_of_rest(double k, double reach, std::size_t n) {
    Wide bound = 1;
    for (double i = 1; i <= k; ++i) bound *= Wide(reach / i);
    for (std::size_t i = 2; i < n; ++i) bound = bound / Wide(static_cast<double>(i));
    return bound;
  }

  static Complex by_halves(std::span<const Complex> x) {
    Rates half(x.begin(), x.end());
    for (Complex& z : half) z = {z.re / 2, z.im / 2};
    Table table(std::move(half));
    Complex sum;
    for (std::size_t k = 0; k < x.size(); ++k) sum += table.at(0, k) * table.at(k, x.size() - 1);
    return sum * Complex(power(Wide(0.5), x.size() - 1));
  }

  Rates x_;
  std::vector<std::optional<Complex>> known_;
};

}  // namespace

bool before(const Complex& a, const Complex& b) {
  return a.re < b.re || (a.re == b.re && a.im < b.im);
}

Complex divided_exp(std::span<const Complex> rates, Wide s) {
  Rates x(rates.begin(), rates.end());
  for (Complex& z : x) z = {z.re * s, z.im * s};
  const std::size_t m = x.size() - 1;
  if (m == 0) return complex_exp(x[0]);
  std::sort(x.begin(), x.end(), before);
  return Table(std::move(x)).at(0, m) * Complex(power(s, m));
}

}  // namespace faltung::continuous
