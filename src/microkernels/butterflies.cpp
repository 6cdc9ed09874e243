// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/butterflies.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/butterflies.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/complex-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <int radix, bool inverse, class D, class T = hn::TFromD<D>>
void pass(T* z, const PassShape& p, const T* twiddles) noexcept {
  const D d;
  const auto line = 2 * static_cast<int64_t>(hn::Lanes(d));
  const int64_t part = p.part_stride;
  for (int64_t node = 0; node < p.nodes; ++node, twiddles += 2 * (radix - 1)) {
    Complex<D> w[radix];
    broadcast<radix>(d, twiddles, w);
    for (int64_t row = 0; row < p.rows; ++row) {
      T* HWY_RESTRICT at = z + node * p.node_stride + row * p.row_pitch;
      for (int64_t i = 0; i < p.count; ++i, at += line) {
        Complex<D> a[radix];
        for (int s = 0; s < radix; ++s) a[s] = load_line(d, at + s * part);
        butterfly<radix, inverse>(d, a, w);
        for (int s = 0; s < radix; ++s) store_line(d, a[s], at + s * part);
      }
    }
  }
}

/// `real`: all imaginary parts are zero.
template <int radix, bool real, class D, class T = hn::TFromD<D>>
HWY_INLINE void first_pass(const T* HWY_RESTRICT re, const T* HWY_RESTRICT im, T* HWY_RESTRICT z,
                           int64_t count, PartRange range, const T* twiddles) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Complex<D> w[radix];
  broadcast<radix>(d, twiddles, w);
  const int64_t part = count * lanes;
  for (int64_t i = range.begin * lanes; i < range.end * lanes; i += lanes) {
    Complex<D> a[radix];
    for (int s = 0; s < radix; ++s) {
      a[s].re = load(d, re + s * part + i);
      if constexpr (!real) {
        a[s].im = load(d, im + s * part + i);
      } else if (s == 0) {
        a[s].im = hn::Zero(d);
      } else {  // the product with the twiddle, which butterfly() makes elsewhere
        a[s].im = hn::Mul(a[s].re, w[s].im);
        a[s].re = hn::Mul(a[s].re, w[s].re);
      }
    }
    if constexpr (real) dft<radix, 1>(d, a);
    else butterfly<radix, false>(d, a, w);
    for (int s = 0; s < radix; ++s) store_line(d, a[s], z + 2 * (s * part + i));
  }
}

template <int radix, class D, class T = hn::TFromD<D>>
void first(const T* re, const T* im, T* z, int64_t count, PartRange range,
           const T* twiddles) noexcept {
  if (im == nullptr) first_pass<radix, true, D>(re, im, z, count, range, twiddles);
  else first_pass<radix, false, D>(re, im, z, count, range, twiddles);
}

template <int radix, class D, class T = hn::TFromD<D>>
void last(const T* HWY_RESTRICT z, T* HWY_RESTRICT re, T* HWY_RESTRICT im, int64_t count,
          PartRange range, const T* twiddles) noexcept {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Complex<D> w[radix];
  broadcast<radix>(d, twiddles, w);
  const int64_t part = count * lanes;
  for (int64_t i = range.begin * lanes; i < range.end * lanes; i += lanes) {
    Complex<D> a[radix];
    for (int s = 0; s < radix; ++s) a[s] = load_line(d, z + 2 * (s * part + i));
    butterfly<radix, true>(d, a, w);
    for (int s = 0; s < radix; ++s) {
      hn::StoreU(a[s].re, d, re + s * part + i);
      hn::StoreU(a[s].im, d, im + s * part + i);
    }
  }
}

template <class D, class T = hn::TFromD<D>>
void multiply(const T* x, const T* h, const PassShape& p, T* y) noexcept {
  const D d;
  const auto line = 2 * static_cast<int64_t>(hn::Lanes(d));
  for (int64_t row = 0; row < p.rows; ++row, x += p.row_pitch, y += p.row_pitch)
    for (int64_t i = 0; i < p.count * line; i += line, h += line)
      store_line(d, mul(load_line(d, x + i), load_line(d, h)), y + i);
}

