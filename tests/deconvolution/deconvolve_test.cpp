// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/deconvolve.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deconvolution/operator.hpp"
#include "faltung/convolve.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using test_support::Random;
using Vector = std::vector<double>;

double gaussian(Random& random) {  // twelve uniform ones
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.unit();
  return sum;
}
Vector noise(Random& random, std::size_t n, double deviation) {
  Vector v(n);
  for (double& e : v) e = deviation * gaussian(random);
  return v;
}
Vector decay(double tau, std::size_t taps) {
  Vector h;
  for (std::size_t k = 0; k < taps; ++k)
    h.push_back(-std::expm1(-1 / tau) * std::exp(-static_cast<double>(k) / tau));
  return h;
}
Vector temperatures(std::size_t n) {
  Vector x;
  for (std::size_t i = 0; i < n; ++i)
    x.push_back(5 + 2 * std::cos(static_cast<double>(i) / 3.8) +
                std::sin(static_cast<double>(i) / 30));
  return x;
}
double rms(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}
Vector plus(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}
Vector blurred(const Vector& x, const Vector& h, Extent extent, Boundary boundary) {
  return convolve(x, h, {.extent = extent, .boundary = boundary});
}

// (A x, y) = (x, A' y) for every way beyond the ends and every window.
TEST(Deconvolve, OperatorsAreTransposed) {
  Random random(5);
  for (const Beyond beyond : {Beyond::zero, Beyond::hold, Beyond::periodic})
    for (const std::int64_t first : {0, 3, 7})
      for (const std::int64_t samples : {40, 31, 55}) {
        if (beyond == Beyond::periodic && samples != 40) continue;
        const Vector h = noise(random, 9, 1),
                     x = noise(random, static_cast<std::size_t>(samples), 1);
        const Vector y = noise(random, 40, 1);
        auto a = value_or_throw(deconvolution::Operator::make(
            h, 40, {.samples = samples, .first = first, .beyond = beyond}));
        Vector ax(40), aty(x.size());
        ASSERT_TRUE(a.apply(x, ax));
        ASSERT_TRUE(a.apply_transposed(y, aty));
        EXPECT_NEAR(deconvolution::dot(ax, y), deconvolution::dot(x, aty), 1e-12)
            << name(beyond) << " " << first << " " << samples;
      }
}

TEST(Deconvolve, FindsWhatWasConvolvedWhereThereIsNoNoise) {
  const Vector x = temperatures(500), h = decay(12, 400);
  const Vector y = blurred(x, h, Extent::causal, Boundary::edge);
  const Deconvolution d =
      deconvolve(y, h, {.penalty = Penalty::steps, .weight = 0.0, .beyond = Beyond::hold});
  EXPECT_LT(rms(d.x, x), 1e-12);
  EXPECT_LT(d.residual_rms, 1e-13);
  EXPECT_FALSE(d.hopeless);
}

TEST(Deconvolve, DiscrepancyPrincipleLeavesTheNoise) {
  Random random(6);
  const Vector x = temperatures(700), h = decay(12, 400);
  for (const double deviation : {1e-4, 0.01, 0.1})
    for (const Penalty penalty : {Penalty::values, Penalty::steps}) {
      const Vector y =
          plus(blurred(x, h, Extent::causal, Boundary::edge), noise(random, x.size(), deviation));
      const Deconvolution d =
          deconvolve(y, h, {.penalty = penalty, .noise = deviation, .beyond = Beyond::hold});
      EXPECT_NEAR(d.residual_rms, deviation, 0.006 * deviation);
      EXPECT_LT(rms(d.x, x), penalty == Penalty::steps ? 0.5 : 1.0);
      EXPECT_LT(rms(d.x, x), 40 * deviation + 0.02);
      // The residual is that of the answer.
      Vector again = blurred(d.x, h, Extent::causal, Boundary::edge);
      for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i] - again[i], d.residual[i], 1e-12);
    }
}

TEST(Deconvolve, MinimisesWhatItSays) {
  Random random(7);
  const Vector x = noise(random, 60, 1), h = noise(random, 9, 1);
  const Vector y = plus(blurred(x, h, Extent::full, Boundary::constant), noise(random, 68, 0.3));
  for (const Penalty penalty : {Penalty::values, Penalty::steps}) {
    const DeconvolutionOptions o{.penalty = penalty, .weight = 0.7, .samples = 60};
    const Deconvolution d = deconvolve(y, h, o);
    const auto cost = [&](const Vector& v) {
      const Vector ax = blurred(v, h, Extent::full, Boundary::constant);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += (y[i] - ax[i]) * (y[i] - ax[i]);
      for (std::size_t i = 0; i + 1 < v.size(); ++i)
        sum +=
            0.7 * (penalty == Penalty::steps ? (v[i + 1] - v[i]) * (v[i + 1] - v[i]) : v[i] * v[i]);
      return penalty == Penalty::steps ? sum : sum + 0.7 * v.back() * v.back();
    };
    const double least = cost(d.x);
    for (int i = 0; i < 50; ++i)
      EXPECT_GT(cost(plus(d.x, noise(random, 60, 1e-3))), least * (1 - 1e-13));
  }
}

