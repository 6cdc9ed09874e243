// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/filter_plan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/exact_filter.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;
using reference::Quad;

constexpr FilterEvaluation kEvaluations[] = {FilterEvaluation::cheapest, FilterEvaluation::merged,
                                             FilterEvaluation::apart};

ElementType real_part(ElementType type) {
  return type == f32 || type == c64 ? f32 : f64;
}

/// A random problem for a filter: all extents, boundaries, strides, dilations and both operations.
Problem random_problem_for(ElementType type, int rank, Random& random) {
  Problem p;
  p.x_type = type;
  p.h_type = real_part(type);
  for (int i = 0; i < rank; ++i) p.x_shape.push_back(random.size(rank == 1 ? 40 : 14));
  p.extent = random.of({Extent::full, Extent::same, Extent::valid, Extent::causal});
  p.boundary = static_cast<Boundary>(random.whole(0, 5));
  if (p.boundary == Boundary::constant && random.once_in(2)) p.cval = 1.5;
  if (random.once_in(4)) p.stride = {random.whole(1, 3)};
  if (random.once_in(4)) p.dilation = {random.whole(1, 3)};
  if (random.once_in(4)) p.operation = Operation::correlate;
  if (random.once_in(5)) {
    p.extent = Extent::full;
    for (int i = 0; i < rank; ++i) {
      const std::int64_t from = random.whole(-9, 20);
      p.window.push_back({from, from + random.size(20)});
    }
  }
  return p;
}

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
    const Problem p = random_problem_for(random.of({f32, f64, c64, c128}), rank, random);
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

}  // namespace
}  // namespace faltung
