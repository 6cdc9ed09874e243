// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/peaks.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/peaks.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Twelve chains cover the latency of two units; the values settle at 1, far from denormals.
template <class T>
double multiply_add(int64_t rounds, T* sink) noexcept {
  constexpr int kChains = 12;
  const hn::ScalableTag<T> d;
  const auto a = hn::Set(d, T(0.5)), b = hn::Set(d, T(0.5));
  hn::Vec<decltype(d)> chain[kChains];
  for (int i = 0; i < kChains; ++i) chain[i] = hn::Set(d, T(i));
  for (int64_t r = 0; r < rounds; ++r)
    for (int i = 0; i < kChains; ++i) chain[i] = hn::MulAdd(chain[i], a, b);
  auto sum = chain[0];
  for (int i = 1; i < kChains; ++i) sum = hn::Add(sum, chain[i]);
  *sink = hn::GetLane(sum);
  return 2.0 * kChains * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

constexpr Peaks<float> kPeaksF32 = {multiply_add<float>};
constexpr Peaks<double> kPeaksF64 = {multiply_add<double>};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const Peaks<float>& peaks<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kPeaksF32) }
}
template <>
const Peaks<double>& peaks<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kPeaksF64) }
}

}  // namespace faltung
#endif
