// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/units.hpp"

#include <type_traits>

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/units.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/complex-inl.hpp"

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

/// Four loops share what is fetched ahead, since only so many lines can be under way at a time.
template <class T>
HWY_INLINE void fetch(const T*& ahead) {
  constexpr int kCacheLine = 64 / sizeof(T), kNumbers = Stages<T>::kUnit / 4;
  if (ahead == nullptr) return;
  for (int i = 0; i < kNumbers; i += kCacheLine) __builtin_prefetch(ahead + i, 0, 2);
  ahead += kNumbers;
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

template <bool inverse, class T>
HWY_INLINE void unit_pass(T* z, int64_t units, const T* pass, const T*& ahead) {
  using S = Stages<T>;
  const typename S::D d;
  for (int64_t u = 0; u < units; ++u, z += S::kUnit, pass += kUnitPassTwiddles) {
    fetch(ahead);
    Complex<typename S::D> a[4];
    load_unit(d, z, a);
    pass_at<inverse>(d, a, pass);
    store_unit(d, a, z);
  }
}

/// A stage, or its inverse, after the product with h where there is one, and before that with a
/// factor.
template <bool inverse, int radix, int group, bool product, bool scales = false, class T>
HWY_INLINE void unit_stage(T* z, const T* h, int64_t units, const T* stage, const T*& ahead,
                           T factor = 1) {
  using S = Stages<T>;
  const typename S::D d;
  for (int64_t u = 0; u < units; ++u, z += S::kUnit, stage += S::kTwiddles) {
    if constexpr (group == 1) fetch(ahead);
    Complex<typename S::D> a[4];
    load_unit(d, z, a);
    if constexpr (product) {
      multiply_at(d, a, h);
      h += S::kUnit;
    }
    stage_at<inverse, radix, group>(d, a, stage);
    if constexpr (scales)
      for (auto& line : a) line = scaled(d, factor, line);
    store_unit(d, a, z);
  }
}

/// All of the convolution of `count` units, which stay in registers: stage by stage, so that one
/// goes on while another waits for itself.
template <int count, class T>
HWY_INLINE void whole_units(T* z, const T* h, const T* pass, const T* stages) {
  using S = Stages<T>;
  using D = typename S::D;
  const D d;
  const auto first_of = [stages](int u) { return stages + u * S::kTwiddles; };
  const auto last_of = [stages](int u) { return stages + u * S::kTwiddles + S::kFirstTwiddles; };
  Complex<D> a[count][4];
  for (int u = 0; u < count; ++u) load_unit(d, z + u * S::kUnit, a[u]);
  for (int u = 0; u < count; ++u) pass_at<false>(d, a[u], pass + u * kUnitPassTwiddles);
  if constexpr (S::kSplit)
    for (int u = 0; u < count; ++u)
      stage_at<false, S::kFirstRadix, S::kFirstGroup>(d, a[u], first_of(u));
  for (int u = 0; u < count; ++u) stage_at<false, S::kLastRadix, 1>(d, a[u], last_of(u));
  for (int u = 0; u < count; ++u) multiply_at(d, a[u], h + u * S::kUnit);
  for (int u = 0; u < count; ++u) stage_at<true, S::kLastRadix, 1>(d, a[u], last_of(u));
  if constexpr (S::kSplit)
    for (int u = 0; u < count; ++u)
      stage_at<true, S::kFirstRadix, S::kFirstGroup>(d, a[u], first_of(u));
  for (int u = 0; u < count; ++u) pass_at<true>(d, a[u], pass + u * kUnitPassTwiddles);
  for (int u = 0; u < count; ++u) store_unit(d, a[u], z + u * S::kUnit);
}

/// Two units are 16 vectors.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON  // 32 registers
constexpr int64_t kUnitsInRegisters = 2;
#else
constexpr int64_t kUnitsInRegisters = 1;
#endif

enum class Middle { forward, inverse, convolve };

/// Units whose stages are run one after the other: they stay in the nearest cache, and loops stay
/// short enough for the processor to overlap their iterations.
constexpr int64_t kAtOnce = 8;

/// Asks for what the next units read.
template <class T>
HWY_INLINE void fetch_all(const T* from, int64_t numbers) {
  for (int64_t i = 0; i < numbers; i += 64 / sizeof(T)) __builtin_prefetch(from + i, 0, 3);
}

template <Middle middle, bool far, bool scales, class T>
HWY_INLINE void run_units(T* z, const T* h, const T* ahead, int64_t units, const T* pass,
                          const T* stages, T factor = 1) {
  using S = Stages<T>;
  for (int64_t u = 0; u < units; u += kAtOnce) {
    const int64_t n = HWY_MIN(kAtOnce, units - u);
    const T* const last_stages = stages + S::kFirstTwiddles;
    if constexpr (far) {
      fetch_all(h + kAtOnce * S::kUnit, n * S::kUnit);
      fetch_all(stages + kAtOnce * S::kTwiddles, n * S::kTwiddles);
    }
    if constexpr (middle != Middle::inverse) {
      unit_pass<false>(z, n, pass, ahead);
      if constexpr (S::kSplit)
        unit_stage<false, S::kFirstRadix, S::kFirstGroup, false>(z, h, n, stages, ahead);
      unit_stage<false, S::kLastRadix, 1, false, scales>(z, h, n, last_stages, ahead, factor);
    }
    if constexpr (middle != Middle::forward) {
      unit_stage<true, S::kLastRadix, 1, middle == Middle::convolve>(z, h, n, last_stages, ahead);
      if constexpr (S::kSplit)
        unit_stage<true, S::kFirstRadix, S::kFirstGroup, false>(z, h, n, stages, ahead);
      unit_pass<true>(z, n, pass, ahead);
    }
    z += n * S::kUnit;
    if constexpr (middle == Middle::convolve) h += n * S::kUnit;
    pass += kUnitPassTwiddles * n;
    stages += n * S::kTwiddles;
  }
}

template <class T>
void forward(T* z, int64_t units, const T* pass, const T* stages, T factor) noexcept {
  if (factor == T(1))
    run_units<Middle::forward, false, false, T>(z, nullptr, nullptr, units, pass, stages);
  else run_units<Middle::forward, false, true, T>(z, nullptr, nullptr, units, pass, stages, factor);
}
template <class T>
void inverse(T* z, int64_t units, const T* pass, const T* stages) noexcept {
  run_units<Middle::inverse, false, false, T>(z, nullptr, nullptr, units, pass, stages);
}
template <bool far, class T>
void convolve(T* z, const T* h, const T* ahead, int64_t units, const T* pass,
              const T* stages) noexcept {
  // Stages of few units would wait for each other.
  if (units == 1) return whole_units<1>(z, h, pass, stages);
  if constexpr (kUnitsInRegisters >= 2)
    if (units == 2) return whole_units<2>(z, h, pass, stages);
  run_units<Middle::convolve, far, false, T>(z, h, ahead, units, pass, stages);
}

template <class T>
constexpr Units<T> unit_loops() {
  using S = Stages<T>;
  constexpr UnitStage kFirst = {S::kFirstRadix, S::kFirstGroup}, kLast = {S::kLastRadix, 1};
  return {S::kSplit ? 2 : 1, {S::kSplit ? kFirst : kLast, kLast},    S::kTwiddles, forward<T>,
          inverse<T>,        {convolve<false, T>, convolve<true, T>}};
}

#else

template <class T>
constexpr Units<T> unit_loops() {
  return {0, {}, 0, nullptr, nullptr, {}};
}

#endif

constexpr Units<float> kUnitsF32 = unit_loops<float>();
constexpr Units<double> kUnitsF64 = unit_loops<double>();

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const Units<float>& units<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kUnitsF32) }
}
template <>
const Units<double>& units<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kUnitsF64) }
}

}  // namespace faltung
#endif
