// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/targets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "faltung/plan.hpp"
#include "microkernels/butterflies.hpp"

namespace faltung {
namespace {

TEST(Targets, CompiledOnesAreThoseOfTheArchitecture) {
#if defined(__x86_64__)
  EXPECT_EQ(compiled_targets(), (std::vector<std::string>{"avx512", "avx2", "sse4", "scalar"}));
#elif defined(__aarch64__)
  EXPECT_EQ(compiled_targets(), (std::vector<std::string>{"neon", "scalar"}));
#endif
}

TEST(Targets, SupportedOnesKeepTheOrder) {
  const std::vector<std::string> compiled = compiled_targets(), supported = supported_targets();
  ASSERT_FALSE(supported.empty());
  auto at = compiled.begin();
  for (const std::string& name : supported) {
    at = std::find(at, compiled.end(), name);
    EXPECT_NE(at, compiled.end()) << name;
  }
  EXPECT_EQ(supported.back(), compiled.back()) << "the baseline runs everywhere";
  EXPECT_EQ(supported_target_bits().size(), supported.size());
}

TEST(Targets, NamesGiveBits) {
  const std::vector<std::string> names = supported_targets();
  const std::vector<std::int64_t> bits = supported_target_bits();
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(*target_bit(names[i]), bits[i]);
  EXPECT_EQ(*target_bit(""), bits.front());
}

TEST(Targets, UnknownNamesAreRefusedWithTheAllowed) {
  const auto bit = target_bit("avx3");
  ASSERT_FALSE(bit);
  EXPECT_EQ(bit.error().status, Status::unknown_name);
  for (const std::string& name : compiled_targets())
    EXPECT_NE(bit.error().message.find(name), std::string::npos) << bit.error().message;
}

TEST(Targets, EachHasLoopsOfItsOwn) {
  std::set<const void*> tables;
  for (std::int64_t bit : supported_target_bits()) tables.insert(&butterflies<float>(bit));
  EXPECT_EQ(tables.size(), supported_target_bits().size());
}

TEST(Targets, VectorsAreAsWideAsTheNameSays) {
  const std::vector<std::string> names = supported_targets();
  const std::vector<std::int64_t> bits = supported_target_bits();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::int64_t bytes = names[i] == "avx512" ? 64 : names[i] == "avx2" ? 32 : 16;
    if (names[i] == "scalar") continue;  // one lane, or 16 bytes emulated: the compiler decides
    EXPECT_EQ(butterflies<float>(bits[i]).lanes * 4, bytes) << names[i];
    EXPECT_EQ(butterflies<double>(bits[i]).lanes * 8, bytes) << names[i];
  }
}

}  // namespace
}  // namespace faltung
