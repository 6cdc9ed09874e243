// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>

#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung::test_support {
namespace {

using enum ElementType;

constexpr int kThreads = 8;

/// Runs f(0) .. f(kThreads - 1), all of them let go at once.
void at_once(const std::function<void(int)>& f) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      f(i);
    });
  for (std::thread& t : threads) t.join();
}

/// A new thread for every task, all let go at once; counts what it was asked for.
class ThreadExecutor final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    largest_ = std::max(largest_, count);
    std::latch start(count);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
      threads.emplace_back([&start, task, state, i] {
        start.arrive_and_wait();
        task(state, i);
      });
    for (std::thread& t : threads) t.join();
  }
  int largest() const { return largest_; }

 private:
  int largest_ = 0;
};

/// The tasks one after the other, the last slot first: a slot may find nothing left to do.
class BackwardsExecutor final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    while (count-- > 0) task(state, count);
  }
};

struct Work {
  Problem problem;
  Buffer x, h;
};

Work work_of(const std::string& text, const std::string& method) {
  Work w;
  w.problem = Problem::parse(text);
  w.problem.method = method;
  if (method != "overlap_save") w.problem.block = {};
  w.x = Buffer(w.problem.x_type, w.problem.x_shape);
  w.h = Buffer(w.problem.h_type, w.problem.h_shape);
  Random random = random_for(current_test(), 0);
  w.x.fill(random, Values::uniform);
  w.h.fill(random, Values::uniform);
  return w;
}

/// Problems of many tiles and blocks; `block` is dropped where the method has none.
std::vector<Work> several(const std::string& method) {
  std::vector<Work> all;
  for (const char* text :
       {"convolve f32 [9000] * [70] full block=256",
        "correlate f64 [7000] * [33] same boundary=odd stride=2 block=128",
        "convolve c64 [4,900] * [4,40] causal axes=1 boundary=wrap block=128",
        "convolve f32*c64 [60,50] * [5,4] full boundary=mirror block=16,32",
        "convolve i16*i8 [8000] * [21] full block=128",
        "correlate u8 [70,40] * [3,3] same boundary=edge policy=saturate block=16"})
    all.push_back(work_of(text, method));
  return all;
}

std::vector<std::byte> execute(const Plan& plan, const Kernel& kernel, const Buffer& x,
                               Workspace& workspace) {
  Buffer y(plan.output_type(), plan.output_shape());
  y.fill_pattern();
  EXPECT_EQ(plan.execute(x.view(), kernel, y.writable(), workspace), Status::ok);
  return y.dense_bytes();
}

std::vector<std::byte> execute_alone(const Plan& plan, const Kernel& kernel, const Buffer& x) {
  Workspace workspace(plan);
  return execute(plan, kernel, x, workspace);
}

class Threads : public EveryMethod {};
FALTUNG_FOR_EVERY_METHOD(Threads);

TEST_P(Threads, OnePlanAndKernelFromEightThreads) {
  for (const Work& w : several(method())) {
    const Plan plan = Planner{}.plan(w.problem);
    const Kernel kernel = plan.prepare(w.h.view());
    const std::vector<std::byte> expected = execute_alone(plan, kernel, w.x);
    std::atomic<int> wrong = 0;
    at_once([&](int) {
      Workspace workspace(plan);
      for (int round = 0; round < 3; ++round)
        if (execute(plan, kernel, w.x, workspace) != expected) ++wrong;
    });
    EXPECT_EQ(wrong, 0) << plan.explain();
  }
}

