// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Gradients and banks of filters beside each filter by itself.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "faltung/filter_bank.hpp"
#include "support/buffer.hpp"

namespace faltung {
namespace {

using test_support::Buffer;
using test_support::Random;
using test_support::Values;

Buffer random_picture(ElementType type, const Dims& shape, int seed = 1) {
  Random random(static_cast<std::uint64_t>(seed));
  Buffer x(type, shape);
  x.fill(random, Values::uniform);
  return x;
}

double at(const AnyArray& a, std::int64_t i) {
  if (a.type == ElementType::f32)
    return static_cast<double>(a.samples<float>()[static_cast<std::size_t>(i)]);
  return a.samples<double>()[static_cast<std::size_t>(i)];
}

/// By one convolution an axis, in doubles.
void expect_gradient(const Buffer& x, const GradientOptions& options, double slope) {
  const int axes = options.axes.empty() ? x.shape().rank() : options.axes.rank();
  const auto plan = value_or_throw(GradientPlan::try_make(x.type(), x.shape(), options));
  const auto made = value_or_throw(plan.try_run(x.view(), axes == 2));
  std::vector<AnyArray> derivatives;
  for (int i = 0; i < axes; ++i) {
    Options alone{.extent = Extent::same, .boundary = options.boundary, .cval = options.cval};
    alone.axes = options.axes;
    const Filter f = derivative(options.op, i, axes, options.sigma);
    derivatives.push_back(convolve(x.view(), f, alone));
  }
  EXPECT_NEAR(1 / plan.scale(), slope, 1e-3) << plan.explain();
  const auto bound = value_or_throw(plan.try_error_bound(x.view()));
  EXPECT_GT(bound.maximum, 0);
  for (std::int64_t i = 0; i < element_count(x.shape()); ++i) {
    double squares = 0;
    for (const AnyArray& d : derivatives) squares += at(d, i) * at(d, i);
    const double expected = std::sqrt(squares) * plan.scale();
    ASSERT_NEAR(at(made.magnitude, i), expected, 2 * bound.maximum + 1e-30) << i;
    if (axes != 2) continue;
    const double angle = std::atan2(at(derivatives[0], i), at(derivatives[1], i));
    const double apart = std::remainder(at(made.orientation, i) - angle, 2 * std::numbers::pi);
    ASSERT_LT(std::abs(apart) * expected, 8 * bound.maximum) << i;
  }
}

TEST(Gradients, AreThoseOfTheirDerivatives) {
  using Op = GradientOperator;
  for (const auto& [op, slope] : {std::pair{Op::sobel, 8.0},
                                  {Op::scharr, 32.0},
                                  {Op::prewitt, 6.0},
                                  {Op::farid, 0.9918},
                                  {Op::gaussian, 1.0}})
    for (const Boundary boundary : {Boundary::constant, Boundary::edge, Boundary::mirror,
                                    Boundary::symmetric, Boundary::wrap, Boundary::odd})
      for (const ElementType type : {ElementType::f32, ElementType::f64, ElementType::u8})
        for (const Dims& shape : {Dims{37, 29}, Dims{1, 9}, Dims{5, 1}, Dims{300, 700}}) {
          if (element_count(shape) > 1000 && (boundary != Boundary::mirror || op == Op::farid))
            continue;
          GradientOptions options{.op = op, .sigma = 1.5, .boundary = boundary};
          expect_gradient(random_picture(type, shape), options, slope);
          if (HasFailure()) FAIL() << name(op) << " " << name(boundary) << " " << to_string(shape);
        }
}

TEST(Gradients, OfVolumesChannelsAndRows) {
  expect_gradient(random_picture(ElementType::f32, {9, 12, 14}), {}, 32);
  expect_gradient(random_picture(ElementType::f32, {60, 40, 3}), {.axes = {0, 1}}, 8);
  expect_gradient(random_picture(ElementType::f64, {4, 30, 50}), {.axes = {1, 2}}, 8);
  expect_gradient(random_picture(ElementType::f64, {4, 30, 50}), {.axes = {-2, -1}}, 8);
  expect_gradient(random_picture(ElementType::f64, {50}),
                  {.op = GradientOperator::gaussian, .sigma = 2}, 1);
}

TEST(Gradients, OfWideKernelsShareTransforms) {
  const Buffer x = random_picture(ElementType::f32, {120, 130});
  const GradientOptions options{
      .op = GradientOperator::gaussian, .sigma = 9, .method = "fft_single"};
  expect_gradient(x, options, 1);
  const auto plan = value_or_throw(GradientPlan::try_make(x.type(), x.shape(), options));
  EXPECT_NE(plan.explain().find("3 transforms in place of 4"), std::string::npos) << plan.explain();
}

TEST(Gradients, DoNotDependOnThreads) {
  const Buffer x = random_picture(ElementType::f32, {700, 900});
  const auto plan = value_or_throw(GradientPlan::try_make(x.type(), x.shape()));
  EXPECT_NE(plan.explain().find("shared: x is read once"), std::string::npos) << plan.explain();
  const auto one = value_or_throw(plan.try_run(x.view(), true));
  for (const int threads : {2, 3, 8}) {
    const auto many = value_or_throw(plan.try_run(x.view(), true, threads));
    EXPECT_EQ(one.magnitude.bytes, many.magnitude.bytes);
    EXPECT_EQ(one.orientation.bytes, many.orientation.bytes);
  }
}

// Squares of what is near the ends of the range leave it.
TEST(Gradients, KeepTheRange) {
  for (const double size : {1e-200, 1e-5, 1e200}) {
    std::vector<double> x(81);
    for (std::size_t i = 0; i < 81; ++i)
      x[i] = size * (3.0 * static_cast<double>(i / 9) + 4.0 * static_cast<double>(i % 9));
    const ConstView view(x.data(), ElementType::f64, {9, 9});
    EXPECT_NEAR(gradient_magnitude(view).samples<double>()[40] / size, 5, 1e-13);
  }
  std::vector<double> x(81, 1.0);
  x[40] = std::nan("");
  const AnyArray y = gradient_magnitude(ConstView(x.data(), ElementType::f64, {9, 9}));
  int lost = 0;
  for (const double v : y.samples<double>()) lost += std::isnan(v) ? 1 : 0;
  EXPECT_EQ(lost, 9);
  const AnyArray kept =
      gradient_magnitude(ConstView(x.data(), ElementType::f64, {9, 9}), {.nan = Nan::omit});
  for (const double v : kept.samples<double>()) EXPECT_NEAR(v, 0, 1e-14);
}

TEST(Gradients, AnglesTurnFromRightToDown) {
  const double pi = std::numbers::pi;
  for (const auto& [down, right, angle] : {std::tuple{0.0, 1.0, 0.0},
                                           {1.0, 0.0, pi / 2},
                                           {1.0, 1.0, pi / 4},
                                           {0.0, -1.0, pi},
                                           {-1.0, 0.0, -pi / 2},
                                           {0.0, 0.0, 0.0}}) {
    std::vector<float> x(49);
    for (std::size_t i = 0; i < 49; ++i)
      x[i] = static_cast<float>(down * static_cast<double>(i / 7) +
                                right * static_cast<double>(i % 7));
    const auto plan = value_or_throw(GradientPlan::try_make(ElementType::f32, {7, 7}));
    const auto made =
        value_or_throw(plan.try_run(ConstView(x.data(), ElementType::f32, {7, 7}), true));
    EXPECT_NEAR(made.orientation.samples<float>()[24], angle, 1e-6);
    EXPECT_NEAR(made.magnitude.samples<float>()[24], std::hypot(down, right), 1e-6);
  }
}

TEST(Gradients, WhatHasNoneIsRefused) {
  EXPECT_EQ(GradientPlan::try_make(ElementType::c64, {9, 9}).error().status, Status::type_mismatch);
  EXPECT_FALSE(GradientPlan::try_make(ElementType::f32, {9, 9}, {.axes = {0, 1, 2}}));
  EXPECT_FALSE(GradientPlan::try_make(ElementType::f32, {9, 9},
                                      {.op = GradientOperator::gaussian, .sigma = 0}));
  const Buffer x = random_picture(ElementType::f32, {5, 5, 5});
  const auto plan = value_or_throw(GradientPlan::try_make(ElementType::f32, {5, 5, 5}));
  EXPECT_NE(plan.try_run(x.view(), true).error().message.find("two axes"), std::string::npos);
  const Buffer other = random_picture(ElementType::f32, {5, 5});
  EXPECT_EQ(plan.try_run(other.view()).error().status, Status::shape_mismatch);
}

TEST(FilterBanks, HaveTheResultsOfEachFilter) {
  const Buffer x = random_picture(ElementType::f64, {40, 50});
  const std::vector<Filter> filters = {gabor({.wavelength = 6, .angle = 0}),
                                       gabor({.wavelength = 6, .angle = 45}),
                                       gabor({.wavelength = 6, .angle = 90}), gaussian(1)};
  for (const char* method : {"auto", "direct", "fft_single", "overlap_save"}) {
    Problem p = Problem::parse("convolve f64 [40,50] * [1,1] same boundary=mirror");
    p.method = method;
    const auto bank = value_or_throw(FilterBankPlan::try_make(p, filters));
    const AnyArray all = value_or_throw(bank.try_run(
        x.view().shape.rank() == 2 ? ConstView(x.view().data, x.type(), {1, 40, 50}) : x.view()));
    ASSERT_EQ(all.shape, (Dims{4, 40, 50}));
    for (std::size_t f = 0; f < filters.size(); ++f) {
      const AnyArray alone =
          convolve(x.view(), filters[f], {.extent = Extent::same, .boundary = Boundary::mirror});
      for (std::int64_t i = 0; i < 2000; ++i)
        ASSERT_NEAR(at(all, static_cast<std::int64_t>(f) * 2000 + i), at(alone, i), 1e-13)
            << method;
    }
    if (std::string(method) == "fft_single") {
      EXPECT_NE(bank.explain().find("5 transforms in place of 8"), std::string::npos);
    }
  }
  const std::vector<Filter> mixed = {gaussian(1, 1), gaussian(1, 2)};
  EXPECT_EQ(FilterBankPlan::try_make(Problem::parse("convolve f64 [40,50] * [1,1] same"), mixed)
                .error()
                .status,
            Status::shape_mismatch);
  EXPECT_FALSE(FilterBankPlan::try_make(Problem::parse("convolve f64 [40,50] * [1,1] same"), {}));
}

}  // namespace
}  // namespace faltung
