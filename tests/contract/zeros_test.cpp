// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 6: exact zeros where the input vanishes over the hull of the kernel's non-zero taps or
// the other way round; non-negative inputs give non-negative outputs (odd boundary excepted).
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class ExactZeros : public EveryMethodAndAuto {
 protected:
  /// Returns how many zeros were due.
  int check(const Problem& p, const Buffer& x, const Buffer& h) {
    const Outcome o = run(p, x, h);
    if (o.status != Status::ok) return 0;
    const reference::Reference reference(p, x.view(), h.view());
    int due = 0, wrong = 0;
    reference::for_each_index(reference.shape(), [&](const Dims& index) {
      if (!reference.vanishes(index)) return;
      ++due;
      if (o.y.at(index) != 0.0 && wrong++ == 0)
        ADD_FAILURE() << o.algorithm << " " << to_string(index) << ": " << o.y.at(index)
                      << " where an exact zero is due\n"
                      << p.to_string();
    });
    return due;
  }
};

/// Bursts of samples between long silences.
void fill_bursts(Buffer& b, Random& random) {
  b.fill(random, Values::uniform);
  bool silent = random.once_in(2);
  reference::for_each_index(b.shape(), [&](const Dims& index) {
    if (random.once_in(1 + b.shape().back() / 6)) silent = !silent;
    if (silent) b.set(index, random.once_in(2) ? 0.0 : -0.0);
  });
}

TEST_P(ExactZeros, RandomBursts) {
  const Family families[] = {
      {.types =
           {{f32, f32}, {f64, f64}, {c64, c64}, {c128, f64}, {f32, c64}, {f16, f16}, {f16, f32}},
       .largest_input = 80,
       .largest_kernel = 20,
       .boundaries = true,
       .dilation = true},
      {.types = {{f32, f32}, {f64, f64}, {c64, c64}, {f16, f16}},
       .min_rank = 2,
       .max_rank = 3,
       .largest_input = 12,
       .largest_kernel = 6,
       .batch = true,
       .boundaries = true}};
  int due = 0;
  for (const Family& family : families)
    for (int i = 0; i < cases(600, 5000); ++i) {
      SCOPED_TRACE(describe_case(i));
      Random random = random_for(current_test(), i);
      Problem p = random_problem(family, random);
      p.method = method();
      Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
      fill_bursts(x, random);
      fill_bursts(h, random);
      due += check(p, x, h);
      if (HasFailure()) return;
    }
  EXPECT_GT(due, 100) << "the test has lost its cases";
}

TEST_P(ExactZeros, AcrossBlocks) {
  for (int i = 0; i < 6; ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Buffer x(random.of({f32, f64}), {random.whole(2000, 4000)});
    Buffer h(x.type(), {random.whole(20, 200)});
    fill_bursts(x, random);
    fill_bursts(h, random);
    check(problem_of(x, h, method()), x, h);
    if (HasFailure()) return;
  }
}

// The kernel's outer taps are zero: its hull, not its length, decides.
TEST_P(ExactZeros, RunsAboutAsLongAsTheHull) {
  constexpr int kLength = 90;
  int due = 0;
  for (const char* text :
       {"convolve f32 [90] * [9] full", "convolve f64 [90] * [9] same boundary=edge",
        "convolve f32 [90] * [9] same boundary=wrap", "convolve f64 [90] * [5] full dilation=2",
        "convolve f32 [2,90] * [2,9] full boundary=mirror"})
    for (const int zeros : {8, 9, 10})
      for (int first = -zeros; first < kLength; ++first) {
        Problem p = Problem::parse(text);
        p.method = method();
        if (method() == "overlap_save") p.block = {32};
        Random random = random_for(current_test(), first + zeros * kLength);
        Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
        x.fill(random, Values::uniform), h.fill(random, Values::uniform);
        // Zeros elsewhere, so that their number alone does not tell.
        reference::for_each_index(x.shape(), [&](const Dims& index) {
          const std::int64_t at = index[index.rank() - 1] - first;
          if ((at >= 0 && at < zeros) || at % 10 == 0) x.set(index, 0.0);
        });
        due += check(p, x, h);
        if (HasFailure()) return;
      }
  EXPECT_GT(due, 500) << "the test has lost its cases";
}

