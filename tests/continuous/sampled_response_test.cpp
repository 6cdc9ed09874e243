// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Records through continuous responses against the convolution of two functions in closed form: the
// record is one, piece by piece, with what lies before and behind it.
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/signal.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using continuous::Function;
using continuous::Impulse;
using continuous::Piece;
using test_support::Random;

constexpr double kForever = std::numeric_limits<double>::infinity();

Function function(const std::vector<Piece>& pieces, const std::vector<Impulse>& impulses = {}) {
  return value_or_throw(Function::make(pieces, impulses));
}

struct Named {
  std::string name;
  Function h;
  bool decays = true;
};

std::vector<Named> responses() {
  using C = std::complex<double>;
  return {
      {"decay", function({{0, kForever, {{1.0, {-0.3}}}}})},
      {"decay from between samples", function({{0.37, kForever, {{1.0, {-0.3}}}}})},
      {"decay from a later sample", function({{1.5, kForever, {{-2.0, {-0.3}}}}})},
      {"decay from before", function({{-1.75, kForever, {{1.0, {-0.3}}}}})},
      {"fast decay", function({{0, kForever, {{1.0, {-900.0}}}}})},
      {"two decays", function({{0, kForever, {{1.0, {-0.3}}, {0.5, {-1.7}}}}})},
      {"oscillation", function({{0, kForever, {{C(1, -2), {C(-0.2, 1.3)}}}}})},
      {"t exp(-t)", function({{0, kForever, {{1.0, {-1.0, -1.0}}}}})},
      {"damped, nearly critical", function({{0, kForever, {{1.0, {-1.0, -1.0 - 1e-9}}}}})},
      {"conjugates", function({{0, kForever, {{1.0, {C(-1, 1e-5), C(-1, -1e-5)}}}}})},
      {"six equal rates", function({{0, kForever, {{1.0, {-1.0, -1.0, -1.0, -1.0, -1.0, -1.0}}}}})},
      {"box", function({{-0.8, 1.3, {{1.0, {0.0}}}}})},
      {"triangle",
       function({{-1, 0, {{1.0, {0.0, 0.0}}}}, {0, 1, {{1.0, {0.0}}, {-1.0, {0.0, 0.0}}}}})},
      {"decay backwards", function({{-kForever, 0.6, {{1.0, {-0.7}}}}})},
      {"impulses", function({}, {{0, 0, 2}, {0.75, 0, -1}, {1.25, 0, 0.5}, {-0.6, 0, 3}})},
      {"impulse and decay", function({{0.2, kForever, {{1.0, {-0.5}}}}}, {{0.5, 0, 1}})},
      {"step", function({{0, kForever, {{1.0, {0.0}}}}}), false},
      {"growth", function({{0, kForever, {{1.0, {0.05}}}}}), false},
      {"undamped", function({{0, kForever, {{1.0, {C(0, 1)}}}}}), false},
  };
}

/// The record as a function.
Function as_function(const Signal& x, const SampledOptions& o) {
  const auto n = static_cast<std::int64_t>(x.values.size());
  const double last = x.time(n - 1);
  std::vector<Piece> pieces;
  const auto flat = [&](double from, double to, double value) {
    if (value != 0) pieces.push_back({from, to, {{value, {0.0}}}});
  };
  const auto at = [&](std::int64_t i) { return x.values[static_cast<std::size_t>(i)]; };
  for (std::int64_t i = 0; i + 1 < n; ++i) {
    if (o.interpolation == Interpolation::hold) {
      flat(x.time(i), x.time(i + 1), at(i));
    } else {
      const double slope = (at(i + 1) - at(i)) / (x.time(i + 1) - x.time(i));
      pieces.push_back({x.time(i), x.time(i + 1), {{at(i), {0.0}}, {slope, {0.0, 0.0}}}});
    }
  }
  if (o.beyond == Beyond::hold) {
    flat(-kForever, x.t0, o.held.value_or(x.values.front()));
    flat(last, kForever, x.values.back());
  }
  if (o.beyond == Beyond::zero && o.interpolation == Interpolation::hold)
    flat(last, x.time(n), x.values.back());
  return function(pieces);
}

Signal random_record(Random& random, int samples) {
  Signal x{{}, 2.0, 0.25, "", ""};
  for (int i = 0; i < samples; ++i) x.values.push_back(random.symmetric());
  return x;
}

