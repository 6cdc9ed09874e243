// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/continuous.hpp"

namespace faltung::continuous {
namespace {

Function parsed(const std::string& text) { return value_or_throw(parse_function(text)); }

/// The B-spline of that order on [0, order] at t = p / 16, by sums of whole numbers: the truncated
/// powers (p - 16 k)^(order - 1) are whole, and 128 bits hold them.
double spline(int order, int p) {
  __int128 sum = 0, binomial = 1;
  for (int k = 0; k <= order && 16 * k < p; ++k) {
    __int128 power = 1;
    for (int i = 1; i < order; ++i) power *= p - 16 * k;
    sum += (k % 2 == 0 ? 1 : -1) * binomial * power;
    binomial = binomial * (order - k) / (k + 1);
  }
  long double value = static_cast<long double>(sum);
  for (int i = 1; i < order; ++i) value /= 16.0L * i;
  return static_cast<double>(value);
}

TEST(Exactness, SplinesToOrderTen) {
  const Function box = parsed("u(t) - u(t-1)");
  Function f = box;
  double worst = 0;
  for (int order = 2; order <= 10; ++order) {
    f = value_or_throw(convolve(f, box));
    double most = 0;
    for (int p = 0; p <= 16 * order; ++p) most = std::max(most, spline(order, p));
    const double ulp = std::nextafter(most, 2) - most;
    for (int p = 0; p <= 16 * order; ++p) {
      const double error = std::abs(f(p / 16.0) - spline(order, p)) / ulp;
      worst = std::max(worst, error);
      EXPECT_LE(error, 1) << "order " << order << " at " << p << "/16";  // demanded: 4
    }
    EXPECT_EQ(f.pieces().size(), static_cast<std::size_t>(order));
    EXPECT_EQ(f.upper(), order);
  }
}

// exp(-t) u * exp(-(1+d)t) u = e^-t (1 - e^(-d t)) / d, d from 1 to 1e-300. In doubles 1 + d is 1
// below 2^-53; rates near 0 and formulas, which keep 113 bits, go on.
TEST(Exactness, RatesThatNearlyMeet) {
  const auto decay = [](double rate) {
    return value_or_throw(
        Function::make({{0, std::numeric_limits<double>::infinity(), {{1.0, {-rate}}}}}));
  };
  for (int e = 0; e >= -300; --e) {
    const double d = std::pow(10.0, e), sum = 1 + d, d_in_doubles = sum - 1;
    const Function y = value_or_throw(convolve(decay(1), decay(sum)));
    const Function slow = value_or_throw(convolve(decay(0), decay(d)));
    const Function triple = value_or_throw(convolve(slow, decay(d * 2)));
    for (const double t : {1e-9, 0.25, 1.0, 7.0, 40.0}) {
      const double x = d_in_doubles * t,
                   expected = std::exp(-t) * t * (x == 0 ? 1 : -std::expm1(-x) / x);
      EXPECT_NEAR(y(t), expected, 1e-15 * std::exp(-1)) << e << " at " << t;
      if (d * t > 1e-290) {
        EXPECT_NEAR(slow(t), -std::expm1(-d * t) / d, 4e-16 * t) << e;
      }
      // t^2/2 (1 - d t + 7/12 d^2 t^2 ...), or (1 - 2 e^-dt + e^-2dt) / (2 d^2).
      const double q = -std::expm1(-d * t), close = q * q / (2 * d * d);
      const double triple_expected = e > -130 ? close : t * t / 2;
      EXPECT_NEAR(triple(t), triple_expected, 1e-15 * t * t) << e << " at " << t;
    }
  }
}

TEST(Exactness, FrequenciesThatNearlyMeet) {
  for (int e = 0; e >= -30; --e) {
    const std::string w = "(1+1e" + std::to_string(e) + ")";
    const Function y = parsed("conv(sin(t)*u(t), sin(" + w + "*t)*u(t))");
    const double d = std::pow(10.0, e);
    for (const double t : {0.5, 3.0, 20.0}) {
      // (w sin t - sin w t) / (w^2 - 1); as d goes to 0, (sin t - t cos t) / 2 and d times its
      // slope.
      const long double wl = 1.0L + d;
      const double expected =
          d > 1e-4 ? static_cast<double>((wl * sinl(t) - sinl(wl * t)) / (wl * wl - 1))
                   : (std::sin(t) - t * std::cos(t)) / 2;
      const double allowed = d > 1e-4 ? 1e-14 * (1 + t) : 2 * d * t * t + 4e-15 * (1 + t);
      EXPECT_NEAR(y(t), expected, allowed) << e << " at " << t;
      EXPECT_NEAR(parsed(to_string(y))(t), y(t), 1e-14 * (1 + t)) << e << ": " << to_string(y);
    }
  }
}

TEST(Exactness, LongAndShortTimes) {
  // A response of nanoseconds met by a pulse of hours.
  const Function y = parsed("conv(exp(-t*1e9)*u(t)*1e9, u(t)-u(t-3600))");
  EXPECT_EQ(y(1800), 1);
  EXPECT_NEAR(y(3600 + 1e-9), std::exp(-(((3600 + 1e-9) - 3600) * 1e9)), 1e-15);
  const Function late = parsed("conv(exp(-(t-1e6))*u(t-1e6), box(t-1e6))");
  EXPECT_NEAR(late(2e6 + 0.5), 1 - std::exp(-1), 1e-15);
  EXPECT_EQ(late(1e6), 0);
}

// What has grown from nothing at -infinity is next to nothing before 0, where only the decay is
// left.
TEST(Exactness, GrowthBackInTime) {
  for (const double rate : {10.0, 1000.0, 11001.0}) {
    const Function f = parsed("box(t+5/2)*expdiff(t,-1," + std::to_string(rate) + ")");
    for (const double t : {-2.9, -2.5, -2.1}) {
      const double expected = (std::exp(rate * t) - std::exp(-t)) / (rate + 1);
      EXPECT_NEAR(f(t), expected, 1e-15 * std::exp(3) / rate) << rate << " at " << t;
      const Function again = parsed(to_string(f));
      EXPECT_NEAR(again(t), expected, 1e-15 * std::exp(3) / rate) << to_string(f);
    }
  }
  const auto beyond = parse_function("box(t-5/2)*expdiff(t,-1,11001)");
  ASSERT_FALSE(beyond) << "e^22002 leaves the range of all numbers";
  EXPECT_NE(beyond.error().message.find("not finite"), std::string::npos);
}

TEST(Exactness, Moments) {
  const struct {
    const char* formula;
    double area, mean, variance;
  } rows[] = {{"uniform(t,1,4)", 1, 2.5, 0.75},
              {"expdist(t,3)", 1, 3, 9},
              {"erlang(t,4,0.5)", 1, 2, 1},
              {"laplace(t,-1,2)", 1, -1, 8},
              {"normal(t,2,3)", 1, 2, 9},
              {"dice(t,10,6)", 1, 35, 10 * 35.0 / 12},
              {"0.25*normal(t,-1,1) + 0.75*uniform(t,0,2)", 1, 0.5,
               0.25 * (1 + 2.25) + 0.75 * (1.0 / 3 + 0.25)},
              {"conv(uniform(t,0,1), expdist(t,2), dice(t,2,6))", 1, 9.5, 1.0 / 12 + 4 + 35.0 / 6},
              {"conv(normal(t,1,3), normal(t,2,4))", 1, 3, 25},
              {"(1-t^4)*box(t/2)/sqrt(2)", std::sqrt(2.0) * 0.8, 0, (1.0 / 3 - 1.0 / 7) / 0.8},
              {"1/(1+t^4)", 3.14159265358979323846 / std::sqrt(2.0), 0, 1}};
  for (const auto& row : rows) {
    const auto m = moments(parsed(row.formula));
    ASSERT_TRUE(m) << row.formula << ": " << m.error().message;
    EXPECT_NEAR(m->area, row.area, 2e-14 * row.area) << row.formula;
    EXPECT_NEAR(m->mean, row.mean, 2e-14 * (1 + std::abs(row.mean))) << row.formula;
    EXPECT_NEAR(m->variance, row.variance, 4e-14 * row.variance) << row.formula;
  }
  EXPECT_FALSE(moments(parsed("u(t)")));
  EXPECT_FALSE(moments(parsed("0")));
}

TEST(Exactness, OperationsOfTheInterface) {
  const Function f = parsed("exp(-t)*u(t) + delta(t-2)");
  const Function d = value_or_throw(derivative(f));  // delta - e^-t u + delta'(t-2)
  ASSERT_EQ(d.impulses().size(), 2u);
  EXPECT_EQ(d.impulses()[0].weight, 1);
  EXPECT_EQ(d.impulses()[1].order, 1);
  EXPECT_DOUBLE_EQ(d(1), -std::exp(-1));
  const Function i = value_or_throw(antiderivative(f));
  EXPECT_DOUBLE_EQ(i(1), 1 - std::exp(-1));
  EXPECT_DOUBLE_EQ(i(3), 2 - std::exp(-3));
  const Function s = value_or_throw(stretched(f, -2));
  EXPECT_DOUBLE_EQ(s(-1), std::exp(-0.5));
  EXPECT_EQ(s.impulses()[0].at, -4);
  EXPECT_EQ(s.impulses()[0].weight, 2);
  const Function r = value_or_throw(restricted(f, 1, 2));
  EXPECT_EQ(r.lower(), 1);
  EXPECT_EQ(r(0.5), 0);
  EXPECT_EQ(r.impulses().size(), 1u);
  const Function p = value_or_throw(periodic(parsed("box(t)+delta(t)"), 2, -4, 4));
  EXPECT_EQ(p.impulses().size(), 4u);
  EXPECT_EQ(p(2.25), 1);
  EXPECT_EQ(p(3), 0);
  EXPECT_FALSE(periodic(f, 1, 0, 1));
  EXPECT_FALSE(stretched(f, 0));
  EXPECT_DOUBLE_EQ(value_or_throw(area(f)), 2);
  const Function c = value_or_throw(correlate(parsed("box(t)"), parsed("box(t-3)")));
  EXPECT_EQ(c(3), 1);
}

}  // namespace
}  // namespace faltung::continuous
