// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Functions outside the closed class, by themselves and with those in it.
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/continuous.hpp"
#include "series_reference.hpp"

namespace faltung::continuous::test {
namespace {

Function formula(const char* text) {
  Result<Function> f = parse_function(text);
  EXPECT_TRUE(f.has_value()) << text << ": " << (f ? "" : f.error().message);
  return f ? *f : Function();
}

/// The worst error of f * h over max|y|, against quadrature between the breakpoints, each interval
/// in 8 parts.
double error_of(const Function& f, const Function& h, double lower, double upper,
                const std::vector<double>& f_places, const std::vector<double>& h_places) {
  static const Gauss rule(60);
  const Result<Function> y = convolve(f, h);
  EXPECT_TRUE(y.has_value()) << (y ? "" : y.error().message);
  if (!y) return 1;
  double worst = 0, largest = 0;
  for (int i = 0; i < 25; ++i) {
    const double t = lower + (upper - lower) * (i + 0.4) / 25;
    std::vector<long double> places(f_places.begin(), f_places.end());
    for (const double b : h_places) places.push_back(t - b);
    std::sort(places.begin(), places.end());
    std::vector<long double> fine;
    for (std::size_t k = 0; k + 1 < places.size(); ++k)
      for (int j = 0; j < 8; ++j) fine.push_back(places[k] + (places[k + 1] - places[k]) * j / 8);
    fine.push_back(places.back());
    const auto exact = static_cast<double>(
        quadrature([&](long double s) { return f(static_cast<double>(s)); },
                   [&](long double s) { return h(static_cast<double>(s)); }, t, fine, rule));
    worst = std::max(worst, std::abs((*y)(t)-exact));
    largest = std::max(largest, std::abs(exact));
  }
  return worst / largest;
}

TEST(SeriesFunction, FromAnyFunction) {
  const Result<Function> f =
      series_function([](double t) { return std::abs(t) * std::cos(t); }, -2, 3);
  ASSERT_TRUE(f.has_value());
  std::vector<double> t, y(101);
  for (int i = 0; i <= 100; ++i) t.push_back(-2.5 + 0.06 * i);
  f->evaluate(t, y);
  for (std::size_t i = 0; i < t.size(); ++i) {
    const bool inside = t[i] >= -2 && t[i] <= 3;
    EXPECT_NEAR(y[i], inside ? std::abs(t[i]) * std::cos(t[i]) : 0, 1e-14) << t[i];
    EXPECT_EQ(y[i], (*f)(t[i]));
  }
  EXPECT_LE(error_estimate(*f), 1e-14);
  EXPECT_EQ(f->smooth_parts()[0].shape->text().substr(0, 18), "a series of degree");
  SeriesOptions options;
  options.max_degree = 1;
  EXPECT_EQ(series_function([](double) { return 1.0; }, 0, 1, options).error().status,
            Status::invalid_argument);
}

TEST(SeriesFunction, WithFinitePieces) {
  const Function f = formula("exp(-t^2)*box(t/6)"), box = formula("box(t-0.25)"),
                 tri = formula("tri(t/2)*cos(3*t)");
  EXPECT_LE(error_of(f, box, -4, 4, {-3, 3}, {-0.25, 0.75}), 1e-14);
  EXPECT_LE(error_of(tri, f, -5, 5, {-2, 0, 2}, {-3, 3}), 1e-14);
  EXPECT_LE(error_of(f, formula("sqrt(t)*box(t-0.5)"), -3, 4, {-3, 3}, {0, 1}), 1e-5);
}

TEST(SeriesFunction, WithInfinitePieces) {
  const Function f = formula("exp(-t^2)*box(t/6)");
  // Decays, oscillations, steps and ramps, and pieces that come from -infinity.
  for (const char* text : {"exp(-t/3)*u(t)", "u(t-1)", "t*u(t)", "exp(-t)*sin(4*t)*u(t)",
                           "t^2*exp(-2*t)*u(t)", "cos(t)*u(t)", "exp(t/5)*u(-t)"}) {
    const Function h = formula(text);
    const bool back = h.lower() < -1e300;
    const double end = back ? h.upper() : h.lower();
    const auto far = back ? std::vector<double>{end - 40, end - 20, end - 10, end}
                          : std::vector<double>{end, end + 10, end + 20, end + 40};
    EXPECT_LE(error_of(f, h, back ? -20 : -4, back ? 4 : 20, {-3, 0, 3}, far), 2e-14) << text;
  }
}

TEST(SeriesFunction, WithImpulses) {
  const Function f = formula("exp(-t^2)*box(t/2)");
  const Function y = *convolve(f, formula("2*delta(t-1) + delta(t)"));
  for (const double t : {-0.7, 0.2, 0.9, 1.6}) EXPECT_NEAR(y(t), f(t) + 2 * f(t - 1), 1e-15);
  const Result<Function> slope = derivative(f);
  ASSERT_TRUE(slope.has_value());
  EXPECT_NEAR((*slope)(0.4), -0.8 * std::exp(-0.16), 1e-12);
  // The jumps of f at its ends.
  const std::vector<Impulse> jumps = slope->impulses();
  ASSERT_EQ(jumps.size(), 2U);
  EXPECT_NEAR(jumps[0].weight, std::exp(-1.0), 1e-15);
  EXPECT_NEAR(jumps[1].weight, -std::exp(-1.0), 1e-15);
  EXPECT_EQ(jumps[1].at, 1);
}

TEST(SeriesFunction, WithBells) {
  const Function sum = *convolve(formula("gauss(t-1, 3)"), formula("gauss(t, 4)"));
  ASSERT_EQ(sum.smooth_parts().size(), 1U);
  EXPECT_NEAR(sum(1), 1 / (5 * std::sqrt(2 * std::numbers::pi)), 1e-16);
  // The normal distribution function.
  const Function steps = *convolve(formula("gauss(t, 0.5)"), formula("u(t)"));
  for (const double t : {-2.0, -0.3, 0.0, 0.7, 3.0, 30.0})
    EXPECT_NEAR(steps(t), std::erfc(-t / 0.5 / std::sqrt(2.0)) / 2, 3e-15) << t;
  const Function blurred = *convolve(formula("gauss(t, 0.5)"), formula("box(t)"));
  EXPECT_NEAR(blurred(0.2),
              (std::erf(0.7 / 0.5 / std::sqrt(2.0)) - std::erf(-0.3 / 0.5 / std::sqrt(2.0))) / 2,
              1e-15);
}

TEST(SeriesFunction, TailsAreCutOrRefused) {
  const Function wide = formula("exp(-t^2)");
  const Result<Function> y = convolve(wide, wide);
  ASSERT_TRUE(y.has_value()) << y.error().message;
  for (const double t : {0.0, 1.3, -4.0})
    EXPECT_NEAR((*y)(t), std::sqrt(std::numbers::pi / 2) * std::exp(-t * t / 2), 2e-15);
  for (const char* endless : {"u(t)", "t*u(t)", "u(-t)"}) {
    const Result<Function> slow = convolve(formula("1/(1+t^2)"), formula(endless));
    ASSERT_FALSE(slow.has_value()) << endless;
    EXPECT_NE(slow.error().message.find("converges too slowly"), std::string::npos);
  }
  EXPECT_TRUE(convolve(wide, formula("t*u(t)")).has_value());
  const Result<Function> never = convolve(formula("cos(t^2)"), formula("exp(-t^2)"));
  ASSERT_FALSE(never.has_value());
  EXPECT_NE(never.error().message.find("falls too slowly"), std::string::npos);
}

}  // namespace
}  // namespace faltung::continuous::test
