// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The most memory that planning, preparing and executing hold at any time is within 10% of what
// the plan said; executing by itself allocates nothing. Counts every allocation of the process.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "faltung/filter_plan.hpp"
#include "support/buffer.hpp"
#include "support/spare_memory.hpp"

namespace {

std::atomic<std::int64_t> held{0}, most{0};

void* take(std::size_t bytes, std::size_t alignment) noexcept {
  void* p = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (p == nullptr) return p;
  const std::int64_t now = held += static_cast<std::int64_t>(malloc_usable_size(p));
  for (std::int64_t before = most; before < now && !most.compare_exchange_weak(before, now);) {
  }
  return p;
}

void give(void* p) noexcept {
  if (p == nullptr) return;
  held -= static_cast<std::int64_t>(malloc_usable_size(p));
  std::free(p);
}

void* take_or_throw(std::size_t bytes, std::size_t alignment) {
  void* p = take(bytes, alignment);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t n) { return take_or_throw(n, 16); }
void* operator new(std::size_t n, std::align_val_t a) {
  return take_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n, 16); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return take(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { give(p); }

namespace faltung {
namespace {

using namespace test_support;

/// Bytes held beyond what was held before, at the worst time of `work`, which finds none spare.
template <class F>
std::int64_t most_during(F&& work) {
  support::free_spares();
  const std::int64_t before = held;
  most = before;
  work();
  return most - before;
}

/// The shape of a plan and its parts are no data: some kilobytes whatever the sizes are.
constexpr std::int64_t kObjects = 16 << 10;

void expect_near(std::int64_t measured, std::int64_t said, const std::string& what) {
  EXPECT_LE(measured, 1.1 * static_cast<double>(said) + kObjects) << what << " said " << said;
  EXPECT_GE(measured, 0.9 * static_cast<double>(said)) << what << " said " << said;
}

struct Case {
  const char* text;
  int methods;  ///< those that can
};

class MemoryUse : public testing::TestWithParam<Case> {};

TEST_P(MemoryUse, IsWhatThePlanSaid) {
  const Problem given = Problem::parse(GetParam().text);
  Buffer x(given.x_type, given.x_shape), h(given.h_type, given.h_shape);
  Random random = random_for("MemoryUse", 0);
  x.fill(random, Values::nonnegative);
  for (std::int64_t i = 0; i < h.count(); ++i) h.set(unravel(i, h.shape()), {1.0, 0.0});  // rank 1
  int methods = 0;
  for (const std::string& method : algorithm_names())
    for (const int threads : {1, 3}) {
      Problem p = given;
      p.method = method;
      const auto candidates = *Planner().candidates(p);
      const auto candidate = std::ranges::find(candidates, method, &Candidate::name);
      if (!candidate->supported) continue;
      ++methods;
      std::int64_t said = 0;
      Buffer y(p.result_type(), *p.output_shape());
      const std::int64_t measured = most_during([&] {
        const Plan plan = Planner().plan(p);
        const Kernel kernel = plan.prepare(h.view());
        Workspace workspace(plan, threads);
        said = plan.memory_bytes(threads);
        ASSERT_EQ(plan.execute(x.view(), kernel, y.writable(), workspace), Status::ok);
        if (threads > 1) return;  // an executor may allocate
        const std::int64_t worst = most, before = held;
        most = before;
        const Status status = plan.execute(x.view(), kernel, y.writable(), workspace);
        EXPECT_EQ(most.load(), before) << method << " allocates while it executes";
        EXPECT_EQ(status, Status::ok);
        most = worst;
      });
      const std::string what = method + " on " + std::to_string(threads) + " threads:";
      expect_near(measured, said, what);
      if (threads == 1) expect_near(measured, candidate->memory_bytes, what + " its candidate");
    }
  EXPECT_EQ(methods, 2 * GetParam().methods);
}

INSTANTIATE_TEST_SUITE_P(
    Problems, MemoryUse,
    testing::Values(Case{"convolve f32 [300000] * [4097] full", 3},
                    Case{"correlate c128 [60000] * [30000] valid", 3},
                    Case{"convolve f64 [1,50000] * [16,3000] full axes=-1", 3},
                    Case{"convolve i16 [100000] * [5000] same", 3},
                    Case{"convolve f32*c64 [1,100000] * [3,2000] same axes=-1", 3},
                    Case{"convolve f32 [500,600] * [65,65] same boundary=mirror rank=1", 4},
                    Case{"convolve u8 [500,600] * [31,51] same boundary=edge", 3},
                    Case{"convolve f32 [500,600] * [65,65] same boundary=mirror cosines=1", 4},
                    Case{"convolve u8 [500,600] * [31,51] same cosines=1 policy=saturate", 4},
                    Case{"convolve f64 [100000] * [301] same cosines=1", 4},
                    Case{"convolve i32*i16 [500,600] * [31,51] same rank=1", 2},
                    Case{"convolve f64 [60,70,80] * [11,9,15] full rank=1", 4},
                    Case{"convolve f32 [300,300] * [200,200] full stride=3", 3},
                    Case{"convolve f64 [60000] * [3000] full accuracy=componentwise tolerance=1e-9",
                         3}));

TEST(MemoryUse, OfComposedFilters) {
  const Problem p = Problem::parse("convolve f64 [600,700] * [1] same boundary=mirror");
  Buffer x(p.x_type, p.x_shape);
  Random random = random_for("MemoryUse", 1);
  x.fill(random, Values::uniform);
  for (const Filter& filter :
       {box(31) * gaussian(4), box(31) * gaussian(4) + 0.5 * box(9).shifted({0, 60})})
    for (const FilterEvaluation how : {FilterEvaluation::merged, FilterEvaluation::apart}) {
      std::int64_t said = 0;
      Result<AnyArray> y;
      const std::int64_t measured = most_during([&] {
        const FilterPlan plan = *FilterPlan::try_make(p, filter, {}, how);
        EXPECT_EQ(plan.merged(), how == FilterEvaluation::merged);
        said = plan.memory_bytes();
        y = plan.try_run(x.view());
      });
      ASSERT_TRUE(y.has_value());
      const auto result = static_cast<std::int64_t>(y->bytes.size());
      expect_near(measured, said + result, "a filter plan, its result beside it,");
    }
}

}  // namespace
}  // namespace faltung
