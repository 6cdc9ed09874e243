// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/lengths.hpp"

#include <gtest/gtest.h>

namespace faltung {
namespace {

bool in_family(std::int64_t n) {
  while (n % 2 == 0) n /= 2;
  return n == 1 || n == 3 || n == 5 || n == 9 || n == 15;
}

TEST(Lengths, FamilyByDefinition) {
  for (std::int64_t n = 1; n <= 5000; ++n) EXPECT_EQ(is_transform_length(n), in_family(n)) << n;
  EXPECT_FALSE(is_transform_length(0));
  EXPECT_FALSE(is_transform_length(-4));
}

TEST(Lengths, NextIsTheSmallestThatHolds) {
  for (std::int64_t n = 1; n <= 5000; ++n) {
    std::int64_t expected = n;
    while (!in_family(expected)) ++expected;
    EXPECT_EQ(next_length(n), expected) << n;
  }
  EXPECT_EQ(next_length(0), 1);
  const std::int64_t large = std::int64_t{1} << 60;
  EXPECT_EQ(next_length(large), large);
  EXPECT_EQ(next_length(large - 1), large);
}

TEST(Lengths, RadicesMultiplyToTheLength) {
  for (std::int64_t n = 1; n <= 5000; ++n) {
    if (!in_family(n)) continue;
    for (bool eights : {false, true}) {
      std::int64_t product = 1;
      int twos = 0;
      for (int r : radices_of(n, eights)) {
        EXPECT_TRUE((r >= 2 && r <= 5) || (eights && r == 8)) << n;
        product *= r;
        twos += r == 2 || r == 8;
      }
      EXPECT_EQ(product, n);
      EXPECT_LE(twos, 1) << n;
    }
  }
}

}  // namespace
}  // namespace faltung
