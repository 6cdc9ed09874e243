// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The contract for `recursive`, on kernels that are what it takes: boxes and products of bells.
// expect_right compares NaN and infinities output by output, and every finite output with
// Plan::error_bound.
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

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// h[i, j, ...] = f(i) f(j) ...
template <class F>
Buffer product(ElementType type, const Dims& shape, F&& f) {
  Buffer h(type, shape);
  reference::for_each_index(shape, [&](const Dims& k) {
    double p = 1;
    for (int i = 0; i < shape.rank(); ++i) p *= f(k[i], shape[i]);
    h.set(k, p);
  });
  return h;
}

Buffer filled(ElementType type, const Dims& shape, double value) {
  Buffer h(type, shape);
  reference::for_each_index(shape, [&](const Dims& k) { h.set(k, value); });
  return h;
}

/// A Gaussian of so many standard deviations from the middle to either end, of sum 1.
Buffer gaussian(ElementType type, const Dims& shape, double deviations = 4) {
  return product(type, shape, [&](std::int64_t k, std::int64_t n) {
    const double sigma = static_cast<double>(n - 1) / 2 / deviations;
    const double t = (static_cast<double>(k) - static_cast<double>(n - 1) / 2) / sigma;
    return std::exp(-t * t / 2) / (sigma * std::sqrt(8 * std::atan(1.0)));
  });
}

Problem recursive(const Buffer& x, const Buffer& h, double tolerance = 0) {
  Problem p = problem_of(x, h, "recursive");
  p.tolerance = tolerance;
  p.kernel_cosines = tolerance > 0 ? 7 : 1;
  return p;
}

const Family kFamily = {.types = {{f32, f32}, {f64, f64}, {c64, f32}, {f64, c128}, {f16, f16}},
                        .min_rank = 1,
                        .max_rank = 3,
                        .largest_input = 14,
                        .largest_kernel = 6,
                        .batch = true,
                        .boundaries = true};

/// Random problems with boxes and bells; `check` spoils them.
template <class F>
int for_each_problem(int quick, F&& check) {
  int computed = 0;
  for (int i = 0; i < cases(quick, 20 * quick); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Problem p = random_problem(kFamily, random);
    p.method = "recursive";
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::whole);
    make_windows(h, p, random);
    const auto plan = Planner().try_plan(p);
    if (!plan || !plan->try_prepare(h.view())) continue;  // half a bell
    ++computed;
    check(p, x, h, random);
    if (::testing::Test::HasFailure()) break;
  }
  return computed;
}

void spoil(Buffer& b, Random& random) {
  Dims index;
  for (int i = 0; i < b.shape().rank(); ++i) index.push_back(random.whole(0, b.shape()[i] - 1));
  b.set(index, random.of({kNan, kInf, -kInf}));
}

TEST(RecursiveContract, NonFiniteSamplesStayWhereTheyAre) {
  const int computed =
      for_each_problem(500, [](const Problem& p, Buffer& x, Buffer& h, Random& random) {
        if (p.boundary == Boundary::odd) return;
        for (std::int64_t n = random.whole(1, 3); n > 0; --n) spoil(x, random);
        expect_right(p, x, h, run(p, x, h));
      });
  EXPECT_GT(computed, 250);
}

TEST(RecursiveContract, NonFiniteTapsAreTheDirectMethods) {
  const int computed =
      for_each_problem(200, [](const Problem& p, Buffer& x, Buffer& h, Random& random) {
        if (p.boundary == Boundary::odd) return;
        spoil(h, random);
        if (random.once_in(2)) spoil(x, random);
        const Outcome o = run(p, x, h);
        if (o.status != Status::kernel_mismatch) expect_right(p, x, h, o);
      });
  EXPECT_GT(computed, 100);
}

TEST(RecursiveContract, NonFiniteCvalAndReflections) {
  for (double special : {kNan, kInf, -kInf})
    for (double tolerance : {0.0, 0.02}) {
      Random random = random_for(current_test(), 0);
      Buffer x(f64, {7, 8});
      x.fill(random, Values::whole);
      const Buffer h = tolerance > 0 ? gaussian(f64, {5, 5}, 2) : filled(f64, {5, 5}, 0.3);
      Problem p = recursive(x, h, tolerance);
      p.cval = special;
      expect_right(p, x, h, run(p, x, h));
      p.cval = 0;
      p.boundary = Boundary::odd;
      x.set({0, 3}, special);
      x.set({4, 7}, special);
      expect_right(p, x, h, run(p, x, h));
    }
}

TEST(RecursiveContract, InfinitiesBesideNumbersThatOverflow) {
  Buffer x = filled(f32, {30, 30}, 3e38);
  x.set({5, 6}, kInf);
  x.set({20, 21}, -kInf);
  x.set({12, 3}, kNan);
  for (double value : {1.0, -0.5, 0.01}) {
    const Buffer h = filled(f32, {5, 7}, value);
    const Problem p = recursive(x, h);
    expect_right(p, x, h, run(p, x, h));
  }
}

