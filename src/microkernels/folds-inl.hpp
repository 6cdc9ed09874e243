// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Folds of a period, alone and with the first passes of what they split off, and looks at samples
// on the way (butterflies.hpp), for one target of Highway.
#if defined(FALTUNG_FOLDS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_FOLDS_INL
#undef FALTUNG_FOLDS_INL
#else
#define FALTUNG_FOLDS_INL
#endif

#include "hwy/cache_control.h"
#include "microkernels/butterflies.hpp"
#include "microkernels/complex-inl.hpp"
#include "microkernels/extremes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Nobody looks at samples.
struct NoLook {
  template <class V>
  HWY_INLINE void operator()(V, V) const {}
};

/// Looks at pairs of vectors, in two chains, since one would wait for itself.
template <class D>
struct PairLook {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using E = Extremes<D, kByBits<T>>;
  E even, odd;
  HWY_INLINE explicit PairLook(D d) : even(d), odd(d) {}
  HWY_INLINE void operator()(V a, V b) {
    const D d;
    even.look(d, a);
    odd.look(d, b);
  }
  HWY_INLINE void tell(Scan<T>& scan) {
    const D d;
    even.merge(odd);
    Scan<T> seen;
    if (even.tell(d, seen)) scan.merge(seen);
    else if (even.all_finite(d)) ++scan.zeros;
    else ++scan.nonfinite;
  }
};

/// One vector of each part of a row through one fold (two parts) or two (four). look(vector,
/// another) for those of x.
template <int folds, class D, class T, class Look>
HWY_INLINE void fold_at(D d, const T* x, int64_t part, T* differences, int64_t to_part, T* sums,
                        Look& look) {
  const auto a = hn::LoadU(d, x), b = hn::LoadU(d, x + part);
  look(a, b);
  if constexpr (folds == 1) {
    hn::StoreU(hn::Sub(a, b), d, differences);
    hn::StoreU(hn::Add(a, b), d, sums);
  } else {
    const auto c = hn::LoadU(d, x + 2 * part), e = hn::LoadU(d, x + 3 * part);
    look(c, e);
    const auto even = hn::Add(a, c), odd = hn::Add(b, e);
    hn::StoreU(hn::Sub(a, c), d, differences);
    hn::StoreU(hn::Sub(b, e), d, differences + to_part);
    hn::StoreU(hn::Sub(even, odd), d, differences + 2 * to_part);
    hn::StoreU(hn::Add(even, odd), d, sums);
  }
}
/// Calls put(vector, part).
template <int folds, class D, class T, class Put>
HWY_INLINE void unfold_at(D d, const T* differences, int64_t from_part, const T* sums,
                          const Put& put) {
  const auto a = hn::LoadU(d, differences), s = hn::LoadU(d, sums);
  if constexpr (folds == 1) {
    put(hn::Add(s, a), 0);
    put(hn::Sub(s, a), 1);
  } else {
    const auto b = hn::LoadU(d, differences + from_part);
    const auto c = hn::LoadU(d, differences + 2 * from_part);
    const auto even = hn::Add(s, c), odd = hn::Sub(s, c);
    put(hn::Add(even, a), 0);
    put(hn::Add(odd, b), 1);
    put(hn::Sub(even, a), 2);
    put(hn::Sub(odd, b), 3);
  }
}

template <int folds, class T>
void fold(const T* x, int64_t part, T* differences, int64_t to_part, T* sums, int64_t n,
          const T* ahead) noexcept {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  NoLook none;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (int k = 0; k < 1 << folds && ahead != nullptr; ++k)
      __builtin_prefetch(ahead + i + k * part, 0, 3);
    fold_at<folds>(d, x + i, part, differences + i, to_part, sums + i, none);
  }
  for (; i < n; ++i) fold_at<folds>(d1, x + i, part, differences + i, to_part, sums + i, none);
}
template <class T>
void fold_and_scan(const T* x, int64_t part, T* differences, int64_t to_part, T* sums, int64_t n,
                   const T* ahead, Scan<T>& scan) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  PairLook<hn::ScalableTag<T>> look(d);
  for (int64_t i = 0; i < n; i += lanes) {
    for (int k = 0; k < 4 && ahead != nullptr; ++k) __builtin_prefetch(ahead + i + k * part, 0, 3);
    fold_at<2>(d, x + i, part, differences + i, to_part, sums + i, look);
  }
  look.tell(scan);
}
template <int folds, class T>
void unfold(const T* differences, int64_t from_part, const T* sums, T* y, int64_t part,
            int64_t n) noexcept {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    unfold_at<folds>(d, differences + i, from_part, sums + i,
                     [&](auto v, int64_t k) HWY_ATTR { hn::StoreU(v, d, y + i + k * part); });
  for (; i < n; ++i)
    unfold_at<folds>(d1, differences + i, from_part, sums + i,
                     [&](auto v, int64_t k) HWY_ATTR { hn::StoreU(v, d1, y + i + k * part); });
}
template <class T>
void unfold_past(const T* differences, int64_t from_part, const T* sums, T* y, int64_t part,
                 int64_t n) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += lanes)
    unfold_at<2>(d, differences + i, from_part, sums + i,
                 [&](auto v, int64_t k) HWY_ATTR { hn::Stream(v, d, y + i + k * part); });
}

