// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/copy.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace faltung::support {
namespace {

/// Just so many, at sizes around its pieces, wherever both lie.
TEST(Copy, CopiesAllAndNothingElse) {
  for (const std::int64_t n : {0, 1, 255, 256, 257, 511, 512, 513, 3000})
    for (const std::int64_t shift : {0, 1, 3}) {
      std::vector<float> from(static_cast<std::size_t>(n + shift)), to(from.size() + 2, -1.0F);
      std::iota(from.begin(), from.end(), 1.0F);
      copy(from.data() + shift, n, to.data() + 1);
      for (std::int64_t i = 0; i < n; ++i)
        ASSERT_EQ(to[static_cast<std::size_t>(i + 1)], from[static_cast<std::size_t>(i + shift)])
            << n;
      EXPECT_EQ(to[0], -1.0F);
      EXPECT_EQ(to[static_cast<std::size_t>(n + 1)], -1.0F);
    }
  const char text[] = "bytes";
  char copied[sizeof text] = {};
  copy_bytes(text, sizeof text, copied);
  EXPECT_STREQ(copied, text);
}

}  // namespace
}  // namespace faltung::support
