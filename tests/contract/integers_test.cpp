// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 2: integers are exact or refused, by every method; a refusal leaves y as it was (run()
// checks the bytes).
#include <gtest/gtest.h>

#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;
using reference::WideInteger;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

class Integers : public EveryMethodAndAuto {
 protected:
  Outcome compute(const Buffer& x, const Buffer& h, Policy policy = Policy::exact,
                  std::optional<ElementType> y = {}) {
    Problem p = problem_of(x, h, method());
    p.policy = policy;
    p.y_type = y;
    Outcome o = run(p, x, h);
    if (o.status == Status::ok) expect_right(p, x, h, o, 300);
    return o;
  }
};

Buffer whole(ElementType type, const std::vector<Int128>& values) {
  Buffer b(type, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i)
    b.set_whole({static_cast<std::int64_t>(i)}, values[i]);
  return b;
}
Buffer constant(ElementType type, std::int64_t n, Int128 value) {
  return whole(type, std::vector<Int128>(static_cast<std::size_t>(n), value));
}

bool allowed_refusal(const std::string& method, const Outcome& o) {
  return method != "direct" && method != "auto" && o.status == Status::unsupported;
}

// SciPy 1.10's automatic choice returns 750 wrong values of 8,189.
TEST_P(Integers, ScipyInt64Of4095Samples) {
  const std::int64_t n = 4095, v = (1 << 20) - 1;
  const Buffer x = constant(i64, n, v), h = constant(i64, n, v);
  const Outcome o = compute(x, h);
  if (allowed_refusal(method(), o)) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  int wrong = 0;
  for (std::int64_t i = 0; i < 2 * n - 1; ++i)
    wrong += o.y.whole_at({i}) != static_cast<Int128>(v) * v * std::min(i + 1, 2 * n - 1 - i);
  EXPECT_EQ(wrong, 0);
}

TEST_P(Integers, RandomOfManyBits) {
  for (int i = 0; i < cases(40, 1000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const std::int64_t n = random.size(2000), k = random.size(300);
    const std::int64_t bits = random.whole(1, 31);
    const std::int64_t most = (std::int64_t{1} << bits) - 1;
    Buffer x(random.of({i32, i64}), {n}), h(random.of({i32, i64}), {k});
    for (std::int64_t j = 0; j < n; ++j) x.set_whole({j}, random.whole(-most, most));
    for (std::int64_t j = 0; j < k; ++j) h.set_whole({j}, random.whole(-most, most));
    const Outcome o = compute(x, h);
    const WideInteger bound = WideInteger(most) * WideInteger(most) * WideInteger(k);
    if (!allowed_refusal(method(), o) && bound < WideInteger(kMax)) {
      EXPECT_EQ(o.status, Status::ok) << o.message;
    }
    if (HasFailure()) return;
  }
}

TEST_P(Integers, TheLastSumThatFitsAndTheFirstThatDoesNot) {
  const std::int64_t seventh = kMax / 7;  // 2^63 - 1 = 7 * 1317624576693539401
  ASSERT_EQ(seventh * 7, kMax);
  Outcome o = compute(whole(i64, {7, 1}), whole(i64, {seventh}));
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::ok) << o.message;
  }
  o = compute(whole(i64, {8, 1}), whole(i64, {seventh}));
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::integer_overflow);
  }
  o = compute(whole(i64, {1, 0}), whole(i64, {kMin}));
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::ok) << o.message;
  }
  o = compute(whole(i64, {-1, 0}), whole(i64, {kMin}));
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::integer_overflow);
  }
}

TEST_P(Integers, UnsignedResults) {
  const Int128 most = std::numeric_limits<std::uint64_t>::max();
  Outcome o = compute(whole(u64, {most, most - 1}), whole(u64, {1}), Policy::exact, u64);
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::ok) << o.message;
  }
  o = compute(whole(u64, {most, most - 1}), whole(u64, {2}), Policy::exact, u64);
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::integer_overflow);
  }
  o = compute(whole(u64, {most, 1}), whole(u64, {1}));  // exact means int64
  if (!allowed_refusal(method(), o)) {
    EXPECT_EQ(o.status, Status::integer_overflow);
  }
}