/// One vector of each part of a row through one fold (two parts) or two (four).
template <int folds, bool inverse, class D, class T>
HWY_INLINE void fold_at(D d, const T* x, int64_t part, T* y) {
  const auto a = hn::LoadU(d, x), b = hn::LoadU(d, x + part);
  if constexpr (folds == 1) {
    hn::StoreU(inverse ? hn::Add(b, a) : hn::Sub(a, b), d, y);
    hn::StoreU(inverse ? hn::Sub(b, a) : hn::Add(a, b), d, y + part);
  } else {
    const auto c = hn::LoadU(d, x + 2 * part), e = hn::LoadU(d, x + 3 * part);
    if constexpr (inverse) {
      const auto even = hn::Add(e, c), odd = hn::Sub(e, c);
      hn::StoreU(hn::Add(even, a), d, y);
      hn::StoreU(hn::Add(odd, b), d, y + part);
      hn::StoreU(hn::Sub(even, a), d, y + 2 * part);
      hn::StoreU(hn::Sub(odd, b), d, y + 3 * part);
    } else {
      const auto even = hn::Add(a, c), odd = hn::Add(b, e);
      hn::StoreU(hn::Sub(a, c), d, y);
      hn::StoreU(hn::Sub(b, e), d, y + part);
      hn::StoreU(hn::Sub(even, odd), d, y + 2 * part);
      hn::StoreU(hn::Add(even, odd), d, y + 3 * part);
    }
  }
}

template <int folds, bool inverse, class T>
void fold(const T* x, int64_t n, PartRange range, T* y) noexcept {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t part = n >> folds;
  int64_t i = range.begin;
  for (; i + lanes <= range.end; i += lanes) fold_at<folds, inverse>(d, x + i, part, y + i);
  for (; i < range.end; ++i) fold_at<folds, inverse>(d1, x + i, part, y + i);
}

/// One vector of each sixteenth; `part`: the distance of those of sums and z, in numbers.
template <bool upper_zero, class D, class T>
HWY_INLINE void first_folded_at(D d, const T* x, int64_t x_part, int64_t part, T* sums,
                                const HalfLines<T>& z, const Complex<D>* w4, const Complex<D>* w2) {
  using V = hn::Vec<D>;
  V low[8], high[8];
  for (int k = 0; k < 8; ++k) {
    const V a = load(d, x + k * x_part);
    if constexpr (upper_zero) {
      low[k] = high[k] = a;
    } else {
      const V b = load(d, x + (k + 8) * x_part);
      high[k] = hn::Sub(a, b);
      low[k] = hn::Add(a, b);
    }
  }
  Complex<D> a[4], b[2];
  for (int s = 0; s < 4; ++s) a[s] = {high[s], high[s + 4]};
  butterfly<4, false>(d, a, w4);
  for (int s = 0; s < 4; ++s) store_line(d, a[s], z.radix4 + 2 * s * part);
  for (int s = 0; s < 2; ++s) b[s] = {hn::Sub(low[s], low[s + 4]), hn::Sub(low[s + 2], low[s + 6])};
  butterfly<2, false>(d, b, w2);
  for (int s = 0; s < 2; ++s) store_line(d, b[s], z.radix2 + 2 * s * part);
  for (int k = 0; k < 4; ++k) hn::StoreU(hn::Add(low[k], low[k + 4]), d, sums + k * part);
}

template <bool upper_zero, class D, class T = hn::TFromD<D>>
void first_folded(const T* x, int64_t x_part, int64_t vectors, T* sums, int64_t part,
                  HalfLines<T> z, const HalfTwiddles<T>& w) noexcept {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Complex<D> w4[4], w2[2];
  broadcast<4>(d, w.radix4, w4);
  broadcast<2>(d, w.radix2, w2);
  for (int64_t i = 0; i < vectors; ++i, x += lanes, sums += lanes) {
    first_folded_at<upper_zero>(d, x, x_part, part, sums, z, w4, w2);
    z = {z.radix4 + 2 * lanes, z.radix2 + 2 * lanes};
  }
}

