// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a plan needs depends on samples and outputs, not on how far apart the taps lie or on how
// many axes there are; and taps that meet no sample are left out without changing a result.
#include <gtest/gtest.h>

#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class Memory : public EveryMethodAndAuto {
 protected:
  /// The workspace of one thread, or -1 where the method says why it cannot.
  std::int64_t workspace_of(const char* text) const {
    Problem p = Problem::parse(text);
    p.method = method();
    const auto plan = Planner().try_plan(p);
    if (plan) return plan->workspace_bytes();
    EXPECT_EQ(plan.error().status, Status::unsupported) << plan.error().message;
    EXPECT_NE(plan.error().message.find("block"), std::string::npos) << plan.error().message;
    EXPECT_NE(method(), "direct");
    EXPECT_NE(method(), "auto");
    return -1;
  }
};

TEST_P(Memory, OfWidelyDilatedKernels) {
  constexpr std::int64_t kMegabyte = 1 << 20;
  for (const char* text :
       {"convolve f32 [1000] * [3] same dilation=1000000000",
        "convolve f32 [1000] * [3] causal dilation=1000000000",
        "convolve f32 [1000] * [3] window=1999999000:2000001000 dilation=1000000000",
        "correlate f64 [1000] * [1000000] window=0:10 dilation=1000000000",
        "convolve f64 [1000] * [3] same dilation=1000000000 boundary=wrap",
        "convolve f64 [1000] * [1000] same dilation=2000 boundary=mirror",
        "convolve f32 [100,100] * [3,3] same dilation=1000000000",
        "convolve f32 [100,100] * [5,5] same dilation=100000,2000 boundary=edge",
        "convolve f32 [10] * [2] window=0:1 dilation=1000000000000 cval=1"}) {
    SCOPED_TRACE(text);
    EXPECT_LT(workspace_of(text), 100 * kMegabyte);
  }
  // Outputs that are many make the memory, and no more than a few times theirs.
  EXPECT_LT(workspace_of("convolve f32 [1000000] * [1000] full dilation=1000"), 60 * 2 * kMegabyte);
}

TEST_P(Memory, OfManyAxes) {
  const std::string two = "2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2";
  const std::string text = "convolve f32 [" + two + "] * [" + two + "] full";
  EXPECT_LT(workspace_of(text.c_str()), 400 << 20);
  const std::string mixed = "convolve f64 [64,64,3,2,2,2,2,2] * [9,9,3,2,2,2,2,2] same";
  EXPECT_LT(workspace_of(mixed.c_str()), 2000 << 20);
}

// Taps beyond the zeros: integers keep their proof, NaN among them stay absent.
TEST_P(Memory, TapsThatMeetNothingAreAbsent) {
  for (const Extent extent : {Extent::full, Extent::same, Extent::causal})
    for (const Operation operation : {Operation::convolve, Operation::correlate})
      for (const std::int64_t dilation : {1, 3, 50, 1000000000}) {
        if (extent == Extent::full && dilation > 3) continue;  // millions of outputs
        for (const ElementType type : {f32, c128, i16}) {
          SCOPED_TRACE(std::to_string(dilation) + " " + name(type));
          Random random = random_for(current_test(), dilation);
          Buffer x(type, {7, 9}), h(type, {23, 31});
          x.fill(random, Values::whole);
          h.fill(random, Values::whole);
          if (type != i16) h.set(Dims{22, 30}, std::numeric_limits<double>::quiet_NaN());
          Problem p = problem_of(x, h, method());
          p.operation = operation;
          p.extent = extent;
          p.dilation = Dims{dilation};
          const Outcome o = run(p, x, h);
          ASSERT_TRUE(o.status == Status::ok || o.status == Status::unsupported) << o.message;
          if (o.status == Status::ok) expect_right(p, x, h, o, 400);
          if (HasFailure()) return;
        }
      }
}

TEST_P(Memory, WindowsBesideTheInput) {
  for (const Range& window : {Range{-50, -40}, Range{60, 90}, Range{-10, 70}, Range{39, 41}}) {
    Random random = random_for(current_test(), window.first);
    Buffer x(f64, {20}), h(f64, {9});
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    for (const std::int64_t stride : {1, 4}) {
      Problem p = problem_of(x, h, method());
      p.window = {window};
      p.dilation = Dims{5};
      p.stride = Dims{stride};
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      expect_right(p, x, h, o);
    }
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Memory);

}  // namespace
}  // namespace faltung
