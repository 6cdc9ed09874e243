// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/conversions.hpp"

#include <cstring>
#include <limits>
#include <type_traits>

#include "faltung/half.hpp"
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

/// Halves as floats, by whole numbers: h << 13 has the fraction where a float has it, and an
/// exponent that is 112 too small. Below the normal numbers a 1 in front, which that leaves there,
/// is taken away again. NaN become quiet.
template <class D>
HWY_INLINE hn::Vec<D> from_halves(D d, hn::Vec<hn::RebindToUnsigned<D>> h) {
  const hn::RebindToUnsigned<D> bits;
  const hn::RebindToSigned<D> whole;
  const auto magnitude = hn::BitCast(whole, hn::And(h, hn::Set(bits, 0x7FFF)));
  const auto wide = hn::Add(hn::ShiftLeft<13>(magnitude), hn::Set(whole, 112 << 23));
  const auto last = hn::Set(whole, 0x7BFF), infinity = hn::Set(whole, 0x7C00);
  auto value =
      hn::Add(wide, hn::IfThenElseZero(hn::Gt(magnitude, last), hn::Set(whole, 112 << 23)));
  value = hn::Or(value, hn::IfThenElseZero(hn::Gt(magnitude, infinity), hn::Set(whole, 1 << 22)));
  const auto small =
      hn::Sub(hn::BitCast(d, hn::Add(wide, hn::Set(whole, 1 << 23))), hn::Set(d, 0x1p-14F));
  const auto unsigned_value = hn::IfThenElse(
      hn::RebindMask(d, hn::Lt(magnitude, hn::Set(whole, 0x0400))), small, hn::BitCast(d, value));
  const auto sign = hn::ShiftLeft<16>(hn::And(h, hn::Set(bits, 0x8000)));
  return hn::BitCast(d, hn::Or(hn::BitCast(bits, unsigned_value), sign));
}

/// The nearest halves, ties to even, in the low bits. Where a half is a multiple of 2^-24, adding
/// a float whose last bit is worth that rounds; elsewhere adding what carries from the 13 bits that
/// are dropped. Highway's own conversion does so only where the processor has one.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> to_halves(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> bits;
  const hn::RebindToSigned<D> whole;
  constexpr int32_t kBias = 112 << 23, kOneIsLast = 126 << 23;
  const auto all = hn::BitCast(whole, v);
  const auto magnitude = hn::And(all, hn::Set(whole, 0x7FFFFFFF));
  const auto odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(whole, 1));
  const auto carried = hn::Add(hn::Add(magnitude, odd), hn::Set(whole, 0x0FFF - kBias));
  const auto normal = hn::Min(hn::ShiftRight<13>(carried), hn::Set(whole, 0x7C00));
  const auto small = hn::Sub(
      hn::BitCast(whole,
                  hn::Add(hn::BitCast(d, magnitude), hn::BitCast(d, hn::Set(whole, kOneIsLast)))),
      hn::Set(whole, kOneIsLast));
  const auto payload = hn::Or(hn::And(hn::ShiftRight<13>(magnitude), hn::Set(whole, 0x03FF)),
                              hn::Set(whole, 0x7E00));
  auto half = hn::IfThenElse(hn::Lt(magnitude, hn::Set(whole, 113 << 23)), small, normal);
  half = hn::IfThenElse(hn::Gt(magnitude, hn::Set(whole, 0x7F800000)), payload, half);
  const auto sign = hn::And(hn::ShiftRight<16>(hn::BitCast(bits, v)), hn::Set(bits, 0x8000));
  return hn::Or(hn::BitCast(bits, half), sign);
}

void load_halves(const void* from, int64_t step, int64_t count, float* to) noexcept {
  const hn::ScalableTag<float> d;
  const hn::Rebind<uint16_t, hn::ScalableTag<float>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* bytes = static_cast<const unsigned char*>(from);
  int64_t i = 0;
  if (step == 1 && count >= lanes)
    for (; i < count; i += lanes) {  // the last overlap those before
      const int64_t at = HWY_MIN(i, count - lanes);
      const auto h = hn::LoadU(narrow, reinterpret_cast<const uint16_t*>(bytes + at * 2));
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
      const hn::Rebind<hwy::float16_t, hn::ScalableTag<float>> halves;
      const auto v = hn::PromoteTo(d, hn::BitCast(halves, h));
#else
      const auto v = from_halves(d, hn::PromoteTo(hn::RebindToUnsigned<decltype(d)>(), h));
#endif
      hn::StoreU(v, d, to + at);
    }
  for (; i < count; ++i) {
    uint16_t bits;
    std::memcpy(&bits, bytes + i * step * 2, 2);
    to[i] = Half::from_bits(bits);
  }
}

void store_halves(const float* from, int64_t count, void* to, int64_t step) noexcept {
  const hn::ScalableTag<float> d;
  const hn::Rebind<uint16_t, hn::ScalableTag<float>> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto* bytes = static_cast<unsigned char*>(to);
  int64_t i = 0;
  if (step == 1 && count >= lanes)
    for (; i < count; i += lanes) {  // the last overlap those before
      const int64_t at = HWY_MIN(i, count - lanes);
      const auto v = hn::LoadU(d, from + at);
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
      const hn::Rebind<hwy::float16_t, hn::ScalableTag<float>> halves;
      const auto h = hn::BitCast(narrow, hn::DemoteTo(halves, v));
#else
      const auto h = hn::TruncateTo(narrow, to_halves(d, v));
#endif
      hn::StoreU(h, narrow, reinterpret_cast<uint16_t*>(bytes + at * 2));
    }
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) {
    const auto half = static_cast<uint16_t>(hn::GetLane(to_halves(one, hn::Set(one, from[i]))));
    std::memcpy(bytes + i * step * 2, &half, 2);
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

constexpr Conversions<float> kConversionsF32 = {of_floats<uint8_t>(),
                                                of_floats<int8_t>(),
                                                of_floats<uint16_t>(),
                                                of_floats<int16_t>(),
                                                {load_halves, store_halves, store_halves}};
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
