// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 3: accuracy = componentwise keeps |e_k| <= tolerance (|x| * |h|)_k, where a transform
// alone would drown small values in the rounding of large ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reference/reference.hpp"
#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class Componentwise : public EveryMethodAndAuto {};

/// A loud half and one that is quieter by `decades`, zeros between.
void fill(Buffer& buffer, double decades, Random& random) {
  for (std::int64_t i = 0; i < buffer.count(); ++i) {
    const double level = 2 * i < buffer.count() ? 1 : std::pow(10.0, -decades);
    const std::int64_t row = buffer.shape().rank() == 1 ? buffer.count() : buffer.shape()[1];
    const Dims at = buffer.shape().rank() == 1 ? Dims{i} : Dims{i / row, i % row};
    buffer.set(at, {random.once_in(50) ? 0.0 : level * random.symmetric(), 0.0});
  }
}

struct Worst {
  double ratio = 0;  ///< |e_k| / (|x| * |h|)_k
};

Worst worst_of(const Problem& p, const Buffer& x, const Buffer& h, const Buffer& y) {
  const std::vector<reference::Cell> cells = reference::Reference(p, x.view(), h.view()).all();
  Worst worst;
  for (std::size_t k = 0; k < cells.size(); ++k) {
    const double got = y.at(unravel(static_cast<std::int64_t>(k), y.shape())).real();
    const double error = std::abs(static_cast<double>(cells[k].re - reference::Quad(got)));
    const double magnitude = static_cast<double>(cells[k].sum_abs_re);
    if (error > 0) worst.ratio = std::max(worst.ratio, error / magnitude);
  }
  return worst;
}

TEST_P(Componentwise, SmallValuesKeepTheirDigits) {
  struct Case {
    ElementType type;
    Dims x, h;
    Boundary boundary;
    double tolerance;
  };
  const Case cases[] = {{f64, {3000}, {400}, Boundary::constant, 1e-12},
                        {f64, {3000}, {400}, Boundary::mirror, 1e-11},
                        {f32, {3000}, {400}, Boundary::edge, 1e-3},
                        {f64, {70, 90}, {20, 21}, Boundary::wrap, 1e-11},
                        {f64, {70, 90}, {20, 21}, Boundary::odd, 1e-11}};
  int index = 0;
  for (const Case& c : cases) {
    Random random = random_for(current_test(), index++);
    Buffer x(c.type, c.x), h(c.type, c.h);
    fill(x, c.type == f32 ? 6 : 12, random);
    fill(h, 0, random);
    Problem p = problem_of(x, h, method());
    p.boundary = c.boundary;
    p.extent = Extent::same;
    p.accuracy = Accuracy::componentwise;
    p.tolerance = c.tolerance;
    if (!Planner().try_plan(p)) continue;  // separable: these kernels have no low rank
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    EXPECT_LE(worst_of(p, x, h, o.y).ratio, c.tolerance) << p.to_string();
    if (method() != "fft_single") continue;
    p.accuracy = Accuracy::norm;
    p.tolerance = 0;
    EXPECT_GT(worst_of(p, x, h, run(p, x, h).y).ratio, c.tolerance)
        << "the data shows nothing: " << p.to_string();
  }
}

