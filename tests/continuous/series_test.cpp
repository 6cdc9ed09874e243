// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series.hpp"

#include <gtest/gtest.h>

#include "continuous/chain.hpp"
#include "continuous/dense_series.hpp"
#include "continuous/legendre.hpp"
#include "continuous/series_build.hpp"
#include "series_reference.hpp"

namespace faltung::continuous::test {
namespace {

using test_support::Random;

double size_sum(const std::vector<double>& c) {
  double sum = 0;
  for (const double v : c) sum += std::abs(v);
  return sum;
}

TEST(Series, CoefficientsAndValuesAtChebyshevPoints) {
  Random random(1);
  for (const std::size_t n : {1U, 2U, 7U, 16U, 17U, 32U, 100U, 256U, 4096U}) {
    std::vector<double> v(n + 1);
    for (double& y : v) y = random.symmetric();
    const std::vector<double> c = chebyshev_coefficients(v);
    const std::vector<Place> t = chebyshev_points(-3, 5, n);
    ASSERT_EQ(c.size(), n + 1);
    EXPECT_EQ(t.front(), -3);
    EXPECT_EQ(t.back(), 5);
    const std::vector<double> back = chebyshev_values(c, n);
    for (std::size_t j = 0; j <= n; j += n > 100 ? 37 : 1) {
      EXPECT_NEAR(back[j], v[j], 1e-14);
      EXPECT_NEAR(static_cast<double>(chebyshev_sum(c, (t[j] - 1) / 4)), v[j], 1e-13);
    }
  }
}

TEST(Series, ValuesAreThoseOfTheSumWhateverTheWay) {
  Random random(2);
  for (const std::size_t n : {0U, 1U, 5U, 30U, 300U, 3000U}) {
    Series f{{1.7, 4.3}, {std::vector<double>(n + 1)}, 0};
    for (double& v : f.pieces[0]) v = random.symmetric();
    std::vector<double> t = {1.7, 4.3, 1.7 + 1e-9, 3.0};
    while (t.size() < 6000) t.push_back(1.7 + 2.6 * random.unit());
    std::vector<double> few(40), many(t.size());
    evaluate(f, std::span(t).first(40), few);
    evaluate(f, t, many);
    // Rounding at each of n steps, at random: sqrt(n) ulp of what the terms add up to at most.
    const double tolerance =
        1e-15 * std::sqrt(static_cast<double>(n) + 1) * std::sqrt(static_cast<double>(n) + 1) * 4;
    for (std::size_t i = 0; i < 40; ++i) {
      const auto exact = static_cast<double>(exact_value(f, t[i]));
      EXPECT_NEAR(few[i], exact, tolerance) << n << " " << t[i];
      EXPECT_NEAR(many[i], exact, tolerance) << n << " " << t[i];
    }
  }
}

TEST(Series, DenseGridAgreesWithTheSum) {
  Random random(3);
  std::vector<double> c(5000);
  for (double& v : c) v = random.symmetric();
  const DenseSeries dense(c, -1, 1);
  std::vector<Place> t = {-1, 1, 0, Place(1) / 3};
  while (t.size() < 60) t.push_back(random.symmetric());
  std::vector<double> y(t.size());
  dense.evaluate(std::span<const Place>(t), y);
  double largest = 0;
  for (const double v : y) largest = std::max(largest, std::abs(v));
  for (std::size_t i = 0; i < t.size(); ++i)
    EXPECT_NEAR(y[i], static_cast<double>(chebyshev_sum(c, t[i])), 1e-13 * largest);
}

TEST(Series, LegendreCoefficientsAreOfTheSamePolynomial) {
  Random random(4);
  for (const std::size_t n : {1U, 2U, 3U, 10U, 100U, 700U, 3000U}) {
    std::vector<double> c(n);
    for (double& v : c) v = random.symmetric();
    const std::vector<double> l = legendre_from_chebyshev(c);
    const std::vector<double> back = chebyshev_from_legendre(l);
    for (std::size_t k = 0; k < n; ++k) EXPECT_NEAR(back[k], c[k], 1e-14 * std::sqrt(n));
    for (const long double x : {-0.99L, -0.3L, 0.2L, 0.77L})
      EXPECT_NEAR(static_cast<double>(legendre_sum(l, x)), static_cast<double>(chebyshev_sum(c, x)),
                  1e-15 * size_sum(c));
  }
}

TEST(Series, IsCutOffWhereItsCoefficientsAreRounding) {
  std::vector<double> c(200);
  Random random(5);
  for (std::size_t k = 0; k < c.size(); ++k)
    c[k] = std::pow(0.5, static_cast<double>(k)) + 1e-16 * random.symmetric();
  const std::size_t kept = chopped_size(c, 0x1p-52);
  EXPECT_GE(kept, 48U);
  EXPECT_LE(kept, 60U);
  for (double& v : c) v = random.symmetric();
  EXPECT_EQ(chopped_size(c, 0x1p-52), c.size());  // not resolved
  EXPECT_EQ(chopped_size(std::vector<double>(40, 0.0), 0x1p-52), 1U);
}

TEST(Series, DerivativeAndIntegralUndoEachOther) {
  Random random(6);
  const Series f = random_series(random, 4, 12, false);
  const Series integral = antiderivative(f);
  const Series back = derivative(integral);
  for (int i = 0; i < 50; ++i) {
    const double t = f.lower() + (f.upper() - f.lower()) * random.unit();
    EXPECT_NEAR(value(back, t), value(f, t), 1e-12);
  }
  EXPECT_NEAR(value(integral, f.lower()), 0, 1e-15);
  EXPECT_NEAR(value(integral, f.upper()), total(f), 1e-14);
  const Series exponential = *resolve([](double t) { return std::exp(t); }, 0, 2);
  EXPECT_NEAR(total(exponential), std::exp(2.0) - 1, 2e-15);
  EXPECT_NEAR(value(derivative(exponential), 1.3), std::exp(1.3), 1e-13);
}

TEST(Series, SumsProductsAndPartsAreThoseOfTheValues) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    const Series f = random_series(random, 3, 9, false), h = random_series(random, 2, 14, false);
    const Series added = sum(f, h), times = product(f, h), moved = shifted(f, 0.75),
                 wide = stretched(h, -2.0), part = restricted(f, 0.1, 0.9);
    for (int i = 0; i < 30; ++i) {
      const double t = 3 * random.symmetric();
      const double at_f = value(f, t), at_h = value(h, t);
      EXPECT_NEAR(value(added, t), at_f + at_h, 1e-13) << t;
      EXPECT_NEAR(value(times, t), at_f * at_h, 1e-12) << t;
      EXPECT_NEAR(value(moved, t + 0.75), at_f, 1e-12);
      EXPECT_NEAR(value(wide, -2 * t), at_h, 1e-12);
      if (t > 0.1 && t < 0.9) {
        EXPECT_NEAR(value(part, t), at_f, 1e-13);
      } else {
        EXPECT_EQ(value(part, t), 0);
      }
    }
  }
}

TEST(Series, RepeatsWithItsPeriod) {
  Random random(8);
  const Series f = random_series(random, 3, 7, true);  // 0.75 long
  for (const double period : {0.5, 0.75, 2.0}) {
    const Result<Series> y = repeated(f, period, -3, 4);
    ASSERT_TRUE(y.has_value());
    for (int i = 0; i < 40; ++i) {
      const double t = -3 + 7 * random.unit();
      double meant = 0;
      for (int k = -40; k <= 40; ++k) meant += value(f, t + k * period);
      EXPECT_NEAR(value(*y, t), meant, 1e-12) << period << " " << t;
    }
  }
  EXPECT_EQ(repeated(f, 1e-9, 0, 1).error().status, Status::size_overflow);
  EXPECT_EQ(repeated(f, 0, 0, 1).error().status, Status::invalid_argument);
}

TEST(Series, ZeroFunctionStaysZero) {
  const Series none;
  EXPECT_EQ(value(none, 0.5), 0);
  EXPECT_EQ(total(none), 0);
  EXPECT_TRUE(restricted(none, 0, 1).empty());
  EXPECT_TRUE(product(none, none).empty());
}

}  // namespace
}  // namespace faltung::continuous::test
