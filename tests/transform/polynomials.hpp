// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "microkernels/targets.hpp"
#include "support/random.hpp"
#include "transform/transform.hpp"

namespace faltung::test_support {

using Exact = std::complex<long double>;
using Polynomial = std::vector<Exact>;

/// False where long double is computed by a library, hundreds of times slower.
inline constexpr bool kReferenceIsFast = std::numeric_limits<long double>::digits <= 64;

/// Half the distance from 1 to the next number: u of the bounds.
template <class T>
constexpr long double kUnit = std::numeric_limits<T>::epsilon() / 2.0L;

/// A polynomial as two planes of rows.
template <class T>
struct Planes {
  explicit Planes(std::int64_t n)
      : re(static_cast<std::size_t>(n)), im(static_cast<std::size_t>(n)) {}
  Exact at(std::int64_t i) const {
    return {re[static_cast<std::size_t>(i)], im[static_cast<std::size_t>(i)]};
  }
  void set(std::int64_t i, Exact v) {
    re[static_cast<std::size_t>(i)] = static_cast<T>(v.real());
    im[static_cast<std::size_t>(i)] = static_cast<T>(v.imag());
  }
  std::vector<T> re, im;
};

template <class T>
Planes<T> random_planes(Random& random, std::int64_t n) {
  Planes<T> p(n);
  for (std::int64_t i = 0; i < n; ++i) p.set(i, {random.symmetric(), random.symmetric()});
  return p;
}

template <class T>
Polynomial polynomial(const Planes<T>& p, std::int64_t from, std::int64_t n,
                      std::int64_t step = 1) {
  Polynomial z;
  for (std::int64_t i = 0; i < n; ++i) z.push_back(p.at(from + i * step));
  return z;
}

/// x h modulo X^M - e(a), by the definition.
inline Polynomial product(const Polynomial& x, const Polynomial& h, Root root) {
  const std::size_t n = x.size();
  const Exact wrap = root == Root::quarter ? Exact(0, 1) : Exact(1, 0);
  Polynomial y(n);
  for (std::size_t j = 0; j < n; ++j) {
    if (h[j] == Exact(0)) continue;
    for (std::size_t i = 0; i < n - j; ++i) y[i + j] += x[i] * h[j];
    for (std::size_t i = n - j; i < n; ++i) y[i + j - n] += wrap * (x[i] * h[j]);
  }
  return y;
}

inline long double norm2(const Polynomial& z) {
  long double sum = 0;
  for (const Exact& v : z) sum += std::norm(v);
  return std::sqrt(sum);
}

inline Polynomial minus(Polynomial a, const Polynomial& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

inline long double largest(const Polynomial& z) {
  long double m = 0;
  for (const Exact& v : z) m = std::max(m, std::abs(v));
  return m;
}

template <class T>
Transform<T> make_transform(std::int64_t length, Root root, Along along, std::int64_t target) {
  return value_or_throw(Transform<T>::make(length, root, along, target));
}

/// e(t) and the exponents j of a transform's leaves: leaf k is the residue at X = e((a + j)/M).
/// The polynomial X itself is transformed to the leaves' roots, whatever their order is.
inline long double angle_of(Root root, std::int64_t j, std::int64_t length) {
  const long double a = root == Root::quarter ? 0.25L : 0;
  return 2 * 3.14159265358979323846264338327950288L * (a + static_cast<long double>(j)) /
         static_cast<long double>(length);
}

/// Lines of `lanes` points as planes, and back.
template <class T>
Planes<T> planes_of(const std::vector<T>& lines, std::int64_t lanes) {
  const auto n = static_cast<std::int64_t>(lines.size()) / 2;
  Planes<T> p(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i / lanes * 2 * lanes + i % lanes);
    p.re[static_cast<std::size_t>(i)] = lines[at];
    p.im[static_cast<std::size_t>(i)] = lines[at + static_cast<std::size_t>(lanes)];
  }
  return p;
}
template <class T>
std::vector<T> lines_of(const Planes<T>& p, std::int64_t lanes) {
  std::vector<T> lines(2 * p.re.size());
  for (std::size_t i = 0; i < p.re.size(); ++i) {
    const auto v = static_cast<std::size_t>(lanes);
    lines[i / v * 2 * v + i % v] = p.re[i];
    lines[i / v * 2 * v + v + i % v] = p.im[i];
  }
  return lines;
}

/// The spectrum of a row, leaf by leaf.
template <class T>
Planes<T> spectrum_of(const Transform<T>& t, const Planes<T>& x, std::int64_t lanes) {
  std::vector<T> lines(2 * x.re.size());
  t.forward(x.re.data(), x.im.data(), lines.data());
  return planes_of(lines, lanes);
}
template <class T>
Planes<T> row_of(const Transform<T>& t, const Planes<T>& spectrum, std::int64_t lanes) {
  std::vector<T> lines = lines_of(spectrum, lanes);
  Planes<T> y(t.length());
  t.inverse(lines.data(), y.re.data(), y.im.data());
  return y;
}
template <class T>
Planes<T> product_of(const Planes<T>& x, const Planes<T>& h, std::int64_t target) {
  const std::int64_t lanes = butterflies<T>(target).lanes;
  std::vector<T> a = lines_of(x, lanes);
  const std::vector<T> b = lines_of(h, lanes);
  multiply_spectra(a.data(), b.data(), static_cast<std::int64_t>(x.re.size()), a.data(), target);
  return planes_of(a, lanes);
}

template <class T>
std::vector<std::int64_t> leaf_exponents(const Transform<T>& t, Root root, std::int64_t lanes) {
  const std::int64_t n = t.length();
  Planes<T> x(n);
  x.set(1 % n, n == 1 ? (root == Root::quarter ? Exact(0, 1) : Exact(1)) : Exact(1));
  x = spectrum_of(t, x, lanes);
  std::vector<std::int64_t> exponents;
  for (std::int64_t k = 0; k < n; ++k) {
    const long double turns = std::arg(x.at(k)) / (2 * 3.14159265358979323846264338327950288L);
    const long double j = turns * static_cast<long double>(n) - (root == Root::quarter ? 0.25L : 0);
    exponents.push_back(((std::llround(j) % n) + n) % n);
  }
  return exponents;
}

/// The value of a polynomial at the root of exponent j, by Horner's rule.
inline Exact value_at(const Polynomial& z, Root root, std::int64_t j) {
  const long double angle = angle_of(root, j, static_cast<std::int64_t>(z.size()));
  const Exact w(std::cos(angle), std::sin(angle));
  Exact sum = 0;
  for (std::size_t i = z.size(); i-- > 0;) sum = sum * w + z[i];
  return sum;
}

}  // namespace faltung::test_support