// Results of other bytes than what is computed in: rows of sums of magnitudes lie as those.
TEST_P(Componentwise, ResultsOfOtherTypes) {
  struct Case {
    ElementType type, result;
    double loud, quiet, tolerance, rounding;
  };
  const Case cases[] = {{f16, f16, 50, 1e-4, 1e-3, 0x1p-11}, {f32, u8, 1e6, 0.1, 1e-3, 0},
                        {f32, i16, 1e6, 0.1, 1e-3, 0},       {f32, i64, 1e6, 0.1, 1e-3, 0},
                        {f64, u8, 1e15, 0.1, 1e-3, 0},       {f64, i32, 1e15, 0.1, 1e-3, 0}};
  int index = 0;
  for (const Case& c : cases) {
    Random random = random_for(current_test(), index++);
    Buffer x(c.type, {8, 300}), h(c.type, {2, 40});
    reference::for_each_index(x.shape(), [&](const Dims& at) {
      x.set(at, {(at[0] < 4 ? c.quiet : c.loud) * random.symmetric(), 0.0});
    });
    h.fill(random, Values::uniform);
    Problem p = problem_of(x, h, method());
    p.accuracy = Accuracy::componentwise;
    p.tolerance = c.tolerance;
    p.y_type = c.result;
    if (is_integer(c.result)) p.policy = Policy::saturate;
    if (!Planner().try_plan(p)) continue;
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    const std::vector<reference::Cell> cells =
        reference::Reference(problem_of(x, h, "direct"), x.view(), h.view()).all();
    for (std::size_t k = 0; k < cells.size(); ++k) {
      const double got = o.y.at(unravel(static_cast<std::int64_t>(k), o.y.shape())).real();
      double exact = static_cast<double>(cells[k].re);
      const double within = c.tolerance * static_cast<double>(cells[k].sum_abs_re);
      double rounding = c.rounding * std::abs(exact) + 0x1p-25;
      if (is_integer(c.result)) {
        exact = std::clamp(exact, static_cast<double>(lowest(c.result)),
                           static_cast<double>(highest(c.result)));
        rounding = 0.5;
      }
      ASSERT_LE(std::abs(got - exact), within + rounding * (1 + c.tolerance))
          << p.to_string() << " output " << k;
    }
  }
}

// scipy#22390, data that are never negative: where rounding leaves less than nothing of a sum, that
// sum is not known to be zero.
TEST_P(Componentwise, ALossBelowZeroIsNoZero) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {4000}), h(f64, {500});
  for (std::int64_t i = 0; i < 4000; ++i) x.set(i, (i < 100 ? 1e12 : 1e-12) * random.unit());
  for (std::int64_t i = 0; i < 500; ++i) h.set(i, random.unit());
  Problem p = problem_of(x, h, method());
  p.accuracy = Accuracy::componentwise;
  for (const double tolerance : {0.0, 1e-11, 1e-6}) {
    p.tolerance = tolerance;
    const auto plan = Planner().try_plan(p);
    if (!plan) {  // a transform without a tolerance, and separable
      EXPECT_NE(method(), "auto") << plan.error().message;
      EXPECT_NE(method(), "direct") << plan.error().message;
      continue;
    }
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    EXPECT_LE(worst_of(p, x, h, o.y).ratio, tolerance > 0 ? tolerance : 2 * 500 * 0x1p-53)
        << p.to_string();
  }
}

// Outputs far below the range beside some at its end: a sum of magnitudes below the smallest normal
// number tells nothing of them.
TEST_P(Componentwise, OutputsBelowTheRange) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {400}), h(f64, {47});
  for (std::int64_t i = 0; i < 400; ++i) x.set(i, (i < 100 ? 1 : 1e-310) * random.symmetric());
  for (std::int64_t i = 0; i < 47; ++i) h.set(i, 1e-300 * random.symmetric());
  Problem p = problem_of(x, h, method());
  p.accuracy = Accuracy::componentwise;
  p.tolerance = 1e-4;
  const Outcome o = run(p, x, h);
  if (!o.planned) return;
  ASSERT_EQ(o.status, Status::ok) << o.message;
  for (std::int64_t i = 147; i < o.y.count(); ++i)
    EXPECT_LE(std::abs(o.y.at(i)), std::numeric_limits<double>::denorm_min()) << "output " << i;
}

TEST(ComponentwiseChoice, WithoutAToleranceItIsTheDirectMethods) {
  const Problem p = Problem::parse("convolve f64 [100000] * [3000] full accuracy=componentwise");
  EXPECT_EQ(Planner().plan(p).algorithm(), "direct");
  const auto candidates = Planner().candidates(p);
  for (const Candidate& c : *candidates)
    if (c.name == "overlap_save") {
      EXPECT_NE(c.reason.find("summed directly"), std::string::npos);
    }
}

TEST(ComponentwiseChoice, AWideToleranceLetsTransformsIn) {
  const Problem p =
      Problem::parse("convolve f64 [100000] * [3000] full accuracy=componentwise tolerance=1e-9");
  const Plan plan = Planner().plan(p);
  EXPECT_EQ(plan.algorithm(), "overlap_save");
  EXPECT_NE(plan.explain().find("checked against"), std::string::npos) << plan.explain();
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Componentwise);

}  // namespace
}  // namespace faltung
