// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/conversions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "microkernels/targets.hpp"

namespace faltung {
namespace {

/// Every value of S, at odd addresses too, dense and two apart.
template <class S>
void check_load(const FloatConversion& conversion) {
  std::vector<S> values;
  for (int v = std::numeric_limits<S>::min(); v <= std::numeric_limits<S>::max(); ++v)
    values.push_back(static_cast<S>(v));
  std::vector<unsigned char> bytes(values.size() * sizeof(S) + 1);
  std::memcpy(bytes.data() + 1, values.data(), values.size() * sizeof(S));
  for (const std::int64_t step : {1, 2}) {
    const auto count = static_cast<std::int64_t>(values.size()) / step - 3;
    std::vector<float> got(static_cast<std::size_t>(count) + 1, -0.5F);
    conversion.load(bytes.data() + 1, step, count, got.data());
    for (std::int64_t i = 0; i < count; ++i)
      ASSERT_EQ(got[static_cast<std::size_t>(i)],
                static_cast<float>(values[static_cast<std::size_t>(i * step)]));
    EXPECT_EQ(got.back(), -0.5F) << "written behind the row";
  }
}

/// Numbers on both sides of the ends of S, and the largest.
template <class S>
void check_store(const FloatConversion& conversion) {
  std::vector<std::int32_t> whole = {-(1 << 24), (1 << 24), -(1 << 24) + 1, (1 << 24) - 1};
  const std::int32_t low = std::numeric_limits<S>::min(), high = std::numeric_limits<S>::max();
  for (int d = -40; d <= 40; ++d) whole.insert(whole.end(), {low + d, high + d, 3 * high + d});
  const std::vector<float> from(whole.begin(), whole.end());
  for (const std::int64_t step : {1, 3}) {
    std::vector<S> clamped(whole.size() * static_cast<std::size_t>(step) + 1, S(7)), wrapped = clamped;
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

template <class S>
void check(const FloatConversion& conversion) {
  check_load<S>(conversion);
  check_store<S>(conversion);
}

TEST(Conversions, KeepEveryValueClampAndWrap) {
  for (const std::int64_t target : supported_target_bits()) {
    const FloatConversions& c = float_conversions(target);
    check<std::uint8_t>(c.u8);
    check<std::int8_t>(c.i8);
    check<std::uint16_t>(c.u16);
    check<std::int16_t>(c.i16);
  }
}

}  // namespace
}  // namespace faltung
