// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace faltung::test_support {

std::int64_t Random::size(std::int64_t largest) {
  const double v = std::exp(unit() * std::log(static_cast<double>(largest) + 1));
  return std::min(largest, static_cast<std::int64_t>(v));
}

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* text = std::getenv("FALTUNG_SEED");
    return text ? std::strtoull(text, nullptr, 10) : 20260729u;
  }();
  return value;
}

bool long_tests() {
  const char* text = std::getenv("FALTUNG_LONG_TESTS");
  return text && std::string(text) == "1";
}

int cases(int quick, int thorough) { return long_tests() ? thorough : quick; }

Random random_for(const std::string& test, int index) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (const char c : test) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  Random mix(seed() ^ hash ^ (static_cast<std::uint64_t>(index) << 32));
  return Random(mix.bits());
}

std::string describe_case(int index) {
  return "case " + std::to_string(index) + "; again with FALTUNG_SEED=" + std::to_string(seed()) +
         " --gtest_filter=" + current_test();
}

std::string current_test() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  return info ? std::string(info->test_suite_name()) + "." + info->name() : std::string();
}

}  // namespace faltung::test_support
