// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Functions outside the closed class, by themselves and with those in it.
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(SeriesFunction, TailsAreCut) {
  const Function wide = formula("exp(-t^2)");
  const Result<Function> y = convolve(wide, wide);
  ASSERT_TRUE(y.has_value()) << y.error().message;
  for (const double t : {0.0, 1.3, -4.0})
    EXPECT_NEAR((*y)(t), std::sqrt(std::numbers::pi / 2) * std::exp(-t * t / 2), 2e-15);
  EXPECT_TRUE(convolve(wide, formula("t*u(t)")).has_value());
}

TEST(SeriesFunction, EndlessFunctionsAreIntegrals) {
  const struct {
    const char *f, *h;
    double (*value)(double);
    double tolerance;
  } rows[] = {
      {"1/(1+t^2)", "u(t)", [](double t) { return std::atan(t) + std::numbers::pi / 2; }, 4e-15},
      {"1/(1+t^2)", "u(-t)",
       [](double t) { return t > 1 ? std::atan(1 / t) : std::numbers::pi / 2 - std::atan(t); },
       4e-15},
      {"1/(1+t)^2*u(t)", "u(t)", [](double t) { return t < 0 ? 0 : t / (1 + t); }, 2e-15},
      {"1/(1+t)*u(t)", "u(t)", [](double t) { return t < 0 ? 0 : std::log1p(t); }, 1e-14},
      {"sqrt(t)*u(t)", "u(t)", [](double t) { return t < 0 ? 0 : std::pow(t, 1.5) / 1.5; }, 1e-12},
      {"1/sqrt(t)*u(t)", "u(t)", [](double t) { return t < 0 ? 0 : 2 * std::sqrt(t); }, 1e-13},
      {"tanh(t)", "box(t)",
       [](double t) { return std::log(std::cosh(t + 0.5) / std::cosh(t - 0.5)); }, 2e-15},
      {"erf(t)", "gauss(t)", [](double t) { return std::erf(t / std::sqrt(3.0)); }, 2e-15},
      {"sqrt(t)*u(t)", "sqrt(t)*u(t)",
       [](double t) { return t < 0 ? 0 : std::numbers::pi / 8 * t * t; }, 1e-10},
  };
  for (const auto& row : rows) {
    const Result<Function> y = convolve(formula(row.f), formula(row.h));
    ASSERT_TRUE(y.has_value()) << row.f << ": " << y.error().message;
    for (const double t : {-40.0, -0.9, 0.0, 0.3, 1.0, 7.7, 300.0}) {
      const double exact = row.value(t);
      EXPECT_NEAR((*y)(t), exact, row.tolerance) << row.f << " * " << row.h << " at " << t;
      EXPECT_LE(std::abs((*y)(t)-exact), error_estimate(*y)) << row.f << " at " << t;
    }
  }
  // By mpmath with 30 digits.
  const Function slow = *convolve(formula("1/(1+t^2)"), formula("exp(-t)*u(t)"));
  EXPECT_NEAR(slow(0), 0.621449624235813357639, 2e-16);
  EXPECT_NEAR(slow(2.5), 0.334043490428895166289, 2e-16);
  EXPECT_NEAR(slow(1e6) * 1e12, 1.000002000005, 1e-11);  // 1/t^2 + 2/t^3 + 5/t^4
  // What is printed is read back, and where it ends it is a series.
  EXPECT_EQ(formula(to_string(slow).c_str())(2.5), slow(2.5));
  const Function part = *restricted(slow, -5, 5);
  EXPECT_EQ(part.smooth_parts()[0].shape->cost(), 1);
  EXPECT_NEAR(part(2.5), slow(2.5), 1e-14);
  EXPECT_TRUE(convolve(part, formula("box(t)")).has_value());
}

