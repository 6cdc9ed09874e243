// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/half.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "faltung/convolve.hpp"
#include "support/half.hpp"

namespace faltung {
namespace {

using test_support::nearest_half;
using test_support::value_of_half;

TEST(HalfTest, EveryOneIsItsValueAndComesBack) {
  for (int i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const Half half = Half::from_bits(bits);
    const double value = value_of_half(bits);
    const float single = half;
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(single));
      ASSERT_EQ(Half(single).bits, bits | 0x0200) << "quiet, with what it carries";
      ASSERT_EQ(Half(static_cast<double>(single)).bits, bits | 0x0200);
      continue;
    }
    ASSERT_EQ(single, value) << bits;
    ASSERT_EQ(std::signbit(single), std::signbit(value)) << bits;
    ASSERT_EQ(Half(single).bits, bits);
    ASSERT_EQ(Half(value).bits, bits);
    ASSERT_EQ(Half(static_cast<long double>(value)).bits, bits);
  }
}

TEST(HalfTest, RoundsToTheNearestAndTiesToEven) {
  for (int i = 0; i <= 0x7BFF; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const auto above = static_cast<std::uint16_t>(i + 1);
    const double low = value_of_half(bits);
    const double high = i == 0x7BFF ? 65536 : value_of_half(above), middle = (low + high) / 2;
    const std::uint16_t even = i % 2 == 0 ? bits : above;
    ASSERT_EQ(Half(middle).bits, even) << low;
    ASSERT_EQ(Half(-middle).bits, even | 0x8000);
    ASSERT_EQ(Half(std::nextafter(middle, 0)).bits, bits);
    ASSERT_EQ(Half(std::nextafter(middle, 1e9)).bits, above);
    const auto single = static_cast<float>(middle);  // exact
    ASSERT_EQ(Half(single).bits, even);
    ASSERT_EQ(Half(std::nextafter(single, 0.0F)).bits, bits);
    ASSERT_EQ(Half(std::nextafter(single, 1e9F)).bits, above);
    const auto wide = static_cast<long double>(middle);
    ASSERT_EQ(Half(std::nextafter(wide, 0.0L)).bits, bits) << "one rounding, not two";
    ASSERT_EQ(Half(std::nextafter(wide, 1e9L)).bits, above);
    ASSERT_EQ(Half(std::nextafter(-wide, -1e9L)).bits, above | 0x8000);
  }
}

TEST(HalfTest, EndsOfTheRange) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(static_cast<float>(Half(65504)), 65504);
  EXPECT_EQ(static_cast<float>(Half(65519)), 65504);
  EXPECT_EQ(Half(65520).bits, 0x7C00);
  EXPECT_EQ(Half(std::numeric_limits<std::int64_t>::min()).bits, 0xFC00);
  EXPECT_EQ(Half(1e300).bits, 0x7C00);
  EXPECT_EQ(Half(-kInfinity).bits, 0xFC00);
  EXPECT_EQ(Half(std::numeric_limits<long double>::max()).bits, 0x7C00);
  EXPECT_EQ(Half(-std::numeric_limits<long double>::infinity()).bits, 0xFC00);
  EXPECT_EQ(Half(std::numeric_limits<long double>::quiet_NaN()).bits, 0x7E00);
  EXPECT_EQ(Half(0x1p-25).bits, 0);
  EXPECT_EQ(Half(-0x1p-25).bits, 0x8000);
  EXPECT_EQ(Half(0x1.8p-25).bits, 1);
  EXPECT_EQ(Half(std::numeric_limits<double>::denorm_min()).bits, 0);
  EXPECT_EQ(Half(-0.0).bits, 0x8000);
  EXPECT_EQ(Half().bits, 0);
}

TEST(HalfTest, AgreesWithTheSlowOneOnEveryKindOfFloat) {
  // Every exponent, with fractions on both sides of what is kept.
  for (std::uint32_t exponent = 0; exponent < 256; ++exponent)
    for (std::uint32_t fraction = 0; fraction < 1 << 23; fraction += 16381)
      for (const std::uint32_t sign : {0U, 0x80000000U}) {
        const float v = std::bit_cast<float>(sign | exponent << 23 | fraction);
        if (std::isnan(v)) {
          ASSERT_TRUE(std::isnan(static_cast<float>(Half(v))));
          continue;
        }
        ASSERT_EQ(Half(v).bits, nearest_half(v)) << v;
      }
}

TEST(HalfTest, IsConstant) {
  static_assert(Half(1.5F).bits == 0x3E00);
  static_assert(static_cast<float>(Half::from_bits(0xC000)) == -2);
  static_assert(element_type_of<const Half>() == ElementType::f16);
}

TEST(HalfTest, SequencesOfHalves) {
  const std::vector<Half> x = {Half(1), Half(2), Half(3)}, h = {Half(0.5), Half(-1)};
  const std::vector<Half> y = convolve(x, h);
  ASSERT_EQ(y.size(), 4U);
  const double expected[] = {0.5, 0, -0.5, -3};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(y[i], expected[i]) << i;
  const std::vector<float> wide = convolve_as<float>(x, h);
  EXPECT_EQ(wide, (std::vector<float>{0.5, 0, -0.5, -3}));
  const std::vector<std::uint8_t> bytes =
      convolve_as<std::uint8_t>(x, h, {.policy = Policy::saturate});
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0, 0, 0, 0}));
  EXPECT_EQ(correlate(x, h).size(), 4U);
}

// Products and sums of halves are far inside the range of float32; only what is stored is not.
TEST(HalfTest, ResultsAreRoundedOnceAndOverflowLikeAConversion) {
  const std::vector<Half> x(4, Half(60000)), h = {Half(1), Half(1), Half(-1)};
  for (const char* method : {"direct", "fft_single"}) {
    const std::vector<Half> y = convolve(x, h, {.method = method});
    EXPECT_EQ(y[0], 60000 - (60000 % 32)) << method;
    EXPECT_EQ(y[1], std::numeric_limits<float>::infinity()) << method;
    EXPECT_EQ(y[2], 60000 - (60000 % 32)) << "120000 - 60000 does not overflow on the way";
    EXPECT_EQ(y[5], -60000 + (60000 % 32)) << method;
  }
}

}  // namespace
}  // namespace faltung
