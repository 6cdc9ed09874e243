// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/faltung.hpp"

#include <gtest/gtest.h>

namespace faltung {
namespace {

TEST(OneLine, Vectors) {
  const std::vector<float> x = {1, 2, 3}, h = {0, 1, 0.5f};
  EXPECT_EQ(convolve(x, h), (std::vector<float>{0, 1, 2.5f, 4, 1.5f}));
  EXPECT_EQ(correlate(x, h), (std::vector<float>{0.5f, 2, 3.5f, 3, 0}));
  EXPECT_EQ(convolve(x, h, {.extent = Extent::same}), (std::vector<float>{1, 2.5f, 4}));
  EXPECT_EQ(correlate(x, h, {.lags = {-1, 1}}), (std::vector<float>{2, 3.5f, 3}));
  EXPECT_EQ(convolve(x, h, {.window = {1, 3}}), (std::vector<float>{1, 2.5f}));
}

TEST(OneLine, IntegersGiveInt64) {
  const std::vector<std::uint8_t> x = {200, 200}, h = {200, 1};
  const std::vector<std::int64_t> y = convolve(x, h);
  EXPECT_EQ(y, (std::vector<std::int64_t>{40000, 40200, 200}));
}

TEST(OneLine, EveryOptionReachesTheProblem) {
  const std::vector<float> x(12, 1), h(4, 1);
  const ConstView xv(x.data(), ElementType::f32, {3, 4}), hv(h.data(), ElementType::f32, {2, 2});
  Options o;
  o.extent = Extent::same;
  o.boundary = Boundary::constant;
  o.cval = 2.0;
  o.axes = {0, 1};
  o.stride = {2, 1};
  o.dilation = {1, 2};
  o.origin = {1, 0};
  o.result = ElementType::f64;
  o.method = "direct";
  const Problem p = make_problem(Operation::correlate, xv, hv, o);
  EXPECT_EQ(p.to_string(), Problem::parse("correlate f32->f64 [3,4] * [2,2] same cval=2 axes=0,1 "
                                          "stride=2,1 dilation=1,2 origin=1,0 method=direct")
                               .to_string());
  const AnyArray y = correlate(xv, hv, o);
  EXPECT_EQ(y.type, ElementType::f64);
  EXPECT_EQ(y.shape, (Dims{2, 4}));
  EXPECT_THROW(y.samples<float>(), Error);
}

TEST(OneLine, RefusalsAreExceptionsWithASentence) {
  const std::vector<float> x = {1, 2}, none;
  const auto status = [](auto&& f) {
    try {
      f();
    } catch (const Error& e) {
      EXPECT_GT(std::string(e.what()).size(), 10u);
      return e.status();
    }
    return Status::ok;
  };
  EXPECT_EQ(status([&] { convolve(none, x); }), Status::empty_input);
  EXPECT_EQ(status([&] { convolve(x, none); }), Status::empty_kernel);
  EXPECT_EQ(status([&] { convolve(x, std::vector<float>(3), {.extent = Extent::valid}); }),
            Status::no_output);
  EXPECT_EQ(status([&] { convolve(x, x, {.method = "fast"}); }), Status::unknown_name);
  EXPECT_EQ(status([&] { convolve(x, x, {.lags = {0, 1}}); }), Status::invalid_argument);
  EXPECT_EQ(status([&] { convolve(x, x, {.threads = 0}); }), Status::invalid_argument);
}

TEST(OneLine, FiltersTakeThePrecisionOfTheInput) {
  const std::vector<std::uint8_t> picture(64, 100);
  const ConstView x(picture.data(), ElementType::u8, {8, 8});
  const AnyArray y =
      convolve(x, gaussian(1.0), {.extent = Extent::same, .boundary = Boundary::mirror});
  EXPECT_EQ(y.type, ElementType::f32);
  EXPECT_EQ(y.shape, (Dims{8, 8}));
  for (float v : y.samples<float>()) EXPECT_NEAR(v, 100, 1e-3);
  const std::vector<double> samples(50, 2.0);
  const AnyArray z = convolve(ConstView(samples), exponential(3.0),
                              {.extent = Extent::causal, .boundary = Boundary::edge});
  EXPECT_EQ(z.type, ElementType::f64);
  for (double v : z.samples<double>()) EXPECT_NEAR(v, 2, 1e-12);
}

}  // namespace
}  // namespace faltung
