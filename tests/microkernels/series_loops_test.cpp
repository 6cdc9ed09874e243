// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/series_loops.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "microkernels/targets.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

std::vector<double> some(std::size_t n, test_support::Random& random) {
  std::vector<double> v(n);
  for (double& x : v) x = random.symmetric();
  return v;
}

TEST(SeriesLoops, ClenshawOnEveryTarget) {
  test_support::Random random(1);
  for (const std::int64_t target : supported_target_bits())
    for (const std::int64_t terms : {1, 2, 3, 8, 41}) {
      const auto points = static_cast<std::size_t>(2 * kSeriesPoints);
      const std::vector<double> c = some(static_cast<std::size_t>(terms), random);
      std::vector<double> side(points), gap(points), low(points, 1e-18), y(points);
      for (std::size_t i = 0; i < points; ++i) {
        side[i] = random.once_in(2) ? -1 : 1;
        gap[i] = random.unit();
      }
      series_loops(target).clenshaw(c.data(), terms, side.data(), gap.data(), low.data(), y.data(),
                                    2 * kSeriesPoints);
      for (std::size_t i = 0; i < points; ++i) {
        const long double x = side[i] * (1 - static_cast<long double>(gap[i]) - low[i]);
        long double sum = 0, before = x, now = 1;
        for (const double v : c) {
          sum += v * now;
          const long double next = 2 * x * now - before;
          before = now;
          now = next;
        }
        EXPECT_NEAR(y[i], static_cast<double>(sum), 1e-14) << target << " " << terms;
      }
    }
}

TEST(SeriesLoops, VectorSumsOnEveryTarget) {
  test_support::Random random(2);
  for (const std::int64_t target : supported_target_bits())
    for (const std::size_t n : {1U, 7U, 8U, 29U}) {
      const std::vector<double> a = some(n, random), b = some(n, random), before = some(n, random);
      std::vector<double> sum = before, product = before;
      series_loops(target).add_scaled(sum.data(), 0.75, a.data(), static_cast<std::int64_t>(n));
      series_loops(target).add_product(product.data(), 0.75, a.data(), b.data(),
                                       static_cast<std::int64_t>(n));
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(sum[i], before[i] + 0.75 * a[i], 4e-16);
        EXPECT_NEAR(product[i], before[i] + 0.75 * a[i] * b[i], 4e-16);
      }
    }
}

TEST(SeriesLoops, BarycentricOnEveryTargetTakesPolynomialsAsTheyAre) {
  constexpr auto kNodes = static_cast<std::size_t>(kSeriesNeighbours);
  std::vector<double> weight(kNodes), v(kNodes + 5);
  double binomial = 1;
  for (std::size_t i = 0; i < kNodes; ++i) {
    weight[i] = (i % 2 == 0 ? binomial : -binomial) / 1e13;
    binomial *= static_cast<double>(kNodes - 1 - i) / static_cast<double>(i + 1);
  }
  const auto f = [](double t) { return 1 + t * (0.02 + t * (-0.001 + 1e-5 * t)); };
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = f(static_cast<double>(i));
  const std::vector<std::int64_t> start = {0, 3, 5};
  const std::vector<double> offset = {0.5, 1e-30, 0.9};
  for (const std::int64_t target : supported_target_bits()) {
    std::vector<double> y(3);
    series_loops(target).barycentric(v.data(), start.data(), offset.data(), weight.data(), y.data(),
                                     3);
    for (std::size_t i = 0; i < 3; ++i) {
      const double at = static_cast<double>(start[i] + kSeriesNeighbours / 2 - 1) + offset[i];
      EXPECT_NEAR(y[i], f(at), 1e-14) << target;
    }
  }
}

TEST(SeriesLoops, HalfConvolutionIsTheSameOnEveryTarget) {
  test_support::Random random(3);
  constexpr std::int64_t kM = 9, kN = 6;
  const auto rows = [](std::int64_t n) { return static_cast<std::size_t>(n * kSeriesLanes); };
  std::vector<double> first = some(rows(kM + 2), random), h = some(rows(kN + 1), random), r;
  first.resize(rows(kM + kN + 4), 0.0);
  std::vector<double> mirror = h;
  for (std::int64_t k = 1; k <= kN; k += 2)
    for (std::int64_t lane = 0; lane < kSeriesLanes; ++lane)
      mirror[static_cast<std::size_t>(k * kSeriesLanes + lane)] *= -1;
  for (int k = 0; k < kM + kN + 4; ++k) r.push_back(1.0 / (2 * k + 1));
  for (const std::int64_t target : supported_target_bits())
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(kSeriesLanes); ++lane) {
      std::vector<double> now = first, before(now.size()), y(rows(kM + kN + 2));
      series_loops(target).half_convolution(now.data(), before.data(), h.data(), mirror.data(),
                                            r.data(), kM, kN, y.data());
      // All of S by its recurrence from the diagonal down, and by its symmetry above.
      long double s[kM + kN + 5][kN + 1] = {};
      for (int j = 0; j <= kN; ++j)
        for (int k = 0; k <= kM + kN + 2; ++k) {
          const auto column0 = [&](int row) {
            return static_cast<long double>(
                row < 0 ? 0 : first[static_cast<std::size_t>(row * kSeriesLanes) + lane]);
          };
          if (j == 0) s[k][0] = column0(k);
          else if (k < j) s[k][j] = (j + k) % 2 == 0 ? s[j][k] : -s[j][k];
          else
            s[k][j] = (j == 1 ? -column0(k) : s[k][j - 2]) +
                      (2 * j - 1.0L) / (2 * k + 1) * (s[k - 1][j - 1] - s[k + 1][j - 1]);
        }
      for (int k = 0; k <= kM + kN + 1; ++k) {
        long double sum = 0;
        for (int j = 0; j <= kN; ++j)
          sum += s[k][j] * h[static_cast<std::size_t>(j * kSeriesLanes) + lane];
        EXPECT_NEAR(y[static_cast<std::size_t>(k * kSeriesLanes) + lane], static_cast<double>(sum),
                    1e-14)
            << target << " " << k;
      }
    }
}

}  // namespace
}  // namespace faltung
