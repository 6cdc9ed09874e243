// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cfloat>
#include <cstdint>
#include <limits>

/// Numbers of 113 bits and exponents to 10^4932, which the closed class is kept in: what cancels
/// between pieces then leaves doubles whole, and e^(-1000) is still a number.
namespace faltung::continuous {

#if LDBL_MANT_DIG >= 113
using Wide = long double;  // 64-bit Arm, WebAssembly
#else
using Wide = __float128;  // x86-64, with GCC and clang
#endif

/// 2^-112.
inline constexpr Wide kWideEpsilon = Wide(0x1p-112);
inline constexpr Wide kWideInfinity = Wide(std::numeric_limits<double>::infinity());

inline Wide wide_abs(Wide x) { return x < 0 ? -x : x; }
inline bool is_finite(Wide x) { return x - x == 0; }
inline double narrow(Wide x) { return static_cast<double>(x); }

/// Constants as sums of three doubles.
inline Wide wide_pi() {
  return Wide(0x1.921fb54442d18p+1) + Wide(0x1.1a62633145c07p-53) + Wide(-0x1.f1976b7ed8fbcp-109);
}
inline Wide wide_e() {
  return Wide(0x1.5bf0a8b145769p+1) + Wide(0x1.4d57ee2b1013ap-53) + Wide(-0x1.618713a31d3e2p-109);
}

/// x 2^exponent; 0 and infinity beyond the range.
Wide wide_scale(Wide x, int exponent);
/// Within a few units of the last place; 0 and infinity beyond the range.
Wide wide_exp(Wide x);
Wide wide_sqrt(Wide x);
/// For x > 0.
Wide wide_log(Wide x);
/// The same for |x| up to 2^53, absolutely.
struct SineCosine {
  Wide sine, cosine;
};
SineCosine wide_sine_cosine(Wide x);

/// std::complex is specified for float, double and long double alone.
struct Complex {
  Wide re = 0, im = 0;

  Complex() = default;
  Complex(Wide re_, Wide im_ = 0) : re(re_), im(im_) {}  // NOLINT: reals are complex numbers
  bool is_real() const { return im == 0; }
  friend bool operator==(const Complex& a, const Complex& b) {
    return a.re == b.re && a.im == b.im;
  }
};

/// What tells numbers apart without any arithmetic of 113 bits; 0 and -0 differ.
static_assert(sizeof(Complex) == 32, "no padding in what is compared by its bits");
inline auto bits_of(const Complex& a) { return std::bit_cast<std::array<std::uint64_t, 4>>(a); }

inline Complex operator-(const Complex& a) { return {-a.re, -a.im}; }
inline Complex conjugate(const Complex& a) { return {a.re, -a.im}; }
inline Complex operator+(const Complex& a, const Complex& b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(const Complex& a, const Complex& b) { return {a.re - b.re, a.im - b.im}; }
// Reals stay cheap: products of 113 bits are made by software.
inline Complex operator*(const Complex& a, const Complex& b) {
  if (a.is_real()) return {a.re * b.re, b.is_real() ? Wide(0) : a.re * b.im};
  if (b.is_real()) return {a.re * b.re, a.im * b.re};
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
Complex operator/(const Complex& a, const Complex& b);
inline Complex& operator+=(Complex& a, const Complex& b) { return a = a + b; }
inline Complex& operator*=(Complex& a, const Complex& b) { return a = a * b; }
/// |a|, within a few units.
Wide magnitude(const Complex& a);
inline Wide magnitude_sum(const Complex& a) { return wide_abs(a.re) + wide_abs(a.im); }
Complex complex_exp(const Complex& z);
inline bool is_finite(const Complex& a) { return is_finite(a.re) && is_finite(a.im); }

}  // namespace faltung::continuous