/// Of two folds by the radix of the first half's pass: parts of a row of 4 radix parts.
template <int radix, class D>
struct Folded {
  static constexpr int kQuarter =
      radix / 2;  ///< the radix of the quarter's pass; 0: no second fold
  static constexpr int kSums = radix == 1 ? 2 : radix;
  Complex<D> half[radix], quarter[radix == 1 ? 1 : kQuarter];  ///< twiddles, or parts
  hn::Vec<D> sums[kSums];
  HWY_INLINE Folded() {}
};

/// One vector of each part.
template <int radix, bool upper_zero, class D, class T>
HWY_INLINE void first_folded_at(D d, const T* x, int64_t part, T* sums, const HalfLines<T>& z,
                                const Folded<radix, D>& w) {
  using V = hn::Vec<D>;
  V low[2 * radix], high[2 * radix];
  for (int k = 0; k < 2 * radix; ++k) {
    const V a = load(d, x + k * part);
    if constexpr (upper_zero) {
      low[k] = high[k] = a;
    } else {
      const V b = load(d, x + (k + 2 * radix) * part);
      high[k] = hn::Sub(a, b);
      low[k] = hn::Add(a, b);
    }
  }
  Folded<radix, D> f;
  for (int s = 0; s < radix; ++s) f.half[s] = {high[s], high[s + radix]};
  butterfly<radix, false>(d, f.half, w.half);
  for (int s = 0; s < radix; ++s) store_line(d, f.half[s], z.half + 2 * s * part);
  if constexpr (radix == 1) {
    for (int k = 0; k < 2; ++k) hn::StoreU(low[k], d, sums + k * part);
  } else {
    constexpr int r = radix / 2;
    for (int s = 0; s < r; ++s)
      f.quarter[s] = {hn::Sub(low[s], low[s + radix]), hn::Sub(low[s + r], low[s + r + radix])};
    butterfly<r, false>(d, f.quarter, w.quarter);
    for (int s = 0; s < r; ++s) store_line(d, f.quarter[s], z.quarter + 2 * s * part);
    for (int k = 0; k < radix; ++k) hn::StoreU(hn::Add(low[k], low[k + radix]), d, sums + k * part);
  }
}

template <int radix, class D, class T>
HWY_INLINE Folded<radix, D> twiddles_of(D d, const HalfTwiddles<T>& w) {
  Folded<radix, D> f;
  broadcast<radix>(d, w.half, f.half);
  if constexpr (radix > 2) broadcast<radix / 2>(d, w.quarter, f.quarter);
  return f;
}

template <int radix, bool upper_zero, class D, class T = hn::TFromD<D>>
void first_folded(const T* x, int64_t part, int64_t vectors, T* sums, HalfLines<T> z,
                  const HalfTwiddles<T>& w) noexcept {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto twiddles = twiddles_of<radix>(d, w);
  for (int64_t i = 0; i < vectors; ++i, x += lanes, sums += lanes) {
    first_folded_at<radix, upper_zero>(d, x, part, sums, z, twiddles);
    z = {z.half + 2 * lanes, z.quarter + 2 * lanes};
  }
}

template <int radix, class D, class T>
HWY_INLINE void last_folded_at(D d, const T* sums, int64_t part, const HalfLines<T>& z,
                               const Folded<radix, D>& w, T* y) {
  using V = hn::Vec<D>;
  Folded<radix, D> f;
  V low[2 * radix];
  if constexpr (radix == 1) {
    for (int k = 0; k < 2; ++k) low[k] = load(d, sums + k * part);
  } else {
    constexpr int r = radix / 2;
    for (int s = 0; s < r; ++s) f.quarter[s] = load_line(d, z.quarter + 2 * s * part);
    butterfly<r, true>(d, f.quarter, w.quarter);
    for (int k = 0; k < radix; ++k) {
      const V sum = load(d, sums + k * part), high = k < r ? f.quarter[k].re : f.quarter[k - r].im;
      low[k] = hn::Add(sum, high);
      low[k + radix] = hn::Sub(sum, high);
    }
  }
  for (int s = 0; s < radix; ++s) f.half[s] = load_line(d, z.half + 2 * s * part);
  butterfly<radix, true>(d, f.half, w.half);
  for (int k = 0; k < 2 * radix; ++k) {
    const V high = k < radix ? f.half[k].re : f.half[k - radix].im;
    hn::StoreU(hn::Add(low[k], high), d, y + k * part);
    hn::StoreU(hn::Sub(low[k], high), d, y + (k + 2 * radix) * part);
  }
}

template <int radix, class D, class T = hn::TFromD<D>>
void last_folded(const T* sums, int64_t part, int64_t vectors, HalfLines<T> z,
                 const HalfTwiddles<T>& w, T* y) noexcept {
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto twiddles = twiddles_of<radix>(d, w);
  for (int64_t i = 0; i < vectors; ++i, sums += lanes, y += lanes) {
    last_folded_at<radix>(d, sums, part, z, twiddles, y);
    z = {z.half + 2 * lanes, z.quarter + 2 * lanes};
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_FOLDS_INL