template <class D, class T = hn::TFromD<D>>
void last_folded(const T* sums, int64_t part, int64_t vectors, HalfLines<T> z,
                 const HalfTwiddles<T>& w, T* y, int64_t y_part) noexcept {
  using V = hn::Vec<D>;
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Complex<D> w4[4], w2[2];
  broadcast<4>(d, w.radix4, w4);
  broadcast<2>(d, w.radix2, w2);
  for (int64_t i = 0; i < vectors; ++i, sums += lanes, y += lanes) {
    Complex<D> a[4], b[2];
    for (int s = 0; s < 2; ++s) b[s] = load_line(d, z.radix2 + 2 * s * part);
    butterfly<2, true>(d, b, w2);
    V low[8];
    for (int k = 0; k < 4; ++k) {
      const V sum = load(d, sums + k * part), high = k < 2 ? b[k].re : b[k - 2].im;
      low[k] = hn::Add(sum, high);
      low[k + 4] = hn::Sub(sum, high);
    }
    for (int s = 0; s < 4; ++s) a[s] = load_line(d, z.radix4 + 2 * s * part);
    butterfly<4, true>(d, a, w4);
    for (int k = 0; k < 8; ++k) {
      const V high = k < 4 ? a[k].re : a[k - 4].im;
      hn::StoreU(hn::Add(low[k], high), d, y + k * y_part);
      hn::StoreU(hn::Sub(low[k], high), d, y + (k + 8) * y_part);
    }
    z = {z.radix4 + 2 * lanes, z.radix2 + 2 * lanes};
  }
}

/// 8 complex values and 7 twiddles fit 32 registers; with 16, radix 8 is no faster than 2 and 4.
#if HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr bool kEights = true;
#else
constexpr bool kEights = false;
#endif

template <class D, class T = hn::TFromD<D>>
constexpr Butterflies<T> loops() {
  Butterflies<T> b = {
      static_cast<int64_t>(hn::MaxLanes(D())),
      kEights,
      {nullptr, nullptr, pass<2, false, D>, pass<3, false, D>, pass<4, false, D>,
       pass<5, false, D>},
      {nullptr, nullptr, pass<2, true, D>, pass<3, true, D>, pass<4, true, D>, pass<5, true, D>},
      {nullptr, first<1, D>, first<2, D>, first<3, D>, first<4, D>, first<5, D>},
      {nullptr, last<1, D>, last<2, D>, last<3, D>, last<4, D>, last<5, D>},
      multiply<D>,
      {nullptr, fold<1, false, T>, fold<2, false, T>},
      {nullptr, fold<1, true, T>, fold<2, true, T>},
      {first_folded<false, D>, first_folded<true, D>},
      last_folded<D>};
  if constexpr (kEights) {
    b.forward[8] = pass<8, false, D>;
    b.inverse[8] = pass<8, true, D>;
    b.first[8] = first<8, D>;
    b.last[8] = last<8, D>;
  }
  return b;
}

/// In vectors of the target, and one point at a time.
constexpr Butterflies<float> kButterfliesF32[] = {loops<hn::ScalableTag<float>>(),
                                                  loops<hn::CappedTag<float, 1>>()};
constexpr Butterflies<double> kButterfliesF64[] = {loops<hn::ScalableTag<double>>(),
                                                   loops<hn::CappedTag<double, 1>>()};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const Butterflies<float>& butterflies<float>(std::int64_t target, bool narrow) noexcept {
  const std::size_t width = narrow ? 1 : 0;
  switch (target) { FALTUNG_TARGET_CASES(kButterfliesF32[width]) }
}
template <>
const Butterflies<double>& butterflies<double>(std::int64_t target, bool narrow) noexcept {
  const std::size_t width = narrow ? 1 : 0;
  switch (target) { FALTUNG_TARGET_CASES(kButterfliesF64[width]) }
}

}  // namespace faltung
#endif