TEST(RecursiveContract, ExactZeros) {
  int due = 0;
  for (int i = 0; i < cases(200, 5000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const ElementType type = random.of({f32, f64});
    Buffer x(type, {random.whole(3, 30), random.whole(3, 30)});
    x.fill(random, Values::uniform);
    bool silent = false;
    reference::for_each_index(x.shape(), [&](const Dims& at) {
      if (random.once_in(20)) silent = !silent;
      if (silent || at[0] % 12 > 1) x.set(at, random.once_in(2) ? 0.0 : -0.0);
    });
    const bool bell = random.once_in(2);
    const Dims shape{random.whole(2, 9), random.whole(2, 9)};
    const Buffer h = bell ? gaussian(type, shape, 2) : filled(type, shape, -0.7);
    Problem p = recursive(x, h, bell ? 0.1 : 0);
    p.boundary = random.of({Boundary::constant, Boundary::mirror});
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    const reference::Reference reference(p, x.view(), h.view());
    reference::for_each_index(reference.shape(), [&](const Dims& index) {
      if (!reference.vanishes(index)) return;
      ++due;
      EXPECT_EQ(o.y.at(index), 0.0) << to_string(index) << "\n" << p.to_string();
    });
    expect_right(p, x, h, o);
    if (HasFailure()) return;
  }
  EXPECT_GT(due, 1000) << "the test has lost its cases";
}

TEST(RecursiveContract, NothingNegativeFromNothingNegative) {
  int clamped = 0;
  for (int i = 0; i < cases(30, 1000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Buffer x(f32, {60, 70});
    reference::for_each_index(x.shape(), [&](const Dims& at) {
      x.set(at, random.once_in(200) ? 1e4 * random.unit() : 0.0);
    });
    // The ends of a bell of five deviations are far below what few cosines leave.
    const Buffer h = gaussian(f32, {41, 41}, 5);
    const Problem p = recursive(x, h, 1e-3);
    const Outcome o = run(p, x, h);
    expect_right(p, x, h, o);
    for (float v : dense<float>(o.y)) {
      ASSERT_GE(v, 0);
      clamped += v == 0;
    }
  }
  EXPECT_GT(clamped, 100) << "the test has lost its cases";
}

// --- range ------------------------------------------------------------------------------------

TEST(RecursiveContract, NoSpuriousOverflowOrUnderflow) {
  const auto expect = [](ElementType type, double sample, double tap) {
    const Buffer x = filled(type, {20, 20}, sample), h = filled(type, {9, 9}, tap);
    for (Boundary boundary : {Boundary::constant, Boundary::odd}) {
      Problem p = recursive(x, h);
      p.boundary = boundary;
      expect_right(p, x, h, run(p, x, h));
    }
  };
  expect(f64, 1e307, 1e-307);
  expect(f64, 1e-307, 1e307);
  expect(f32, 1e38, 1e-37);
  expect(f32, 1e-37, 1e37);
  expect(f32, 0x1p-77, 0x1p-70);
  expect(f64, 0x1p-540, 0x1p-536);
  expect(f32, 0x1p-149, 1);
  expect(f32, 0x1p-149, 0x1p100);
  expect(f32, std::numeric_limits<float>::max(), 0.25);
}

TEST(RecursiveContract, AnyExponents) {
  for (int i = 0; i < cases(200, 5000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const ElementType type = random.of({f32, f64});
    const int most = type == f32 ? 60 : 500;
    const int middle = static_cast<int>(random.whole(-2 * most, 2 * most));
    const int spread = random.of({0, 4, 40});
    Buffer x(type, {random.size(20), random.size(20)});
    reference::for_each_index(x.shape(), [&](const Dims& at) {
      x.set(at, std::ldexp(random.symmetric(),
                           middle + static_cast<int>(random.whole(-spread, spread)) / 2));
    });
    const Buffer h =
        filled(type, {random.whole(2, 10), random.whole(2, 10)},
               std::ldexp(random.symmetric() + 2, static_cast<int>(random.whole(-most, most))));
    Problem p = recursive(x, h);
    p.boundary = static_cast<Boundary>(random.whole(0, 5));
    expect_right(p, x, h, run(p, x, h));
    if (HasFailure()) return;
  }
}

// --- bound ------------------------------------------------------------------------------------

/// Data on which rounding errors line up, meet in one output or drown it.
double adversary(int kind, std::int64_t i, Random& random, double u) {
  switch (kind) {
    case 0: return 1.0 / 3;
    case 1: return (i % 2 ? -1 : 1) * (1 - 3 * u);
    case 2: return i == 7 ? 1 / u : random.symmetric();
    case 3: return (i % 2 ? -1 : 1) * (1 + 0x1p-10 * random.unit());
    case 4: return std::ldexp(1 + 2 * u, static_cast<int>(i % 5));
    case 5: return std::ldexp(random.symmetric(), static_cast<int>(random.whole(-30, 30)));
    default: return i == 5 ? 1.0 : 0.0;
  }
}
constexpr int kAdversaries = 7;

TEST(RecursiveContract, TheBoundHoldsOnAdversarialData) {
  for (ElementType type : {f32, f64})
    for (int a = 0; a < kAdversaries; ++a)
      for (const Dims& taps : {Dims{301}, Dims{20, 31}, Dims{300, 2}})
        for (double tolerance : {0.0, 1e-2, 1e-4, 1e-5}) {
          Random random = random_for(current_test(), 100 * a);
          const double u = tolerance_of(type).unit_roundoff;
          Buffer x(type, taps.rank() == 1 ? Dims{700} : Dims{50, 60});
          std::int64_t n = 0;
          reference::for_each_index(
              x.shape(), [&](const Dims& at) { x.set(at, adversary(a, n++, random, u)); });
          const Buffer h = tolerance == 0 ? filled(type, taps, 1.0 / 3) : gaussian(type, taps);
          const Problem p = recursive(x, h, tolerance);
          const Outcome o = run(p, x, h);
          if (tolerance == 1e-5 && o.status == Status::kernel_mismatch) continue;
          expect_right(p, x, h, o, 40);
          EXPECT_EQ(o.bound.unit_roundoff, u);
          // What the plan promised; of a box, what a direct sum of as many taps does.
          EXPECT_LE(o.bound.coefficient * u, tolerance > 0 ? tolerance : 200 * u);
          if (HasFailure()) {
            ADD_FAILURE() << "adversary " << a << " " << p.to_string();
            return;
          }
        }
}

/// |e| <= C u (|x~| * |h|), output by output.
TEST(RecursiveContract, ABoxKeepsTheComponentwiseBound) {
  for (ElementType type : {f32, f64})
    for (int a = 0; a < kAdversaries; ++a) {
      Random random = random_for(current_test(), a);
      Buffer x(type, {40, 50});
      std::int64_t n = 0;
      reference::for_each_index(x.shape(), [&](const Dims& at) {
        const double v = adversary(a, n++, random, 0x1p-20);
        x.set(at, at[0] < 20 ? v : v * (type == f32 ? 1e-35 : 1e-305));
      });
      const Buffer h = filled(type, {21, 17}, 0.011);
      Problem p = recursive(x, h);
      p.accuracy = Accuracy::componentwise;
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      const double c = o.bound.coefficient * o.bound.unit_roundoff;
      EXPECT_LE(o.bound.coefficient, 60);  // a direct sum's is above 128
      const reference::Reference reference(p, x.view(), h.view());
      reference::for_each_index(o.y.shape(), [&](const Dims& at) {
        const reference::Cell cell = reference.at(at);
        const reference::Quad e = reference::Quad(o.y.at(at).real()) - cell.re;
        const double smallest = type == f32 ? 0x1p-149 : 0x1p-1074;
        EXPECT_LE(static_cast<double>(reference::magnitude(e)),
                  c * static_cast<double>(cell.sum_abs_re) + smallest)
            << to_string(at) << " adversary " << a;
      });
    }
}

// --- the choice -------------------------------------------------------------------------------

TEST(RecursiveContract, AToleranceDecides) {
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {1200, 1600});
  x.fill(random, Values::uniform);
  const Buffer h = gaussian(f32, {161, 161});
  Problem p = problem_of(x, h, "auto");
  p.extent = Extent::same;
  p.boundary = Boundary::mirror;
  EXPECT_NE(Planner().plan(p, h.view()).algorithm(), "recursive");
  p.method = "recursive";
  EXPECT_FALSE(Planner().try_plan(p, h.view()));
  p.method = "auto";
  for (double tolerance : {1e-3, 1e-4}) {
    p.tolerance = tolerance;
    const Plan plan = Planner().plan(p, h.view());
    EXPECT_EQ(plan.algorithm(), "recursive") << tolerance;
    EXPECT_EQ(plan.problem().kernel_rank, 1);
    const Outcome o = run(plan.problem(), x, h);
    const Judged judged = expect_right(plan.problem(), x, h, o, 60);
    double sum = 0, largest = 0;
    reference::for_each_index(h.shape(), [&](const Dims& k) { sum += h.at(k).real(); });
    reference::for_each_index(
        x.shape(), [&](const Dims& k) { largest = std::max(largest, std::abs(x.at(k).real())); });
    EXPECT_LE(o.bound.maximum, tolerance * largest * sum);
    EXPECT_LE(judged.l2_error, o.bound.l2);
  }
  // Below what float32 holds.
  p.tolerance = 1e-7;
  const auto none = Planner().try_plan(p, h.view());
  EXPECT_TRUE(!none || none->algorithm() != "recursive");
}

TEST(RecursiveContract, ABoxIsFoundAndOtherKernelsAreNot) {
  const Buffer x(f32, {2000, 2000}), box = filled(f32, {61, 61}, 1.0 / 3721);
  Problem p = problem_of(x, box, "auto");
  p.extent = Extent::same;
  const Plan plan = Planner().plan(p, box.view());
  EXPECT_EQ(plan.algorithm(), "recursive");
  EXPECT_EQ(plan.problem().kernel_cosines, 1);
  EXPECT_EQ(Problem::parse(plan.problem().to_string()).kernel_cosines, 1);
  EXPECT_NE(plan.explain().find("a box of [61,61] taps"), std::string::npos) << plan.explain();
  const Kernel kernel = plan.prepare(box.view());
  EXPECT_LE(kernel.bytes(), plan.memory_bytes() - plan.workspace_bytes());

  for (double change : {0.0, -1.0, 1.0 + 1e-4}) {  // a hole, another sign, another number
    Buffer other = filled(f32, {61, 61}, 1.0 / 3721);
    other.set({30, 7}, change / 3721);
    EXPECT_NE(Planner().plan(p, other.view()).algorithm(), "recursive") << change;
    const auto refused = plan.try_prepare(other.view());
    ASSERT_FALSE(refused) << change;
    EXPECT_EQ(refused.error().status, Status::kernel_mismatch);
    EXPECT_NE(refused.error().message.find("box"), std::string::npos) << refused.error().message;
  }
}

TEST(RecursiveContract, IntegersAreExact) {
  for (const char* text :
       {"convolve u8*u8 [70,90] * [31,11] same boundary=edge",
        "convolve u8*u8->u8 [70,90] * [31,11] same policy=saturate",
        "convolve i32*i16 [90,80] * [7,31] full boundary=wrap",
        "convolve i64 [500] * [77] full policy=wrap", "convolve i16 [20,21,22] * [5,6,7] valid"})
    for (std::int64_t tap : {1, 3}) {
      Problem p = Problem::parse(text);
      Random random = random_for(current_test(), 0);
      Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
      x.fill(random, p.policy == Policy::exact ? Values::whole : Values::wide);
      reference::for_each_index(h.shape(), [&](const Dims& k) { h.set_whole(k, tap); });
      p.method = "recursive";
      const Plan plan = Planner().plan(p, h.view());
      EXPECT_EQ(plan.problem().kernel_cosines, 1);
      expect_right(plan.problem(), x, h, run(plan.problem(), x, h));
    }
}

TEST(RecursiveContract, TheSameBitsWhateverTheThreadsAndLayoutsAre) {
  for (const char* text : {"convolve f32 [300,700] * [21,41] same cosines=1",
                           "convolve f64 [90,80,3] * [9,17,1] full axes=0,1 cosines=1",
                           "convolve f32 [300,700] * [41,41] same cosines=7 tolerance=1e-3",
                           "convolve f32 [100000] * [301] same cosines=7 tolerance=1e-3"}) {
    Problem p = Problem::parse(text);
    p.method = "recursive";
    Random random = random_for(current_test(), 0);
    Buffer x(p.x_type, p.x_shape);
    x.fill(random, Values::uniform);
    const Buffer h =
        p.tolerance > 0 ? gaussian(p.h_type, p.h_shape) : filled(p.h_type, p.h_shape, 0.1);
    const Outcome first = run(p, x, h);
    ASSERT_EQ(first.status, Status::ok) << first.message;
    for (int threads : {1, 2, 3, 8}) {
      RunOptions options;
      options.threads = threads;
      options.y_layout = random_layout(random, false);
      options.random = &random;
      const Outcome again = run(p, x, h, options);
      int differ = 0;
      reference::for_each_index(
          first.y.shape(), [&](const Dims& at) { differ += first.y.at(at) != again.y.at(at); });
      EXPECT_EQ(differ, 0) << threads << " " << text;
    }
  }
}

TEST(RecursiveContract, TimeDoesNotGrowWithTheTaps) {
  const auto seconds = [](const char* text) {
    return Planner().plan(Problem::parse(text)).predicted_seconds();
  };
  const double few = seconds("convolve f32 [4096,4096] * [51,51] same cosines=1 method=recursive");
  const double many =
      seconds("convolve f32 [4096,4096] * [301,301] same cosines=1 method=recursive");
  EXPECT_LT(many, 1.5 * few);
}

}  // namespace
}  // namespace faltung
