// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/wide.hpp"

#include <cmath>
#include <cstdint>

namespace faltung::continuous {
namespace {

// The libraries of the compilers have these functions for one of the two types each, and not
// everywhere to the full precision.
constexpr double kLn2[] = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56, 0x1.7b57a079a1934p-111};
constexpr double kHalfPi[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110,
                              0x1.4cf98e804177dp-164};

// The first part of a constant has 53 bits, so that `times` of up to 53 bits meet it exactly.
Wide reduced(Wide x, double times, const double* parts, int count) {
  for (int i = 0; i < count; ++i) x -= Wide(times) * Wide(parts[i]);
  return x;
}

Wide power_of_two(int exponent) {
  Wide result = 1, base = exponent < 0 ? Wide(0.5) : Wide(2);
  for (auto n = static_cast<unsigned>(std::abs(exponent)); n != 0; n >>= 1, base *= base)
    if (n & 1U) result *= base;
  return result;
}

}  // namespace

Wide wide_scale(Wide x, int exponent) {
  // In two steps, since the power alone may leave the range where the result does not.
  const int half = exponent / 2;
  return x * power_of_two(half) * power_of_two(exponent - half);
}

Wide wide_exp(Wide x) {
  if (!(x < 11400)) return x * kWideInfinity;
  if (x < -11600) return 0;
  const double k = std::nearbyint(narrow(x) * 1.4426950408889634);
  // |r| <= 0.35 / 16: 18 terms reach 2^-113, and four squarings cost four bits of the relative
  // error only of exp(r) - 1, which is squared as such.
  const Wide r = reduced(x, k, kLn2, 3) / 16;
  Wide sum = 0, term = 1;
  for (int n = 1; n <= 18; ++n) {
    term *= r / n;
    sum += term;
  }
  for (int i = 0; i < 4; ++i) sum = sum * (sum + 2);
  return wide_scale(1 + sum, static_cast<int>(k));
}

Wide wide_sqrt(Wide x) {
  if (!(x > 0)) return 0;
  int scale = 0;
  while (x > Wide(1e200)) {
    x = wide_scale(x, -200);
    scale += 100;
  }
  while (x < Wide(1e-200)) {
    x = wide_scale(x, 200);
    scale -= 100;
  }
  Wide root = Wide(std::sqrt(narrow(x)));
  for (int i = 0; i < 2; ++i) root = (root + x / root) / 2;
  return wide_scale(root, scale);
}

Wide wide_log(Wide x) {
  int scale = 0;  // powers of two out of the range of doubles
  while (x > Wide(0x1p900)) {
    x = wide_scale(x, -512);
    scale += 512;
  }
  while (x < Wide(0x1p-900)) {
    x = wide_scale(x, 512);
    scale -= 512;
  }
  Wide y = Wide(std::log(narrow(x)));
  // Newton's steps for e^y = x: each doubles the digits.
  for (int i = 0; i < 2; ++i) y += x * wide_exp(-y) - 1;
  return y - reduced(0, scale, kLn2, 3);
}

SineCosine wide_sine_cosine(Wide x) {
  if (!std::isfinite(narrow(x))) return {0, 1};
  // Whole turns by the fifty bits first, while quarter turns would not be counted exactly.
  constexpr double kMany = 0x1p52;
  constexpr int kBits = 50;
  while (wide_abs(x) > Wide(kMany)) {
    int exponent = 0;
    std::frexp(narrow(x), &exponent);
    const double turns = std::ldexp(narrow(x), kBits - exponent) * 0.63661977236758134;
    x = reduced(x, std::ldexp(std::nearbyint(turns), exponent - kBits), kHalfPi, 4);
  }
  const double k = std::nearbyint(narrow(x) * 0.63661977236758134);
  const Wide r = reduced(x, k, kHalfPi, 4), square = r * r;
  Wide sine = 0, cosine = 0, term = 1;
  for (int n = 0; n <= 30; n += 2) {  // |r| <= 0.79: r^31 / 31! < 2^-120
    cosine += term;
    sine += term * r / (n + 1);
    term *= -square / ((n + 1) * (n + 2));
  }
  const auto quadrant = static_cast<int>(k - 4 * std::floor(k / 4));
  if (quadrant == 0) return {sine, cosine};
  if (quadrant == 1) return {cosine, -sine};
  if (quadrant == 2) return {-sine, -cosine};
  return {-cosine, sine};
}

Complex operator/(const Complex& a, const Complex& b) {
  if (b.is_real()) return {a.re / b.re, a.is_real() ? Wide(0) : a.im / b.re};
  // Smith 1962: the squares of large and small parts do not leave the range.
  if (wide_abs(b.re) >= wide_abs(b.im)) {
    const Wide ratio = b.im / b.re, d = b.re + b.im * ratio;
    return {(a.re + a.im * ratio) / d, (a.im - a.re * ratio) / d};
  }
  const Wide ratio = b.re / b.im, d = b.re * ratio + b.im;
  return {(a.re * ratio + a.im) / d, (a.im * ratio - a.re) / d};
}

Wide magnitude(const Complex& a) {
  const Wide x = wide_abs(a.re), y = wide_abs(a.im);
  const Wide large = x > y ? x : y, small = x > y ? y : x;
  if (small == 0) return large;
  const Wide ratio = small / large;
  return large * wide_sqrt(1 + ratio * ratio);
}

Complex complex_exp(const Complex& z) {
  const Wide size = wide_exp(z.re);
  if (z.is_real()) return size;
  const SineCosine phase = wide_sine_cosine(z.im);
  return {size * phase.cosine, size * phase.sine};
}

}  // namespace faltung::continuous
