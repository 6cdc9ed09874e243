// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a filter is taken apart into is what it was composed of.
#include "filter/part.hpp"

#include <gtest/gtest.h>

namespace faltung {
namespace {

FilterPart part(const Filter& filter) { return FilterPart(std::make_shared<const Filter>(filter)); }
Filter taps(std::vector<double> values, std::int64_t origin) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {Dims{count}, std::move(values), "taps", Dims{origin}};
}

/// Whole numbers, whose products and sums are exact in any order.
const Filter a = taps({1, 2, 3}, 0), b = taps({5, -7}, 1), c = taps({2, 0, 0, 11}, 3);

TapBox expect_same(const FilterPart& one, const Filter& whole) {
  const auto taps = one.taps();
  EXPECT_TRUE(taps);
  EXPECT_EQ((*taps)->box, one.box());
  const TapBox box = box_with_zero(one.box());
  EXPECT_EQ(box.shape, whole.shape);
  EXPECT_EQ(box.origin, whole.origin);
  EXPECT_EQ(*rounded(**taps, box), whole.values);
  return box;
}

TEST(FilterPart, PartsMakeUpTheWhole) {
  const Filter whole = 3 * ((a * b).shifted({4}) * c) + (a - 2 * (b + c)).flipped();
  const auto terms = terms_of(part(whole));
  ASSERT_EQ(terms.size(), 4U);
  FilterPart total = terms[0];
  for (std::size_t i = 1; i < terms.size(); ++i) total = sum(total, terms[i]);
  expect_same(total, whole);

  const auto factors = factors_of(terms[0]);
  ASSERT_EQ(factors.size(), 3U);
  expect_same(product(product(factors[0], factors[2]), factors[1]), 3 * (a * b).shifted({4}) * c);
  expect_same(factors[1], b);
  expect_same(flipped(terms[3]), -2 * c);
}

TEST(FilterPart, NothingIsComputedTwice) {
  const FilterPart both = product(part(a), part(b)), copy = both;
  EXPECT_EQ(*both.taps(), *copy.taps());
  EXPECT_EQ(both.identity(), copy.identity());
  EXPECT_NE(both.identity(), product(part(a), part(b)).identity());
  const auto composed = std::make_shared<const Filter>(a * b);
  EXPECT_EQ(*FilterPart(composed).taps(), taps_of(*composed).get());
}

TEST(FilterPart, ChangedTapsAreAPlainFilter) {
  Filter changed = a * b;
  changed.values[0] = 100;
  EXPECT_EQ(factors_of(part(a * b)).size(), 2U);
  EXPECT_EQ(factors_of(part(changed)).size(), 1U);
  const auto within = factors_of(part(changed * c));
  ASSERT_EQ(within.size(), 2U);
  EXPECT_EQ((*within[0].taps())->values[0], 100);
}

TEST(FilterPart, PartsThatLeaveTheRangeAreRefusedNotTheWhole) {
  const Filter large = 1e200 * a, small = 1e-200 * a;
  const auto factors = factors_of(part(large * small * (1e200 * b)));
  ASSERT_EQ(factors.size(), 3U);
  EXPECT_TRUE(product(factors[0], factors[1]).taps());
  const auto refused = product(factors[0], factors[2]).taps();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, Status::invalid_argument);
}

TEST(FilterPart, RangeIsKnownWithoutTheTaps) {
  const Filter large = 1e200 * a;
  for (const Filter& other : {a, 1e100 * b, 1e110 * c, large}) {
    const FilterPart both = product(part(large), part(other)), total = sum(both, part(a));
    EXPECT_EQ(both.in_range(), product(part(large), part(other)).taps().has_value());
    EXPECT_EQ(total.in_range(), both.in_range());
  }
  EXPECT_FALSE(product(part(large), part(large)).in_range());
}

TEST(FilterPart, RanksAreBoundedByThoseOfTheOperands) {
  const auto bound = [](const Filter& f, std::int64_t of_a, std::int64_t of_b, std::int64_t most) {
    const auto rank = [&](const FilterPart& operand) {
      return operand.shape() == a.shape ? of_a : of_b;
    };
    return part(f).rank_bound(rank, most);
  };
  EXPECT_EQ(bound(a + b, 2, 3, 9), 5);
  EXPECT_EQ(bound(a * b, 2, 3, 9), 6);
  EXPECT_EQ(bound(-3 * (a * b).shifted({2}).flipped() + a, 2, 3, 9), 8);
  EXPECT_EQ(bound(a * b, 2, 3, 5), 0);
  EXPECT_EQ(bound(a + b, 0, 3, 9), 0);
  EXPECT_EQ(bound(a * (a + b), 2, 0, 9), 0);
}

}  // namespace
}  // namespace faltung
