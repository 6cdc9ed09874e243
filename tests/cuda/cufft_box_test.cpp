// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Boxes for cuFFT, and plans of cuda_cufft. What they compute is checked by tiles_test.cpp, the
// conformance and the contract tests.
#include "cuda/cufft_box.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "faltung/device.hpp"
#include "faltung/plan.hpp"
#include "support/buffer.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

bool is_smooth(std::int64_t n) {
  for (const std::int64_t prime : {2, 3, 5, 7})
    while (n % prime == 0) n /= prime;
  return n == 1;
}

TEST(PaddedBox, HasLengthsOfSmallPrimes) {
  std::int64_t next[] = {1, 2};
  for (std::int64_t least = 1; least < 3000; ++least)
    for (const bool even : {false, true}) {
      std::int64_t& n = next[even ? 1 : 0];
      while (n < least || !is_smooth(n) || (even && n % 2 != 0)) ++n;
      ASSERT_EQ(cuda::smooth_length(least, even), n) << least;
    }
  const std::int64_t large = std::int64_t{1} << 40;
  EXPECT_EQ(cuda::smooth_length(large, false), large);
}

cuda::PaddedBox box_of(const std::string& text) {
  return *cuda::padded_box(*lower(Problem::parse(text)));
}

TEST(PaddedBox, HoldsWhatAllOutputsRead) {
  cuda::PaddedBox box = box_of("convolve f32 [60] * [9] full");
  EXPECT_EQ(box.length[0], 70);  // 68
  EXPECT_EQ(box.shape.points(), 36);
  EXPECT_EQ(box.samples(), 70);
  box = box_of("convolve c64 [60] * [9] valid");
  EXPECT_EQ(box.length[0], 60);
  EXPECT_EQ(box.shape.points(), 60);
  box = box_of("convolve f64 [60] * [9] same boundary=mirror");
  EXPECT_EQ(box.length[0], 70);
  // An axis without taps is one of batches.
  const Problem p = Problem::parse("convolve f32 [4,11,20,30] * [3,1,5,7] full");
  box = box_of(p.to_string());
  EXPECT_EQ(box.shape.axes, 3);
  EXPECT_EQ(box.length[0], 6);
  EXPECT_EQ(box.length[1], 24);
  EXPECT_EQ(box.length[2], 36);
  EXPECT_EQ(box.shape.points(), 6 * 24 * 19);
  // Where some of its outputs are left out, it is as many boxes.
  const Problem q = Problem::parse("convolve f32 [4,11,20,30] * [3,1,5,7] full stride=1,2,1,1");
  box = box_of(q.to_string());
  EXPECT_EQ(box.length[1], 1);
  EXPECT_EQ(box.length[3], 36);
  EXPECT_EQ(box.shape.points(), 6 * 24 * 19);
  EXPECT_EQ(box.count(*lower(q)), 6);
}

TEST(PaddedBox, IsRefusedWhereItIsTooLarge) {
  const auto why = [](const std::string& text) {
    const auto box = cuda::padded_box(*lower(Problem::parse(text)));
    return box ? "" : box.error().message;
  };
  EXPECT_EQ(why("convolve f32 [100000000] * [9] full"), "");
  EXPECT_NE(why("convolve f32 [1000000000000] * [9] full").find("largest block, 2^28"),
            std::string::npos);
  EXPECT_NE(why("convolve f32 [1000000,1000000] * [9,9] same").find("largest block, 2^28"),
            std::string::npos);
  EXPECT_NE(why("convolve f32 [9,9,9,9] * [2,2,2,2] full").find("three axes"), std::string::npos);
}

TEST(PaddedBox, IsTransformedWithAsManyAsFit) {
  const Geometry g = *lower(Problem::parse("convolve f32 [1000,1000] * [24] full axes=1"));
  const cuda::PaddedBox box = *cuda::padded_box(g);
  const std::int64_t one = cuda::box_bytes(g, box);
  EXPECT_GE(one, box.shape.points() * 8);
  EXPECT_EQ(cuda::boxes_at_once(g, box, 1000), 1000);
  // All launches have nearly as many.
  const std::int64_t most = (std::int64_t{64} << 20) / one;
  EXPECT_EQ(cuda::boxes_at_once(g, box, 2 * most), most);
  EXPECT_EQ(cuda::boxes_at_once(g, box, most + 2), (most + 3) / 2);
}

std::string refusal(const std::string& text) {
  const auto plan = Planner().try_plan(Problem::parse(text + " method=cuda_cufft"));
  return plan ? "" : plan.error().message;
}

TEST(CufftMethod, SaysWhatItDoesNotDo) {
  for (const auto& [text, words] :
       {std::pair{"convolve i16 [1000] * [9] full", "cuda_direct"},
        std::pair{"convolve f32 [1000] * [9] full accuracy=componentwise", "componentwise"},
        std::pair{"convolve f32 [1000] * [9] full block=64", "block"},
        std::pair{"convolve f32 [1000] * [9] full reproducible", "depend on the GPU"},
        std::pair{"convolve f32 [1000] * [9] full stream", "streams run on the CPU"},
        std::pair{"convolve f32 [9,9,9,9] * [2,2,2,2] full", "three axes"}})
    EXPECT_NE(refusal(text).find(words), std::string::npos) << text << ": " << refusal(text);
}

TEST(CufftMethod, SaysWhatItIsGoingToDo) {
  if (!refusal("convolve f32 [10] * [2] full").empty()) GTEST_SKIP();
  const Plan plan =
      Planner().plan(Problem::parse("convolve f32 [20,300] * [9] full axes=1 method=cuda_cufft"));
  EXPECT_NE(plan.explain().find("20 boxes of 320 samples"), std::string::npos) << plan.explain();
  EXPECT_NE(plan.explain().find("cuFFT back"), std::string::npos);
  EXPECT_GT(plan.device_work_bytes(), 20 * 161 * 8);
}

// What the library transforms at once is the same for whatever is computed, so that its bits are.
TEST(CufftMethod, GivesTheSameBitsAgain) {
  if (!refusal("convolve f32 [10] * [2] full").empty()) GTEST_SKIP();
  const Problem p = Problem::parse("convolve c64 [7,500] * [31] same axes=1 method=cuda_cufft");
  Random random = random_for("GivesTheSameBitsAgain", 0);
  Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  std::vector<std::byte> first;
  for (int again = 0; again < 2; ++again) {
    const Plan plan = Planner().plan(p);
    Buffer y(plan.output_type(), plan.output_shape());
    Workspace room(plan);
    ASSERT_EQ(plan.execute(x.view(), plan.prepare(h.view()), y.writable(), room), Status::ok);
    if (again == 0) first = y.dense_bytes();
    else EXPECT_TRUE(first == y.dense_bytes());
  }
}

}  // namespace
}  // namespace faltung