// The proof uses the data: the same plan and kernel take one input and refuse another.
TEST_P(Integers, TheProofUsesTheData) {
  const Buffer h = constant(i32, 10, 1 << 30);
  const Buffer small = constant(i64, 50, 1000), large = constant(i64, 50, kMax / 2);
  const Problem p = problem_of(small, h, method());
  const auto plan = Planner().try_plan(p);
  if (!plan) {
    EXPECT_EQ(plan.error().status, Status::unsupported);
    EXPECT_NE(method(), "direct");
    return;
  }
  const Kernel kernel = plan->prepare(h.view());
  Workspace workspace(*plan);
  Buffer y(plan->output_type(), plan->output_shape());
  y.fill_pattern();
  EXPECT_EQ(plan->execute(large.view(), kernel, y.writable(), workspace), Status::integer_overflow);
  EXPECT_TRUE(y.untouched());
  EXPECT_EQ(plan->execute(small.view(), kernel, y.writable(), workspace), Status::ok);
  EXPECT_TRUE(y.whole_at({20}) == Int128(10000) << 30);
  EXPECT_EQ(plan->execute(large.view(), kernel, y.writable(), workspace), Status::integer_overflow);
}

TEST_P(Integers, SaturateClampsOnceAtTheEnd) {
  // 200 + 200 - 300: clamped at each step it would be 0.
  const Buffer x = whole(u8, {200, 200, 100, 0, 0}), h = whole(i8, {-3, 1, 1});
  Outcome o = compute(x, h, Policy::saturate);
  if (allowed_refusal(method(), o)) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_TRUE(o.y.whole_at({2}) == 100);  // 200 + 200 - 300
  EXPECT_TRUE(o.y.whole_at({0}) == 0);
  EXPECT_TRUE(o.y.whole_at({3}) == 255);
  EXPECT_EQ(o.y.type(), u8);
}

TEST_P(Integers, SaturateBeyondSixtyFourBits) {
  Outcome o = compute(constant(i64, 40, kMax), constant(i64, 9, kMax), Policy::saturate);
  if (allowed_refusal(method(), o)) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_TRUE(o.y.whole_at({20}) == kMax);
  o = compute(constant(i64, 40, kMin), constant(i64, 9, kMax), Policy::saturate);
  EXPECT_TRUE(o.y.whole_at({20}) == kMin);
  // Partial sums of 2^127 that cancel to something small.
  const Buffer x = whole(i64, {kMin, kMin, kMin, kMin, 5, 5, 5});
  o = compute(x, whole(i64, {kMin, kMax, 1, 1}), Policy::saturate);
  EXPECT_EQ(o.status, Status::ok);
}

// Sums that an unsigned word holds and the signed result does not.
TEST_P(Integers, SaturateSumsBetweenTwoToThe63AndTwoToThe64) {
  const Int128 most = std::numeric_limits<std::uint64_t>::max();
  Outcome o = compute(whole(u64, {most, 1, 5}), whole(u8, {1}), Policy::saturate, i64);
  if (allowed_refusal(method(), o)) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_TRUE(o.y.whole_at({0}) == kMax);
  o = compute(whole(i64, {kMax, 1, 5}), whole(u8, {2}), Policy::saturate);
  EXPECT_TRUE(o.y.whole_at({0}) == kMax);
  o = compute(whole(i64, {kMin, 1, 5}), whole(u8, {2}), Policy::saturate);
  EXPECT_TRUE(o.y.whole_at({0}) == kMin);
  o = compute(whole(u64, {most, 1, 5}), whole(i8, {-1}), Policy::saturate);
  EXPECT_TRUE(o.y.whole_at({0}) == 0);
}

TEST_P(Integers, WrapIsModuloTwoToTheBits) {
  const Outcome o = compute(constant(u8, 40, 255), constant(u8, 9, 255), Policy::wrap);
  if (allowed_refusal(method(), o)) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_TRUE(o.y.whole_at({20}) == 255 * 255 * 9 % 256);
  compute(constant(i64, 40, kMin), constant(i64, 9, kMax), Policy::wrap);
  compute(constant(u64, 40, std::numeric_limits<std::uint64_t>::max()), constant(i64, 9, kMin),
          Policy::wrap);
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Integers);

}  // namespace
}  // namespace faltung
