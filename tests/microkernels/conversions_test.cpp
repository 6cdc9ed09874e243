// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/conversions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "faltung/half.hpp"
#include "microkernels/targets.hpp"
#include "support/half.hpp"

namespace faltung {
namespace {

/// Every value of S, at odd addresses too, dense and two apart.
template <class S, class T>
void check_load(const Conversion<T>& conversion) {
  std::vector<S> values;
  for (int v = std::numeric_limits<S>::min(); v <= std::numeric_limits<S>::max(); ++v)
    values.push_back(static_cast<S>(v));
  std::vector<unsigned char> bytes(values.size() * sizeof(S) + 1);
  std::memcpy(bytes.data() + 1, values.data(), values.size() * sizeof(S));
  for (const std::int64_t step : {1, 2}) {
    const auto count = static_cast<std::int64_t>(values.size()) / step - 3;
    std::vector<T> got(static_cast<std::size_t>(count) + 1, T(77));
    conversion.load(bytes.data() + 1, step, count, got.data());
    for (std::int64_t i = 0; i < count; ++i)
      ASSERT_EQ(got[static_cast<std::size_t>(i)],
                static_cast<T>(values[static_cast<std::size_t>(i * step)]));
    EXPECT_EQ(got.back(), T(77)) << "written behind the row";
  }
}

/// Every number that sums of products of bytes come to, those on both sides of the ends of S, and
/// the largest in T.
template <class S, class T>
void check_store(const Conversion<T>& conversion) {
  constexpr bool kShort = sizeof(T) == 2;
  constexpr std::int32_t kFirst = kShort ? -32768 : -(1 << 24), kLast = kShort ? 32767 : 1 << 24;
  std::vector<std::int32_t> whole = {kFirst, kLast, kFirst + 1, kLast - 1};
  const std::int32_t low = std::numeric_limits<S>::min(), high = std::numeric_limits<S>::max();
  for (int v = std::max(kFirst, -70'000); v <= std::min(kLast, 70'000); ++v) whole.push_back(v);
  for (int d = -40; d <= 40; ++d)
    if (const std::int32_t v = 3 * high + d; v <= kLast) whole.push_back(v);
  std::vector<T> from;
  for (const std::int32_t v : whole) from.push_back(static_cast<T>(v));
  for (const std::int64_t step : {1, 3}) {
    std::vector<S> clamped(whole.size() * static_cast<std::size_t>(step) + 1, S(7));
    std::vector<S> wrapped = clamped;
    const auto count = static_cast<std::int64_t>(whole.size());
    conversion.clamp(from.data(), count, clamped.data(), step);
    conversion.wrap(from.data(), count, wrapped.data(), step);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const std::size_t at = i * static_cast<std::size_t>(step);
      ASSERT_EQ(clamped[at], static_cast<S>(std::clamp(whole[i], low, high))) << whole[i];
      ASSERT_EQ(wrapped[at], static_cast<S>(whole[i])) << whole[i];
    }
    EXPECT_EQ(clamped.back(), S(7)) << "written behind the row";
    EXPECT_EQ(wrapped.back(), S(7)) << "written behind the row";
  }
}

/// Numbers that are not whole, at both ends of S and far beyond.
template <class S>
void check_rounding(const Conversion<float>& conversion) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kLow = std::numeric_limits<S>::min(), kHigh = std::numeric_limits<S>::max();
  std::vector<float> from = {-0.0f, 1e-40f, 3e9f, -3e9f, 1e38f, -1e38f, kInf, -kInf, kNan, -kNan};
  for (float v = kLow - 3; v <= kHigh + 3; v += 0.25f) from.push_back(v);
  std::vector<S> got(from.size());
  conversion.clamp(from.data(), static_cast<std::int64_t>(from.size()), got.data(), 1);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const float v = from[i];
    const float whole = std::isnan(v) ? 0.0f : std::clamp(std::nearbyint(v), kLow, kHigh);
    ASSERT_EQ(got[i], static_cast<S>(whole)) << v;
    S alone = 7;
    conversion.clamp(&v, 1, &alone, 1);
    ASSERT_EQ(alone, got[i]) << v << " alone";
  }
}

