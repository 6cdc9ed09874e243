// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/filter_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/exact_filter.hpp"
#include "support/filter_problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;
using reference::Quad;

constexpr FilterEvaluation kEvaluations[] = {FilterEvaluation::cheapest, FilterEvaluation::merged,
                                             FilterEvaluation::apart};

/// Data on which errors line up, cancel or drown.
void fill_adversarially(Buffer& x, Random& random) {
  const auto kind = random.whole(0, 4);
  std::int64_t i = 0;
  reference::for_each_index(x.shape(), [&](const Dims& at) {
    const auto t = static_cast<double>(i++);
    const double values[] = {random.symmetric(), 1.0 / 3, (i % 2 ? -1.0 : 1.0) * (1 - 0x1p-20),
                             i == 3 ? 1e6 : random.unit(), std::cos(t * t / 7)};
    const double v = values[kind];
    x.set(at, {v, is_complex(x.type()) ? random.symmetric() : 0.0});
  });
}

/// y is the naive evaluation within the stated bound, in both norms.
void expect_naive(const FilterPlan& plan, const Buffer& x, const FilterPair& pair) {
  const auto y = plan.try_run(x.view());
  const auto bound = plan.try_error_bound(x.view());
  ASSERT_TRUE(y && bound) << (y ? bound.error().message : y.error().message);
  const auto exact = naive(plan.problem(), x, pair);
  ASSERT_EQ(static_cast<std::size_t>(element_count(y->shape)), exact.size());
  ASSERT_EQ(y->type, plan.problem().result_type());
  double squares = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    std::complex<double> v;
    if (y->type == f32) v = y->samples<float>()[i];
    else if (y->type == f64) v = y->samples<double>()[i];
    else if (y->type == c64) v = std::complex<double>(y->samples<std::complex<float>>()[i]);
    else v = y->samples<std::complex<double>>()[i];
    const double re = static_cast<double>(Quad(v.real()) - exact[i].first),
                 im = static_cast<double>(Quad(v.imag()) - exact[i].second);
    const double error = std::hypot(re, im);
    squares += error * error;
    ASSERT_LE(error, bound->maximum) << "[" << i << "] of " << plan.explain();
  }
  EXPECT_LE(std::sqrt(squares), bound->l2) << plan.explain();
}

