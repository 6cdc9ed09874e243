// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_build.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace faltung::continuous::test {
namespace {

struct Known {
  const char* name;
  std::function<double(double)> f;
  double lower, upper;
  double tolerance;  ///< of max|f|
  std::size_t pieces;
};

TEST(SeriesBuild, ResolvesWhatIsSmoothBetweenItsEdges) {
  const Known cases[] = {
      {"exponential", [](double t) { return std::exp(t); }, 0, 1, 1e-15, 1},
      {"constant", [](double) { return 2.0; }, -1, 1, 0, 1},
      {"bell", [](double t) { return std::exp(-t * t / 2); }, -9, 9, 2e-15, 1},
      // The phase is rounded to 5000 ulp(1/2) in the function itself.
      {"chirp", [](double t) { return std::cos(5000 * t * t); }, 0, 1, 3e-12, 1},
      {"steep", [](double t) { return 1 / (1 + 1e6 * t * t); }, -1, 1, 1e-14, 1},
      {"corner", [](double t) { return std::abs(t - 0.3); }, -1, 1, 2e-15, 2},
      {"jump", [](double t) { return t < 0.3 ? 1 : std::exp(t); }, -1, 1, 1e-15, 2},
      {"stairs", [](double t) { return std::floor(5 * t); }, -1, 1, 1e-15, 10},
      {"jump of the second derivative",
       [](double t) { return t < 0.31 ? 0 : (t - 0.31) * (t - 0.31); }, -1, 1, 1e-14, 2},
      {"jump of the third", [](double t) { return t < 0.31 ? t : std::pow(t - 0.31, 3) + t; }, -1,
       1, 1e-14, 2},
      {"root", [](double t) { return std::sqrt(t); }, 0, 1, 1e-14, 80},
      {"root inside", [](double t) { return std::sqrt(std::abs(t - 0.7)); }, 0, 1, 1e-7, 60},
      {"logarithm", [](double t) { return std::log(t); }, 0, 1, 1e-14, 200},
      {"corners", [](double t) { return std::abs(std::sin(20 * t)); }, 0, 3, 2e-13, 20},
  };
  for (const Known& k : cases) {
    const Result<Series> y = resolve(k.f, k.lower, k.upper);
    ASSERT_TRUE(y.has_value()) << k.name << ": " << y.error().message;
    EXPECT_LE(y->pieces.size(), k.pieces) << k.name;
    double worst = 0, largest = 0;
    for (int i = 0; i < 1000; ++i) {
      const double t = k.lower + (k.upper - k.lower) * (i + 0.37) / 1000;
      worst = std::max(worst, std::abs(value(*y, t) - k.f(t)));
      largest = std::max(largest, std::abs(k.f(t)));
    }
    EXPECT_LE(worst, k.tolerance * largest) << k.name;
  }
}

TEST(SeriesBuild, ATolerance) {
  const auto f = [](double t) { return std::abs(t) * std::exp(t) + 1 / (1 + 100 * t * t); };
  const Result<Series> loose = resolve(f, -1, 1, {1e-6, {0.0}, 1 << 16, 1 << 10});
  const Result<Series> tight = resolve(f, -1, 1, {0x1p-52, {0.0}, 1 << 16, 1 << 10});
  ASSERT_TRUE(loose && tight);
  EXPECT_LT(loose->largest_degree(), tight->largest_degree());
  for (const double t : {-0.93, -0.2, 0.01, 0.6}) {
    EXPECT_NEAR(value(*loose, t), f(t), 1e-5);
    EXPECT_NEAR(value(*tight, t), f(t), 1e-14);
  }
}

TEST(SeriesBuild, RefusesWithThePlace) {
  const auto message = [](const std::function<double(double)>& f, double lower, double upper,
                          const Resolution& how = {}) {
    const Result<Series> y = resolve(f, lower, upper, how);
    return y ? std::string("resolved") : y.error().message;
  };
  EXPECT_EQ(message([](double t) { return t < 0.5 ? 1 : std::nan(""); }, 0, 1).substr(0, 37),
            "the function is not finite at t = 0.5");
  EXPECT_NE(message([](double t) { return 1 / std::sqrt(t); }, 0, 1).find("without bound"),
            std::string::npos);
  EXPECT_NE(message([](double t) { return std::tan(t); }, 0, 3).find("without bound"),
            std::string::npos);
  const auto noise = [](double t) {
    return 1e3 * std::sin(1e7 * t) - std::floor(1e3 * std::sin(1e7 * t));
  };
  EXPECT_NE(message(noise, 0, 1).find("it resists near t = "), std::string::npos);
  EXPECT_EQ(resolve(noise, 1, 0).error().status, Status::invalid_argument);
  EXPECT_EQ(resolve(noise, 0, 1, {1e-20, {}, 64, 4}).error().status, Status::invalid_argument);
}

}  // namespace
}  // namespace faltung::continuous::test
