// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What users of other tools reported of samples that are missing.
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/faltung.hpp"

namespace faltung {
namespace {

std::vector<double> flat_with_holes() {
  std::vector<double> x(300, 5.0);
  for (std::size_t i = 40; i < 52; ++i) x[i] = std::nan("");
  x[0] = x[200] = std::nan("");
  return x;
}

// astropy#16497, #11920: the direct and the transform's way treat NaN differently.
TEST(WildAstropy16497, OneDefinitionForEveryMethod) {
  const std::vector<double> x = flat_with_holes();
  for (const Nan nan : {Nan::omit, Nan::interpolate})
    for (const char* method : {"direct", "fft_single", "overlap_save"}) {
      const AnyArray y = convolve(
          ConstView(x), gaussian(2, 1),
          {.extent = Extent::same, .boundary = Boundary::wrap, .nan = nan, .method = method});
      for (std::size_t i = 0; i < 300; ++i)
        ASSERT_NEAR(y.samples<double>()[i], 5, 1e-10) << method << " " << i;
    }
}

// Where the hole is wider than the kernel nothing is made up.
TEST(WildAstropy16497, AHoleWiderThanTheKernelStays) {
  const std::vector<double> x = flat_with_holes();
  for (const char* method : {"direct", "fft_single", "overlap_save"}) {
    const AnyArray y = convolve(
        ConstView(x), box(5, 1),
        {.extent = Extent::same, .boundary = Boundary::edge, .nan = Nan::omit, .method = method});
    int lost = 0;
    for (const double v : y.samples<double>()) lost += std::isnan(v) ? 1 : 0;
    EXPECT_EQ(lost, 8) << method;
  }
}

// scikit-image#4763: NaN gives nonsense, and a mask is asked for.
TEST(WildScikitImage4763, AMaskOfAnyBroadcastShape) {
  const std::vector<std::uint8_t> x(60, 9), mask = {1, 0, 1, 1, 0, 1};
  const ConstView picture(x.data(), ElementType::u8, {5, 6, 2});
  const AnyArray there =
      value_or_throw(masked(picture, ConstView(mask.data(), ElementType::u8, {6, 1})));
  ASSERT_EQ(there.type, ElementType::f32);
  const AnyArray y = convolve(
      there.view(), box(3),
      {.extent = Extent::same, .boundary = Boundary::mirror, .axes = {0, 1}, .nan = Nan::omit});
  for (const float v : y.samples<float>()) EXPECT_NEAR(v, 9, 1e-5F);
  EXPECT_EQ(masked(picture, ConstView(mask.data(), ElementType::u8, {6})).error().status,
            Status::shape_mismatch);
  const std::vector<std::complex<float>> complex(6);
  EXPECT_EQ(masked(picture, ConstView(complex.data(), ElementType::c64, {6, 1})).error().status,
            Status::type_mismatch);
}

TEST(Missing, WhatHasNoMeaningIsRefused) {
  const auto message = [](const char* text) {
    const auto plan = Planner{}.try_plan(Problem::parse(text));
    return plan ? std::string("taken") : plan.error().message;
  };
  EXPECT_NE(message("convolve f64 [99] * [5] same nan=omit stream").find("stream"),
            std::string::npos);
  EXPECT_NE(message("convolve f64 [99] * [5] cval=nan nan=interpolate").find("nan=omit"),
            std::string::npos);
  EXPECT_NE(message("convolve f64 [99] * [2,5] axes=1 nan=interpolate").find("several kernels"),
            std::string::npos);
  EXPECT_FALSE(Problem::try_parse("convolve f64 [9] * [3] nan=skip"));
  EXPECT_EQ(Problem::parse("convolve f64 [9] * [3] full nan=omit").to_string(),
            "convolve f64 [9] * [3] full nan=omit");
  // Whole numbers are never missing, and stay whole.
  const std::vector<int> x = {1, 2, 3}, h = {1, 1};
  EXPECT_EQ(convolve(x, h, {.nan = Nan::omit}), (std::vector<std::int64_t>{1, 3, 5, 3}));
  // Taps that are not finite have no weight.
  const Plan plan = Planner{}.plan(Problem::parse("convolve f64 [9] * [2] nan=omit"));
  const std::vector<double> taps = {1, HUGE_VAL};
  EXPECT_EQ(plan.try_prepare(ConstView(taps)).error().status, Status::invalid_argument);
}

}  // namespace
}  // namespace faltung
