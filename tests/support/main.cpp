// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Every test program: says its seed and its instruction set, and proves that a forced one runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "faltung/device.hpp"
#include "support/random.hpp"

namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Target : public ::testing::Environment {
 public:
  void SetUp() override {
    const char* forced = std::getenv("FALTUNG_FORCE_TARGET");
    if (forced && *forced) {
      if (!holds(faltung::compiled_targets(), forced)) {
        std::printf("SKIPPED target %s: not compiled for this architecture\n", forced);
        GTEST_SKIP();
      }
      if (!holds(faltung::supported_targets(), forced)) {
        std::printf("SKIPPED target %s: this processor lacks it\n", forced);
        GTEST_SKIP();
      }
    }
    if (std::getenv("FALTUNG_NEED_DEVICE") != nullptr && faltung::devices().empty()) {
      std::printf("SKIPPED device: %s\n", faltung::why_no_device().c_str());
      GTEST_SKIP();
    }
    const auto active = faltung::active_target();
    ASSERT_TRUE(active) << active.error().message;
    if (forced && *forced) {
      ASSERT_EQ(*active, forced) << "the forced target is not the one in use";
    }
    std::printf("target %s, FALTUNG_SEED=%llu%s\n", active->c_str(),
                static_cast<unsigned long long>(faltung::test_support::seed()),
                faltung::test_support::long_tests() ? ", long" : "");
  }
};

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new Target);
  return RUN_ALL_TESTS();
}
