// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads about centres, swapped arguments, strides of views, and impulses that vanish.
#include <gtest/gtest.h>

#include <thread>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class Conventions : public EveryMethodAndAuto {};

// scipy#23978: where is the centre of an even kernel? At (K-1)/2, for odd and even K alike, unless
// `origin` says otherwise.
TEST_P(Conventions, Scipy23978TheCentreOfEvenKernels) {
  for (std::int64_t taps : {1, 2, 3, 4, 5, 6}) {
    Buffer x(f64, {9}), h(f64, {taps});
    for (std::int64_t i = 0; i < 9; ++i) x.set(i, i == 4 ? 1.0 : 0.0);
    for (std::int64_t i = 0; i < taps; ++i) h.set(i, static_cast<double>(i + 1));
    Problem p = problem_of(x, h, method());
    p.extent = Extent::same;
    for (std::int64_t origin = -1; origin < taps; ++origin) {
      p.origin = origin < 0 ? Dims() : Dims{origin};
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      const std::int64_t centre = origin < 0 ? (taps - 1) / 2 : origin;
      for (std::int64_t i = 0; i < 9; ++i) {
        const std::int64_t k = i - 4 + centre;
        EXPECT_NEAR(o.y.at(i).real(), k >= 0 && k < taps ? static_cast<double>(k + 1) : 0, 1e-13)
            << taps << " taps, origin " << origin << ", output " << i;
      }
    }
  }
}

// numpy#6316: `same` swaps its arguments where the kernel is longer. Here it is the size of the
// first argument, always.
TEST_P(Conventions, Numpy6316SameIsTheSizeOfTheFirstArgument) {
  Random random = random_for(current_test(), 0);
  for (const auto& [n, k] : {std::pair{3, 10}, std::pair{10, 3}, std::pair{1, 7}}) {
    Buffer x(f64, {n}), h(f64, {k});
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    Problem p = problem_of(x, h, method());
    p.extent = Extent::same;
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    EXPECT_EQ(o.y.shape(), (Dims{n}));
    expect_right(p, x, h, o);
  }
  // and valid has no outputs rather than those of the swapped problem
  Problem p = Problem::parse("convolve f64 [3] * [10] valid");
  EXPECT_EQ(p.check().error().status, Status::no_output);
}

// kfr#81: N-D and complex filters are missing; kfr#133: the result depends on strides.
TEST_P(Conventions, Kfr81Kfr133ComplexPicturesInAnyLayout) {
  Random random = random_for(current_test(), 0);
  Buffer x(c64, {17, 19}), h(c64, {3, 5});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  Problem p = problem_of(x, h, method());
  p.extent = Extent::same;
  p.boundary = Boundary::mirror;
  const Outcome first = run(p, x, h);
  expect_right(p, x, h, first);
  for (int i = 0; i < 10; ++i) {
    Buffer moved(c64, {17, 19}, random_layout(random, false), &random);
    reference::for_each_index(moved.shape(), [&](const Dims& at) { moved.set(at, x.at(at)); });
    RunOptions options;
    options.random = &random;
    options.y_layout = random_layout(random, false);
    EXPECT_TRUE(run(p, moved, h, options).y.dense_bytes() == first.y.dense_bytes());
  }
}

// neodsp/fft-convolver#10, supercollider#734, #2014: bugs at the tails of partitions. An impulse at
// every tap, and at every sample, comes out where it belongs.
TEST_P(Conventions, FftConvolver10Supercollider734Supercollider2014AnImpulseAtEveryTap) {
  const std::int64_t n = 300, k = long_tests() ? 300 : 130;
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {n});
  x.fill(random, Values::uniform);
  Problem p;
  p.x_shape = {n};
  p.h_shape = {k};
  p.method = method();
  const Plan plan = Planner().plan(p);
  Workspace workspace(plan);
  for (std::int64_t tap = 0; tap < k; ++tap) {
    Buffer h(f32, {k}), y(f32, plan.output_shape());
    for (std::int64_t i = 0; i < k; ++i) h.set(i, i == tap ? 1.0 : 0.0);
    const Kernel kernel = plan.prepare(h.view());
    ASSERT_EQ(plan.execute(x.view(), kernel, y.writable(), workspace), Status::ok);
    for (std::int64_t i = 0; i < n + k - 1; ++i) {
      const bool reached = i >= tap && i < tap + n;
      const double exact = reached ? x.at(i - tap).real() : 0;
      ASSERT_NEAR(y.at(i).real(), exact, reached ? plan.error_bound(x.view(), kernel).maximum : 0)
          << "tap " << tap << ", output " << i;
    }
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Conventions);

// fftw3#16: the planner is not thread-safe.
TEST(ThreadSafety, Fftw16PlanningFromManyThreads) {
  std::vector<std::thread> threads;
  std::vector<std::string> explained(4);
  for (std::string& text : explained)
    threads.emplace_back([&text] {
      for (int i = 0; i < 20; ++i)
        for (const char* problem :
             {"convolve f32 [5000] * [100] full", "convolve c128 [60,70] * [9,9] same",
              "correlate f64 [3000] * [3000] full method=fft_single"})
          text += Planner().plan(Problem::parse(problem)).explain();
    });
  for (std::thread& t : threads) t.join();
  for (const std::string& text : explained) EXPECT_EQ(text, explained[0]);
}

// pytorch#21462, jax#5227, torchaudio#2469: large kernels crawl. The same call picks a transform.
TEST(AutomaticChoice, Pytorch21462Jax5227Torchaudio2469LargeKernelsUseTransforms) {
  EXPECT_NE(Planner().plan(Problem::parse("convolve f32 [441000] * [44100] full")).algorithm(),
            "direct");
  EXPECT_NE(Planner().plan(Problem::parse("convolve f32 [1000,1000] * [201,201] same")).algorithm(),
            "direct");
  EXPECT_EQ(Planner().plan(Problem::parse("convolve f32 [441000] * [5] full")).algorithm(),
            "direct");
}

// scipy#12993: the automatic choice ignores overlap-add.
TEST(AutomaticChoice, Scipy12993AllMethodsAreConsidered) {
  const Plan plan = Planner().plan(Problem::parse("convolve f32 [10000000] * [2000] full"));
  EXPECT_EQ(plan.candidates().size(), algorithm_names().size());
  EXPECT_EQ(plan.algorithm(), "overlap_save") << plan.explain();
  for (const Candidate& c : plan.candidates()) {
    EXPECT_NE(plan.explain().find(c.name), std::string::npos);
    EXPECT_FALSE(c.reason.empty());
  }
}

}  // namespace
}  // namespace faltung
