// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/system.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace faltung::continuous {
namespace {

TEST(System, FirstOrderIsADecayOfUnitArea) {
  const Function h = first_order(12, 3);
  EXPECT_EQ(h(-1e-9), 0);
  for (const double t : {0.0, 1.0, 12.0, 100.0})
    EXPECT_NEAR(h(t), 0.25 * std::exp(-t / 12), 1e-17 + 3e-16 * h(t));
  EXPECT_FALSE(try_first_order(0));
  EXPECT_FALSE(try_first_order(-1));
  EXPECT_FALSE(try_first_order(NAN));
}

/// Against the textbook's three formulas, in extended precision.
long double second(long double w, long double d, long double t) {
  const long double root = std::sqrt(std::abs(1 - d * d)) * w;
  if (d < 1) return w * w / root * std::exp(-d * w * t) * std::sin(root * t);
  if (d == 1) return w * w * t * std::exp(-w * t);
  return w * w / root * std::exp(-d * w * t) * std::sinh(root * t);
}

TEST(System, SecondOrderAtAnyDamping) {
  for (const double d : {0.0, 0.1, 0.7, 0.99, 1.0, 1.01, 1.5, 20.0}) {
    const Function h = second_order(2.5, d);
    for (const double t : {0.0, 0.01, 0.3, 1.0, 4.0, 9.0})
      EXPECT_NEAR(h(t), static_cast<double>(second(2.5L, d, t)), 4e-16 * 2.5) << d << " " << t;
  }
  EXPECT_FALSE(try_second_order(0, 1));
}

// The series sinh(x)/x = 1 + x^2/6: nothing is lost where the dampings meet.
TEST(System, NearCriticalDampingLosesNothing) {
  for (int e = 2; e < 50; ++e)
    for (const double sign : {-1.0, 1.0}) {
      const double d = 1 + sign * std::ldexp(1.0, -e);
      const Function h = second_order(1, d);
      const long double off = static_cast<long double>(d) * d - 1;
      for (const double t : {0.5, 2.0, 8.0}) {
        long double shape = 0, part = 1;
        for (int k = 1; k < 60; ++k) {
          shape += part;
          part *= off * t * t / (2.0L * k * (2 * k + 1));
        }
        EXPECT_NEAR(h(t),
                    static_cast<double>(t * std::exp(-d * static_cast<long double>(t)) * shape),
                    3e-16)
            << d << " " << t;
      }
    }
}

void expect_value(const System& s, double t, double expected, double size) {
  EXPECT_NEAR(s.response(t), expected, 1e-15 * size) << t;
}

TEST(System, TransferFunctionsOfTheTextbook) {
  const System lag = transfer_function({3}, {12, 1});
  expect_value(lag, 5, 0.25 * std::exp(-5.0 / 12), 1);
  ASSERT_EQ(lag.poles.size(), 1u);
  EXPECT_NEAR(lag.poles[0].place.real(), -1.0 / 12, 1e-17);
  EXPECT_TRUE(lag.stable);

  const System two = transfer_function({1, 3}, {1, 3, 2});  // 2/(s+1) - 1/(s+2)
  for (const double t : {0.0, 0.5, 3.0})
    expect_value(two, t, 2 * std::exp(-t) - std::exp(-2 * t), 2);

  const System ringing = transfer_function({1, 0}, {1, 2, 10});  // s / ((s+1)^2 + 9)
  for (const double t : {0.0, 0.5, 3.0})
    expect_value(ringing, t, std::exp(-t) * (std::cos(3 * t) - std::sin(3 * t) / 3), 1);
}

TEST(System, MultiplePolesAreFoundAsSuch) {
  const System cube = transfer_function({1}, {1, 3, 3, 1});
  ASSERT_EQ(cube.poles.size(), 1u);
  EXPECT_EQ(cube.poles[0].multiplicity, 3);
  EXPECT_EQ(cube.poles[0].place, std::complex<double>(-1, 0));
  for (const double t : {0.0, 1.0, 6.0}) expect_value(cube, t, t * t / 2 * std::exp(-t), 1);

  // ((s + 1)^2 + 4)^2 (s + 3)
  const System pair = transfer_function({1}, {1, 7, 26, 62, 85, 75});
  ASSERT_EQ(pair.poles.size(), 3u);
  for (const Pole& p : pair.poles)
    EXPECT_EQ(p.multiplicity, p.place.imag() == 0 ? 1 : 2) << p.place.real();
}

TEST(System, ManyEqualPolesAreOne) {
  for (int n = 8; n <= 24; ++n) {
    std::vector<double> binomials = {1};
    for (int k = 0; k < n; ++k)
      binomials.push_back(std::round(binomials.back() * (n - k) / (k + 1)));
    const System s = transfer_function({1}, binomials);
    ASSERT_EQ(s.poles.size(), 1u) << n;
    EXPECT_EQ(s.poles[0].multiplicity, n);
    const double most = std::exp((n - 1) * std::log(n - 1.0) - (n - 1) - std::lgamma(n));
    for (const double t : {0.5, 2.0, 6.5, 20.0})
      EXPECT_NEAR(s.response(t), std::exp((n - 1) * std::log(t) - t - std::lgamma(n)), 1e-13 * most)
          << n;
  }
}

TEST(System, PolesThatNearlyMeetDoNotCancel) {
  const double e = 1e-7;  // (s + 1) (s + 1 + e) (s + 1 - e)
  const System s = transfer_function({1}, {1, 3, 3 - e * e, 1 - e * e});
  EXPECT_LT(s.cancellation, 100);
  for (const double t : {0.3, 2.0, 5.0})  // and e^2 t^2 / 12 of that
    EXPECT_NEAR(s.response(t), t * t / 2 * std::exp(-t), 1e-14) << t;
}

TEST(System, ImproperOnesHaveImpulses) {
  const System s = transfer_function({2, 5, 4}, {1, 1});  // 2s + 3 + 1/(s+1)
  const std::vector<Impulse> impulses = s.response.impulses();
  ASSERT_EQ(impulses.size(), 2u);
  EXPECT_EQ(impulses[0].weight, impulses[0].order == 1 ? 2 : 3);
  EXPECT_EQ(impulses[1].weight, impulses[1].order == 1 ? 2 : 3);
  expect_value(s, 1, std::exp(-1.0), 1);
  const System gain = transfer_function({6}, {3});
  ASSERT_EQ(gain.response.impulses().size(), 1u);
  EXPECT_EQ(gain.response.impulses()[0].weight, 2);
}

TEST(System, UnstableOnesAreSaidToBe) {
  const System s = transfer_function({1}, {1, 0, -1});
  EXPECT_FALSE(s.stable);
  expect_value(s, 2, std::sinh(2.0), 4);
  EXPECT_FALSE(transfer_function({1}, {1, 0}).stable);
  expect_value(transfer_function({1}, {1, 0, 0}), 7, 7, 7);
}

TEST(System, RefusesWhatIsNone) {
  EXPECT_FALSE(try_transfer_function(std::vector<double>{1}, std::vector<double>{}));
  EXPECT_FALSE(try_transfer_function(std::vector<double>{}, std::vector<double>{1}));
  EXPECT_FALSE(try_transfer_function(std::vector<double>{1}, std::vector<double>{0, 0}));
  EXPECT_FALSE(try_transfer_function(std::vector<double>{NAN}, std::vector<double>{1}));
  EXPECT_FALSE(try_transfer_function(std::vector<double>{1}, std::vector<double>(26, 1.0)));
}

// Roots -1 .. -12 are badly conditioned; the response is as good as the coefficients.
TEST(System, ManyPoles) {
  std::vector<double> a{1};
  for (int root = 1; root <= 12; ++root) {
    a.push_back(0);
    for (std::size_t k = a.size() - 1; k > 0; --k) a[k] += root * a[k - 1];
  }
  const System s = transfer_function({479001600.0}, a);  // 12!
  // 12 e^-t (1 - e^-t)^11: the sum of 12 exponential waiting times' smallest to largest.
  for (const double t : {0.5, 1.0, 2.0, 4.0})
    EXPECT_NEAR(s.response(t), 12 * std::exp(-t) * std::pow(1 - std::exp(-t), 11), 1e-13) << t;
  EXPECT_LT(s.cancellation, 10);
}

}  // namespace
}  // namespace faltung::continuous
