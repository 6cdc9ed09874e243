// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_convolution.hpp"

#include <gtest/gtest.h>

#include "continuous/chain.hpp"
#include "continuous/half_convolution.hpp"
#include "series_reference.hpp"

namespace faltung::continuous::test {
namespace {

using test_support::Random;

double largest_value(const Series& f) { return size_of(f).largest; }

/// The worst error over max|y|, at random places.
double error_of(const Series& f, const Series& h, Random& random, int places, double* estimate) {
  const Result<Series> y = convolved(f, h);
  if (!y) return 1;
  double worst = 0;
  const double largest = largest_value(*y);
  for (int i = 0; i < places; ++i) {
    const double t = y->lower() + (y->upper() - y->lower()) * random.unit();
    const auto error = static_cast<double>(value(*y, t) - convolution_at(f, h, t));
    worst = std::max(worst, std::abs(error));
  }
  *estimate = y->error / largest;
  return worst / largest;
}

TEST(SeriesConvolution, HalvesAgainstQuadrature) {
  Random random(1);
  const Gauss rule(300);
  for (const auto& [m, n] :
       {std::pair{0, 0}, {3, 0}, {3, 2}, {2, 5}, {20, 20}, {60, 13}, {150, 200}}) {
    std::vector<double> f(static_cast<std::size_t>(m) + 1), h(static_cast<std::size_t>(n) + 1);
    for (double& v : f) v = random.symmetric();
    for (double& v : h) v = random.symmetric();
    const auto y = convolve_halves({{f, h, false, 2}, {f, h, true, 2}});
    for (const bool second : {false, true})
      for (const long double u : {-0.999L, -0.7L, -0.1L, 0.4L, 0.9L}) {
        const std::vector<long double> ends =
            second ? std::vector<long double>{u, 1} : std::vector<long double>{-1, u};
        const long double at = second ? u + 1 : u - 1;
        const long double exact =
            quadrature([&](long double s) { return legendre_sum(f, s); },
                       [&](long double s) { return legendre_sum(h, s); }, at, ends, rule);
        EXPECT_NEAR(static_cast<double>(legendre_sum(y[second ? 1 : 0], u) - exact), 0, 1e-14)
            << m << " " << n << " " << second;
      }
  }
}

TEST(SeriesConvolution, OfRandomPieces) {
  Random random(2);
  struct {
    std::size_t p, m, q, n;
    bool even;
  } const cases[] = {{1, 0, 1, 0, true},     {1, 5, 1, 5, true},      {1, 20, 1, 7, false},
                     {3, 20, 2, 20, true},   {4, 20, 5, 13, false},   {12, 30, 15, 20, true},
                     {1, 300, 1, 300, true}, {1, 200, 1, 150, false}, {3, 170, 2, 40, false}};
  for (const auto& c : cases)
    for (int round = 0; round < 3; ++round) {
      const Series f = random_series(random, c.p, c.m, c.even);
      const Series h = random_series(random, c.q, c.n, c.even);
      double estimate = 0;
      const double error = error_of(f, h, random, 10, &estimate);
      EXPECT_LE(error, 1e-13) << c.p << " " << c.m << " " << c.q << " " << c.n;
      EXPECT_LE(error, estimate);
    }
}

TEST(SeriesConvolution, OfPiecesOfVeryDifferentLengths) {
  Random random(3);
  Series f = random_series(random, 1, 60, false), h{{1, 1.3}, {{1, 0.5, 0.2, 0.1}}, 0};
  for (const double length : {0.3, 0.5, 0.7, 2.0, 9.0, 1000.0}) {
    f.breaks = {0, length};
    double estimate = 0;
    EXPECT_LE(error_of(f, h, random, 10, &estimate), 1e-14) << length;
  }
  // High degrees: panels, windows and quadrature.
  const auto chirp = [](double lower, double upper, double rate) {
    return Series{{lower, upper},
                  {smooth_series(
                      [&](std::span<const Place> t, std::span<double> y) {
                        for (std::size_t i = 0; i < t.size(); ++i) {
                          const Place s = t[i] - lower;
                          y[i] = static_cast<double>(std::cos(rate * s * s) / (1 + s));
                        }
                      },
                      lower, upper, 1 << 16, 1)},
                  0};
  };
  const std::pair<Series, Series> pairs[] = {
      {chirp(-1, 1, 70), chirp(-1, 1, 60)},   {chirp(-1, 2, 40), chirp(0, 2, 60)},
      {chirp(-1, 3, 30), chirp(0, 1.1, 90)},  {chirp(0, 10, 4), chirp(0, 0.2, 600)},
      {chirp(0, 10, 4), chirp(0, 2e-4, 6e7)}, {chirp(0, 10, 4), Series{{0, 1.7}, {{1}}, 0}},
  };
  for (const auto& [a, b] : pairs) {
    double estimate = 0;
    EXPECT_LE(error_of(a, b, random, 6, &estimate), 1e-13)
        << a.largest_degree() << " " << b.largest_degree();
  }
}

TEST(SeriesConvolution, SplinesTo4Ulp) {
  // Boxes of width 1, repeated: B-spline of order n is a sum of truncated powers.
  const Series box{{0, 1}, {{1}}, 0};
  Series spline = box;
  for (int order = 2; order <= 10; ++order) {
    spline = *convolved(spline, box);
    ASSERT_EQ(spline.pieces.size(), static_cast<std::size_t>(order));
    double largest = 0, worst = 0;
    for (int i = 0; i <= 400; ++i) {
      const long double t = order * (i / 400.0L);
      long double exact = 0, binomial = 1, factorial = 1;
      // By symmetry from the end where fewer powers cancel.
      const long double s = std::min(t, order - t);
      for (int k = 0; k < order && s > k; ++k) {
        exact += (k % 2 == 0 ? binomial : -binomial) * std::pow(s - k, order - 1);
        binomial = binomial * (order - k) / (k + 1);
      }
      for (int k = 2; k < order; ++k) factorial *= k;
      exact /= factorial;
      largest = std::max(largest, static_cast<double>(exact));
      worst = std::max(
          worst, std::abs(static_cast<double>(value(spline, static_cast<double>(t)) - exact)));
    }
    const double ulp = std::ldexp(1.0, std::ilogb(largest) - 52);
    EXPECT_LE(worst, 4 * ulp) << order;
  }
}

/// max|a - b| / max|a|, at places of their support.
double difference(const Series& a, const Series& b, Random& random) {
  double worst = 0;
  for (int i = 0; i < 200; ++i) {
    const double t = a.lower() + (a.upper() - a.lower()) * random.unit();
    worst = std::max(worst, std::abs(value(a, t) - value(b, t)));
  }
  return worst / largest_value(a);
}

TEST(SeriesConvolution, Laws) {
  Random random(4);
  for (int round = 0; round < test_support::cases(12, 100); ++round) {
    const bool even = round % 3 == 0;
    const auto some = [&] {
      return random_series(random, static_cast<std::size_t>(random.whole(1, 4)),
                           static_cast<std::size_t>(random.whole(0, 24)), even);
    };
    const Series f = some(), g = some(), h = some();
    EXPECT_LE(difference(*convolved(f, g), *convolved(g, f), random), 1e-13);
    EXPECT_LE(difference(*convolved(*convolved(f, g), h), *convolved(f, *convolved(g, h)), random),
              1e-13);
    EXPECT_LE(difference(*convolved(f, sum(g, h)), sum(*convolved(f, g), *convolved(f, h)), random),
              1e-13);
    EXPECT_NEAR(total(*convolved(f, g)), total(f) * total(g),
                1e-13 * size_of(f).integral * size_of(g).integral);
  }
}

TEST(SeriesConvolution, ManyPiecesAreRefused) {
  Series f;
  for (int i = 0; i <= 300; ++i) f.breaks.push_back(i + 0.1 * std::sin(i));
  f.pieces.assign(300, {1.0});
  const Result<Series> y = convolved(f, f);
  ASSERT_FALSE(y.has_value());
  EXPECT_EQ(y.error().status, Status::size_overflow);
  EXPECT_TRUE(convolved(f, Series{})->empty());
  // Of one length they are no more than panels.
  for (int i = 0; i <= 300; ++i) f.breaks[static_cast<std::size_t>(i)] = i;
  EXPECT_NEAR(value(*convolved(f, f), 250.5), 250.5, 1e-11);
}

}  // namespace
}  // namespace faltung::continuous::test
