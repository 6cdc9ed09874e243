// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The list of named kernels: each entry works as it says, and has the values of its definition.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "filter/named_kernels.hpp"

namespace faltung {
namespace {

double sum(const Filter& f) { return std::accumulate(f.values.begin(), f.values.end(), 0.0); }

double sum_abs(const Filter& f) {
  double all = 0;
  for (const double v : f.values) all += std::abs(v);
  return all;
}

Filter named(const std::string& text, int rank = 2) {
  return value_or_throw(parse_filter(text, rank));
}

/// (picture * f) at 0, of a picture given as a function of its place from 0.
template <class F>
double response(const Filter& f, F&& picture) {
  double y = 0;
  for (std::int64_t i = 0; i < f.shape[0]; ++i)
    for (std::int64_t j = 0; j < f.shape[1]; ++j)
      y +=
          f.values[static_cast<std::size_t>(i * f.shape[1] + j)] *
          picture(static_cast<double>(f.origin_at(0) - i), static_cast<double>(f.origin_at(1) - j));
  return y;
}

std::string with_example(const NamedKernel& kernel) {
  return std::string(kernel.name()) + (*kernel.example ? ":" : "") + kernel.example;
}

TEST(KernelList, EveryEntryWorksAsItSays) {
  for (const NamedKernel& kernel : named_kernels()) {
    const std::string text = with_example(kernel);
    for (int rank = 1; rank <= 4; ++rank) {
      const auto f = parse_filter(text, rank);
      const bool fits = rank >= kernel.fewest_axes && rank <= kernel.most_axes;
      ASSERT_EQ(f.has_value(), fits) << text << " over " << rank;
      if (!fits) {
        EXPECT_NE(f.error().message.find("is for"), std::string::npos) << f.error().message;
        continue;
      }
      EXPECT_EQ(f->shape.rank(), rank) << text;
      EXPECT_EQ(element_count(f->shape), static_cast<std::int64_t>(f->values.size())) << text;
      EXPECT_EQ(f->name, text);
      EXPECT_EQ(parse_filter_expression(text, rank)->values, f->values) << text;
      EXPECT_EQ(parse_filter_expression("(" + text + " - " + text + ")", rank)->values.size(),
                f->values.size());
    }
    EXPECT_NE(*kernel.info.meaning, 0);
    EXPECT_NE(*kernel.info.taps, 0);
    EXPECT_LE(kernel.fewest_numbers(), kernel.most_numbers());
  }
}

TEST(KernelList, ARefusedNumberIsNamedWithWhatIsAllowed) {
  const auto message = [](const char* text, int rank = 2) {
    const auto f = parse_filter(text, rank);
    return f ? std::string("taken") : f.error().message;
  };
  EXPECT_EQ(message("motion:0"),
            "motion:LENGTH[:ANGLE] takes a LENGTH of at least 1 (in pixels), not 0");
  EXPECT_EQ(message("motion"),
            "kernel 'motion' takes 1 to 2 numbers, motion:LENGTH[:ANGLE], such as motion:9:45");
  EXPECT_EQ(message("gabor:8"),
            "kernel 'gabor' takes 2 to 5 numbers, "
            "gabor:WAVELENGTH:ANGLE[:SIGMA[:PHASE[:ASPECT]]], such as gabor:8:45, not 1");
  EXPECT_EQ(message("dog:2:1"),
            "dog:SIGMA[:WIDER] takes a WIDER above SIGMA (1.6 times it unless given), not 1");
  EXPECT_NE(message("schar-x").find("did you mean scharr-x?"), std::string::npos);
  EXPECT_NE(message("unsharpp:2").find("did you mean unsharp?"), std::string::npos);
  EXPECT_NE(message("sobel-z").find("is for volumes"), std::string::npos);
  EXPECT_NE(message("laplacian:0.2", 3).find("pictures"), std::string::npos);
  for (const char* text : {"emboss:1e308", "sharpen:1e308", "gabor:8:90:1e-300:0:1e308"})
    EXPECT_NE(message(text).find("range of float64"), std::string::npos) << text;
  EXPECT_THROW(motion(9, std::nan("")), Error);
  EXPECT_THROW(derivative(GradientOperator::sobel, 2, 2), Error);
  EXPECT_THROW(gabor({.wavelength = 1}), Error);
}

// Area of the unit disk in its middle pixel, the ones beside it and the corners: 1, 4 and 4 of them
// make pi. The corner is the integral of sqrt(1 - x^2) - 1/2 from 1/2 to sqrt(3)/2.
TEST(KernelList, DiskHasTheAreasOfItsPixels) {
  const double pi = std::numbers::pi, corner = pi / 12 + 0.25 - std::sqrt(3) / 4;
  const Filter f = disk(1);
  ASSERT_EQ(f.shape, (Dims{3, 3}));
  EXPECT_NEAR(f.values[4], 1 / pi, 1e-15);
  EXPECT_NEAR(f.values[0], corner / pi, 1e-15);
  EXPECT_NEAR(f.values[1], (pi - 1 - 4 * corner) / 4 / pi, 1e-15);
  EXPECT_EQ(disk(0.3).values, (std::vector<double>{1}));
  for (const double r : {0.5, 0.7, 2.5, 10.3}) {
    const Filter wide = disk(r);
    EXPECT_NEAR(sum(wide), 1, 1e-14);
    EXPECT_EQ(wide.shape[0], 2 * static_cast<std::int64_t>(std::ceil(r - 0.5)) + 1);
    for (std::size_t i = 0; i < wide.values.size(); ++i) {
      EXPECT_GE(wide.values[i], 0);
      EXPECT_EQ(wide.values[i], wide.values[wide.values.size() - 1 - i]);
    }
    if (r >= 1) {
      EXPECT_NEAR(wide.values[wide.values.size() / 2], 1 / (pi * r * r), 1e-15);
    }
  }
}

TEST(KernelList, MotionLiesAlongItsAngle) {
  EXPECT_EQ(motion(5).shape, (Dims{1, 5}));
  for (const double v : motion(5).values) EXPECT_NEAR(v, 0.2, 1e-16);
  EXPECT_EQ(motion(5, 90).shape, (Dims{5, 1}));
  EXPECT_EQ(motion(5, 180).values, motion(5).values);
  EXPECT_EQ(motion(1).values, (std::vector<double>{1}));
  // 4 pixels: the segment of 3 leaves half of a pixel at each end.
  const std::vector<double> even = motion(4).values;
  ASSERT_EQ(even.size(), 5U);
  EXPECT_NEAR(even[0], 0.125, 1e-15);
  EXPECT_NEAR(even[1], 0.25, 1e-15);
  const Filter slanted = motion(9, 45);  // down and to the right
  EXPECT_GT(slanted.values.front(), 0);
  EXPECT_EQ(slanted.values[static_cast<std::size_t>(slanted.shape[1] - 1)], 0);
  const double moved = response(slanted, [](double i, double j) { return i * j; });
  EXPECT_GT(moved, 1);
  EXPECT_NEAR(response(motion(9, -45), [](double i, double j) { return i * j; }), -moved, 1e-12);
}

TEST(KernelList, DerivativesHaveTheirSlopeAndSign) {
  const auto right = [](double, double j) { return j; };
  const auto down = [](double i, double) { return i; };
  for (const auto& [op, slope] : {std::pair{GradientOperator::sobel, 8.0},
                                  {GradientOperator::scharr, 32.0},
                                  {GradientOperator::prewitt, 6.0},
                                  {GradientOperator::gaussian, 1.0}}) {
    const Filter x = derivative(op, 1, 2, 1.7), y = derivative(op, 0, 2, 1.7);
    EXPECT_NEAR(response(x, right), slope, 1e-13) << x.name;
    EXPECT_NEAR(response(x, down), 0, 1e-13) << x.name;
    EXPECT_NEAR(response(y, down), slope, 1e-13) << y.name;
    EXPECT_NEAR(sum(x), 0, 1e-15);
  }
  EXPECT_NEAR(response(derivative(GradientOperator::farid, 1), right), 0.9918, 1e-4);
  EXPECT_EQ(derivative(GradientOperator::sobel, 1).values, sobel_x().values);
  EXPECT_EQ(derivative(GradientOperator::gaussian, 0, 3, 1).name, "gaussian-z:1");
  EXPECT_EQ(derivative(GradientOperator::scharr, 1, 3).name, "scharr-y");
  EXPECT_EQ(sum_abs(named("sobel-z", 3)), 32);
}

TEST(KernelList, SecondDerivativesAreExactOnParabolas) {
  for (const double sigma : {0.1, 0.5, 1.0, 3.3}) {
    const std::string s = ":" + std::to_string(sigma);
    const Filter xx = named("gaussian-xx" + s), yy = named("gaussian-yy" + s),
                 xy = named("gaussian-xy" + s), log = named("log" + s);
    const auto parabola = [](double i, double j) { return j * j / 2 + 3 * i + 5 * j + 7; };
    const double noise = 1e-11 / std::min(1.0, sigma * sigma);
    EXPECT_NEAR(response(xx, parabola), 1, noise) << sigma;
    EXPECT_NEAR(response(yy, parabola), 0, noise) << sigma;
    EXPECT_NEAR(response(log, parabola), 1, noise) << sigma;
    EXPECT_NEAR(response(xy, [](double i, double j) { return i * j; }), 1, noise) << sigma;
    EXPECT_NEAR(response(log, [](double i, double j) { return i * i + j * j; }), 4, noise) << sigma;
    EXPECT_NEAR(sum(log), 0, 1e-13 * sum_abs(log));
  }
  // A narrow Gaussian leaves the differences of neighbours.
  const Filter row = named("gaussian-xx:0.1", 1), slope = named("gaussian-x:0.1", 1);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(row.values[i], i == 1 ? -2 : 1, 1e-14);
    EXPECT_NEAR(slope.values[i], 0.5 * (1 - static_cast<double>(i)), 1e-14);
  }
}

TEST(KernelList, WhatIsMadeOfOthers) {
  EXPECT_EQ(named("dog:1:2").values, (gaussian(1) - gaussian(2)).values);
  EXPECT_EQ(named("dog:1").values, (gaussian(1) - gaussian(1.6)).values);
  const Filter one{Dims{1, 1}, {1}, "[1]"};
  const Filter by_hand = one + 0.5 * (one - gaussian(2)), mask = unsharp(2, 0.5);
  for (std::size_t i = 0; i < mask.values.size(); ++i)
    EXPECT_NEAR(mask.values[i], by_hand.values[i], 1e-16);
  EXPECT_NE(mask.expression, nullptr);  // so that the laws can take it apart
  EXPECT_NEAR(sum(mask), 1, 1e-15);
  EXPECT_EQ(sharpen(1, 1).values, (std::vector<double>{-1, 3, -1}));
  EXPECT_EQ(laplacian(1).values, (std::vector<double>{1, -2, 1}));
  EXPECT_EQ(laplacian(3).values[13], -6);
  EXPECT_EQ(sum(laplacian(3)), 0);
  EXPECT_EQ(named("laplacian:0").values, laplacian().values);
  EXPECT_NEAR(named("laplacian:0.2").values[4], -4 / 1.2, 1e-15);
  EXPECT_NEAR(named("laplacian:0.2").values[0], 0.2 / 1.2, 1e-15);
  EXPECT_EQ(emboss().values, (std::vector<double>{2, 1, 0, 1, 1, -1, 0, -1, -2}));
  // Lit from the top left: brighter where the picture rises downwards and to the right.
  EXPECT_GT(response(emboss(), [](double i, double j) { return i + j; }), 0);
  EXPECT_EQ(binomial(5, 1).values,
            (std::vector<double>{1. / 16, 4. / 16, 6. / 16, 4. / 16, 1. / 16}));
  EXPECT_EQ(binomial(4, 1).values, (std::vector<double>{1. / 8, 3. / 8, 3. / 8, 1. / 8}));
  EXPECT_NEAR(sum(binomial(100001, 1)), 1, 1e-12);
  EXPECT_EQ(triangle(4, 1).values, (std::vector<double>{1. / 6, 2. / 6, 2. / 6, 1. / 6}));
}

TEST(KernelList, GaborMeetsItsOwnWaves) {
  const double pi = std::numbers::pi;
  for (const double angle : {0.0, 30.0, 90.0, -45.0}) {
    const double c = std::cos(angle * pi / 180), s = std::sin(angle * pi / 180);
    const auto wave = [&](double i, double j) { return std::cos(2 * pi * (j * c + i * s) / 8); };
    const auto across = [&](double i, double j) { return std::cos(2 * pi * (i * c - j * s) / 8); };
    const Filter f = gabor({.wavelength = 8, .angle = angle});
    EXPECT_NEAR(response(f, wave), 0.5, 0.01) << angle;
    EXPECT_NEAR(response(f, across), 0, 0.01) << angle;
  }
  const Filter even = gabor({.wavelength = 8, .sigma = 3}),
               odd = gabor({.wavelength = 8, .sigma = 3, .phase = 90});
  EXPECT_NEAR(sum(odd), 0, 1e-15);
  EXPECT_EQ(even.shape, (Dims{25, 25}));
  EXPECT_EQ(gabor({.wavelength = 8, .sigma = 3, .aspect = 0.5}).shape, (Dims{49, 25}));
  EXPECT_NEAR(even.values[12 * 25 + 12 + 4] / even.values[12 * 25 + 12], -std::exp(-16.0 / 18),
              1e-14);
}

}  // namespace
}  // namespace faltung
