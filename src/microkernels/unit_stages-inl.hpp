// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A unit of four lines in registers: its pass, its stages and its product (units.hpp), for one
// target of Highway.
#if defined(FALTUNG_UNIT_STAGES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_UNIT_STAGES_INL
#undef FALTUNG_UNIT_STAGES_INL
#else
#define FALTUNG_UNIT_STAGES_INL
#endif

#include <type_traits>

#include "microkernels/complex-inl.hpp"
#include "microkernels/units.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

/// Blocks of `group` lanes across four vectors, or two, transposed.
template <int group, class D>
HWY_INLINE void transpose4(D d, hn::Vec<D>& a, hn::Vec<D>& b, hn::Vec<D>& c, hn::Vec<D>& e) {
  using V = hn::Vec<D>;
  if constexpr (group == 1 && sizeof(hn::TFromD<D>) == 4) {  // 4 x 4 numbers in each 128 bits
    const hn::RepartitionToWide<D> wide;
    const auto p = hn::BitCast(wide, hn::InterleaveLower(d, a, b));
    const auto q = hn::BitCast(wide, hn::InterleaveUpper(d, a, b));
    const auto r = hn::BitCast(wide, hn::InterleaveLower(d, c, e));
    const auto s = hn::BitCast(wide, hn::InterleaveUpper(d, c, e));
    a = hn::BitCast(d, hn::InterleaveLower(wide, p, r));
    b = hn::BitCast(d, hn::InterleaveUpper(wide, p, r));
    c = hn::BitCast(d, hn::InterleaveLower(wide, q, s));
    e = hn::BitCast(d, hn::InterleaveUpper(wide, q, s));
  } else if constexpr (group == 1) {  // 4 doubles, pairs of 128 bits
    const V p = hn::InterleaveLower(d, a, b), q = hn::InterleaveUpper(d, a, b);
    const V r = hn::InterleaveLower(d, c, e), s = hn::InterleaveUpper(d, c, e);
    a = hn::ConcatLowerLower(d, r, p);
    b = hn::ConcatLowerLower(d, s, q);
    c = hn::ConcatUpperUpper(d, r, p);
    e = hn::ConcatUpperUpper(d, s, q);
  } else {  // 4 x 4 blocks of 128 bits
#if HWY_TARGET == HWY_AVX3
    // Highway 1.0.3 has no name for these.
    const auto shuffle = [](V x, V y, auto pick) {
      constexpr int kPick = decltype(pick)::value;
      if constexpr (sizeof(hn::TFromD<D>) == 4) return V{_mm512_shuffle_f32x4(x.raw, y.raw, kPick)};
      else return V{_mm512_shuffle_f64x2(x.raw, y.raw, kPick)};
    };
    constexpr std::integral_constant<int, 0x44> lower;
    constexpr std::integral_constant<int, 0xEE> upper;
    constexpr std::integral_constant<int, 0x88> even;
    constexpr std::integral_constant<int, 0xDD> odd;
    const V p = shuffle(a, b, lower), q = shuffle(a, b, upper);
    const V r = shuffle(c, e, lower), s = shuffle(c, e, upper);
    a = shuffle(p, r, even);
    b = shuffle(p, r, odd);
    c = shuffle(q, s, even);
    e = shuffle(q, s, odd);
#endif
  }
}
template <int group, class D>
HWY_INLINE void transpose2(D d, hn::Vec<D>& a, hn::Vec<D>& b) {
  const hn::Vec<D> x = a;
  if constexpr (group == 1) {  // doubles in each 128 bits
    a = hn::InterleaveLower(d, x, b);
    b = hn::InterleaveUpper(d, x, b);
  } else {  // halves of 256 bits
    a = hn::ConcatLowerLower(d, b, x);
    b = hn::ConcatUpperUpper(d, b, x);
  }
}

template <int radix, int group, class D>
HWY_INLINE void transpose(D d, Complex<D>* a) {
  if constexpr (radix == 4) {
    transpose4<group>(d, a[0].re, a[1].re, a[2].re, a[3].re);
    transpose4<group>(d, a[0].im, a[1].im, a[2].im, a[3].im);
  } else {
    for (int pair = 0; pair < 4; pair += 2) {
      transpose2<group>(d, a[pair].re, a[pair + 1].re);
      transpose2<group>(d, a[pair].im, a[pair + 1].im);
    }
  }
}

template <int radix, bool inverse, class D, class T>
HWY_INLINE void unit_butterfly(D d, Complex<D>* a, const T* HWY_RESTRICT w) {
  const auto line = 2 * hn::Lanes(d);
  Complex<D> t[4];
  if constexpr (radix == 4) {
    for (size_t s = 1; s < 4; ++s) t[s] = load_line(d, w + (s - 1) * line);
    butterfly<4, inverse>(d, a, t);
  } else {
    for (size_t pair = 0; pair < 2; ++pair) {
      t[1] = load_line(d, w + pair * line);
      butterfly<2, inverse>(d, a + 2 * pair, t);
    }
  }
}

/// Lines of twiddles of a stage.
constexpr int64_t twiddle_lines(int radix) { return radix == 4 ? 3 : 2; }

/// The stages of a unit. `split`: there are two, and the first is done with the pass.
template <class T>
struct Stages {
  using D = hn::ScalableTag<T>;
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  static constexpr bool kSplit = kLanes * sizeof(T) > 16 && !(kLanes == 4);
  static constexpr int kFirstRadix = kLanes * sizeof(T) == 64 ? 4 : 2;
  static constexpr int kFirstGroup = 16 / sizeof(T);
  static constexpr int kLastRadix =
      sizeof(T) == 8 && kLanes != 4 ? 2 : 4;  // four doubles are one stage
  static constexpr int64_t kLine = 2 * kLanes;
  static constexpr int64_t kUnit = 4 * kLine;
  static constexpr int64_t kFirstTwiddles = kSplit ? twiddle_lines(kFirstRadix) * kLine : 0;
  static constexpr int64_t kTwiddles = kFirstTwiddles + twiddle_lines(kLastRadix) * kLine;
};

template <class D, class T>
HWY_INLINE void load_unit(D d, const T* z, Complex<D>* a) {
  for (size_t q = 0; q < 4; ++q) a[q] = load_line(d, z + q * 2 * hn::Lanes(d));
}
template <class D, class T>
HWY_INLINE void store_unit(D d, const Complex<D>* a, T* z) {
  for (size_t q = 0; q < 4; ++q) store_line(d, a[q], z + q * 2 * hn::Lanes(d));
}

/// The pass on a unit in registers, or its inverse.
template <bool inverse, class D, class T>
HWY_INLINE void pass_at(D d, Complex<D>* a, const T* pass) {
  Complex<D> w[4];
  broadcast<4>(d, pass, w);
  butterfly<4, inverse>(d, a, w);
}
/// A stage, or its inverse.
template <bool inverse, int radix, int group, class D, class T>
HWY_INLINE void stage_at(D d, Complex<D>* a, const T* stage) {
  if constexpr (!inverse) transpose<radix, group>(d, a);
  unit_butterfly<radix, inverse>(d, a, stage);
  if constexpr (inverse) transpose<radix, group>(d, a);
}
template <class D, class T>
HWY_INLINE void multiply_at(D d, Complex<D>* a, const T* h) {
  for (size_t q = 0; q < 4; ++q) a[q] = mul(a[q], load_line(d, h + q * 2 * hn::Lanes(d)));
}

#endif  // HWY_TARGET != HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_UNIT_STAGES_INL