void expect_exact(const Named& response, const SampledOptions& o, const Signal& x) {
  SCOPED_TRACE(response.name + ", " + name(o.interpolation) + ", " + name(o.beyond));
  const auto h = SampledResponse::make(response.h, x.dt, o);
  ASSERT_TRUE(h) << h.error().message;
  const std::vector<double> y = h->run(x.values);
  const Function exact = value_or_throw(continuous::convolve(as_function(x, o), response.h));
  const auto n = static_cast<std::int64_t>(y.size());
  const double bound = value_or_throw(h->error_bound(n, 1.5));
  double largest = 0;
  // A function has one value at the last sample, that from the right: 0 where the record ends.
  const bool ends = o.beyond == Beyond::zero && !response.h.impulses().empty();
  for (std::int64_t i = 0; i < (ends ? n - 1 : n); ++i) {
    const double expected = exact(x.time(i));
    largest = std::max(largest, std::abs(expected));
    EXPECT_NEAR(y[static_cast<std::size_t>(i)], expected, bound) << i;
  }
  EXPECT_LT(bound, 1e-11 * largest);  // so that it says something
}

TEST(SampledResponse, IsTheConvolutionOfFunctions) {
  Random random(11);
  for (const Named& response : responses())
    for (const Interpolation interpolation : {Interpolation::hold, Interpolation::linear}) {
      const Signal x = random_record(random, 37);
      expect_exact(response, {.interpolation = interpolation, .beyond = Beyond::zero}, x);
      if (!response.decays) continue;
      expect_exact(response, {.interpolation = interpolation}, x);
      expect_exact(response, {.interpolation = interpolation, .held = -1.5}, x);
    }
}

TEST(ResponseStream, IsTheResponseOfTheWholeRecordWhateverThePieces) {
  Random random(13);
  int streams = 0;
  for (const Named& response : responses())
    for (const Interpolation interpolation : {Interpolation::hold, Interpolation::linear})
      for (const Beyond beyond : {Beyond::zero, Beyond::hold}) {
        const SampledOptions o{.interpolation = interpolation, .beyond = beyond};
        const Signal x = random_record(random, 300);
        auto stream = ResponseStream::make(response.h, x.dt, o);
        const bool ahead = response.h.lower() < 0;
        ASSERT_EQ(stream.has_value(), !ahead && (response.decays || beyond == Beyond::zero))
            << response.name;
        if (!stream) continue;
        ++streams;
        SCOPED_TRACE(response.name + ", " + name(interpolation) + ", " + name(beyond));
        const auto whole = value_or_throw(SampledResponse::make(response.h, x.dt, o));
        const std::vector<double> expected = whole.run(x.values);
        const double bound = 2 * value_or_throw(whole.error_bound(300, 1));
        std::vector<double> at_once(300), y(300);
        stream->push(x.values, at_once);
        for (int again = 0; again < 2; ++again) {
          stream->reset();
          for (std::size_t from = 0, n = 0; from < y.size(); from += n) {
            n = std::min<std::size_t>(static_cast<std::size_t>(random.whole(1, again ? 40 : 9)),
                                      y.size() - from);
            stream->push(std::span(x.values).subspan(from, n), std::span(y).subspan(from, n));
          }
          EXPECT_EQ(y, at_once);
        }
        for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], expected[i], bound) << i;
      }
  EXPECT_GT(streams, 30);
}

// Until nothing is left of the beginning.
TEST(SampledResponse, PeriodicIsTheRecordAgainAndAgain) {
  Random random(12);
  for (const Named& response : responses())
    for (const Interpolation interpolation : {Interpolation::hold, Interpolation::linear}) {
      if (!response.decays) continue;
      const Signal x = random_record(random, 29);
      std::vector<double> many;
      for (int i = 0; i < 60; ++i) many.insert(many.end(), x.values.begin(), x.values.end());
      const auto around = value_or_throw(SampledResponse::make(
          response.h, x.dt, {.interpolation = interpolation, .beyond = Beyond::periodic}));
      const auto along =
          value_or_throw(SampledResponse::make(response.h, x.dt, {.interpolation = interpolation}));
      const std::vector<double> y = around.run(x.values), expected = along.run(many);
      const double bound =
          value_or_throw(around.error_bound(29, 1)) + value_or_throw(along.error_bound(60 * 29, 1));
      for (std::size_t i = 0; i < y.size(); ++i)
        EXPECT_NEAR(y[i], expected[40 * 29 + i], bound) << response.name << " " << i;
    }
}

}  // namespace
}  // namespace faltung
