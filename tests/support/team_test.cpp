// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/team.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace faltung::support {
namespace {

/// A thread for every task.
class Threads final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([=] { task(state, i); });
  }
};
/// One task after the other.
class Serial final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    for (int i = 0; i < count; ++i) task(state, i);
  }
};

/// Steps of which each reads what the whole step before wrote: prefix sums by doubling.
void check_steps(Executor& executor, int threads) {
  constexpr std::int64_t kCount = 300;
  std::vector<std::int64_t> sums(kCount, 1), before;
  int led = 0;
  Team::run(executor, threads, [&](const Team& team) {
    ++led;
    EXPECT_EQ(team.threads(), threads);
    for (std::int64_t reach = 1; reach < kCount; reach *= 2) {
      before = sums;
      team.each(kCount, [&](std::int64_t i) {
        if (i >= reach)
          sums[static_cast<std::size_t>(i)] += before[static_cast<std::size_t>(i - reach)];
      });
    }
  });
  EXPECT_EQ(led, 1);
  std::vector<std::int64_t> expected(kCount);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(sums, expected);
}

TEST(Team, AStepIsDoneBeforeTheNextBegins) {
  Threads threads;
  Serial serial;
  for (int count : {1, 2, 3, 8})
    for (Executor* executor : {static_cast<Executor*>(&threads), static_cast<Executor*>(&serial)})
      for (int repeat = 0; repeat < 20; ++repeat) check_steps(*executor, count);
}

TEST(Team, EachThreadHasANumberOfItsOwn) {
  Threads threads;
  for (int count : {1, 2, 5}) {
    std::vector<std::thread::id> ids(static_cast<std::size_t>(count));
    Team::run(threads, count, [&](const Team& team) {
      for (int step = 0; step < 20; ++step)
        team.each(50, [&](std::int64_t, int thread) {
          ASSERT_LT(thread, count);
          std::thread::id& id = ids[static_cast<std::size_t>(thread)];
          if (id == std::thread::id()) id = std::this_thread::get_id();
          EXPECT_EQ(id, std::this_thread::get_id());
        });
    });
    EXPECT_NE(ids.front(), std::thread::id()) << "the leader takes part";
  }
}

TEST(Team, RangesCoverEverythingOnce) {
  Threads threads;
  for (int count : {1, 3})
    for (std::int64_t n : {0, 1, 5, 64, 1000}) {
      std::vector<int> times(static_cast<std::size_t>(n));
      Team::run(threads, count, [&](const Team& team) {
        team.ranges(n, 10, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++times[static_cast<std::size_t>(i)];
        });
      });
      EXPECT_EQ(times, std::vector<int>(static_cast<std::size_t>(n), 1));
    }
}

}  // namespace
}  // namespace faltung::support
