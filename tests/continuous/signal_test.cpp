// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/signal.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "faltung/system.hpp"

namespace faltung {
namespace {

const Signal kRamp{{1, 2, 4, 8}, 10, 0.5, "°C", "h"};

TEST(Signal, ResamplesByItsInterpolation) {
  const Signal fine = resample(kRamp, 10, 0.25, 8);
  EXPECT_EQ(fine.values, (std::vector<double>{1, 1.5, 2, 3, 4, 6, 8, 8}));
  EXPECT_EQ(fine.unit, "°C");
  EXPECT_EQ(fine.dt, 0.25);
  const Signal held = resample(kRamp, 9.5, 0.25, 6, {.interpolation = Interpolation::hold});
  EXPECT_EQ(held.values, (std::vector<double>{1, 1, 1, 1, 2, 2}));
  const Signal zero = resample(kRamp, 9.75, 0.25, 9, {.beyond = Beyond::zero});
  EXPECT_EQ(zero.values, (std::vector<double>{0, 1, 1.5, 2, 3, 4, 6, 8, 0}));
  const Signal around = resample(kRamp, 11.5, 0.25, 3, {.beyond = Beyond::periodic});
  EXPECT_EQ(around.values, (std::vector<double>{8, 4.5, 1}));
  EXPECT_FALSE(try_resample(kRamp, 0, 0, 1));
  EXPECT_FALSE(try_resample({}, 0, 1, 1));
}

TEST(Signal, WhatLiesOnASampleIsThatSample) {
  Signal x{{}, 0, 0.1, "", ""};
  for (int i = 0; i < 100; ++i) x.values.push_back(i * i);
  const Signal y = resample(x, 0.3, 0.3, 30, {.interpolation = Interpolation::hold});
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(y.values[i], x.values[3 * (i + 1)]) << i;
}

TEST(Signal, ConvolvesWithAnother) {
  const Signal h{{2, 1}, -1, 0.5, "1/h", "h"};
  const Signal y = convolve(kRamp, h);
  EXPECT_EQ(y.values, (std::vector<double>{1, 2.5, 5, 10, 4}));
  EXPECT_EQ(y.t0, 9);
  EXPECT_EQ(y.unit, "°C·1/h·h");
}

TEST(Signal, RefusesGridsThatDoNotMeet) {
  const auto other_step = try_convolve(kRamp, Signal{{1}, 0, 0.25, "", "h"});
  ASSERT_FALSE(other_step);
  EXPECT_NE(other_step.error().message.find("resample"), std::string::npos);
  const auto other_unit = try_convolve(kRamp, Signal{{1}, 0, 0.5, "", "s"});
  ASSERT_FALSE(other_unit);
  EXPECT_NE(other_unit.error().message.find("'h' and 's'"), std::string::npos);
}

TEST(Signal, UnitsGoAlong) {
  const continuous::Function house = continuous::first_order(12);
  EXPECT_EQ(convolve(kRamp, house).unit, "°C·h");
  const Signal indoor = convolve(kRamp, house, {.unit_area = true});
  EXPECT_EQ(indoor.unit, "°C");
  EXPECT_EQ(indoor.t0, kRamp.t0);
}

TEST(Signal, AConstantStaysWhatItIs) {
  const Signal x{std::vector<double>(50, 7.25), 0, 1, "", ""};
  for (const auto& h : {continuous::first_order(12, 3), continuous::second_order(0.3, 0.4)})
    for (const Beyond beyond : {Beyond::hold, Beyond::periodic})
      for (const double v : convolve(x, h, {.beyond = beyond, .unit_area = true}).values)
        EXPECT_NEAR(v, 7.25, 7.25 * 0x1p-48);
}

TEST(Signal, InitialValueIsHeldBefore) {
  const Signal x{std::vector<double>(40, 0.0), 0, 1, "", ""};
  const Signal y = convolve(x, continuous::first_order(12), {.held = 20.0});
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_NEAR(y.values[i], 20 * std::exp(-static_cast<double>(i) / 12), 1e-13);
}

TEST(Signal, RefusesWhatDoesNotDecay) {
  const auto integrator = continuous::transfer_function({1}, {1, 0}).response;
  const auto refused = try_convolve(kRamp, integrator);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("does not decay"), std::string::npos);
  const Signal sum = convolve(kRamp, integrator, {.beyond = Beyond::zero});
  EXPECT_NEAR(sum.values[3], 0.5 * (0.5 + 2 + 4 + 4), 1e-14);  // trapezoids
  EXPECT_FALSE(try_convolve(kRamp, integrator, {.beyond = Beyond::zero, .unit_area = true}));
}

TEST(Signal, RefusesSlopesThatAreNone) {
  const auto differentiator = continuous::transfer_function({1, 0}, {1}).response;
  EXPECT_FALSE(try_convolve(kRamp, differentiator, {.interpolation = Interpolation::hold}));
  const Signal slope = convolve(kRamp, differentiator);
  EXPECT_EQ(slope.values[2], 4);
  EXPECT_FALSE(try_convolve(kRamp, continuous::transfer_function({1, 0, 0}, {1}).response));
}

TEST(Signal, NamesRoundTrip) {
  for (const Beyond b : {Beyond::zero, Beyond::hold, Beyond::periodic})
    EXPECT_EQ(value_or_throw(parse_beyond(name(b))), b);
  for (const Interpolation i : {Interpolation::hold, Interpolation::linear})
    EXPECT_EQ(value_or_throw(parse_interpolation(name(i))), i);
  EXPECT_FALSE(parse_beyond("edge"));
  EXPECT_FALSE(parse_interpolation("cubic"));
}

}  // namespace
}  // namespace faltung
