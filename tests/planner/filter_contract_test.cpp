// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Kernels are kept apart only where zeros, signs and NaN are those of the full kernel.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/exact_filter.hpp"
#include "support/filter_problems.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

// Kernels whose zeros or signs come from cancelling are never kept apart.
TEST(FilterContract, CancelledTapsAreMerged) {
  Buffer x(f32, {30, 30});
  const Problem p = same_problem(x);
  const auto kept = [&](const Filter& filter) { return !apart(p, filter).merged(); };
  const Filter rise{Dims{1, 2}, {1, 1}, "rise"}, fall{Dims{1, 2}, {1, -1}, "fall"};
  EXPECT_TRUE(kept(rise * rise));
  EXPECT_FALSE(kept(rise * fall));                // 1 0 -1
  EXPECT_TRUE(kept(laplacian() * gaussian(1)));   // holes, in the first kernel only
  EXPECT_TRUE(kept(gaussian(1) * laplacian()));   // in the other order
  EXPECT_FALSE(kept(laplacian() * laplacian()));  // holes in both
  EXPECT_FALSE(kept((-rise) * (-rise)));          // nowhere negative, of negative ones
  EXPECT_FALSE(kept(rise - 0.5 * rise));          // the same
  EXPECT_FALSE(kept(bump() - rise));              // a tap cancels
  EXPECT_TRUE(kept(bump() - 0.5 * bump().shifted({9, 9})));
  EXPECT_FALSE(kept(1e-20 * bump() * (1e20 * bump())));  // range
  // The first and the last cannot be merged; all three can.
  EXPECT_FALSE(kept((1e200 * bump()) * (1e-200 * bump()) * (1e200 * bump())));
}

// Data that a chain or a sum is not for runs as one kernel, bit for bit.
TEST(FilterContract, DifficultDataRunsMerged) {
  Random random = random_for(current_test(), 0);
  for (const Filter& filter : {bump() * ramp(), bump() + 0.5 * ramp().shifted({9, 0})}) {
    Buffer x(f32, {30, 30});
    x.fill(random, Values::uniform);
    const Problem p = same_problem(x);
    const FilterPlan plan = apart(p, filter);
    ASSERT_FALSE(plan.merged());
    const auto one = FilterPlan::try_make(p, filter, {}, FilterEvaluation::merged);
    for (const double odd : {HUGE_VAL, -HUGE_VAL, std::nan(""), 1e30, 1e38}) {
      x.set({4, 5}, {odd, 0});
      EXPECT_EQ(value_or_throw(plan.try_run(x.view())).bytes,
                value_or_throw(one->try_run(x.view())).bytes);
      EXPECT_TRUE(std::isfinite(value_or_throw(plan.try_error_bound(x.view())).maximum));
    }
    Problem strange = p;
    strange.boundary = Boundary::constant;
    strange.cval = HUGE_VAL;
    x.set({4, 5}, {0, 0});
    EXPECT_EQ(
        value_or_throw(apart(strange, filter).try_run(x.view())).bytes,
        value_or_throw(
            FilterPlan::try_make(strange, filter, {}, FilterEvaluation::merged)->try_run(x.view()))
            .bytes);
  }
}

// Zeros and signs of the full kernel, on sparse data that is never negative.
// The zeros between time zero and a shifted kernel are taps to what is not finite.
TEST(FilterContract, ShiftedKernelsKeepThePlacesOfNaN) {
  const Filter taps{Dims{8}, {1, 2, 3, 4, 5, 6, 7, 8}, "taps", Dims{0}};
  for (const Filter& filter :
       {taps.shifted({200}), taps.shifted({-200}), taps.shifted({200}) + 2 * taps.shifted({201}),
        (taps * taps).shifted({300})})
    for (const double odd : {std::nan(""), HUGE_VAL, 1.0}) {
      Buffer x(f64, {60000});
      for (std::int64_t i = 0; i < x.count(); ++i) x.set(i, 1);
      x.set(30000, odd);
      Problem p;
      p.x_type = p.h_type = f64;
      p.x_shape = x.shape();
      const auto run = [&](FilterEvaluation how) {
        return value_or_throw(FilterPlan::try_make(p, filter, {}, how)->try_run(x.view()));
      };
      const AnyArray full = run(FilterEvaluation::merged);
      for (const FilterEvaluation how : {FilterEvaluation::cheapest, FilterEvaluation::apart}) {
        const AnyArray y = run(how);
        for (std::size_t i = 0; i < y.samples<double>().size(); ++i)
          ASSERT_EQ(std::fpclassify(y.samples<double>()[i]),
                    std::fpclassify(full.samples<double>()[i]))
              << filter.name << ", output " << i;
      }
    }
}

