// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Separable sums on a device: tiles that are whole and cut off, boundaries, weights of a third
// axis, and when the planner takes them. contract/separable_test.cpp has the contract.
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/device.hpp"
#include "support/buffer.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

const char* const kTaken[] = {
    "convolve f32 [70,150] * [3,3] same boundary=edge",
    "convolve f32 [70,150] * [15,12] full",
    "convolve f32 [33,65] * [2,5] same cval=0.5",
    "convolve f32 [20,30] * [40,50] same boundary=wrap",
    "convolve f32 [150,20] * [140,9] full boundary=mirror",
    "convolve f64 [40,90] * [5,7] valid",
    "correlate f64 [40,90] * [5,7] same boundary=odd",
    "convolve f32 [9,40,66] * [3,4,5] same boundary=symmetric",
    "convolve f64 [9,40,66] * [4,1,5] full",
    "convolve f32 [9,4,40] * [5,3,1] same boundary=mirror",
    "convolve f32 [2,9,10,12] * [1,3,4,5] same boundary=edge",
    "convolve f32 [70,150,3] * [5,5,1] same axes=0,1 boundary=edge",
    "convolve f32 [2,70,80] * [2,5,6] full axes=1,2",
    "convolve c64*f32 [50,70] * [4,5] full",
    "convolve f32*c64 [50,70] * [4,5] same cval=1",
    "convolve u8*f32 [70,150] * [5,5] same boundary=edge",
    "convolve u8*f32->u8 [70,150] * [5,5] same boundary=edge policy=saturate",
    "convolve u8*i8->i32 [70,150] * [5,5] same boundary=mirror",
    "correlate i16*i16->i16 [70,150] * [9,3] full policy=saturate",
    "convolve u16*i8->u8 [20,90,30] * [3,3,3] same policy=wrap",
};

class SeparableOnDevice : public ::testing::TestWithParam<const char*> {};

TEST_P(SeparableOnDevice, IsRight) {
  Problem p = Problem::parse(GetParam());
  p.method = "cuda_separable";
  for (int drawn = 0; drawn < 2; ++drawn) {
    SCOPED_TRACE(drawn);
    Random random = random_for(GetParam(), drawn);
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::uniform);
    p.kernel_rank = make_low_rank(h, p, random);
    const Outcome outcome = run(p, x, h);
    ASSERT_EQ(outcome.status, Status::ok) << outcome.message;
    EXPECT_EQ(outcome.algorithm, "cuda_separable");
    expect_right(p, x, h, outcome, 2000);
  }
}

INSTANTIATE_TEST_SUITE_P(, SeparableOnDevice, ::testing::ValuesIn(kTaken));

std::string refusal(const std::string& text) {
  const auto plan = Planner().try_plan(Problem::parse(text + " method=cuda_separable rank=1"));
  return plan ? "" : plan.error().message;
}

TEST(SeparablePlans, SayWhatTheyDoNotDo) {
  for (const auto& [text, words] :
       {std::pair{"convolve f32 [100] * [9] same", "two axes"},
        {"convolve f32 [100,100] * [9,9] same stride=2", "stride"},
        {"convolve f32 [100,100] * [9,9] same dilation=2", "dilation"},
        {"convolve f32 [20,20,20,20] * [3,3,3,3] same", "three axes"},
        {"convolve f32 [1000,1000] * [500,500] same", "longer than its tiles"},
        {"convolve i32 [100,100] * [9,9] same", "16 bits"},
        {"convolve c64 [100,100] * [9,9] same", "complex"},
        {"convolve f32 [100,100] * [9,9] same stream", "streams"}})
    EXPECT_NE(refusal(text).find(words), std::string::npos) << text << ": " << refusal(text);
}

TEST(SeparablePlans, AreMadeWhereTheKernelSaysSo) {
  Buffer h(ElementType::f32, {21, 21});
  for (std::int64_t i = 0; i < h.count(); ++i) {
    const Dims at = unravel(i, h.shape());
    const auto a = static_cast<double>(at[0] - 10), b = static_cast<double>(at[1] - 10);
    h.set(at, std::exp(-(a * a + b * b) / 30));
  }
  const Problem p =
      Problem::parse("convolve f32 [2000,2000] * [21,21] same device=cuda:0 reproducible");
  EXPECT_NE(Planner().plan(p).algorithm(), "cuda_separable");
  EXPECT_EQ(Planner().plan(p, h.view()).algorithm(), "cuda_separable");
  EXPECT_NE(Planner().plan(p, h.view()).explain().find("1 product of [21,21] taps"),
            std::string::npos)
      << Planner().plan(p, h.view()).explain();
}

// Taps that are not finite, and sums that 32 bits do not hold.
TEST(SeparablePlans, LeaveKernelsToTheDirectSum) {
  Buffer x(ElementType::f32, {40, 80}), h(ElementType::f32, {3, 3});
  Random random = random_for("LeaveKernelsToTheDirectSum", 0);
  x.fill(random, Values::uniform);
  for (std::int64_t i = 0; i < 9; ++i) h.set(unravel(i, h.shape()), i == 4 ? HUGE_VAL : 1.0);
  Problem p = Problem::parse("convolve f32 [40,80] * [3,3] same rank=1 method=cuda_separable");
  expect_right(p, x, h, run(p, x, h));
  for (const char* policy : {"exact", "saturate", "wrap"}) {
    p = Problem::parse("convolve i16*i32->i64 [40,80] * [3,3] same rank=1 method=cuda_separable");
    p.policy = std::string(policy) == "exact"      ? Policy::exact
               : std::string(policy) == "saturate" ? Policy::saturate
                                                   : Policy::wrap;
    Buffer xs(p.x_type, p.x_shape), hs(p.h_type, p.h_shape);
    xs.fill(random, Values::uniform);
    for (std::int64_t i = 0; i < 9; ++i) hs.set_whole(unravel(i, hs.shape()), 1'000'000);
    expect_right(p, xs, hs, run(p, xs, hs));
  }
}

}  // namespace
}  // namespace faltung
