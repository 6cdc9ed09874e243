// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Long rows in blocks, whose results go to y while the next block is transformed: with the bits of
// those that have no such way, whatever the blocks before and after are like.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

constexpr std::int64_t kBlock = 16384, kTaps = 1000;

/// Blocks of each kind among ordinary ones: silence, NaN, zeros here and there, and powers of two
/// that have to be divided out.
void make_odd(Buffer& x, Random& random) {
  const std::int64_t blocks = x.count() / kBlock;
  for (std::int64_t b = 0; b < blocks; ++b) {
    const std::int64_t kind = random.whole(0, 9);
    for (std::int64_t i = b * kBlock; i < (b + 1) * kBlock; ++i) {
      if (kind == 0 || (kind == 2 && i % 3 == 0)) x.set(i, 0);
      if (kind == 1 && i % 5000 == 77) x.set(i, std::numeric_limits<double>::quiet_NaN());
      if (kind == 3) x.set(i, x.at(i) * 0x1p-90);
      if (kind == 4) x.set(i, std::abs(x.at(i)));
    }
  }
}

TEST(LongRows, ResultsOnTheirWayBesideTheNextBlock) {
  Random random(seed());
  for (const ElementType type : {f32, f64}) {
    const std::int64_t n = (std::int64_t{17} << 20) / size_bytes(type);
    Problem p;
    p.x_type = p.h_type = type;
    p.x_shape = {n};
    p.h_shape = {kTaps};
    p.method = "overlap_save";
    p.block = {kBlock};
    Buffer x(type, {n}), h(type, {kTaps});
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    for (const bool odd : {false, true}) {
      if (!odd && !long_tests()) continue;  // ordinary blocks are among the odd ones
      if (odd) make_odd(x, random);
      const Outcome dense = run(p, x, h), two = run(p, x, h, {.threads = 2});
      const Outcome shifted = run(p, x, h, {.y_layout = {.shift_bytes = size_bytes(type)}});
      // Where samples of y lie apart, results go there block by block.
      const Outcome apart = run(p, x, h, {.y_layout = {.gaps = true}, .random = &random});
      ASSERT_EQ(dense.status, Status::ok) << dense.message;
      EXPECT_TRUE(dense.y.dense_bytes() == apart.y.dense_bytes());
      EXPECT_TRUE(dense.y.dense_bytes() == shifted.y.dense_bytes());
      EXPECT_TRUE(dense.y.dense_bytes() == two.y.dense_bytes());
      expect_right(p, x, h, dense, 200);
    }
  }
}

}  // namespace
}  // namespace faltung