// Taps of a composed filter that float64 rounds to nothing are in the bound.
TEST(FilterContract, BoundsHoldWhereTapsUnderflow) {
  for (const double tap : {1e-160, 1e-200}) {
    const Filter tiny{Dims{1}, {tap}, "tiny"};
    const std::vector<double> x = {1e300};
    Problem p;
    p.x_type = p.h_type = f64;
    p.x_shape = {1};
    const FilterPlan plan = *FilterPlan::try_make(p, tiny * tiny);
    const ConstView view{std::span<const double>(x)};
    const double y = value_or_throw(plan.try_run(view)).samples<double>()[0];
    const long double exact = 1e300L * static_cast<long double>(tap) * tap;
    EXPECT_LE(std::abs(static_cast<long double>(y) - exact),
              value_or_throw(plan.try_error_bound(view)).maximum);
  }
}

TEST(FilterContract, KeepExactZerosAndSigns) {
  int kept = 0;
  for (int i = 0; i < cases(400, 20000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const int rank = static_cast<int>(random.whole(1, 2));
    const FilterPair pair = random_filter({.rank = rank, .operations = 2, .whole = true}, random);
    Problem p = random_problem_for(random.of({f32, f64}), rank, random);
    if (p.boundary == Boundary::odd) p.boundary = Boundary::wrap;
    p.cval = 0;
    Buffer x(p.x_type, p.x_shape), h(p.h_type, pair.filter.shape);
    x.fill(random, Values::sparse);
    reference::for_each_index(x.shape(), [&](const Dims& at) { x.set(at, std::abs(x.at(at))); });
    std::size_t tap = 0;
    bool positive = true;
    reference::for_each_index(h.shape(), [&](const Dims& at) {
      positive = positive && pair.filter.values[tap] >= 0;
      h.set(at, pair.filter.values[tap++]);
    });
    const auto plan = FilterPlan::try_make(p, pair.filter, {}, FilterEvaluation::apart);
    if (!plan) continue;
    kept += plan->merged() ? 0 : 1;
    const std::vector<double> y = dense_samples(value_or_throw(plan->try_run(x.view())));
    const reference::Reference exact(plan->problem(), x.view(), h.view());
    std::size_t at = 0;
    reference::for_each_index(exact.shape(), [&](const Dims& index) {
      if (exact.vanishes(index) || positive) {
        EXPECT_GE(y[at], 0) << plan->explain();
      }
      if (exact.vanishes(index)) {
        EXPECT_EQ(y[at], 0) << plan->explain();
      }
      ++at;
    });
    if (HasFailure()) return;
  }
  EXPECT_GT(kept, cases(400, 20000) / 10);
}

// The same where a stage is a transform.
TEST(FilterContract, KeepExactZerosBehindATransform) {
  for (const Filter& filter : {laplacian() * gaussian(6), gaussian(6) * gaussian(5),
                               gaussian(6) + 0.1 * bump().shifted({30, 30})}) {
    Buffer x(f32, {120, 120}), h(f32, filter.shape);
    reference::for_each_index(x.shape(), [&](const Dims& at) { x.set(at, 0.0); });
    x.set({70, 80}, {1, 0});
    std::size_t tap = 0;
    reference::for_each_index(h.shape(), [&](const Dims& at) { h.set(at, filter.values[tap++]); });
    Problem p = same_problem(x);
    p.extent = Extent::full;
    const FilterPlan plan = apart(p, filter);
    ASSERT_FALSE(plan.merged());
    EXPECT_NE(plan.algorithm().find_first_not_of("direct, +()"), std::string::npos);
    const std::vector<double> y = dense_samples(value_or_throw(plan.try_run(x.view())));
    const reference::Reference exact(plan.problem(), x.view(), h.view());
    const bool positive = *std::min_element(filter.values.begin(), filter.values.end()) >= 0;
    std::size_t at = 0;
    reference::for_each_index(exact.shape(), [&](const Dims& index) {
      const double v = y[at++];
      if (at % 97 == 0 && exact.vanishes(index)) {
        EXPECT_EQ(v, 0) << to_string(index);
      }
      if (positive) {
        EXPECT_GE(v, 0) << to_string(index);
      }
    });
  }
}

}  // namespace
}  // namespace faltung
