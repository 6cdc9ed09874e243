// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/plan.hpp"

#include <gtest/gtest.h>

#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

class Plans : public EveryMethod {
 protected:
  Plan plan(const char* text) const {
    Problem p = Problem::parse(text);
    p.method = method();
    return Planner().plan(p);
  }
};

TEST_P(Plans, SayWhatTheyAre) {
  const Plan p = plan("convolve f32 [3000] * [200] same boundary=mirror");
  EXPECT_EQ(p.algorithm(), method());
  EXPECT_EQ(p.output_shape(), (Dims{3000}));
  EXPECT_EQ(p.output_type(), ElementType::f32);
  EXPECT_EQ(p.problem().method, method());
  const std::string text = p.explain();
  EXPECT_NE(text.find(p.problem().to_string()), std::string::npos);
  for (const std::string& name : algorithm_names())
    EXPECT_NE(text.find(name), std::string::npos) << text;
  for (const Candidate& c : p.candidates()) {
    EXPECT_FALSE(c.reason.empty()) << c.name;
    if (!c.supported) continue;
    EXPECT_GT(c.flop, 0) << c.name;
    EXPECT_GT(c.bytes, 0) << c.name;
    EXPECT_GT(c.seconds, 0) << c.name;
  }
}

TEST_P(Plans, RefuseStridesThatLeaveTheAddressSpace) {
  constexpr std::int64_t kLow = INT64_MIN, kHigh = INT64_MAX;
  for (const char* type : {"i8", "f32", "c128"}) {
    Problem problem = Problem::parse(std::string("convolve ") + type + " [2] * [2] full");
    problem.method = method();
    const auto p = Planner().try_plan(problem);
    if (!p) continue;
    Buffer x(problem.x_type, {2}), h(problem.h_type, {2}), y(p->output_type(), {3});
    const Kernel kernel = p->prepare(h.view());
    Workspace workspace(*p);
    for (const std::int64_t stride : {kLow, kLow + 1, kLow / 2 - 1, kHigh / 2 + 1, kHigh}) {
      SCOPED_TRACE(std::string(type) + " " + std::to_string(stride));
      ConstView far = x.view();
      far.strides = {stride};
      EXPECT_EQ(p->execute(far, kernel, y.writable(), workspace), Status::size_overflow);
      EXPECT_THROW(p->error_bound(far, kernel), Error);
      View away = y.writable();
      away.strides = {stride};
      EXPECT_EQ(p->execute(x.view(), kernel, away, workspace), Status::size_overflow);
      far = h.view();
      far.strides = {stride};
      const auto refused = p->try_prepare(far);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().status, Status::size_overflow);
    }
  }
}

// Numpy leaves any stride on an axis of one sample.
TEST_P(Plans, TakeAnyStrideOfAnAxisOfOneSample) {
  for (const char* type : {"f32", "c128"})
    for (const std::int64_t stride : {INT64_MIN, INT64_MAX, std::int64_t{0}}) {
      SCOPED_TRACE(std::string(type) + " " + std::to_string(stride));
      const Plan p = plan((std::string("correlate ") + type + " [1,1] * [1,1] same").c_str());
      Buffer x(p.problem().x_type, {1, 1}), h(p.problem().h_type, {1, 1}),
          y(p.output_type(), {1, 1});
      x.set(Dims{0, 0}, 3.0);
      h.set(Dims{0, 0}, 2.0);
      ConstView xv = x.view(), hv = h.view();
      View yv = y.writable();
      xv.strides = hv.strides = yv.strides = {stride, stride};
      const Kernel kernel = p.prepare(hv);
      Workspace workspace(p);
      ASSERT_EQ(p.execute(xv, kernel, yv, workspace), Status::ok);
      EXPECT_EQ(y.at(Dims{0, 0}).real(), 6);
      EXPECT_GT(p.error_bound(xv, kernel).maximum, 0);
    }
}

TEST_P(Plans, WorkspacesGrowWithThreads) {
  const Plan p = plan("convolve f32 [4,300,300] * [1,20,20] full axes=-2,-1");
  EXPECT_GE(p.workspace_bytes(1), 0);
  EXPECT_EQ(p.workspace_bytes(4), 4 * p.workspace_bytes(1));
  Workspace one(p), four(p, 4);
  EXPECT_EQ(one.bytes(), p.workspace_bytes(1));
  EXPECT_EQ(four.bytes(), p.workspace_bytes(4));
  EXPECT_EQ(four.threads(), 4);
  if (four.bytes() > 0) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(four.data()) % 64, 0u);
  }
  EXPECT_FALSE(Workspace::try_make(p, 0));
  EXPECT_FALSE(Workspace::try_make(p, -1));
  EXPECT_THROW(Workspace(p, 0), Error);
  Workspace moved = std::move(four);
  EXPECT_EQ(moved.threads(), 4);
  one = std::move(moved);
  EXPECT_EQ(one.threads(), 4);
}

TEST_P(Plans, ThreadsWithNothingToDoTakeNoMemory) {
  const Plan p = plan("convolve f32 [3,8] * [1,3] full axes=-1");
  const auto tasks = static_cast<int>(p.workspace_bytes(1000) / p.workspace_bytes(1));
  EXPECT_GE(tasks, 3);
  EXPECT_LE(tasks, 9) << "so short rows are no more than a few tiles or blocks";
  EXPECT_EQ(p.memory_bytes(1000), p.memory_bytes(tasks));
  const Workspace workspace(p, 1000);
  EXPECT_EQ(workspace.threads(), tasks);
  EXPECT_EQ(workspace.bytes(), p.workspace_bytes(tasks));
}