TEST_P(Threads, EachThreadWithDataOfItsOwn) {
  const Work w = work_of("convolve f64 [5000] * [60] full block=256", method());
  const Plan plan = Planner{}.plan(w.problem);
  const Kernel kernel = plan.prepare(w.h.view());
  std::vector<Buffer> inputs;
  std::vector<std::vector<std::byte>> expected;
  for (int i = 0; i < kThreads; ++i) {
    Random random = random_for(current_test(), i + 1);
    inputs.emplace_back(f64, w.problem.x_shape);
    inputs.back().fill(random, i % 2 == 0 ? Values::uniform : Values::sparse);
    expected.push_back(execute_alone(plan, kernel, inputs.back()));
  }
  std::atomic<int> wrong = 0;
  at_once([&](int i) {
    const auto at = static_cast<std::size_t>(i);
    if (execute_alone(plan, kernel, inputs[at]) != expected[at]) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, PlansAndKernelsMadeAtOnce) {
  const std::vector<Work> all = several(method());
  std::vector<std::vector<std::byte>> expected;
  for (const Work& w : all) {
    const Plan plan = Planner{}.plan(w.problem);
    expected.push_back(execute_alone(plan, plan.prepare(w.h.view()), w.x));
  }
  std::atomic<int> wrong = 0;
  at_once([&](int i) {
    const auto at = static_cast<std::size_t>(i) % all.size();
    const Work& w = all[at];
    const Plan plan = Planner{}.plan(Problem::parse(w.problem.to_string()));
    const Kernel kernel = plan.prepare(w.h.view());
    if (plan.explain().empty() || execute_alone(plan, kernel, w.x) != expected[at]) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, OneKernelPreparedAndBoundedAtOnce) {
  const Work w = work_of("convolve f32 [3000] * [50] full block=256", method());
  const Plan plan = Planner{}.plan(w.problem);
  const Kernel kernel = plan.prepare(w.h.view());
  const double expected = plan.error_bound(w.x.view(), kernel).maximum;
  std::atomic<int> wrong = 0;
  at_once([&](int i) {
    const Kernel own = i % 2 == 0 ? plan.prepare(w.h.view()) : Kernel(kernel);
    if (plan.error_bound(w.x.view(), own).maximum != expected) ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, AnyNumberOfThreadsGivesTheSameBits) {
  for (const Work& w : several(method())) {
    const Plan plan = Planner{}.plan(w.problem);
    const Kernel kernel = plan.prepare(w.h.view());
    const std::vector<std::byte> expected = execute_alone(plan, kernel, w.x);
    const std::int64_t tasks = plan.workspace_bytes(4096) / plan.workspace_bytes(1);
    for (int threads = 1; threads <= kThreads; ++threads) {
      ThreadExecutor own;
      Workspace workspace(plan, threads, &own);
      EXPECT_EQ(workspace.threads(), std::min<std::int64_t>(threads, tasks));
      EXPECT_TRUE(execute(plan, kernel, w.x, workspace) == expected) << threads << " threads\n"
                                                                     << plan.explain();
      EXPECT_LE(own.largest(), threads);
      BackwardsExecutor backwards;
      Workspace other(plan, threads, &backwards);
      EXPECT_TRUE(execute(plan, kernel, w.x, other) == expected) << threads << " backwards";
    }
  }
}

/// The tests above are worth something only where the threads do share the work.
TEST(ThreadsShare, TilesAndBlocks) {
  for (const char* method : {"direct", "overlap_save"}) {
    const Work w = work_of("convolve f32 [60000] * [70] full block=256", method);
    const Plan plan = Planner{}.plan(w.problem);
    ThreadExecutor own;
    Workspace workspace(plan, kThreads, &own);
    execute(plan, plan.prepare(w.h.view()), w.x, workspace);
    EXPECT_EQ(own.largest(), kThreads) << method;
  }
}

/// All of the threads take part, forwards or backwards, and the bits are those of one.
void expect_shared(const Plan& plan, const Kernel& kernel, const Buffer& x,
                   const std::vector<std::byte>& expected, int threads) {
  ThreadExecutor own;
  Workspace workspace(plan, threads, &own);
  EXPECT_TRUE(execute(plan, kernel, x, workspace) == expected) << threads;
  EXPECT_EQ(own.largest(), threads);
  BackwardsExecutor backwards;
  Workspace other(plan, threads, &backwards);
  EXPECT_TRUE(execute(plan, kernel, x, other) == expected) << threads << " backwards";
}

/// One block, or two for more threads: they compute each together, on the memory of one.
TEST(ThreadsShare, ALongBlock) {
  for (const char* text : {"convolve f32 [40000] * [24001] full method=fft_single",
                           "correlate f64 [65536] * [901] same boundary=wrap method=fft_single",
                           "convolve c64 [3,40000] * [1,301] full axes=1 method=fft_single",
                           "convolve i16*i8 [70001] * [9] full method=fft_single",
                           "convolve f32 [90000] * [901] full method=overlap_save block=65536"})
    for (Values values : {Values::uniform, Values::sparse}) {
      SCOPED_TRACE(text);
      Work w = work_of(text, Problem::parse(text).method);
      Random random = random_for(current_test(), 1);
      if (!is_integer(w.problem.x_type)) w.x.fill(random, values);
      const Plan plan = Planner{}.plan(w.problem);
      const Kernel kernel = plan.prepare(w.h.view());
      const std::vector<std::byte> expected = execute_alone(plan, kernel, w.x);
      EXPECT_EQ(plan.workspace_bytes(kThreads), plan.workspace_bytes(1));
      for (int threads : {2, 5, kThreads}) expect_shared(plan, kernel, w.x, expected, threads);
    }
}

/// Fewer blocks of several axes than threads, or a number that would leave some idle: the same,
/// with a little memory for each thread. Rows of a few samples share words of marks.
TEST(ThreadsShare, ABlockOfSeveralAxes) {
  for (const char* text :
       {"convolve f32 [600,500] * [21,30] full method=fft_single",
        "convolve f64 [50,70,90] * [3,5,7] same method=fft_single",
        "correlate f32 [64,64,64] * [5,4,3] same boundary=wrap method=fft_single",
        "convolve c64 [2,600,500] * [1,9,8] valid axes=-2,-1 method=fft_single",
        "convolve f32 [100,120,20] * [5,5,3] same boundary=mirror method=fft_single",
        "convolve f32 [600,700] * [9,9] full stride=2,3 dilation=3,2 method=fft_single",
        "convolve i16*i8 [601,603] * [9,7] full method=fft_single",
        "convolve f32 [1000,450] * [31,15] same method=overlap_save block=512,512"})
    for (bool finite : {true, false}) {
      SCOPED_TRACE(text);
      Work w = work_of(text, Problem::parse(text).method);
      Random random = random_for(current_test(), 1);
      if (!is_integer(w.problem.x_type)) w.x.fill(random, Values::sparse);
      if (!finite && !is_integer(w.problem.x_type)) {
        w.x.set(Dims(w.x.shape().rank(), 1), std::numeric_limits<double>::quiet_NaN());
        w.x.set(w.x.shape().rank() == 2 ? Dims{90, 77} : Dims{1, 29, 19},
                -std::numeric_limits<double>::infinity());
      }
      const Plan plan = Planner{}.plan(w.problem);
      const Kernel kernel = plan.prepare(w.h.view());
      const std::vector<std::byte> expected = execute_alone(plan, kernel, w.x);
      EXPECT_LT(plan.workspace_bytes(kThreads), 2 * plan.workspace_bytes(1));
      for (int threads : {2, kThreads}) expect_shared(plan, kernel, w.x, expected, threads);
    }
}

/// What the threads of a block have of their own counts: fewer of them where it would not fit.
TEST(ThreadsShare, ABlockOfSeveralAxesWithinABudget) {
  Work w = work_of("convolve f32 [600,500] * [21,30] full method=fft_single", "fft_single");
  const Plan free = Planner{}.plan(w.problem);
  const std::vector<std::byte> expected = execute_alone(free, free.prepare(w.h.view()), w.x);
  for (int threads : {1, 2, 3, kThreads}) {
    w.problem.max_memory = free.memory_bytes(threads) + (threads == 3 ? 1 : 0);
    const Plan plan = Planner{}.plan(w.problem);
    EXPECT_EQ(plan.busy_threads(100), threads);
    EXPECT_EQ(plan.memory_bytes(100), free.memory_bytes(threads));
    Workspace workspace(plan, 100);
    EXPECT_EQ(workspace.threads(), threads);
    EXPECT_EQ(workspace.bytes(), plan.workspace_bytes(threads));
    EXPECT_TRUE(execute(plan, plan.prepare(w.h.view()), w.x, workspace) == expected);
    // Of another plan, which may have more threads than this one has room for.
    Workspace larger(free, kThreads);
    EXPECT_TRUE(execute(plan, plan.prepare(w.h.view()), w.x, larger) == expected);
  }
}

TEST_P(Threads, BatchesAreShared) {
  const Work w = work_of("convolve f32 [16,300] * [1,30] full axes=1 block=64", method());
  const Plan plan = Planner{}.plan(w.problem);
  const Kernel kernel = plan.prepare(w.h.view());
  ThreadExecutor own;
  Workspace workspace(plan, kThreads, &own);
  EXPECT_TRUE(execute(plan, kernel, w.x, workspace) == execute_alone(plan, kernel, w.x));
  EXPECT_EQ(own.largest(), kThreads);
}

TEST(ThreadsRefused, LeaveEachOutputAsItWas) {
  const Problem problem = Problem::parse("convolve i64 [50] * [3] full");
  const Plan plan = Planner{}.plan(problem);
  const Buffer h = [] {
    Buffer taps(i64, {3});
    for (int i = 0; i < 3; ++i) taps.set_whole({i}, 2);
    return taps;
  }();
  const Kernel kernel = plan.prepare(h.view());
  std::atomic<int> wrong = 0;
  at_once([&](int i) {
    Buffer x(i64, {50}), y(i64, {52});
    for (int n = 0; n < 50; ++n) x.set_whole({n}, i % 2 == 0 ? highest(i64) : Int128(n));
    y.fill_pattern();
    Workspace workspace(plan);
    const Status status = plan.execute(x.view(), kernel, y.writable(), workspace);
    if (i % 2 == 0 ? status != Status::integer_overflow || !y.untouched()
                   : status != Status::ok || y.whole_at(Dims{1}) != 2)
      ++wrong;
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace faltung::test_support
