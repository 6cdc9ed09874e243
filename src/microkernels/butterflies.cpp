// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/butterflies.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/butterflies.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
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
template <int radix, int sign, class D>
HWY_INLINE void dft(D d, Complex<D>* z) {
  if constexpr (radix == 2) dft2<sign>(d, z);
  if constexpr (radix == 3) dft3<sign>(d, z);
  if constexpr (radix == 4) dft4<sign>(d, z);
  if constexpr (radix == 5) dft5<sign>(d, z);
}

/// One vector of columns through one butterfly.
template <int radix, bool inverse, class D, class T>
HWY_INLINE void butterfly(D d, T* HWY_RESTRICT re, T* HWY_RESTRICT im, int64_t part_stride,
                          const Complex<D>* w) {
  Complex<D> z[radix];
  for (int s = 0; s < radix; ++s)
    z[s] = {hn::LoadU(d, re + s * part_stride), hn::LoadU(d, im + s * part_stride)};
  if constexpr (!inverse) {
    for (int s = 1; s < radix; ++s) z[s] = mul(z[s], w[s]);
    dft<radix, 1>(d, z);
  } else {
    dft<radix, -1>(d, z);
    for (int s = 1; s < radix; ++s) z[s] = mul_conj(z[s], w[s]);
  }
  for (int s = 0; s < radix; ++s) {
    hn::StoreU(z[s].re, d, re + s * part_stride);
    hn::StoreU(z[s].im, d, im + s * part_stride);
  }
}

template <int radix, class D, class T>
HWY_INLINE void broadcast(D d, const T* HWY_RESTRICT twiddles, Complex<D>* w) {
  for (int s = 1; s < radix; ++s)
    w[s] = {hn::Set(d, twiddles[2 * s - 2]), hn::Set(d, twiddles[2 * s - 1])};
}

template <int radix, bool inverse, class T>
void pass(T* re, T* im, const PassShape& p, const T* twiddles) noexcept {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t part = p.part_stride;
  for (int64_t node = 0; node < p.nodes; ++node, twiddles += 2 * (radix - 1)) {
    Complex<hn::ScalableTag<T>> w[radix];
    broadcast<radix>(d, twiddles, w);
    for (int64_t row = 0; row < p.rows; ++row) {
      T* r = re + node * p.node_stride + row * p.row_pitch;
      T* m = im + node * p.node_stride + row * p.row_pitch;
      int64_t i = 0;
      for (; i + lanes <= p.count; i += lanes) butterfly<radix, inverse>(d, r + i, m + i, part, w);
      if (i == p.count) continue;
      Complex<hn::CappedTag<T, 1>> w1[radix];
      broadcast<radix>(d1, twiddles, w1);
      for (; i < p.count; ++i) butterfly<radix, inverse>(d1, r + i, m + i, part, w1);
    }
  }
}

/// Interleaves the lower halves of two vectors, and the upper halves.
template <class D>
HWY_INLINE void zip(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D>& lower, hn::Vec<D>& upper) {
#if HWY_TARGET == HWY_AVX3
  // One instruction each; by what Highway 1.0.3 offers it would be three.
  (void)d;
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    lower = hn::Vec<D>{_mm512_permutex2var_ps(a.raw, low, b.raw)};
    upper = hn::Vec<D>{_mm512_permutex2var_ps(a.raw, high, b.raw)};
  } else {
    const __m512i low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    const __m512i high = _mm512_add_epi64(low, _mm512_set1_epi64(4));
    lower = hn::Vec<D>{_mm512_permutex2var_pd(a.raw, low, b.raw)};
    upper = hn::Vec<D>{_mm512_permutex2var_pd(a.raw, high, b.raw)};
  }
#elif HWY_TARGET == HWY_AVX2  // interleaving stays within 128 bits here
  const auto l = hn::InterleaveLower(d, a, b), u = hn::InterleaveUpper(d, a, b);
  lower = hn::ConcatLowerLower(d, u, l);
  upper = hn::ConcatUpperUpper(d, u, l);
#elif HWY_TARGET != HWY_SCALAR
  lower = hn::InterleaveLower(d, a, b);
  upper = hn::InterleaveUpper(d, a, b);
#else
  (void)d, (void)a, (void)b, (void)lower, (void)upper;
#endif
}

constexpr int log2_of(size_t n) { return n <= 1 ? 0 : 1 + log2_of(n / 2); }

/// Lanes stored of a vector of twiddles that repeat every 2^(level + 1) lanes. A pattern that fits
/// 128 bits is stored once and repeated by the load, which costs nothing.
template <class T>
constexpr int64_t tail_width(int level) {
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr auto kBlock = static_cast<int64_t>(16 / sizeof(T));
  return kLanes > kBlock && (int64_t{2} << level) <= kBlock ? kBlock : kLanes;
}

