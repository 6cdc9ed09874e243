// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/butterflies.hpp"

#include <type_traits>

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/butterflies.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/folds-inl.hpp"

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

/// Vectors of samples that nobody has read yet, and that are asked for so many before they are: ten
/// streams are too many for the processor to do so by itself.
constexpr int64_t kAhead = 8;

/// `real`: all imaginary parts are zero. look(vector, another) for samples.
template <int radix, bool real, class D, class Look, class T = hn::TFromD<D>>
HWY_INLINE void first_pass(const T* HWY_RESTRICT re, const T* HWY_RESTRICT im, int64_t from_part,
                           T* HWY_RESTRICT z, int64_t part, int64_t count, const T* twiddles,
                           Look& look) {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Complex<D> w[radix];
  broadcast<radix>(d, twiddles, w);
  for (int64_t i = 0; i < count * lanes; i += lanes) {
    Complex<D> a[radix];
    hn::Vec<D> unmultiplied = hn::Zero(d);
    if constexpr (!std::is_same_v<Look, NoLook>)
      for (int s = 0; s < radix; ++s) {
        __builtin_prefetch(re + s * from_part + i + kAhead * lanes, 0, 3);
        if constexpr (!real) __builtin_prefetch(im + s * from_part + i + kAhead * lanes, 0, 3);
      }
    for (int s = 0; s < radix; ++s) {
      a[s].re = load(d, re + s * from_part + i);
      if constexpr (real) {
        if (s % 2 == 1) look(unmultiplied, a[s].re);
        else if (s + 1 == radix) look(a[s].re, a[s].re);
        unmultiplied = a[s].re;
      }
      if constexpr (!real) {
        a[s].im = load(d, im + s * from_part + i);
        look(a[s].re, a[s].im);
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
void first(const T* re, const T* im, int64_t from_part, T* z, int64_t part, int64_t count,
           const T* twiddles) noexcept {
  NoLook none;
  if (im == nullptr) first_pass<radix, true, D>(re, im, from_part, z, part, count, twiddles, none);
  else first_pass<radix, false, D>(re, im, from_part, z, part, count, twiddles, none);
}
template <int radix, class D, class T = hn::TFromD<D>>
void first_and_scan(const T* re, const T* im, int64_t from_part, T* z, int64_t part, int64_t count,
                    const T* twiddles, Scan<T>& scan) noexcept {
  PairLook<D> look{D()};
  if (im == nullptr) first_pass<radix, true, D>(re, im, from_part, z, part, count, twiddles, look);
  else first_pass<radix, false, D>(re, im, from_part, z, part, count, twiddles, look);
  look.tell(scan);
}

template <int radix, class D, class T = hn::TFromD<D>>
void last(const T* HWY_RESTRICT z, int64_t part, T* HWY_RESTRICT re, T* HWY_RESTRICT im,
          int64_t to_part, int64_t count, const T* twiddles) noexcept {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Complex<D> w[radix];
  broadcast<radix>(d, twiddles, w);
  for (int64_t i = 0; i < count * lanes; i += lanes) {
    Complex<D> a[radix];
    for (int s = 0; s < radix; ++s) a[s] = load_line(d, z + 2 * (s * part + i));
    butterfly<radix, true>(d, a, w);
    for (int s = 0; s < radix; ++s) {
      hn::StoreU(a[s].re, d, re + s * to_part + i);
      hn::StoreU(a[s].im, d, im + s * to_part + i);
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
      {nullptr, first_and_scan<1, D>, first_and_scan<2, D>, first_and_scan<3, D>,
       first_and_scan<4, D>, first_and_scan<5, D>},
      {nullptr, last<1, D>, last<2, D>, last<3, D>, last<4, D>, last<5, D>},
      multiply<D>,
      {nullptr, fold<1, T>, fold<2, T>},
      fold_and_scan<T>,
      {nullptr, unfold<1, T>, unfold<2, T>},
      unfold_past<T>,
      {{},
       {first_folded<1, false, D>, first_folded<1, true, D>},
       {first_folded<2, false, D>, first_folded<2, true, D>},
       {},
       {first_folded<4, false, D>, first_folded<4, true, D>}},
      {nullptr, last_folded<1, D>, last_folded<2, D>, nullptr, last_folded<4, D>}};
  if constexpr (kEights) {
    b.forward[8] = pass<8, false, D>;
    b.inverse[8] = pass<8, true, D>;
    b.first[8] = first<8, D>;
    b.first_and_scan[8] = first_and_scan<8, D>;
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
