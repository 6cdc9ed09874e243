// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The tests' own tools: a wrong result must be seen, or every other test is worth nothing.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung::test_support {
namespace {

using enum ElementType;

/// An outcome as the engine would hand it over, with `y` made up.
Outcome pretend(const Problem& p, const std::vector<double>& y, double bound) {
  Outcome o;
  o.algorithm = "direct";
  o.y = Buffer(p.result_type(), {static_cast<std::int64_t>(y.size())});
  for (std::size_t i = 0; i < y.size(); ++i) o.y.set(static_cast<std::int64_t>(i), y[i]);
  o.bound = {bound, bound, 1, 0x1p-53};
  return o;
}

struct Pair {
  Buffer x{f64, {3}}, h{f64, {2}};
  Problem p;
  Pair() {
    for (int i = 0; i < 3; ++i) x.set(i, 1.0 + i);
    h.set(0, 1.0);
    h.set(1, 0.1);
    p = problem_of(x, h);
  }
};

TEST(ExpectRight, AcceptsTheRightResult) {
  const Pair c;
  expect_right(c.p, c.x, c.h, pretend(c.p, {1, 2 + 0.1, 3 + 2 * 0.1, 3 * 0.1}, 1e-14));
}

TEST(ExpectRight, SeesAnErrorOfSomeUnitsInTheLastPlace) {
  static const Pair c;
  EXPECT_NONFATAL_FAILURE(
      expect_right(c.p, c.x, c.h, pretend(c.p, {1, 2.1, 3.2 * (1 + 0x1p-48), 0.3}, 1)),
      "tolerance");
}

TEST(ExpectRight, SeesABoundThatIsTooSmall) {
  static const Pair c;
  EXPECT_NONFATAL_FAILURE(
      expect_right(c.p, c.x, c.h, pretend(c.p, {1, 2.1, 3.2 * (1 + 0x1p-52), 0.3}, 1e-300)),
      "error_bound");
}

TEST(ExpectRight, SeesNanAndInfinitiesInTheWrongPlace) {
  static const Pair c;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_NONFATAL_FAILURE(expect_right(c.p, c.x, c.h, pretend(c.p, {1, nan, 3.2, 0.3}, 1)),
                          "finite and in range");
  EXPECT_NONFATAL_FAILURE(expect_right(c.p, c.x, c.h, pretend(c.p, {1, inf, 3.2, 0.3}, 1)),
                          "finite and in range");
  static Pair spoilt;
  spoilt.x.set(1, -inf);
  EXPECT_NONFATAL_FAILURE(
      expect_right(spoilt.p, spoilt.x, spoilt.h, pretend(spoilt.p, {1, nan, -inf, 0.3}, 1)),
      "direct sum is infinite");
  EXPECT_NONFATAL_FAILURE(
      expect_right(spoilt.p, spoilt.x, spoilt.h, pretend(spoilt.p, {1, -inf, inf, 0.3}, 1)),
      "direct sum is infinite");
}

TEST(ExpectRight, SeesAWrongInteger) {
  static Buffer x(i32, {2}), h(i32, {1});
  x.set_whole({0}, 1 << 30);
  x.set_whole({1}, -5);
  h.set_whole({0}, 4);
  static const Problem p = problem_of(x, h);
  Outcome o;
  o.y = Buffer(i64, {2});
  o.y.set_whole({0}, Int128(1) << 32);
  o.y.set_whole({1}, -20);
  expect_right(p, x, h, o);
  static Outcome wrong;
  wrong = o;
  wrong.y.set_whole({1}, -19);
  EXPECT_NONFATAL_FAILURE(expect_right(p, x, h, wrong), "expected -0x14");
}

TEST(ByPolicy, ClampsAndWraps) {
  EXPECT_TRUE(by_policy(300, u8, Policy::saturate) == 255);
  EXPECT_TRUE(by_policy(-300, i8, Policy::saturate) == -128);
  EXPECT_TRUE(by_policy(300, u8, Policy::wrap) == 44);
  EXPECT_TRUE(by_policy(-1, u8, Policy::wrap) == 255);
  EXPECT_TRUE(by_policy(200, i8, Policy::wrap) == -56);
  EXPECT_TRUE(by_policy(-1, u64, Policy::wrap) == highest(u64));
  EXPECT_TRUE(by_policy(Int128(1) << 63, i64, Policy::wrap) == lowest(i64));
  EXPECT_TRUE(by_policy(-7, i64, Policy::exact) == -7);
}

TEST(BufferTool, EveryLayoutHoldsItsSamples) {
  for (int i = 0; i < 300; ++i) {
    Random random = random_for(current_test(), i);
    const Dims shape = {random.whole(1, 4), random.whole(1, 4), random.whole(1, 4)};
    Buffer b(random.of({f32, c128, u8}), shape, random_layout(random, false), &random);
    b.fill_pattern();
    int n = 0;
    reference::for_each_index(shape, [&](const Dims& at) { b.set(at, n++ % 100); });
    EXPECT_TRUE(b.gaps_intact());
    n = 0;
    reference::for_each_index(shape,
                              [&](const Dims& at) { EXPECT_EQ(b.at(at).real(), n++ % 100); });
  }
}

TEST(BufferTool, SeesAWriteIntoAGap) {
  Layout layout;
  layout.gaps = true;
  for (int i = 0; i < 20; ++i) {
    Random random = random_for(current_test(), i);
    Buffer b(u8, {5}, layout, &random);
    b.fill_pattern();
    if (b.strides()[0] < 2) continue;
    static_cast<std::uint8_t*>(b.writable().data)[1] = 7;
    EXPECT_FALSE(b.gaps_intact());
  }
}

}  // namespace
}  // namespace faltung::test_support