template <class S, class T>
void check_type(const Conversion<T>& conversion) {
  check_load<S>(conversion);
  check_store<S>(conversion);
  if constexpr (std::is_same_v<T, float>) check_rounding<S>(conversion);
}

template <class T>
void check(const Conversions<T>& c) {
  check_type<std::uint8_t>(c.u8);
  check_type<std::int8_t>(c.i8);
  check_type<std::uint16_t>(c.u16);
  check_type<std::int16_t>(c.i16);
}

/// Every half, at odd addresses too, dense and two apart; signalling NaN become quiet.
void check_load_of_halves(const Conversion<float>& conversion) {
  std::vector<unsigned char> bytes(2 * 65536 + 1);
  for (int v = 0; v < 65536; ++v) {
    const auto bits = static_cast<std::uint16_t>(v);
    std::memcpy(bytes.data() + 1 + 2 * v, &bits, 2);
  }
  for (const std::int64_t step : {1, 2}) {
    const std::int64_t count = 65536 / step - 3;
    std::vector<float> got(static_cast<std::size_t>(count) + 1, 77.0F);
    conversion.load(bytes.data() + 1, step, count, got.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const float v = got[static_cast<std::size_t>(i)];
      const auto half = Half::from_bits(static_cast<std::uint16_t>(i * step));
      ASSERT_EQ(std::bit_cast<std::uint32_t>(v), std::bit_cast<std::uint32_t>(float(half)))
          << half.bits;
    }
    EXPECT_EQ(got.back(), 77.0F) << "written behind the row";
  }
}

/// Every half and the floats about the middle of each two, every exponent, infinities and NaN.
void check_store_of_halves(const Conversion<float>& conversion) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  std::vector<float> from = {0.0F, -0.0F, kInf, -kInf, 1e-45F, -1e-45F, 3.4e38F, -3.4e38F};
  for (int v = 0; v <= 0x7BFF; ++v) {
    const double low = test_support::value_of_half(static_cast<std::uint16_t>(v));
    const double high =
        v == 0x7BFF ? 65536 : test_support::value_of_half(static_cast<std::uint16_t>(v + 1));
    const auto middle = static_cast<float>((low + high) / 2);
    for (const float f : {static_cast<float>(low), std::nextafter(static_cast<float>(low), kInf),
                          std::nextafter(middle, 0.0F), middle, std::nextafter(middle, kInf)}) {
      from.push_back(f);
      from.push_back(-f);
    }
  }
  for (std::uint32_t bits = 0x1234; bits < 0x7F800000; bits += 65521 * 3)
    from.push_back(std::bit_cast<float>(bits));
  for (const std::uint32_t bits : {0x7F800001U, 0x7FC00000U, 0xFFFFFFFFU, 0xFF812345U, 0x7FBFFFFFU})
    from.push_back(std::bit_cast<float>(bits));
  for (const std::int64_t step : {1, 3}) {
    std::vector<std::uint16_t> got(from.size() * static_cast<std::size_t>(step) + 1, 7);
    conversion.wrap(from.data(), static_cast<std::int64_t>(from.size()), got.data(), step);
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::uint16_t half = got[i * static_cast<std::size_t>(step)];
      ASSERT_EQ(half, Half(from[i]).bits) << from[i];
      if (std::isnan(from[i])) continue;
      ASSERT_EQ(half, test_support::nearest_half(from[i])) << from[i];
    }
    EXPECT_EQ(got.back(), 7) << "written behind the row";
  }
}

TEST(Conversions, HalvesAreReadExactlyAndRoundedOnce) {
  for (const std::int64_t target : supported_target_bits()) {
    check_load_of_halves(conversions<float>(target).f16);
    check_store_of_halves(conversions<float>(target).f16);
  }
}

TEST(Conversions, KeepEveryValueClampAndWrap) {
  for (const std::int64_t target : supported_target_bits()) {
    check(conversions<float>(target));
    check(conversions<std::int16_t>(target));
  }
}

}  // namespace
}  // namespace faltung