TEST(Deconvolve, WienerKnowsThePowerOfWhiteNoise) {
  Random random(8);
  const Vector x = noise(random, 4000, 2.0), h{0.2, 0.5, 0.2, 0.1};
  const Vector y = plus(blurred(x, h, Extent::full, Boundary::constant), noise(random, 4003, 0.1));
  const Deconvolution d =
      deconvolve(y, h, {.method = DeconvolutionMethod::wiener, .noise = 0.1, .samples = 4000});
  EXPECT_NEAR(d.weight, 0.1 * 0.1 / 4.0, 0.25 * 0.0025);
  // No other weight is much better.
  for (const double factor : {0.25, 4.0})
    EXPECT_GT(rms(deconvolve(y, h, {.weight = factor * d.weight, .samples = 4000}).x, x),
              rms(d.x, x));
}

TEST(Deconvolve, OtherWindows) {
  const Vector x = temperatures(200), h{0.05, 0.25, 0.4, 0.2, 0.1};
  const Vector same = blurred(x, h, Extent::same, Boundary::edge);
  EXPECT_LT(rms(deconvolve(same, h, {.weight = 0.0, .first = 2, .beyond = Beyond::hold}).x, x),
            1e-9);
  const Vector around = blurred(x, h, Extent::causal, Boundary::wrap);
  EXPECT_LT(rms(deconvolve(around, h, {.weight = 0.0, .beyond = Beyond::periodic}).x, x), 1e-9);
  const Vector full = blurred(x, h, Extent::full, Boundary::constant);
  EXPECT_LT(rms(deconvolve(full, h, {.weight = 0.0, .samples = 200}).x, x), 1e-9);
}

TEST(Deconvolve, SaysWhatIsHopeless) {
  Random random(9);
  const Vector x = temperatures(700), h = decay(12, 400);
  const Vector y = blurred(x, h, Extent::causal, Boundary::edge);
  const auto with_noise = [&](double deviation) {
    return deconvolve(plus(y, noise(random, y.size(), deviation)), h,
                      {.penalty = Penalty::steps, .noise = deviation, .beyond = Beyond::hold});
  };
  EXPECT_FALSE(with_noise(0.01).hopeless);
  const Deconvolution drowned = with_noise(30);
  EXPECT_TRUE(drowned.hopeless);
  ASSERT_FALSE(drowned.warnings.empty());
  EXPECT_NE(drowned.warnings[0].find("no larger than its noise"), std::string::npos);

  // A response that keeps next to nothing of what is fast.
  Vector wide;
  for (int k = -100; k <= 100; ++k) wide.push_back(std::exp(-k * k / 800.0) / 50.13);
  const Deconvolution lost = deconvolve(
      plus(blurred(x, wide, Extent::same, Boundary::edge), noise(random, 700, 0.001)), wide,
      {.penalty = Penalty::steps, .noise = 0.001, .first = 100, .beyond = Beyond::hold});
  EXPECT_TRUE(lost.hopeless);
  EXPECT_LT(lost.resolved, 70);
  EXPECT_GT(lost.condition, 1e6);

  // Not from this response.
  const Deconvolution other = deconvolve(noise(random, 700, 1), wide,
                                         {.noise = 1e-3, .first = 100, .beyond = Beyond::zero});
  ASSERT_FALSE(other.warnings.empty());
  EXPECT_GT(other.residual_rms, 0.1);
}

TEST(Deconvolve, RefusesWhatHasNoAnswer) {
  const Vector y{1, 2, 3}, h{1, 1};
  const auto refused = [&](std::span<const double> a, std::span<const double> b,
                           const DeconvolutionOptions& o, const char* says) {
    const auto d = try_deconvolve(a, b, o);
    ASSERT_FALSE(d);
    EXPECT_NE(d.error().message.find(says), std::string::npos) << d.error().message;
  };
  refused({}, h, {.weight = 1.0}, "no samples");
  refused(y, {}, {.weight = 1.0}, "no taps");
  refused(y, h, {}, "how much is noise");
  refused(y, h, {.noise = 0.0}, "above 0");
  refused(y, h, {.weight = -1.0}, "not below 0");
  refused(y, Vector{0, 0}, {.weight = 1.0}, "leaves nothing");
  refused(Vector{1, NAN}, h, {.weight = 1.0}, "finite");
  refused(y, h, {.weight = 1.0, .samples = 2, .beyond = Beyond::periodic}, "as many samples");
}

}  // namespace
}  // namespace faltung
