// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/continuous.hpp"

namespace faltung::continuous {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();

Function box(double from, double to, double height = 1) {
  return value_or_throw(Function::make({{from, to, {{height, {0.0}}}}}));
}
Function decay(double rate, double from = 0) {
  return value_or_throw(Function::make({{from, kForever, {{1.0, {-rate}}}}}));
}
Function conv(const Function& f, const Function& g) { return value_or_throw(convolve(f, g)); }

TEST(Function, IsZeroByItself) {
  const Function f;
  EXPECT_EQ(f(0), 0);
  EXPECT_TRUE(f.pieces().empty());
  EXPECT_EQ(conv(f, decay(1))(1), 0);
}

TEST(Function, JumpsFromTheRight) {
  const Function f = box(-0.5, 0.5, 3);
  EXPECT_EQ(f(-0.5), 3);
  EXPECT_EQ(f(0.25), 3);
  EXPECT_EQ(f(0.5), 0);
  EXPECT_EQ(f(-1), 0);
}

TEST(Function, DampedOscillation) {
  const Function f = value_or_throw(
      Function::make({{1, kForever, {{{0, -2}, {{-0.5, 3.0}}}}}}));  // 2 e^-s/2 sin 3s
  for (const double s : {0.0, 0.1, 1.0, 7.5})
    EXPECT_NEAR(f(1 + s), 2 * std::exp(-s / 2) * std::sin(3 * s), 1e-15);
}

// Peak and support of the cubic B-spline.
TEST(Function, BoxesMakeSplines) {
  Function f = box(-0.5, 0.5);
  for (int order = 2; order <= 4; ++order) f = conv(f, box(-0.5, 0.5));
  EXPECT_DOUBLE_EQ(f(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(f(1), 1.0 / 6);
  EXPECT_EQ(f(2), 0);
  EXPECT_EQ(f.pieces().size(), 4u);
}

TEST(Function, RatesThatMeet) {
  for (int e = 0; e >= -300; e -= 20) {
    const double d = std::pow(10.0, e);
    const Function y = conv(decay(0), decay(d));
    for (const double t : {0.5, 3.0}) EXPECT_NEAR(y(t), -std::expm1(-d * t) / d, 4e-16 * t) << e;
  }
}

TEST(Function, BothSidesOfInfinity) {
  const Function back = value_or_throw(Function::make({{-kForever, 0, {{1.0, {-1.0}}}}}));  // e^t
  const Function y = conv(decay(2), back);
  EXPECT_NEAR(y(1), std::exp(-2.0) / 3, 1e-16);
  EXPECT_NEAR(y(-1), std::exp(-1.0) / 3, 1e-16);
  const auto refused =
      convolve(decay(0), value_or_throw(Function::make({{-kForever, 0, {{1.0, {0.0}}}}})));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("diverges"), std::string::npos);
}

TEST(Function, LongDecaysThatEnd) {
  const Function cut = value_or_throw(Function::make({{0, 1000, {{1.0, {-1.0}}}}}));
  const Function y = conv(cut, box(0, 2000));
  for (const double t : {1.0, 999.0, 1500.0, 2000.0, 2001.5})
    EXPECT_NEAR(y(t), t < 2000 ? -std::expm1(-t) : std::exp(2000 - t), 1e-15) << t;
}

TEST(Function, Impulses) {
  const Function d1 = value_or_throw(Function::make({}, {{2, 1, 3}}));
  const Function d0 = value_or_throw(Function::make({}, {{-1, 0, 2}}));
  const auto both = conv(d1, d0).impulses();
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0].at, 1);
  EXPECT_EQ(both[0].order, 1);
  EXPECT_EQ(both[0].weight, 6);
  const Function y = conv(d1, decay(1));  // 3 (delta(t-2) - e^-(t-2) u(t-2))
  ASSERT_EQ(y.impulses().size(), 1u);
  EXPECT_EQ(y.impulses()[0].weight, 3);
  EXPECT_NEAR(y(3), -3 * std::exp(-1.0), 1e-15);
}

}  // namespace
}  // namespace faltung::continuous
