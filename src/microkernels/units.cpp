// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/units.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/units.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/cache_control.h"
#include "microkernels/unit_pairs-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

/// Units whose stages are run one after the other: they stay in the nearest cache, and loops stay
/// short enough for the processor to overlap their iterations.
constexpr int64_t kAtOnce = 8;

/// What is read later, brought nearer while units run, and what is written: some cache lines in
/// each iteration of each loop, since only so many can be under way at a time.
template <class T, bool far>
struct Meanwhile {
  using S = Stages<T>;
  static constexpr int kCacheLine = 64 / sizeof(T);
  static constexpr int kLoops = S::kSplit ? 6 : 4;  ///< forward, product and inverse
  static constexpr bool kIsStage(int loop) { return S::kSplit && (loop == 1 || loop == 4); }

  Errand<T> errand;
  const T *h, *stages;  ///< of the units that run; those kAtOnce farther are asked for where `far`

  template <int loop>
  HWY_INLINE void fetch(int64_t unit) {
    if constexpr (!kIsStage(loop)) run_errand();
    if constexpr (far) {
      constexpr int kOfH = S::kUnit / kCacheLine, kAll = kOfH + S::kTwiddles / kCacheLine;
      for (int i = kAll * loop / kLoops; i < kAll * (loop + 1) / kLoops; ++i)
        __builtin_prefetch(i < kOfH
                               ? h + (unit + kAtOnce) * S::kUnit + i * kCacheLine
                               : stages + (unit + kAtOnce) * S::kTwiddles + (i - kOfH) * kCacheLine,
                           0, 3);
    }
  }
  /// A quarter of what a unit is long: two vectors.
  HWY_INLINE void run_errand() {
    const typename S::D d;
    constexpr int kNumbers = S::kUnit / 4, kLanes = S::kLanes;
    if (errand.ahead != nullptr) {
      for (int i = 0; i < kNumbers; i += kCacheLine) __builtin_prefetch(errand.ahead + i, 0, 2);
      errand.ahead += kNumbers;
    }
    if (errand.count > 0) {
      hn::Stream(hn::LoadU(d, errand.from), d, errand.to);
      hn::Stream(hn::LoadU(d, errand.from + kLanes), d, errand.to + kLanes);
      errand.from += kNumbers;
      errand.to += kNumbers;
      errand.count -= kNumbers;
    }
  }
};

template <bool inverse, class T, bool far>
HWY_INLINE void unit_pass(T* z, int64_t units, const T* pass, Meanwhile<T, far>& also) {
  using S = Stages<T>;
  constexpr int kLoop = inverse ? Meanwhile<T, far>::kLoops - 1 : 0;
  const typename S::D d;
  for (int64_t u = 0; u < units; ++u, z += S::kUnit, pass += kUnitPassTwiddles) {
    also.template fetch<kLoop>(u);
    Complex<typename S::D> a[4];
    load_unit(d, z, a);
    pass_at<inverse>(d, a, pass);
    store_unit(d, a, z);
  }
}