TEST(SeriesFunction, EndlessFunctionsAreRefusedWithTheReason) {
  const struct {
    const char *f, *h, *says;
  } rows[] = {
      {"1/(1+t^2)", "t*u(t)", "diverges, or converges too slowly"},
      {"1/sqrt(1+t^2)", "u(t)", "diverges, or converges too slowly"},
      {"1/(1+t^2)", "exp(t)*u(t)", "diverges, or converges too slowly"},
      {"tanh(t)", "u(t)", "diverges, or converges too slowly"},
      {"1/t*u(t)", "u(t)", "grow or oscillate too much"},
      {"sinc(t)", "sinc(t)", "grow or oscillate too much"},
      {"tanh(t)", "delta(t,1)", "the derivative of tanh(t) is not known"},
      {"conv(1/(1+t^2), u(t))", "u(t)", "restrict it"},
  };
  for (const auto& row : rows) {
    const Result<Function> y = convolve(formula(row.f), formula(row.h));
    ASSERT_FALSE(y.has_value()) << row.f;
    EXPECT_NE(y.error().message.find(row.says), std::string::npos) << y.error().message;
  }
  EXPECT_FALSE(moments(formula("1/(1+t^2)")).has_value());
  EXPECT_FALSE(area(formula("conv(1/(1+t^2), u(t))")).has_value());
}

TEST(SeriesFunction, BellsFarFromZeroKeepTheirDigits) {
  const Function y = *convolve(formula("normal(t,1e6,1e-3)"), formula("uniform(t,-1,1)"));
  EXPECT_LE(error_estimate(y), 1e-12);
  const double at = 1e6 + 1 + 0x1p-10;  // a double
  EXPECT_NEAR(y(at), std::erfc(0x1p-10 * 1e3 / std::sqrt(2.0)) / 4, 1e-14);
  const Moments m = *moments(y);
  EXPECT_NEAR(m.area, 1, 1e-14);
  EXPECT_NEAR(m.mean, 1e6, 1e-9);
  EXPECT_NEAR(m.variance, 1.0 / 3 + 1e-6, 1e-13);
  const Function sum = *convolve(formula("normal(t,0,1)"), formula("expdist(t,2)"));
  EXPECT_NEAR(moments(sum)->variance, 5, 2e-14);
}

TEST(SeriesFunction, SlopesOfRootsHaveNoImpulses) {
  const Function slope = *derivative(formula("sqrt(t)*box(t-0.5)"));
  ASSERT_EQ(slope.impulses().size(), 1u);  // the jump at 1
  EXPECT_EQ(slope.impulses()[0].at, 1);
  EXPECT_NEAR(slope(0.25), 1, 1e-9);
}

TEST(SeriesFunction, NarrowFeaturesAreFoundAtLandmarks) {
  for (const double narrow : {1e4, 1e6, 1e10})
    for (const char* form : {"exp(-%g*(t-3.17)^2)", "exp(-%g*(t-3.17)^2)*box(t/10)"}) {
      char text[80];
      std::snprintf(text, sizeof text, form, narrow);
      const double area_of_it = std::sqrt(std::numbers::pi / narrow);
      const Function y = *convolve(formula(text), formula("box(t)"));
      EXPECT_NEAR(y(3.2), area_of_it, 1e-13 * area_of_it) << text;
      EXPECT_LE(std::abs(y(3.2) - area_of_it), error_estimate(y)) << text;
      // t - 3.17 is known to 4e-16.
      EXPECT_NEAR(*area(formula(text)), area_of_it,
                  1e-13 * std::max(1.0, 1e-3 * std::sqrt(narrow)) * area_of_it)
          << text;
    }
  EXPECT_NEAR((*convolve(formula("1/(1+1e8*(t-0.3)^2)*box(t)"), formula("box(t)")))(0.3),
              1e-4 * (std::atan(2e3) + std::atan(5e3)), 1e-16);
}

TEST(SeriesFunction, ErrorEstimatesAreCloseAndNotBelow) {
  const struct {
    const char *f, *h;
    double t, exact, most;
  } rows[] = {
      // By mpmath with 30 digits.
      {"sqrt(1-t^2)*box(t/2)", "sqrt(1-t^2)*box(t/2)", 0, 4.0 / 3, 1e-13},
      {"exp(-abs(t-5)^1.5)", "u(t)", 100, 1.80549058590186776, 1e-12},
      {"sqrt(t)*box(t-0.5)", "sqrt(t)*box(t-0.5)", 1, std::numbers::pi / 8, 1e-13},
      {"abs(t)^0.1*box(t)", "box(t)", 0, 0.84821181048800678, 1e-13},
  };
  for (const auto& row : rows) {
    const Function y = *convolve(formula(row.f), formula(row.h));
    EXPECT_LE(std::abs(y(row.t) - row.exact), error_estimate(y)) << row.f;
    EXPECT_LE(error_estimate(y), row.most) << row.f;
  }
}

}  // namespace
}  // namespace faltung::continuous::test
