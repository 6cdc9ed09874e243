// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Complex vectors and the butterflies on them, for one target of Highway: included once for each by
// the files that foreach_target.h compiles.
#if defined(FALTUNG_COMPLEX_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_COMPLEX_INL
#undef FALTUNG_COMPLEX_INL
#else
#define FALTUNG_COMPLEX_INL
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Complex numbers, one a lane. The constructors are spelled out because g++ compiles implicit ones
/// for the baseline, which cannot inline those of NEON vectors.
template <class D>
struct Complex {
  HWY_INLINE Complex() {}
  HWY_INLINE Complex(hn::Vec<D> real, hn::Vec<D> imaginary) : re(real), im(imaginary) {}
  hn::Vec<D> re, im;
};

template <class D>
HWY_INLINE Complex<D> add(Complex<D> a, Complex<D> b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
template <class D>
HWY_INLINE Complex<D> sub(Complex<D> a, Complex<D> b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
/// a + i b and a - i b.
template <class D>
HWY_INLINE Complex<D> add_i(Complex<D> a, Complex<D> b) {
  return {hn::Sub(a.re, b.im), hn::Add(a.im, b.re)};
}
template <class D>
HWY_INLINE Complex<D> sub_i(Complex<D> a, Complex<D> b) {
  return {hn::Add(a.re, b.im), hn::Sub(a.im, b.re)};
}
template <class D>
HWY_INLINE Complex<D> mul(Complex<D> a, Complex<D> w) {
  return {hn::NegMulAdd(a.im, w.im, hn::Mul(a.re, w.re)),
          hn::MulAdd(a.im, w.re, hn::Mul(a.re, w.im))};
}
template <class D>
HWY_INLINE Complex<D> mul_conj(Complex<D> a, Complex<D> w) {
  return {hn::MulAdd(a.im, w.im, hn::Mul(a.re, w.re)),
          hn::NegMulAdd(a.re, w.im, hn::Mul(a.im, w.re))};
}
/// a + c b for a real constant c.
template <class D, class T>
HWY_INLINE Complex<D> add_scaled(D d, Complex<D> a, T c, Complex<D> b) {
  const auto k = hn::Set(d, c);
  return {hn::MulAdd(k, b.re, a.re), hn::MulAdd(k, b.im, a.im)};
}
template <class D, class T>
HWY_INLINE Complex<D> scaled(D d, T c, Complex<D> b) {
  const auto k = hn::Set(d, c);
  return {hn::Mul(k, b.re), hn::Mul(k, b.im)};
}

/// A vector from memory, kept in a register. g++ takes a load for something it can repeat, and
/// reads an operand of a product twice rather than keep it: passes of few lines took up to 1.5
/// times as long.
template <class D, class T>
HWY_INLINE hn::Vec<D> load(D d, const T* HWY_RESTRICT p) {
  hn::Vec<D> v = hn::LoadU(d, p);
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86
  asm("" : "+v"(v.raw));
#endif
  return v;
}
/// A line of memory: the real parts of as many points as a vector has lanes, then the imaginary
/// ones.
template <class D, class T>
HWY_INLINE Complex<D> load_line(D d, const T* HWY_RESTRICT z) {
  return {load(d, z), load(d, z + hn::Lanes(d))};
}
template <class D, class T>
HWY_INLINE void store_line(D d, Complex<D> a, T* HWY_RESTRICT z) {
  hn::StoreU(a.re, d, z);
  hn::StoreU(a.im, d, z + hn::Lanes(d));
}

/// Plain DFTs across r values, y_j = sum_s z_s e(sign s j / r), in place.
template <int sign, class D>
HWY_INLINE void dft2(D, Complex<D>* z) {
  const Complex<D> a = z[0];
  z[0] = add(a, z[1]);
  z[1] = sub(a, z[1]);
}
template <int sign, class D>
HWY_INLINE void dft3(D d, Complex<D>* z) {
  using T = hn::TFromD<D>;
  const auto s = add(z[1], z[2]), t = scaled(d, T(0.86602540378443864676), sub(z[1], z[2]));
  const auto m = add_scaled(d, z[0], T(-0.5), s);
  z[0] = add(z[0], s);
  z[1] = sign > 0 ? add_i(m, t) : sub_i(m, t);
  z[2] = sign > 0 ? sub_i(m, t) : add_i(m, t);
}
template <int sign, class D>
HWY_INLINE void dft4(D, Complex<D>* z) {
  const auto a = add(z[0], z[2]), b = sub(z[0], z[2]);
  const auto c = add(z[1], z[3]), e = sub(z[1], z[3]);
  z[0] = add(a, c);
  z[2] = sub(a, c);
  z[1] = sign > 0 ? add_i(b, e) : sub_i(b, e);
  z[3] = sign > 0 ? sub_i(b, e) : add_i(b, e);
}
template <int sign, class D>
HWY_INLINE void dft5(D d, Complex<D>* z) {
  using T = hn::TFromD<D>;
  constexpr T c1 = T(0.30901699437494742410), c2 = T(-0.80901699437494742410);
  constexpr T s1 = T(0.95105651629515357212), s2 = T(0.58778525229247312917);
  const auto a = add(z[1], z[4]), b = sub(z[1], z[4]);
  const auto c = add(z[2], z[3]), e = sub(z[2], z[3]);
  const auto p1 = add_scaled(d, add_scaled(d, z[0], c1, a), c2, c);
  const auto p2 = add_scaled(d, add_scaled(d, z[0], c2, a), c1, c);
  const auto q1 = add_scaled(d, scaled(d, s1, b), s2, e);
  const auto q2 = add_scaled(d, scaled(d, s2, b), -s1, e);
  z[0] = add(z[0], add(a, c));
  z[1] = sign > 0 ? add_i(p1, q1) : sub_i(p1, q1);
  z[4] = sign > 0 ? sub_i(p1, q1) : add_i(p1, q1);
  z[2] = sign > 0 ? add_i(p2, q2) : sub_i(p2, q2);
  z[3] = sign > 0 ? sub_i(p2, q2) : add_i(p2, q2);
}
/// y_j = E_j + w^j O_j and y_(j+4) = E_j - w^j O_j, E and O the DFTs of the even and the odd z,
/// w = (1 + i sign) / sqrt(2).
template <int sign, class D>
HWY_INLINE void dft8(D d, Complex<D>* z) {
  using T = hn::TFromD<D>;
  constexpr T c = T(0.70710678118654752440);
  Complex<D> e[4] = {z[0], z[2], z[4], z[6]}, o[4] = {z[1], z[3], z[5], z[7]};
  dft4<sign>(d, e);
  dft4<sign>(d, o);
  const auto p = sign > 0 ? add_i(o[1], o[1]) : sub_i(o[1], o[1]);  // w o / c
  const auto q = sign > 0 ? sub_i(o[3], o[3]) : add_i(o[3], o[3]);  // -w^3 o / c
  z[0] = add(e[0], o[0]);
  z[4] = sub(e[0], o[0]);
  z[1] = add_scaled(d, e[1], c, p);
  z[5] = add_scaled(d, e[1], -c, p);
  z[2] = sign > 0 ? add_i(e[2], o[2]) : sub_i(e[2], o[2]);
  z[6] = sign > 0 ? sub_i(e[2], o[2]) : add_i(e[2], o[2]);
  z[3] = add_scaled(d, e[3], -c, q);
  z[7] = add_scaled(d, e[3], c, q);
}
template <int radix, int sign, class D>
HWY_INLINE void dft(D d, Complex<D>* z) {
  if constexpr (radix == 2) dft2<sign>(d, z);
  if constexpr (radix == 3) dft3<sign>(d, z);
  if constexpr (radix == 4) dft4<sign>(d, z);
  if constexpr (radix == 5) dft5<sign>(d, z);
  if constexpr (radix == 8) dft8<sign>(d, z);
}

/// One butterfly across z[0 .. radix): part s times w[s], then the plain DFT; or the way back,
/// without the factor 1/radix. w[0] is 1 and not looked at.
template <int radix, bool inverse, class D>
HWY_INLINE void butterfly(D d, Complex<D>* z, const Complex<D>* w) {
  if constexpr (!inverse) {
    for (int s = 1; s < radix; ++s) z[s] = mul(z[s], w[s]);
    dft<radix, 1>(d, z);
  } else {
    dft<radix, -1>(d, z);
    for (int s = 1; s < radix; ++s) z[s] = mul_conj(z[s], w[s]);
  }
}

/// The twiddles of a node, (radix - 1) complex numbers, in all lanes.
template <int radix, class D, class T>
HWY_INLINE void broadcast(D d, const T* HWY_RESTRICT twiddles, Complex<D>* w) {
  for (int s = 1; s < radix; ++s)
    w[s] = {hn::Set(d, twiddles[2 * s - 2]), hn::Set(d, twiddles[2 * s - 1])};
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_COMPLEX_INL
