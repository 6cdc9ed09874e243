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
  if (step == 1 && count >= lanes)
    for (; i < count; i += lanes) {  // the last overlap those before
      const int64_t at = HWY_MIN(i, count - lanes);
      const auto* p = reinterpret_cast<const S*>(bytes + at * static_cast<int64_t>(sizeof(S)));
      hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(narrow, p))), d, to + at);
    }
  for (; i < count; ++i) {
    S value;
    std::memcpy(&value, bytes + i * step * static_cast<int64_t>(sizeof(S)), sizeof(S));
    to[i] = static_cast<float>(value);
  }
}

/// The same modulo 2^16.
template <class S>
void load_shorts(const void* from, int64_t step, int64_t count, int16_t* to) noexcept {
  const hn::ScalableTag<int16_t> d;
  const hn::Rebind<S, hn::ScalableTag<int16_t>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* bytes = static_cast<const unsigned char*>(from);
  int64_t i = 0;
  if (step == 1 && sizeof(S) == 2) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(S));
    return;
  }
  if constexpr (sizeof(S) == 1)
    if (step == 1)
      for (; i + lanes <= count; i += lanes) {
        const auto* p = reinterpret_cast<const S*>(bytes + i);
        hn::StoreU(hn::PromoteTo(d, hn::LoadU(narrow, p)), d, to + i);
      }
  for (; i < count; ++i) {
    S value;
    std::memcpy(&value, bytes + i * step * static_cast<int64_t>(sizeof(S)), sizeof(S));
    to[i] = static_cast<int16_t>(value);
  }
}

/// The low bits of whole numbers, with the sign that they have in S.
template <class S, class D>
HWY_INLINE hn::Vec<D> low_bits(D d, hn::Vec<D> v) {
  using T = hn::TFromD<D>;
  constexpr int kUnused = 8 * static_cast<int>(sizeof(T) - sizeof(S));
  if constexpr (std::is_signed_v<S>) return hn::ShiftRight<kUnused>(hn::ShiftLeft<kUnused>(v));
  else return hn::And(v, hn::Set(d, static_cast<T>(std::numeric_limits<S>::max())));
}

/// The nearest integers within the range of S, in the low bits of what is returned. Adding a number
/// whose last bit is 1 rounds to whole ones, ties to even: fewer steps than a conversion, which has
/// to look for overflow.
template <class S, class D>
HWY_INLINE auto nearest(D d, hn::Vec<D> v) {
  using Limits = std::numeric_limits<S>;
  constexpr float kOneIsLast = 0x1.8p23f;
  const hn::RebindToUnsigned<D> bits;
  const auto number = hn::IfThenElseZero(hn::Eq(v, v), v);
  const auto within = hn::Min(hn::Max(number, hn::Set(d, static_cast<float>(Limits::min()))),
                              hn::Set(d, static_cast<float>(Limits::max())));
  return hn::BitCast(bits, hn::Add(within, hn::Set(d, kOneIsLast)));
}

template <class S, bool clamps>
void store_floats(const float* from, int64_t count, void* to, int64_t step) noexcept {
  const hn::ScalableTag<float> d;
  const hn::Rebind<int32_t, hn::ScalableTag<float>> whole;
  const hn::Rebind<S, hn::ScalableTag<float>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto* bytes = static_cast<unsigned char*>(to);
  int64_t i = 0;
  const auto convert = [&](auto v) HWY_ATTR {
    const hn::Rebind<std::make_unsigned_t<S>, hn::ScalableTag<float>> as_bits;
    if constexpr (clamps) return hn::BitCast(narrow, hn::TruncateTo(as_bits, nearest<S>(d, v)));
    else return hn::DemoteTo(narrow, low_bits<S>(whole, hn::ConvertTo(whole, v)));
  };
  if (step == 1 && count >= lanes)
    for (; i < count; i += lanes) {  // the last overlap those before
      const int64_t at = HWY_MIN(i, count - lanes);
      auto* p = reinterpret_cast<S*>(bytes + at * static_cast<int64_t>(sizeof(S)));
      hn::StoreU(convert(hn::LoadU(d, from + at)), narrow, p);
    }
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) {
    S value;
    if constexpr (clamps)
      value = static_cast<S>(hn::GetLane(nearest<S>(one, hn::Set(one, from[i]))));
    else value = static_cast<S>(static_cast<int32_t>(from[i]));
    std::memcpy(bytes + i * step * static_cast<int64_t>(sizeof(S)), &value, sizeof(S));
  }
}

template <class S, bool clamps>
void store_shorts(const int16_t* from, int64_t count, void* to, int64_t step) noexcept {
  const hn::ScalableTag<int16_t> d;
  const hn::Rebind<S, hn::ScalableTag<int16_t>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto* bytes = static_cast<unsigned char*>(to);
  int64_t i = 0;
  if (step == 1)
    for (; i + lanes <= count; i += lanes) {
      auto v = hn::LoadU(d, from + i);
      auto* p = reinterpret_cast<S*>(bytes + i * static_cast<int64_t>(sizeof(S)));
      if constexpr (sizeof(S) == 1) {
        if constexpr (!clamps) v = low_bits<S>(d, v);
        hn::StoreU(hn::DemoteTo(narrow, v), narrow, p);
      } else {
        if constexpr (clamps && std::is_unsigned_v<S>) v = hn::Max(v, hn::Zero(d));
        hn::StoreU(hn::BitCast(narrow, v), narrow, p);
      }
    }
  for (; i < count; ++i) {
    int32_t v = from[i];
    constexpr int32_t kLow = std::numeric_limits<S>::min(), kHigh = std::numeric_limits<S>::max();
    if constexpr (clamps) v = v < kLow ? kLow : v > kHigh ? kHigh : v;
    const S value = static_cast<S>(v);
    std::memcpy(bytes + i * step * static_cast<int64_t>(sizeof(S)), &value, sizeof(S));
  }
}

template <class S>
constexpr Conversion<float> of_floats() {
  return {load_floats<S>, store_floats<S, true>, store_floats<S, false>};
}
template <class S>
constexpr Conversion<int16_t> of_shorts() {
  return {load_shorts<S>, store_shorts<S, true>, store_shorts<S, false>};
}

constexpr Conversions<float> kConversionsF32 = {of_floats<uint8_t>(), of_floats<int8_t>(),
                                                of_floats<uint16_t>(), of_floats<int16_t>()};
constexpr Conversions<int16_t> kConversionsI16 = {of_shorts<uint8_t>(), of_shorts<int8_t>(),
                                                  of_shorts<uint16_t>(), of_shorts<int16_t>()};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const Conversions<float>& conversions<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kConversionsF32) }
}
template <>
const Conversions<std::int16_t>& conversions<std::int16_t>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kConversionsI16) }
}

}  // namespace faltung
#endif