template <class D, class T>
HWY_INLINE Complex<D> tail_twiddles(D d, const T* HWY_RESTRICT w, int64_t width) {
#if HWY_TARGET != HWY_SCALAR
  if (width < static_cast<int64_t>(hn::MaxLanes(d)))
    return {hn::LoadDup128(d, w), hn::LoadDup128(d, w + width)};
#endif
  return {hn::LoadU(d, w), hn::LoadU(d, w + width)};
}

template <class T>
void forward_tail(T* re, T* im, int64_t pairs, const T* twiddles) noexcept {
  const hn::ScalableTag<T> d;
  using D = hn::ScalableTag<T>;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
  constexpr int kLevels = log2_of(hn::MaxLanes(D()));
  for (int64_t p = 0; p < pairs; ++p, re += 2 * kLanes, im += 2 * kLanes) {
    Complex<D> a{hn::LoadU(d, re), hn::LoadU(d, im)};
    Complex<D> b{hn::LoadU(d, re + kLanes), hn::LoadU(d, im + kLanes)};
    for (int level = 0; level < kLevels; ++level) {
      Complex<D> l, u;
      zip(d, a.re, b.re, l.re, u.re);
      zip(d, a.im, b.im, l.im, u.im);
      u = mul(u, tail_twiddles(d, twiddles, tail_width<T>(level)));
      twiddles += 2 * tail_width<T>(level);
      a = add(l, u);
      b = sub(l, u);
    }
    hn::StoreU(a.re, d, re);
    hn::StoreU(a.im, d, im);
    hn::StoreU(b.re, d, re + kLanes);
    hn::StoreU(b.im, d, im + kLanes);
  }
}

template <class T>
void inverse_tail(T* re, T* im, int64_t pairs, const T* twiddles) noexcept {
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<T> d;
  using D = hn::ScalableTag<T>;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
  constexpr int kLevels = log2_of(hn::MaxLanes(D()));
  int64_t of_pair = 0;
  for (int level = 0; level < kLevels; ++level) of_pair += 2 * tail_width<T>(level);
  for (int64_t p = 0; p < pairs; ++p, re += 2 * kLanes, im += 2 * kLanes) {
    Complex<D> a{hn::LoadU(d, re), hn::LoadU(d, im)};
    Complex<D> b{hn::LoadU(d, re + kLanes), hn::LoadU(d, im + kLanes)};
    twiddles += of_pair;
    const T* w = twiddles;
    for (int level = kLevels - 1; level >= 0; --level) {
      w -= 2 * tail_width<T>(level);
      const Complex<D> l = add(a, b);
      const Complex<D> u = mul_conj(sub(a, b), tail_twiddles(d, w, tail_width<T>(level)));
      a = {hn::ConcatEven(d, u.re, l.re), hn::ConcatEven(d, u.im, l.im)};
      b = {hn::ConcatOdd(d, u.re, l.re), hn::ConcatOdd(d, u.im, l.im)};
    }
    hn::StoreU(a.re, d, re);
    hn::StoreU(a.im, d, im);
    hn::StoreU(b.re, d, re + kLanes);
    hn::StoreU(b.im, d, im + kLanes);
  }
#else
  (void)re, (void)im, (void)pairs, (void)twiddles;
#endif
}

template <class D, class T>
HWY_INLINE void multiply_at(D d, const T* x_re, const T* x_im, const T* h_re, const T* h_im, T* re,
                            T* im) {
  const Complex<D> z{hn::LoadU(d, x_re), hn::LoadU(d, x_im)};
  const Complex<D> y = mul(z, Complex<D>{hn::LoadU(d, h_re), hn::LoadU(d, h_im)});
  hn::StoreU(y.re, d, re);
  hn::StoreU(y.im, d, im);
}

template <class T>
void multiply(const T* x_re, const T* x_im, const T* h_re, const T* h_im, int64_t count, T* re,
              T* im) noexcept {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    multiply_at(d, x_re + i, x_im + i, h_re + i, h_im + i, re + i, im + i);
  for (; i < count; ++i) multiply_at(d1, x_re + i, x_im + i, h_re + i, h_im + i, re + i, im + i);
}

template <class T>
constexpr Butterflies<T> loops() {
  return {
      static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>())),
      {nullptr, nullptr, pass<2, false, T>, pass<3, false, T>, pass<4, false, T>,
       pass<5, false, T>},
      {nullptr, nullptr, pass<2, true, T>, pass<3, true, T>, pass<4, true, T>, pass<5, true, T>},
      forward_tail<T>,
      inverse_tail<T>,
      {tail_width<T>(0), tail_width<T>(1), tail_width<T>(2), tail_width<T>(3)},
      multiply<T>};
}

constexpr Butterflies<float> kButterfliesF32 = loops<float>();
constexpr Butterflies<double> kButterfliesF64 = loops<double>();

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const Butterflies<float>& butterflies<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kButterfliesF32) }
}
template <>
const Butterflies<double>& butterflies<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kButterfliesF64) }
}

}  // namespace faltung
#endif