TEST_P(ExactZeros, TheHullAndNotTheLengthOfTheKernel) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {400}), h(f64, {41});
  x.fill(random, Values::uniform);
  for (std::int64_t i = 0; i < 41; ++i) h.set(i, i >= 18 && i <= 22 ? 1.0 / 3 : 0.0);
  for (std::int64_t i = 100; i < 130; ++i) x.set(i, 0);
  Problem p = problem_of(x, h, method());
  p.extent = Extent::same;
  EXPECT_GE(check(p, x, h), 26);
}

TEST_P(ExactZeros, ZeroInputAndZeroKernel) {
  Random random = random_for(current_test(), 0);
  for (bool zero_kernel : {false, true}) {
    Buffer x(f32, {300}), h(f32, {30});
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    Buffer& z = zero_kernel ? h : x;
    for (std::int64_t i = 0; i < z.shape()[0]; ++i) z.set(i, 0);
    EXPECT_EQ(check(problem_of(x, h, method()), x, h), 329);
  }
}

// A window that touches nothing of the input.
TEST_P(ExactZeros, WindowOutsideTheResult) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {50}), h(f64, {9});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  Problem p = problem_of(x, h, method());
  p.window = {-20, 90};
  EXPECT_GE(check(p, x, h), 20 + 90 - 58);
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(ExactZeros);

class NonNegative : public EveryMethodAndAuto {
 protected:
  void check(const Problem& p, const Buffer& x, const Buffer& h) {
    const Outcome o = run(p, x, h);
    if (o.status != Status::ok) return;
    int wrong = 0;
    reference::for_each_index(o.y.shape(), [&](const Dims& index) {
      const double v = o.y.at(index).real();
      if (!(v >= 0) && wrong++ == 0)
        ADD_FAILURE() << o.algorithm << " " << to_string(index) << ": " << v
                      << " from non-negative operands\n"
                      << p.to_string();
    });
    expect_right(p, x, h, o, 200);
  }
};

TEST_P(NonNegative, RandomProblems) {
  const Family family = {.types = {{f32, f32}, {f64, f64}, {f32, f64}, {u8, f32}, {f16, f16}},
                         .max_rank = 3,
                         .largest_input = 20,
                         .largest_kernel = 9,
                         .batch = true,
                         .boundaries = true,
                         .strides = true,
                         .dilation = true};
  for (int i = 0; i < cases(300, 10000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Problem p = random_problem(family, random);
    if (p.boundary == Boundary::odd) continue;
    p.cval = std::abs(p.cval.real());
    p.method = method();
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::nonnegative);
    h.fill(random, Values::nonnegative);
    check(p, x, h);
    if (HasFailure()) return;
  }
}

// One sample that is not finite takes the promise from no output but those that meet it.
TEST_P(NonNegative, BesideWhatIsNotFinite) {
  for (const ElementType type : {f32, f64}) {
    for (const double odd :
         {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
      Random random = random_for(current_test(), 0);
      Buffer x(type, {1000}), h(type, {64});
      for (std::int64_t i = 0; i < 1000; ++i) x.set(i, random.unit());
      for (std::int64_t i = 0; i < 64; ++i) h.set(i, random.unit());
      x.set(7, type == f32 ? 3e37 : 1e300);
      x.set(207, odd);
      const Problem p = problem_of(x, h, method());
      if (!Planner().try_plan(p)) continue;
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      for (std::int64_t i = 0; i < 1063; ++i) {
        if (i < 207 || i > 207 + 63) {
          ASSERT_GE(o.y.at(Dims{i}).real(), 0) << p.to_string() << i;
        }
      }
    }
  }
}

// Small values beside large ones: an FFT's rounding error is far larger than they are.
TEST_P(NonNegative, SmallBesideLarge) {
  for (ElementType type : {f32, f64}) {
    Random random = random_for(current_test(), 0);
    Buffer x(type, {2000}), h(type, {100});
    for (std::int64_t i = 0; i < 2000; ++i)
      x.set(i, i % 300 < 20 ? 1e6 * random.unit() : 1e-12 * random.unit());
    for (std::int64_t i = 0; i < 100; ++i) h.set(i, std::exp(-0.2 * static_cast<double>(i)));
    check(problem_of(x, h, method()), x, h);
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(NonNegative);

}  // namespace
}  // namespace faltung