TEST(FilterPlans, AgreeWithTheNaiveEvaluationWithinTheirBound) {
  int chains = 0, sums = 0;
  for (int i = 0; i < cases(500, 20000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const int rank = static_cast<int>(random.whole(1, 2));
    const FilterPair pair = random_filter({.rank = rank,
                                           .operations = static_cast<int>(random.whole(0, 4)),
                                           .largest = rank == 1 ? 7 : 3},
                                          random);
    Problem p = random_problem_for(random.of({f32, f64, c64, c128}), rank, random);
    if (random.once_in(4)) p.h_type = f32;  // taps rounded more coarsely than the result
    Buffer x(p.x_type, p.x_shape);
    fill_adversarially(x, random);
    for (const FilterEvaluation evaluation : kEvaluations) {
      const auto plan = FilterPlan::try_make(p, pair.filter, {}, evaluation);
      if (!plan && plan.error().status == Status::no_output) continue;
      ASSERT_TRUE(plan) << plan.error().message;
      chains += plan->algorithm().find(',') != std::string::npos ? 1 : 0;
      sums += plan->algorithm().find('+') != std::string::npos ? 1 : 0;
      expect_naive(*plan, x, pair);
      if (HasFailure()) {
        ADD_FAILURE() << pair.filter.name << "\n" << plan->problem().to_string();
        return;
      }
    }
  }
  EXPECT_GT(chains, cases(500, 20000) / 20);
  EXPECT_GT(sums, cases(500, 20000) / 20);
}

// What the first kernel takes away, its rounding errors survive: the bound of a chain holds them.
TEST(FilterPlans, AnIntermediateResultThatCancelsIsBounded) {
  FilterPair a, b;
  a.filter = {Dims{9}, {307, -717, 410, 111, -333, 222, 901, -1000, 99}, "a", Dims{0}};
  b.filter = {Dims{5}, {1, 2, 3, 2, 1}, "b", Dims{0}};
  FilterPair both{a.filter * b.filter, {}};
  for (std::int64_t i = 0; i < 9; ++i)
    for (std::int64_t j = 0; j < 5; ++j)
      both.exact.taps[{0, i + j}] += Quad(a.filter.values[static_cast<std::size_t>(i)]) *
                                     Quad(b.filter.values[static_cast<std::size_t>(j)]);
  Buffer x(f32, {100});
  for (std::int64_t i = 0; i < 100; ++i) x.set(i, 0.7654321);
  Problem p;
  p.x_type = p.h_type = f32;
  p.x_shape = {100};
  p.boundary = Boundary::edge;
  const FilterPlan plan =
      value_or_throw(FilterPlan::try_make(p, both.filter, {}, FilterEvaluation::apart));
  ASSERT_FALSE(plan.merged());
  EXPECT_NE(dense_samples(value_or_throw(plan.try_run(x.view())))[50], 0);
  expect_naive(plan, x, both);
}

TEST(FilterPlans, APlainFilterIsAPlainPlan) {
  const Problem p = Problem::parse("convolve f32 [200,300] * [1] same boundary=edge");
  const auto plan = FilterPlan::try_make(p, gaussian(2));
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->merged());
  Problem full = p;
  full.h_shape = {17, 17};
  const AnyArray taps = [] {
    AnyArray a{f32, {17, 17}, std::vector<std::byte>(17 * 17 * 4)};
    const Filter g = gaussian(2);
    std::copy(g.values.begin(), g.values.end(), reinterpret_cast<float*>(a.bytes.data()));
    return a;
  }();
  EXPECT_EQ(plan->problem(), full);
  EXPECT_EQ(plan->explain(), Planner{}.plan(full, taps.view()).explain());
}

TEST(FilterPlans, SameStartsAtTheOrigin) {
  const std::vector<double> x = {1, 2, 3, 4};
  const Filter late{Dims{3}, {1, 10, 100}, "late", Dims{0}};
  const Options same = {.extent = Extent::same};
  const auto values = [](const AnyArray& y) { return dense_samples(y); };
  EXPECT_EQ(values(convolve(ConstView(x), late, same)), (std::vector<double>{1, 12, 123, 234}));
  EXPECT_EQ(values(convolve(ConstView(x), late.shifted({1}), same)),
            (std::vector<double>{0, 1, 12, 123}));
  EXPECT_EQ(values(convolve(ConstView(x), late.shifted({-2}), same)),
            (std::vector<double>{123, 234, 340, 400}));
  EXPECT_EQ(values(correlate(ConstView(x), late, same)), (std::vector<double>{321, 432, 43, 4}));
  Options there = same;
  there.origin = {1};
  EXPECT_EQ(values(convolve(ConstView(x), late, there)), (std::vector<double>{12, 123, 234, 340}));
}

TEST(FilterPlans, AFilterLiesAlongTheConvolvedAxes) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {7, 8, 3});
  x.fill(random, Values::uniform);
  const Options both = {.extent = Extent::same, .boundary = Boundary::edge, .axes = {0, 1}};
  const AnyArray all = convolve(x.view(), bump() * ramp(), both);
  ASSERT_EQ(all.shape, (Dims{7, 8, 3}));
  Options negative = both;
  negative.axes = {-3, -2};
  EXPECT_EQ(convolve(x.view(), bump() * ramp(), negative).bytes, all.bytes);
  Options one = both;
  one.axes = {1};
  EXPECT_THROW(convolve(x.view(), bump(), one), Error);
  EXPECT_EQ(convolve(x.view(), gaussian(1, 1), one).shape, x.shape());
}