TEST_P(Plans, KernelsAreIndependentOfWhatTheyWereMadeFrom) {
  const Plan p = plan("convolve f64 [50] * [5] full");
  std::vector<double> h = {1, 2, 3, 4, 5}, x(50, 1.0), y(54), again(54);
  const Kernel kernel = p.prepare(ConstView(h));
  EXPECT_GT(kernel.bytes(), 0);
  Workspace workspace(p);
  EXPECT_EQ(p.execute(ConstView(x), kernel, View(y), workspace), Status::ok);
  h.assign(5, 100);
  const Kernel copy = kernel;
  EXPECT_EQ(p.execute(ConstView(x), copy, View(again), workspace), Status::ok);
  EXPECT_EQ(y, again);
  EXPECT_EQ(Kernel().bytes(), 0);
}

TEST_P(Plans, ErrorBoundRefusesForeignArguments) {
  const Plan p = plan("convolve f64 [50] * [5] full"), other = plan("convolve f64 [50] * [5] full");
  const std::vector<double> h(5, 1.0), x(50, 1.0), shorter(49, 1.0);
  const Kernel kernel = p.prepare(ConstView(h));
  EXPECT_GT(p.error_bound(ConstView(x), kernel).maximum, 0);
  EXPECT_THROW(p.error_bound(ConstView(x), other.prepare(ConstView(h))), Error);
  EXPECT_THROW(p.error_bound(ConstView(x), Kernel()), Error);
  EXPECT_THROW(p.error_bound(ConstView(shorter), kernel), Error);
}

TEST_P(Plans, FailureSaysWhatIsAllowed) {
  const Plan p = plan("convolve f64 [50] * [5] full");
  EXPECT_NE(p.failure(Status::shape_mismatch).message.find("[50]"), std::string::npos);
  EXPECT_NE(p.failure(Status::type_mismatch).message.find("f64"), std::string::npos);
  EXPECT_EQ(p.failure(Status::aliasing).status, Status::aliasing);
}

TEST_P(Plans, OutliveThePlanner) {
  std::optional<Plan> copy;
  {
    const Plan p = plan("convolve f32 [100] * [9] full");
    copy = p;
  }
  const std::vector<float> h(9, 1.0f), x(100, 1.0f);
  std::vector<float> y(108);
  Workspace workspace(*copy);
  EXPECT_EQ(copy->execute(ConstView(x), copy->prepare(ConstView(h)), View(y), workspace),
            Status::ok);
  EXPECT_NEAR(y[50], 9, 1e-4);
}

TEST_P(Plans, SettledProblemsGiveTheSameBits) {
  for (const char* text :
       {"convolve f32 [5000] * [200] same boundary=mirror", "correlate f64 [90,70] * [9,11] full",
        "convolve f32 [5000,1] * [200] full", "convolve f32 [1,5000,1] * [1,300,1] same",
        "convolve f32 [1,3,900,4] * [1,90,1] same axes=-3,-1,-2"}) {
    SCOPED_TRACE(text);
    const Plan p = plan(text);
    Problem settled = p.settled();
    EXPECT_EQ(settled.method, method());
    settled.max_memory = p.memory_bytes();
    const Plan again = Planner().plan(settled);
    EXPECT_EQ(again.settled(), settled);
    Random random(20261124);
    Buffer x(settled.x_type, settled.x_shape), h(settled.h_type, settled.h_shape);
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    Buffer y(p.output_type(), p.output_shape()), z(p.output_type(), p.output_shape());
    Workspace one(p), other(again);
    EXPECT_EQ(p.execute(x.view(), p.prepare(h.view()), y.writable(), one), Status::ok);
    EXPECT_EQ(again.execute(x.view(), again.prepare(h.view()), z.writable(), other), Status::ok);
    EXPECT_EQ(y.dense_bytes(), z.dense_bytes()) << text;
  }
}

FALTUNG_FOR_EVERY_METHOD(Plans);

TEST(PlannerTest, CandidatesComeInTheOrderOfTheList) {
  const auto candidates = Planner().candidates(Problem::parse("convolve f32 [100] * [9] full"));
  ASSERT_TRUE(candidates);
  ASSERT_EQ(candidates->size(), algorithm_names().size());
  for (std::size_t i = 0; i < candidates->size(); ++i)
    EXPECT_EQ((*candidates)[i].name, algorithm_names()[i]);
  EXPECT_EQ(algorithm_names().front(), "direct");
}

TEST(PlannerTest, AutoTakesTheCheapest) {
  for (const char* text : {"convolve f32 [100] * [9] full", "convolve f32 [100000] * [9000] full",
                           "convolve c128 [200,200] * [31,31] same"}) {
    const Plan p = Planner().plan(Problem::parse(text));
    for (const Candidate& c : p.candidates())
      for (const Candidate& chosen : p.candidates())
        if (chosen.name == p.algorithm() && c.supported) {
          EXPECT_LE(chosen.seconds, c.seconds) << p.explain();
        }
  }
}

// The plan never depends on the number of threads or on the machine's load.
TEST(PlannerTest, IsDeterministic) {
  const Problem p = Problem::parse("convolve f32 [50000] * [700] full");
  const std::string first = Planner().plan(p).explain();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Planner().plan(p).explain(), first);
}

TEST(PlannerTest, RefusesWhatCheckRefuses) {
  const auto plan = Planner().try_plan(Problem::parse("convolve f32 [3] * [10] valid"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().status, Status::no_output);
  EXPECT_THROW(Planner().plan(Problem::parse("convolve f32 [3] * [10] valid")), Error);
  EXPECT_FALSE(Planner().candidates(Problem::parse("convolve f32 [0] * [10] full")));
}

}  // namespace
}  // namespace faltung
