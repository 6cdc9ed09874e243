// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The algebra of filters, on random filters and signals: two filters that are equal by a law give
// results that differ by the sum of their bounds at most, however they are evaluated.
#include <gtest/gtest.h>

#include <functional>

#include "support/exact_filter.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

struct Ran {
  std::vector<double> y;
  double bound = 0;
};

Ran run(const Filter& filter, const Buffer& x, Random& random, Operation operation) {
  Problem p;
  p.operation = operation;
  p.x_type = x.type();
  p.h_type = x.type();
  p.x_shape = x.shape();
  // Outputs at fixed times, wherever the filter's own taps begin.
  for (int i = 0; i < x.shape().rank(); ++i) {
    const bool correlates = operation == Operation::correlate;
    const std::int64_t origin =
        correlates ? filter.shape[i] - 1 - filter.origin_at(i) : filter.origin_at(i);
    p.window.push_back({origin - 3, origin + x.shape()[i] + 3});
  }
  p.boundary = static_cast<Boundary>(random.whole(0, 5));
  const auto plan = value_or_throw(FilterPlan::try_make(
      p, filter, {}, random.of({FilterEvaluation::merged, FilterEvaluation::apart})));
  const AnyArray y = value_or_throw(plan.try_run(x.view()));
  Ran ran{{}, value_or_throw(plan.try_error_bound(x.view())).maximum};
  if (y.type == f32) ran.y.assign(y.samples<float>().begin(), y.samples<float>().end());
  else ran.y.assign(y.samples<double>().begin(), y.samples<double>().end());
  return ran;
}

struct Case {
  Filter a, b, c;
  Random random;
};

/// `left(case)` and `right(case)` are the same filter.
void expect_law(const char* law, const std::function<Filter(Case&)>& left,
                const std::function<Filter(Case&)>& right) {
  for (int i = 0; i < cases(200, 10000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test() + law, i);
    FilterOptions options{.rank = static_cast<int>(random.whole(1, 2)), .operations = 1};
    Buffer x(random.of({f32, f64}), Dims(options.rank, random.size(20)));
    x.fill(random, Values::uniform);
    Case one{random_filter(options, random).filter, random_filter(options, random).filter,
             random_filter(options, random).filter, Random(random.bits())};
    Case two = one;
    const auto operation = random.of({Operation::convolve, Operation::correlate});
    Random first(7 + static_cast<std::uint64_t>(i)), second = first;  // the same boundary
    const Ran l = run(left(one), x, first, operation), r = run(right(two), x, second, operation);
    ASSERT_EQ(l.y.size(), r.y.size());
    for (std::size_t k = 0; k < l.y.size(); ++k)
      ASSERT_LE(std::abs(l.y[k] - r.y[k]), l.bound + r.bound) << law << " [" << k << "]";
  }
}

#define FALTUNG_LAW(test, left, right)                                                           \
  TEST(FilterLaws, test) {                                                                       \
    expect_law(                                                                                  \
        #test, [](Case& k) -> Filter { return left; }, [](Case& k) -> Filter { return right; }); \
  }

Dims any_shift(Case& k) {
  Dims by;
  for (int i = 0; i < k.a.shape.rank(); ++i) by.push_back(k.random.whole(-5, 5));
  return by;
}

Filter shifted_sum(Case& k) {
  const Dims by = any_shift(k);
  return k.a.shifted(by) + k.b.shifted(by);
}

FALTUNG_LAW(Commute, k.a* k.b, k.b* k.a)
FALTUNG_LAW(Associate, (k.a * k.b) * k.c, k.a*(k.b* k.c))
FALTUNG_LAW(Distribute, k.a*(k.b + k.c), k.a* k.b + k.a * k.c)
FALTUNG_LAW(AddInAnyOrder, (k.a + k.b) + k.c, k.c + (k.b + k.a))
FALTUNG_LAW(SubtractingIsAddingTheNegative, k.a - k.b, -(k.b - k.a))
FALTUNG_LAW(ScaleAFactor, 2.5 * (k.a * k.b), k.a*(k.b * 2.5))
FALTUNG_LAW(ScaleASum, (k.a + k.b) / 3, k.a / 3 + k.b / 3)
FALTUNG_LAW(ShiftAFactor, (k.a * k.b).shifted(any_shift(k)), k.a* k.b.shifted(any_shift(k)))
FALTUNG_LAW(ShiftASum, (k.a + k.b).shifted(any_shift(k)), shifted_sum(k))
FALTUNG_LAW(FlipAProduct, (k.a * k.b).flipped(), k.a.flipped() * k.b.flipped())
FALTUNG_LAW(FlipASum, (k.a + k.b).flipped(), k.a.flipped() + k.b.flipped())
FALTUNG_LAW(FlipTwice, k.a.flipped().flipped(), k.a)

}  // namespace
}  // namespace faltung
