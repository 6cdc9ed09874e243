// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads about integers that overflow in silence, pass through float64, and lose their type.
#include <gtest/gtest.h>

#include <limits>

#include "faltung/convolve.hpp"
#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class IntegerThreads : public EveryMethodAndAuto {
 protected:
  bool unsupported(const Outcome& o) const { return o.status == Status::unsupported; }
};

// scipy#6076: correlate of uint8 pictures wraps around; #8757, numpy#17234 likewise.
TEST_P(IntegerThreads, Scipy6076Scipy8757Numpy17234NoSilentOverflow) {
  Buffer x(u8, {20, 20}), h(u8, {3, 3});
  reference::for_each_index(x.shape(), [&](const Dims& i) { x.set_whole(i, 200 + i[0]); });
  reference::for_each_index(h.shape(), [&](const Dims& i) { h.set_whole(i, 250); });
  Problem p = problem_of(x, h, method());
  p.operation = Operation::correlate;
  p.extent = Extent::same;
  Outcome o = run(p, x, h);
  if (unsupported(o)) return;
  EXPECT_EQ(o.y.type(), i64);
  expect_right(p, x, h, o);
  EXPECT_TRUE(o.y.whole_at({5, 5}) == 9 * 250 * 205);
  p.policy = Policy::saturate;
  o = run(p, x, h);
  EXPECT_EQ(o.y.type(), u8);
  EXPECT_TRUE(o.y.whole_at({5, 5}) == 255);
  p.policy = Policy::wrap;
  o = run(p, x, h);
  EXPECT_TRUE(o.y.whole_at({5, 5}) == 9 * 250 * 205 % 256);
  p.policy = Policy::exact;
  p.y_type = u8;  // refused, not wrapped
  EXPECT_EQ(run(p, x, h).status, Status::integer_overflow);
}

// scipy#10390: int64 passes through float64 and loses its low bits.
TEST_P(IntegerThreads, Scipy10390Int64KeepsItsLowBits) {
  Buffer x(i64, {4}), h(i64, {2});
  const std::int64_t big = (std::int64_t{1} << 60) + 1;
  for (std::int64_t i = 0; i < 4; ++i) x.set_whole({i}, i % 2 ? -big : big);
  h.set_whole({0}, 1);
  h.set_whole({1}, 1);
  const Problem p = problem_of(x, h, method());
  const Outcome o = run(p, x, h);
  if (unsupported(o)) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_TRUE(o.y.whole_at({0}) == big);
  EXPECT_TRUE(o.y.whole_at({1}) == 0);
  EXPECT_TRUE(o.y.whole_at({4}) == -big);
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(IntegerThreads);

// scipy#10527: the result's type ignores the weights and cval.
TEST(ResultType, Scipy10527PromotesOverAllOperands) {
  const auto type = [](ElementType x, ElementType h, std::complex<double> cval) {
    Problem p;
    p.x_type = x;
    p.h_type = h;
    p.x_shape = p.h_shape = {3};
    p.cval = cval;
    return p.result_type();
  };
  EXPECT_EQ(type(f32, f32, 0.0), f32);
  EXPECT_EQ(type(f32, f64, 0.0), f64);
  EXPECT_EQ(type(f32, c64, 0.0), c64);
  EXPECT_EQ(type(f64, c64, 0.0), c128);
  EXPECT_EQ(type(u8, f32, 0.0), f32);
  EXPECT_EQ(type(i32, f32, 0.0), f64);
  EXPECT_EQ(type(f32, f32, {0, 1}), c64);
  EXPECT_EQ(type(u8, u8, 0.5), f64);
  EXPECT_EQ(type(u8, u8, {0, 1}), c128);
  EXPECT_EQ(type(u8, u8, 3.0), i64);
}

TEST(ResultType, Scipy10527IntegerPictureWithFractionalWeights) {
  const std::vector<std::uint8_t> x = {1, 2, 3, 4};
  const std::vector<double> h = {0.5, 0.25};
  const AnyArray y = convolve(ConstView(x), ConstView(h));
  EXPECT_EQ(y.type, f64);
  EXPECT_EQ(y.samples<double>()[1], 1.25);
  Options options;
  options.cval = 0.5;
  const AnyArray z = convolve(ConstView(x), ConstView(x), options);
  EXPECT_EQ(z.type, f64);
}

// The last fitting value and the first that does not, through the one-line call.
TEST(OneLineCalls, Scipy6076TheOneLineCallThrowsInsteadOfWrapping) {
  const std::vector<std::int64_t> x = {std::numeric_limits<std::int64_t>::max(), 1}, h = {2};
  try {
    convolve(x, h);
    FAIL() << "no exception";
  } catch (const Error& e) {
    EXPECT_EQ(e.status(), Status::integer_overflow);
    EXPECT_NE(std::string(e.what()).find("saturate"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace faltung
