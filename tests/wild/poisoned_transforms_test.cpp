// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads about what one value does to all the others once a transform is used.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class PoisonedTransforms : public EveryMethodAndAuto {};

// scipy#22390: the automatic choice of an FFT destroys small values beside large ones. The result
// says its own error, and the automatic choice stays within the componentwise bound of its plan.
TEST_P(PoisonedTransforms, Scipy22390SmallValuesBesideLargeOnes) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {4000}), h(f64, {500});
  for (std::int64_t i = 0; i < 4000; ++i) x.set(i, (i < 100 ? 1e12 : 1e-12) * random.unit());
  for (std::int64_t i = 0; i < 500; ++i) h.set(i, random.unit());
  const Problem p = problem_of(x, h, method());
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  expect_right(p, x, h, o, 300);
  if (o.algorithm == "direct") {  // every output to its own last digits, however small
    const reference::Reference reference(p, x.view(), h.view());
    for (std::int64_t i : {700, 1500, 3999, 4400}) {
      const double exact = static_cast<double>(reference.at({i}).re);
      EXPECT_NEAR(o.y.at(i).real() / exact, 1, 1e-13) << i;
    }
  }
}

// scipy#15927: one NaN in the input makes the whole result of fftconvolve NaN.
TEST_P(PoisonedTransforms, Scipy15927OneNanStaysLocal) {
  Buffer x(f64, {10000}), h(f64, {100});
  for (std::int64_t i = 0; i < 10000; ++i) x.set(i, 1.0);
  for (std::int64_t i = 0; i < 100; ++i) h.set(i, 0.01);
  x.set(5000, std::numeric_limits<double>::quiet_NaN());
  Problem p = problem_of(x, h, method());
  p.extent = Extent::same;
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  const std::vector<double> y = dense<double>(o.y);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const bool reached = i + 49 >= 5000 && i + 49 < 5100;
    EXPECT_EQ(std::isnan(y[i]), reached) << i;
    if (!reached && i > 100 && i < 9900) {
      EXPECT_NEAR(y[i], 1, 1e-12) << i;
    }
  }
}

// scipy#7818: a running sum smears a NaN to the edge of the signal.
TEST_P(PoisonedTransforms, Scipy7818MovingAverageForgetsANan) {
  Buffer x(f32, {3000}), h(f32, {31});
  for (std::int64_t i = 0; i < 3000; ++i) x.set(i, static_cast<double>(i % 10));
  for (std::int64_t i = 0; i < 31; ++i) h.set(i, 1.0 / 31);
  x.set(10, std::numeric_limits<double>::quiet_NaN());
  Problem p = problem_of(x, h, method());
  p.extent = Extent::causal;
  p.boundary = Boundary::edge;
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  const std::vector<float> y = dense<float>(o.y);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i >= 10 && i <= 40) << i;
  expect_right(p, x, h, o);
}

// astropy#16497, #11920: direct and FFT treat NaN differently. Here they may differ in rounding
// only.
TEST_P(PoisonedTransforms, Astropy16497EveryMethodHasOneMeaningOfNan) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {60, 70}), h(f64, {7, 9});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  x.set({10, 10}, std::numeric_limits<double>::quiet_NaN());
  x.set({40, 30}, std::numeric_limits<double>::infinity());
  x.set({41, 33}, -std::numeric_limits<double>::infinity());
  for (Boundary b : {Boundary::constant, Boundary::wrap, Boundary::symmetric}) {
    Problem p = problem_of(x, h, method());
    p.extent = Extent::same;
    p.boundary = b;
    expect_right(p, x, h, run(p, x, h));
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(PoisonedTransforms);

class StructuralZeros : public EveryMethodAndAuto {};

// pygeoprocessing#22: non-zeros of 1e-17 where the kernel sees nothing but zeros.
TEST_P(StructuralZeros, Pygeoprocessing22ZerosStayZeros) {
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {128, 128}), h(f32, {15, 15});
  for (std::int64_t i = 0; i < 128; ++i)
    for (std::int64_t j = 0; j < 128; ++j)
      x.set({i, j}, i >= 40 && i < 60 && j >= 70 && j < 90 ? random.unit() : 0.0);
  for (std::int64_t i = 0; i < 15; ++i)
    for (std::int64_t j = 0; j < 15; ++j)
      h.set({i, j}, std::exp(-0.1 * static_cast<double>((i - 7) * (i - 7) + (j - 7) * (j - 7))));
  Problem p = problem_of(x, h, method());
  p.extent = Extent::same;
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  for (std::int64_t i = 0; i < 128; ++i)
    for (std::int64_t j = 0; j < 128; ++j) {
      const bool reached = i >= 33 && i < 67 && j >= 63 && j < 97;
      ASSERT_EQ(o.y.at({i, j}).real() != 0, reached) << i << " " << j;
    }
}

// pytorch#8019: negative results of non-negative data, whose square root is NaN.
TEST_P(StructuralZeros, Pytorch8019TheSquareRootOfABlurIsNotNan) {
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {100, 120}), h(f32, {11, 11});
  for (std::int64_t i = 0; i < 100; ++i)
    for (std::int64_t j = 0; j < 120; ++j)
      x.set({i, j}, random.once_in(50) ? 255 * random.unit() : 0.0);
  h.fill(random, Values::nonnegative);
  Problem p = problem_of(x, h, method());
  p.extent = Extent::same;
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  for (float v : dense<float>(o.y)) ASSERT_FALSE(std::isnan(std::sqrt(v))) << v;
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(StructuralZeros);

}  // namespace
}  // namespace faltung