/// A stage, or its inverse, after the product with h where there is one, and before that with a
/// factor.
template <bool inverse, int radix, int group, bool product, bool scales = false, class T, bool far>
HWY_INLINE void unit_stage(T* z, const T* h, int64_t units, const T* stage, Meanwhile<T, far>& also,
                           T factor = 1) {
  using S = Stages<T>;
  constexpr int kLoops = Meanwhile<T, far>::kLoops, kForward = group == 1 ? kLoops / 2 - 1 : 1;
  constexpr int kLoop = inverse ? kLoops - 1 - kForward : kForward;
  const typename S::D d;
  for (int64_t u = 0; u < units; ++u, z += S::kUnit, stage += S::kTwiddles) {
    also.template fetch<kLoop>(u);
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
/// goes on while another waits for itself. `pairs`: of the last one, multiply_pairs.
template <int count, bool pairs, class T>
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
  for (int u = 0; u < (pairs ? count - 1 : count); ++u) multiply_at(d, a[u], h + u * S::kUnit);
  if constexpr (pairs) multiply_pairs_at(d, a[count - 1], h + (count - 1) * S::kUnit);
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

template <Middle middle, bool far, bool scales, class T>
HWY_INLINE void run_units(T* z, const T* h, const Errand<T>& errand, int64_t units, const T* pass,
                          const T* stages, T factor = 1) {
  using S = Stages<T>;
  Meanwhile<T, far> also{errand, h, stages};
  for (int64_t u = 0; u < units; u += kAtOnce) {
    const int64_t n = HWY_MIN(kAtOnce, units - u);
    const T* const last_stages = stages + S::kFirstTwiddles;
    if constexpr (middle != Middle::inverse) {
      unit_pass<false>(z, n, pass, also);
      if constexpr (S::kSplit)
        unit_stage<false, S::kFirstRadix, S::kFirstGroup, false>(z, h, n, stages, also);
      unit_stage<false, S::kLastRadix, 1, false, scales>(z, h, n, last_stages, also, factor);
    }
    if constexpr (middle != Middle::forward) {
      unit_stage<true, S::kLastRadix, 1, middle == Middle::convolve>(z, h, n, last_stages, also);
      if constexpr (S::kSplit)
        unit_stage<true, S::kFirstRadix, S::kFirstGroup, false>(z, h, n, stages, also);
      unit_pass<true>(z, n, pass, also);
    }
    z += n * S::kUnit;
    if constexpr (middle == Middle::convolve) h += n * S::kUnit;
    pass += kUnitPassTwiddles * n;
    stages += n * S::kTwiddles;
    also.h = h;
    also.stages = stages;
  }
}

template <class T>
void forward(T* z, int64_t units, const T* pass, const T* stages, T factor) noexcept {
  if (factor == T(1))
    run_units<Middle::forward, false, false, T>(z, nullptr, {}, units, pass, stages);
  else run_units<Middle::forward, false, true, T>(z, nullptr, {}, units, pass, stages, factor);
}
template <class T>
void inverse(T* z, int64_t units, const T* pass, const T* stages) noexcept {
  run_units<Middle::inverse, false, false, T>(z, nullptr, {}, units, pass, stages);
}
template <bool far, class T>
void convolve(T* z, const T* h, const Errand<T>& errand, int64_t units, const T* pass,
              const T* stages) noexcept {
  // Stages of few units would wait for each other.
  if (units == 1) return whole_units<1, false>(z, h, pass, stages);
  if constexpr (kUnitsInRegisters >= 2)
    if (units == 2) return whole_units<2, false>(z, h, pass, stages);
  run_units<Middle::convolve, far, false, T>(z, h, errand, units, pass, stages);
}

template <class T>
void convolve_pairs(T* z, const T* h, int64_t units, const T* pass, const T* stages) noexcept {
  using S = Stages<T>;
  if constexpr (kUnitsInRegisters >= 2) {
    if (units == 2) return whole_units<2, true>(z, h, pass, stages);
    if (units == 4) {
      whole_units<2, false>(z, h, pass, stages);
      return whole_units<2, true>(z + 2 * S::kUnit, h + 2 * S::kUnit, pass + 2 * kUnitPassTwiddles,
                                  stages + 2 * S::kTwiddles);
    }
  }
  const int64_t last = units - 1;
  if (last > 0) convolve<false>(z, h, Errand<T>{}, last, pass, stages);
  whole_units<1, true>(z + last * S::kUnit, h + last * S::kUnit, pass + last * kUnitPassTwiddles,
                       stages + last * S::kTwiddles);
}

template <class T>
constexpr Units<T> unit_loops() {
  using S = Stages<T>;
  constexpr UnitStage kFirst = {S::kFirstRadix, S::kFirstGroup}, kLast = {S::kLastRadix, 1};
  return {S::kSplit ? 2 : 1, {S::kSplit ? kFirst : kLast, kLast},
          S::kTwiddles,      forward<T>,
          inverse<T>,        {convolve<false, T>, convolve<true, T>},
          split<T>,          join<T>,
          pair_kernel<T>,    multiply_pairs<T>,
          convolve_pairs<T>, angle<T>};
}

#else

template <class T>
constexpr Units<T> unit_loops() {
  return {};
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
