// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Budgets, tolerances and forced methods: kept, or refused with what would do.
#include <gtest/gtest.h>

#include "faltung/plan.hpp"

namespace faltung {
namespace {

Result<Plan> plan(const std::string& text) { return Planner().try_plan(Problem::parse(text)); }

std::string refusal(const std::string& text) {
  const auto made = plan(text);
  EXPECT_FALSE(made) << text;
  return made ? "" : made.error().message;
}

TEST(Choice, PlansKeepWithinTheirMemory) {
  const std::string problem = "convolve f64 [1000,1000] * [31,31] same";
  const std::int64_t free = plan(problem)->memory_bytes();
  for (const std::int64_t allowed : {free, free / 2}) {
    const auto made = plan(problem + " max_memory=" + std::to_string(allowed));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_LE(made->memory_bytes(), allowed);
  }
  const std::string message = refusal(problem + " max_memory=1000");
  EXPECT_NE(message.find("least that works is"), std::string::npos) << message;
}

TEST(Choice, TheLeastMemoryThatARefusalNamesWorks) {
  for (const std::string problem :
       {"convolve f32 [100000] * [3000] full", "convolve c128 [300,300] * [21,21] same",
        "convolve f32 [100000] * [3000] full reproducible"}) {
    const std::string message = refusal(problem + " max_memory=100");
    const std::size_t at = message.find("least that works is ");
    ASSERT_NE(at, std::string::npos) << message;
    const std::string least = message.substr(at + 20, message.find(' ', at + 20) - at - 20);
    const auto made = plan(problem + " max_memory=" + least);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_LE(made->memory_bytes(), std::stoll(least));
  }
}

// Whatever the budget is: kept, or refused with one that is larger, and kept.
TEST(Choice, EveryBudgetIsKeptOrRefusedForALargerOne) {
  for (const std::string problem :
       {"convolve f32 [1000000,2] * [20000,1] full axes=0",
        "convolve f32 [1000000,2] * [20000,1] full axes=0 stream",
        "convolve f64 [300,300] * [9,9] same method=overlap_save",
        "convolve f32 [5000,3] * [99,1] full axes=0 accuracy=componentwise tolerance=1e-3",
        "correlate i16 [100000] * [300] full", "convolve c64 [40,50,60] * [5,6,7] valid"}) {
    const double free = static_cast<double>(plan(problem)->memory_bytes());
    for (double budget = free * 1.1; budget > 1000; budget *= 0.93) {
      const auto allowed = static_cast<std::int64_t>(budget);
      auto made = plan(problem + " max_memory=" + std::to_string(allowed));
      if (!made) {
        const std::string& message = made.error().message;
        const std::size_t at = message.find_first_of("0123456789", message.find("least "));
        ASSERT_NE(at, std::string::npos) << message;
        const std::int64_t least = std::stoll(message.substr(at));
        ASSERT_GT(least, allowed) << message;
        made = plan(problem + " max_memory=" + std::to_string(least));
        ASSERT_TRUE(made) << message << "; then: " << made.error().message;
        EXPECT_LE(made->memory_bytes(), least);
        EXPECT_FALSE(plan(problem + " max_memory=" + std::to_string(least - 1))) << message;
        continue;
      }
      EXPECT_LE(made->memory_bytes(), allowed) << problem;
    }
  }
}

TEST(Choice, FewerThreadsWhereMemoryIsShort) {
  const auto made = plan("convolve f64 [200000] * [900] full method=overlap_save");
  const std::int64_t two = made->memory_bytes(2);
  Problem p = made->problem();
  p.max_memory = two + 1;
  const Plan tight = Planner().plan(p);
  EXPECT_EQ(Workspace(tight, 8).threads(), 2);
}

TEST(Choice, EstimatesOfMemoryAreThePlans) {
  for (const std::string problem :
       {"convolve f32 [100000] * [3000] full", "convolve f64 [1000,1000] * [31,31] same",
        "convolve c64 [40,50,60] * [5,6,7] valid", "convolve u8*i8 [5000] * [50] full",
        "convolve f32 [1000] * [10,1,30] full axes=2 reuse=3",
        "convolve f64 [64,64] * [9,9] same rank=2",
        "convolve f32 [5000] * [99] full accuracy=componentwise tolerance=1e-3"})
    for (const std::string& method : algorithm_names()) {
      const auto made = plan(problem + " method=" + method);
      if (!made) continue;
      for (const Candidate& c : made->candidates())
        if (c.chosen) {
          EXPECT_EQ(c.memory_bytes, made->memory_bytes()) << problem << " " << method;
        }
    }
}

TEST(Choice, PredictionsGrowWithTheLength) {
  const double one = plan("convolve f32 [1000000] * [3000] full stream")->predicted_seconds();
  const double four = plan("convolve f32 [4000000] * [3000] full stream")->predicted_seconds();
  EXPECT_GT(one, 0);
  EXPECT_NEAR(four / one, 4, 0.1);
  for (const Candidate& c : plan("convolve f32 [1000] * [30] full")->candidates())
    if (c.chosen) {
      EXPECT_EQ(plan("convolve f32 [1000] * [30] full")->predicted_seconds(), c.seconds);
    }
}

TEST(Choice, TolerancesDecide) {
  const std::string problem = "convolve f32 [100000] * [5000] full";
  EXPECT_NE(plan(problem)->algorithm(), "direct");
  EXPECT_EQ(plan(problem + " tolerance=1e-4")->algorithm(), "direct");
  const std::string message = refusal(problem + " tolerance=1e-9");
  EXPECT_NE(message.find("smallest bound"), std::string::npos) << message;
  EXPECT_NE(message.find("f64"), std::string::npos) << message;
}

TEST(Choice, TheSmallestBoundThatARefusalNamesIsAllowed) {
  const std::string words = "the smallest bound is ";
  for (const int taps : {1, 2, 3, 5, 11, 40, 123, 500, 3000})
    for (const char* type : {"f32", "f64"}) {
      const std::string problem = std::string("convolve ") + type + " [10000] * [" +
                                  std::to_string(taps) + "] full tolerance=";
      const std::string message = refusal(problem + "1e-20");
      const std::size_t at = message.find(words);
      ASSERT_NE(at, std::string::npos) << message;
      const std::size_t from = at + words.size();
      const std::string bound = message.substr(from, message.find(' ', from) - from);
      EXPECT_TRUE(Planner().try_plan(Problem::parse(problem + bound))) << message;
      EXPECT_EQ(message.find("f64") != std::string::npos, type == std::string("f32")) << message;
    }
}

TEST(Choice, AForcedMethodIsRefusedWithTheReasonThatExplainGives) {
  const std::string problem = "convolve u64 [100000] * [5000] full";
  const auto made = plan(problem);
  for (const Candidate& c : made->candidates()) {
    if (c.supported || c.on_device) continue;
    const std::string message = refusal(problem + " method=" + c.name);
    EXPECT_NE(message.find(c.reason), std::string::npos) << message;
    EXPECT_NE(made->explain().find(c.reason), std::string::npos);
  }
}

TEST(Choice, ReproduciblePlansDoNotDependOnTheMemory) {
  const std::string problem = "convolve f64 [1000,1000] * [31,31] same reproducible";
  const Plan free = *plan(problem);
  const Plan tight = *plan(problem + " max_memory=" + std::to_string(free.memory_bytes()));
  const auto tree = [](const Plan& p) {
    const std::string text = p.explain();
    return text.substr(text.find('\n'));
  };
  EXPECT_EQ(tree(free), tree(tight));
  EXPECT_FALSE(plan(problem + " max_memory=" + std::to_string(free.memory_bytes() - 1)));
}

TEST(Choice, ExplainsInJsonAsWell) {
  const std::string json = plan("convolve f32 [5000] * [50] full")->explain_json();
  for (const char* part : {"\"problem\": \"convolve f32 [5000] * [50] full\"", "\"candidates\": [",
                           "\"verdict\": \"chosen\"", "\"memory_bytes\": ", "\"error\": "})
    EXPECT_NE(json.find(part), std::string::npos) << json;
}

}  // namespace
}  // namespace faltung
