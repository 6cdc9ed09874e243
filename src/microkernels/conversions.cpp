// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/conversions.hpp"

#include <cstring>
#include <limits>
#include <type_traits>

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/conversions.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class S>
void load_floats(const void* from, int64_t step, int64_t count, float* to) noexcept {
  const hn::ScalableTag<float> d;
  const hn::Rebind<int32_t, hn::ScalableTag<float>> whole;
  const hn::Rebind<S, hn::ScalableTag<float>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* bytes = static_cast<const unsigned char*>(from);
  int64_t i = 0;
  if (step == 1)
    for (; i + lanes <= count; i += lanes) {
      const auto* p = reinterpret_cast<const S*>(bytes + i * static_cast<int64_t>(sizeof(S)));
      hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(narrow, p))), d, to + i);
    }
  for (; i < count; ++i) {
    S value;
    std::memcpy(&value, bytes + i * step * static_cast<int64_t>(sizeof(S)), sizeof(S));
    to[i] = static_cast<float>(value);
  }
}

/// The low bits of whole numbers, with the sign that they have in S.
template <class S, class D>
HWY_INLINE hn::Vec<D> low_bits(D d, hn::Vec<D> v) {
  constexpr int kUnused = 32 - 8 * static_cast<int>(sizeof(S));
  if constexpr (std::is_signed_v<S>) return hn::ShiftRight<kUnused>(hn::ShiftLeft<kUnused>(v));
  else return hn::And(v, hn::Set(d, int32_t{std::numeric_limits<S>::max()}));
}

template <class S, bool clamps>
void store_floats(const float* from, int64_t count, void* to, int64_t step) noexcept {
  const hn::ScalableTag<float> d;
  const hn::Rebind<int32_t, hn::ScalableTag<float>> whole;
  const hn::Rebind<S, hn::ScalableTag<float>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto* bytes = static_cast<unsigned char*>(to);
  int64_t i = 0;
  if (step == 1)
    for (; i + lanes <= count; i += lanes) {
      auto v = hn::ConvertTo(whole, hn::LoadU(d, from + i));
      if constexpr (!clamps) v = low_bits<S>(whole, v);
      auto* p = reinterpret_cast<S*>(bytes + i * static_cast<int64_t>(sizeof(S)));
      hn::StoreU(hn::DemoteTo(narrow, v), narrow, p);
    }
  for (; i < count; ++i) {
    auto v = static_cast<int32_t>(from[i]);
    constexpr int32_t kLow = std::numeric_limits<S>::min(), kHigh = std::numeric_limits<S>::max();
    if constexpr (clamps) v = v < kLow ? kLow : v > kHigh ? kHigh : v;
    const S value = static_cast<S>(v);
    std::memcpy(bytes + i * step * static_cast<int64_t>(sizeof(S)), &value, sizeof(S));
  }
}

template <class S>
constexpr FloatConversion conversion() {
  return {load_floats<S>, store_floats<S, true>, store_floats<S, false>};
}

constexpr FloatConversions kFloatConversions = {conversion<uint8_t>(), conversion<int8_t>(),
                                                conversion<uint16_t>(), conversion<int16_t>()};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

const FloatConversions& float_conversions(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kFloatConversions) }
}

}  // namespace faltung
#endif