TEST(FilterPlans, NameWhatTermsShare) {
  const auto said = [](const char* method, const Filter& filter) {
    Problem p = Problem::parse("convolve f32 [2000,3000] * [1,1] same boundary=mirror");
    p.method = method;
    const auto plan = FilterPlan::try_make(p, filter);
    return plan ? plan->explain() : plan.error().message;
  };
  const Filter band = difference_of_gaussians(1, 1.6);
  EXPECT_NE(said("separable", band)
                .find("shared: each tile of x is read once for the 2 products of "
                      "rows that the 2 terms come to"),
            std::string::npos)
      << said("separable", band);
  EXPECT_NE(said("overlap_save", band)
                .find("shared: each block of x is transformed once for all 2 "
                      "terms"),
            std::string::npos);
  EXPECT_NE(said("direct", laplacian_of_gaussian(1)).find("shared: x is read once for all 2 terms"),
            std::string::npos);
  EXPECT_EQ(said("direct", gaussian(1)).find("shared"), std::string::npos);
}

TEST(FilterPlans, NameTheLawAndTheSaving) {
  const Problem p = Problem::parse("convolve f64 [200000] * [1] causal");
  const Filter tap{Dims{1}, {1}, "tap"};
  const Filter echo = tap + 0.5 * tap.shifted({190000});
  const auto plan = FilterPlan::try_make(p, echo);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->merged());
  EXPECT_EQ(plan->algorithm(), "direct + direct");
  const std::string text = plan->explain();
  EXPECT_NE(text.find("distributivity: 2 terms beside each other, 1 + 1 taps instead of one "
                      "kernel of 190001: 0."),
            std::string::npos)
      << text;
  EXPECT_NE(plan->explain_json().find("\"laws\": [\"distributivity"), std::string::npos);
  const Problem q = Problem::parse("convolve f32 [1000000] * [1]");
  const auto merged = FilterPlan::try_make(q, moving_average(9) * moving_average(5));
  ASSERT_TRUE(merged);
  EXPECT_TRUE(merged->merged());
  EXPECT_NE(merged->explain().find("associativity: 2 kernels of 9 + 5 taps merged into one of 13: "
                                   "0."),
            std::string::npos)
      << merged->explain();
  Buffer picture(f32, {40, 50});
  const FilterPlan chain = apart(same_problem(picture), bump() * bump());
  EXPECT_NE(chain.explain().find("associativity: a chain of 2 kernels, 9 + 9 taps instead of one "
                                 "kernel of 25"),
            std::string::npos)
      << chain.explain();
  EXPECT_GT(chain.memory_bytes(), merged->memory_bytes() / 1000);
}

TEST(FilterPlans, IntegersAndForcedMethodsAreMerged) {
  Buffer x(u8, {30, 30});
  Problem p = same_problem(x);
  p.h_type = i8;
  const FilterPlan exact = apart(p, bump() * ramp().shifted({0, 0}));
  EXPECT_TRUE(exact.merged());
  EXPECT_EQ(exact.output_type(), i64);
  p.h_type = f32;
  EXPECT_FALSE(apart(p, bump() * ramp()).merged());
  p.method = "direct";
  EXPECT_TRUE(apart(p, bump() * ramp()).merged());
  p.method = "auto";
  p.tolerance = 1e-3;
  EXPECT_TRUE(apart(p, bump() * ramp()).merged());
  p.h_type = u8;
  p.tolerance = 0;
  EXPECT_FALSE(FilterPlan::try_make(p, gaussian(1)));  // fractions do not fit
}

TEST(FilterPlans, WrongInputIsRefused) {
  Buffer x(f32, {30, 30}), other(f32, {30, 31}), wide(f64, {30, 30});
  const FilterPlan plan = apart(same_problem(x), bump() * ramp());
  EXPECT_EQ(plan.try_run(other.view()).error().status, Status::shape_mismatch);
  EXPECT_EQ(plan.try_run(wide.view()).error().status, Status::type_mismatch);
  EXPECT_FALSE(plan.try_run(ConstView(nullptr, f32, {30, 30})));
  EXPECT_FALSE(plan.try_error_bound(other.view()));
  EXPECT_FALSE(plan.try_run(x.view(), 0));
}

}  // namespace
}  // namespace faltung
