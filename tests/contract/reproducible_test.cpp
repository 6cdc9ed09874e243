// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 7: one plan text, one result to the bit: over threads, executors, alignment of x and y,
// strides, runs and plans made anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;
using Bytes = std::vector<std::byte>;

/// Problems with several tiles and blocks, so that there is work to share.
std::vector<Problem> problems(const std::string& method) {
  std::vector<Problem> list;
  for (const char* text :
       {"convolve f32 [20000] * [301] full", "convolve f32 [700] * [15] full",
        "convolve f64 [4000] * [63] same", "convolve f64 [9001] * [1000] same boundary=mirror",
        "correlate c64 [5000] * [77] valid", "convolve f32 [150,170] * [9,11] same boundary=wrap",
        "convolve f64 [3,4000] * [2,1,65] causal axes=-1", "convolve i32*i8 [30000] * [50] full",
        "convolve f64*c128 [4000] * [33] full stride=3", "convolve f32 [40,30,20] * [3,5,4] full",
        "correlate f32 [7] * [2000] full boundary=odd"}) {
    list.push_back(Problem::parse(text));
    list.back().method = method;
  }
  return list;
}

struct Case {
  Problem problem;
  Buffer x, h;
  Case(const Problem& p, Random& random)
      : problem(p), x(p.x_type, p.x_shape), h(p.h_type, p.h_shape) {
    x.fill(random, is_integer(p.x_type) ? Values::whole : Values::uniform);
    h.fill(random, is_integer(p.h_type) ? Values::whole : Values::uniform);
  }
};

/// The same samples in another place and order of memory.
Buffer moved(const Buffer& from, const Layout& layout, Random& random) {
  Buffer to(from.type(), from.shape(), layout, &random);
  reference::for_each_index(from.shape(), [&](const Dims& i) {
    is_integer(from.type()) ? to.set_whole(i, from.whole_at(i)) : to.set(i, from.at(i));
  });
  return to;
}

Bytes execute(const Plan& plan, const Kernel& kernel, const ConstView& x, int threads,
              Executor* executor = nullptr, const Layout& y_layout = {}, Random* random = nullptr) {
  Workspace workspace(plan, threads, executor);
  Buffer y(plan.output_type(), plan.output_shape(), y_layout, random);
  y.fill_pattern();
  EXPECT_EQ(plan.execute(x, kernel, y.writable(), workspace), Status::ok);
  return y.dense_bytes();
}

/// Runs the tasks backwards, on the calling thread.
class Backwards : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    for (int i = count - 1; i >= 0; --i) task(state, i);
  }
};

/// One thread for each task.
class ThreadPerTask : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([=] { task(state, i); });
    for (std::thread& t : threads) t.join();
  }
};

class Reproducible : public EveryMethodAndAuto {
 protected:
  /// Calls f(case, plan, kernel, bytes of the result on one thread) for every problem.
  template <class F>
  void for_each_problem(F&& f) {
    int computed = 0;
    for (const Problem& p : problems(method())) {
      SCOPED_TRACE(p.to_string());
      const auto plan = Planner().try_plan(p);
      if (!plan) {
        ASSERT_EQ(plan.error().status, Status::unsupported) << plan.error().message;
        continue;
      }
      Random random = random_for(current_test(), computed++);
      Case c(p, random);
      const Kernel kernel = plan->prepare(c.h.view());
      f(c, *plan, kernel, execute(*plan, kernel, c.x.view(), 1), random);
      if (HasFailure()) return;
    }
    EXPECT_GE(computed, 5);
  }
};

TEST_P(Reproducible, OverThreads) {
  for_each_problem([](const Case& c, const Plan& plan, const Kernel& k, const Bytes& one, Random&) {
    for (int threads = 2; threads <= 8; ++threads)
      EXPECT_TRUE(execute(plan, k, c.x.view(), threads) == one) << threads << " threads";
  });
}

