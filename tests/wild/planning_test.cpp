// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What users of other tools asked of their planners: memory, small problems, separability, steps.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "faltung/faltung.hpp"

namespace faltung {
namespace {

// Padding to one large transform took hundreds of times the input.
TEST(Memory, Astropy10047SpectralCube784VolumesNeedNoMultipleOfTheInput) {
  const Problem p = Problem::parse("convolve f32 [200,300,400] * [15,15,15] same boundary=edge");
  const Plan plan = Planner().plan(p);
  EXPECT_LT(plan.memory_bytes(), element_count(p.x_shape) * 4 / 2) << plan.explain();
  Problem tight = p;
  tight.max_memory = 4 << 20;
  EXPECT_LE(Planner().plan(tight).memory_bytes(), tight.max_memory);
}

// Crossovers differ per device; a tiny case took 3.7 ms where 43 us would do.
TEST(SmallProblems, Cupy3526AreSummedDirectly) {
  for (const char* text : {"convolve f32 [64] * [16] full", "convolve f64 [9,9] * [3,3] same",
                           "correlate c128 [100] * [10] valid"})
    EXPECT_EQ(Planner().plan(Problem::parse(text)).algorithm(), "direct") << text;
}

// Separability was left to the user.
TEST(Separability, Kornia720IsFoundInTheKernel) {
  const Problem p = Problem::parse("convolve f64 [1500,2000] * [17,17] same boundary=mirror");
  const Filter blur = gaussian(2);
  ASSERT_EQ(blur.shape, p.h_shape);
  const Plan plan = Planner().plan(p, blur.view());
  EXPECT_EQ(plan.problem().kernel_rank, 1);
  EXPECT_EQ(plan.algorithm(), "separable") << plan.explain();
  Filter rough = blur;  // one tap off, far beyond rounding
  rough.values[100] += 0.1;
  EXPECT_NE(Planner().plan(p, rough.view()).problem().kernel_rank, 1);
}

// Whether a sum is scaled by dx was a guess: taps of unit area keep a constant, whatever dt is.
TEST(Steps, WrightTools126UnitAreaForEveryStep) {
  for (const double dt : {0.01, 0.5, 1.0, 3.0}) {
    const Filter decay = exponential(12.0, dt);
    EXPECT_NEAR(std::accumulate(decay.values.begin(), decay.values.end(), 0.0), 1, 1e-12) << dt;
    EXPECT_NEAR(decay.values[1] / decay.values[0], std::exp(-dt / 12.0), 1e-12);
  }
}

// The choice looks at what accuracy was asked for, not only at sizes.
TEST(Accuracy, Scipy22390AComponentwiseBoundIsAskedForInOneWord) {
  std::vector<double> x(4000, 1e-9), h(300, 1.0 / 300);
  x[100] = 1e12;
  Problem p = Problem::parse("convolve f64 [4000] * [300] same accuracy=componentwise");
  const Plan plan = Planner().plan(p);
  const Kernel kernel = plan.prepare(ConstView(h));
  std::vector<double> y(4000);
  Workspace workspace(plan);
  ASSERT_EQ(plan.execute(ConstView(x), kernel, View(y), workspace), Status::ok);
  EXPECT_NEAR(y[3000], 1e-9, 1e-9 * 1e-12);
}

}  // namespace
}  // namespace faltung
