// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads about asking for a small part of a large result, and about extents beyond 32 bits.
#include <gtest/gtest.h>
#if defined(__unix__)
#include <sys/mman.h>
#endif

#include <chrono>

#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

/// Seconds of the fastest of three runs.
template <class F>
double seconds(F&& f) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto from = std::chrono::steady_clock::now();
    f();
    best = std::min(best,
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count());
  }
  return best;
}

class Requests : public EveryMethodAndAuto {};

// scipy#21552, numpy#17286: only 0.1% of the lags are wanted.
TEST_P(Requests, Scipy21552Numpy17286AFewLags) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {5000}), h(f64, {4000});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  Problem p = problem_of(x, h, method());
  p.operation = Operation::correlate;
  p.lags = {-4, 4};
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  ASSERT_EQ(o.y.shape(), (Dims{9}));
  EXPECT_EQ(*p.zero_lag_index(), 4);
  expect_right(p, x, h, o);
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Requests);

TEST(RequestCost, Scipy21552CostFollowsTheRequest) {
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {2000000}), h(f32, {500});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  Problem few = problem_of(x, h), all = few;
  few.operation = all.operation = Operation::correlate;
  few.lags = {1000000, 1000020};
  const auto time = [&](const Problem& p) {
    const Plan plan = Planner().plan(p);
    const Kernel kernel = plan.prepare(h.view());
    Workspace workspace(plan);
    Buffer y(plan.output_type(), plan.output_shape());
    return seconds(
        [&] { ASSERT_EQ(plan.execute(x.view(), kernel, y.writable(), workspace), Status::ok); });
  };
  const double a = time(few), b = time(all);
  std::printf("             21 lags %.3g ms, all lags %.3g ms\n", a * 1e3, b * 1e3);
  EXPECT_LT(20 * a, b);  // a hundred thousandth of the lags
}

// scipy#10761: 32-bit indices overflow, silently. One sample stands for 2^31 and more.
TEST(BeyondThirtyTwoBits, Scipy10761TinyWindowsOfHugeViews) {
  const float sample = 3;
  const std::vector<float> taps = {1, 10, 100};
  for (const std::int64_t n :
       {(std::int64_t{1} << 31) - 1, (std::int64_t{1} << 31) + 7, (std::int64_t{1} << 32) + 1,
        std::int64_t{1} << 40, std::int64_t{1} << 58})
    for (Boundary b : {Boundary::constant, Boundary::edge, Boundary::mirror, Boundary::wrap}) {
      Problem p;
      p.x_shape = {n};
      p.h_shape = {3};
      p.boundary = b;
      p.window = {n - 2, n + 2};  // the last samples of the full result
      const ConstView x(&sample, f32, {n}, {0});
      RunOptions options;
      options.bound = false;
      Outcome o = run(p, x, ConstView(taps), options);
      ASSERT_EQ(o.status, Status::ok) << o.message << "\n" << p.to_string();
      const std::vector<float> expected = b == Boundary::constant
                                              ? std::vector<float>{333, 333, 330, 300}
                                              : std::vector<float>{333, 333, 333, 333};
      EXPECT_EQ(dense<float>(o.y), expected) << p.to_string();
    }
}

TEST(BeyondThirtyTwoBits, Scipy10761HugeKernelsAndTwoAxes) {
  const float sample = 2;
  const std::int64_t n = (std::int64_t{1} << 33) + 3;
  Problem p;
  p.x_shape = {5, n};
  p.h_shape = {2, 2};
  p.window = {{2, 4}, {n - 1, n + 1}};
  const std::vector<float> taps = {1, 10, 100, 1000};
  RunOptions options;
  options.bound = false;
  const Outcome o = run(p, ConstView(&sample, f32, p.x_shape, {0, 0}),
                        ConstView(taps.data(), f32, p.h_shape), options);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_EQ(dense<float>(o.y), (std::vector<float>{2222, 2020, 2222, 2020}));
}

TEST(BeyondThirtyTwoBits, ADilationBeyondThirtyTwoBits) {
  const float sample = 2;
  const std::int64_t n = std::int64_t{1} << 36, d = std::int64_t{1} << 34;
  Problem p;
  p.x_shape = {n};
  p.h_shape = {3};
  p.dilation = {d};
  p.window = {2 * d - 1, 2 * d + 1};
  const std::vector<float> taps = {1, 10, 100};
  RunOptions options;
  options.bound = false;
  const Outcome o = run(p, ConstView(&sample, f32, p.x_shape, {0}), ConstView(taps), options);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  EXPECT_EQ(dense<float>(o.y), (std::vector<float>{22, 222}));
}

#if defined(__unix__)
// Real memory past 2^31 elements, of which only some pages are ever touched.
TEST(BeyondThirtyTwoBits, Scipy10761SamplesPastTwoToThe31) {
  const std::size_t n = (std::size_t{1} << 31) + 4096;
  void* memory =
      mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) GTEST_SKIP() << "no address space of 2 GiB";
  auto* samples = static_cast<std::uint8_t*>(memory);
  for (std::size_t i = n - 100; i < n; ++i) samples[i] = static_cast<std::uint8_t>(i * 7);
  const std::vector<std::int8_t> taps = {1, -2, 3, 4};
  Problem p;
  p.x_type = u8;
  p.h_type = i8;
  p.x_shape = {static_cast<std::int64_t>(n)};
  p.h_shape = {4};
  p.boundary = Boundary::symmetric;
  p.window = {static_cast<std::int64_t>(n) - 50, static_cast<std::int64_t>(n) + 50};
  const ConstView x(samples, u8, p.x_shape);
  RunOptions options;
  options.bound = false;
  const auto from = std::chrono::steady_clock::now();
  const Outcome o = run(p, x, ConstView(taps), options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - from;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  const reference::Reference reference(p, x, ConstView(taps));
  for (std::int64_t i = 0; i < 100; ++i)
    EXPECT_TRUE(reference::WideInteger(o.y.whole_at({i})) == reference.at({i}).integer) << i;
  EXPECT_LT(took.count(), 1.0) << "100 outputs should not read 2^31 samples";
  munmap(memory, n);
}
#endif

// Sizes whose sums and products leave 64 bits are refused, never wrapped around.
TEST(BeyondThirtyTwoBits, SizesThatDoNotFitAreRefused) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const auto status = [](const Problem& p) {
    const auto plan = Planner().try_plan(p);
    EXPECT_FALSE(plan) << p.to_string();
    return plan ? Status::ok : plan.error().status;
  };
  Problem p;
  p.x_shape = {huge};
  p.h_shape = {huge};
  EXPECT_EQ(status(p), Status::size_overflow);
  p.h_shape = {2};
  EXPECT_EQ(status(p), Status::size_overflow);
  p.x_shape = {std::int64_t{1} << 32, std::int64_t{1} << 32};
  p.h_shape = {1, 1};
  EXPECT_EQ(status(p), Status::size_overflow);
  p.x_shape = {10};
  p.h_shape = {3};
  p.dilation = {huge / 2};
  const Status s = status(p);
  EXPECT_TRUE(s == Status::size_overflow || s == Status::invalid_argument) << describe(s);
  p.dilation = {};
  p.window = {huge - 1, huge};
  EXPECT_EQ(status(p), Status::size_overflow);
  p.window = {-huge - 1, huge};
  EXPECT_EQ(status(p), Status::size_overflow);
  p.window = {};
  p.operation = Operation::correlate;
  p.lags = {-huge - 1, huge};
  EXPECT_EQ(status(p), Status::size_overflow);
}

}  // namespace
}  // namespace faltung