TEST_P(Reproducible, OverExecutors) {
  for_each_problem([](const Case& c, const Plan& plan, const Kernel& k, const Bytes& one, Random&) {
    Backwards backwards;
    ThreadPerTask threads;
    EXPECT_TRUE(execute(plan, k, c.x.view(), 4, &backwards) == one);
    EXPECT_TRUE(execute(plan, k, c.x.view(), 4, &threads) == one);
  });
}

TEST_P(Reproducible, OverAlignmentOfXAndY) {
  for_each_problem(
      [](const Case& c, const Plan& plan, const Kernel& k, const Bytes& one, Random& random) {
        for (std::int64_t shift = 0; shift < 64; shift += long_tests() ? 1 : 3) {
          Layout x_layout, y_layout;
          x_layout.shift_bytes = shift;
          y_layout.shift_bytes = (shift * 7 + 5) % 64;
          const Buffer x = moved(c.x, x_layout, random);
          EXPECT_TRUE(execute(plan, k, x.view(), 1, nullptr, y_layout, &random) == one)
              << "x at " << shift << ", y at " << y_layout.shift_bytes << " bytes";
        }
      });
}

TEST_P(Reproducible, OverAlignmentOfTheKernel) {
  for_each_problem(
      [](const Case& c, const Plan& plan, const Kernel&, const Bytes& one, Random& random) {
        for (std::int64_t shift : {1, 4, 8, 20, 63}) {
          Layout layout;
          layout.shift_bytes = shift;
          const Kernel k = plan.prepare(moved(c.h, layout, random).view());
          EXPECT_TRUE(execute(plan, k, c.x.view(), 1) == one) << shift << " bytes";
        }
      });
}

// kfr#133: the result depended on the strides.
TEST_P(Reproducible, OverStrides) {
  for_each_problem([](const Case& c, const Plan& plan, const Kernel&, const Bytes& one,
                      Random& random) {
    for (int i = 0; i < 4; ++i) {
      const Buffer x = moved(c.x, random_layout(random, false), random);
      const Kernel k = plan.prepare(moved(c.h, random_layout(random, false), random).view());
      EXPECT_TRUE(execute(plan, k, x.view(), 1, nullptr, random_layout(random, false), &random) ==
                  one);
    }
  });
}

TEST_P(Reproducible, OverRunsAndPlans) {
  for_each_problem([](const Case& c, const Plan& plan, const Kernel& k, const Bytes& one, Random&) {
    Workspace workspace(plan, 2);
    for (int i = 0; i < 3; ++i) {  // a workspace that was used before
      Buffer y(plan.output_type(), plan.output_shape());
      ASSERT_EQ(plan.execute(c.x.view(), k, y.writable(), workspace), Status::ok);
      EXPECT_TRUE(y.dense_bytes() == one) << "run " << i;
    }
    const Plan again = Planner().plan(Problem::parse(plan.problem().to_string()));
    EXPECT_EQ(again.explain(), plan.explain());
    EXPECT_TRUE(execute(again, again.prepare(c.h.view()), c.x.view(), 1) == one);
  });
}

// What a workspace held before does not reach the result.
TEST_P(Reproducible, OverTheContentsOfTheWorkspace) {
  for_each_problem([](const Case& c, const Plan& plan, const Kernel& k, const Bytes& one, Random&) {
    Workspace workspace(plan, 1);
    std::fill_n(workspace.data(), workspace.bytes(), std::byte{0xFF});  // NaN
    Buffer y(plan.output_type(), plan.output_shape());
    ASSERT_EQ(plan.execute(c.x.view(), k, y.writable(), workspace), Status::ok);
    EXPECT_TRUE(y.dense_bytes() == one);
  });
}

TEST_P(Reproducible, OnePlanFromManyThreadsAtATime) {
  for_each_problem([](const Case& c, const Plan& plan, const Kernel& k, const Bytes& one, Random&) {
    std::vector<Bytes> results(4);
    std::vector<std::thread> threads;
    for (Bytes& r : results) threads.emplace_back([&] { r = execute(plan, k, c.x.view(), 1); });
    for (std::thread& t : threads) t.join();
    for (const Bytes& r : results) EXPECT_TRUE(r == one);
  });
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Reproducible);

}  // namespace
}  // namespace faltung
