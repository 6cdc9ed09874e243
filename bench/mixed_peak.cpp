// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "mixed_peak.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mixed_peak.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Chains of each kind: as many as registers hold beside the two constants, since two units of four
/// cycles each want eight. Sums of 0 and products that settle at 1 stay far from denormals.
template <class T>
double fma_add(int64_t rounds, T* sink) noexcept {
  constexpr int kChains = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 12 : 7;
  const hn::ScalableTag<T> d;
  const auto half = hn::Set(d, T(0.5));
  const auto zero = hn::Set(d, *sink);
  hn::Vec<decltype(d)> fused[kChains], added[kChains];
  for (int i = 0; i < kChains; ++i) fused[i] = added[i] = hn::Set(d, T(i));
  for (int64_t r = 0; r < rounds; ++r)
    for (int i = 0; i < kChains; ++i) {
      fused[i] = hn::MulAdd(fused[i], half, half);
      added[i] = hn::Add(added[i], zero);
    }
  auto sum = hn::Add(fused[0], added[0]);
  for (int i = 1; i < kChains; ++i) sum = hn::Add(sum, hn::Add(fused[i], added[i]));
  *sink = T(0) * hn::GetLane(sum);
  return 3.0 * kChains * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

constexpr MixedPeak<float> kMixedF32 = {fma_add<float>};
constexpr MixedPeak<double> kMixedF64 = {fma_add<double>};

}  // namespace HWY_NAMESPACE
}  // namespace faltung::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::bench {

template <>
const MixedPeak<float>& mixed_peak<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kMixedF32) }
}
template <>
const MixedPeak<double>& mixed_peak<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kMixedF64) }
}

}  // namespace faltung::bench
#endif
