// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/filter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>

namespace faltung {
namespace {

double sum(const Filter& f) { return std::accumulate(f.values.begin(), f.values.end(), 0.0); }

TEST(Filters, Gaussian) {
  for (double sigma : {0.3, 1.0, 2.5, 10.0})
    for (int rank : {1, 2}) {
      const Filter f = gaussian(sigma, rank);
      const auto size = 2 * static_cast<std::int64_t>(std::ceil(4 * sigma)) + 1;
      EXPECT_EQ(f.shape, rank == 1 ? Dims{size} : (Dims{size, size}));
      EXPECT_EQ(element_count(f.shape), static_cast<std::int64_t>(f.values.size()));
      EXPECT_NEAR(sum(f), 1, 1e-14);
      const std::vector<double> reversed(f.values.rbegin(), f.values.rend());
      for (std::size_t i = 0; i < reversed.size(); ++i)
        EXPECT_NEAR(f.values[i], reversed[i], 1e-17);
      const std::size_t middle = f.values.size() / 2;
      EXPECT_NEAR(f.values[middle + 1] / f.values[middle], std::exp(-0.5 / (sigma * sigma)), 1e-14);
    }
  for (double sigma : {0.0, -1.0, std::nan(""), 1e300, HUGE_VAL})
    EXPECT_THROW(gaussian(sigma), Error);
}

TEST(Filters, SimpleOnes) {
  EXPECT_EQ(box(3).values, std::vector<double>(9, 1.0 / 3 * (1.0 / 3)));
  EXPECT_EQ(moving_average(4).values, std::vector<double>(4, 0.25));
  EXPECT_EQ(laplacian().values, (std::vector<double>{0, 1, 0, 1, -4, 1, 0, 1, 0}));
  EXPECT_NEAR(sum(sharpen(0.5)), 1, 1e-15);
  EXPECT_EQ(sharpen(0.5).values[4], 3);
  EXPECT_EQ(sum(sobel_x()), 0);
  EXPECT_THROW(box(0), Error);
  EXPECT_THROW(box(-3), Error);
  EXPECT_THROW(moving_average(0), Error);
  EXPECT_THROW(sharpen(-1), Error);
}

// Convolved with a picture that gets brighter to the right, sobel_x is positive.
TEST(Filters, SobelSigns) {
  const auto response = [](const Filter& f, auto picture) {
    double y = 0;  // (picture * f) at the origin
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        y += f.values[static_cast<std::size_t>(3 * i + j)] * picture(-(i - 1), -(j - 1));
    return y;
  };
  const auto right = [](int, int j) { return static_cast<double>(j); };
  const auto down = [](int i, int) { return static_cast<double>(i); };
  EXPECT_EQ(response(sobel_x(), right), 8);
  EXPECT_EQ(response(sobel_x(), down), 0);
  EXPECT_EQ(response(sobel_y(), down), 8);
  EXPECT_EQ(response(sobel_y(), right), 0);
}

TEST(Filters, ExponentialHasUnitArea) {
  for (double tau : {0.5, 12.0, 300.0})
    for (double dt : {1.0, 0.25}) {
      const Filter f = exponential(tau, dt);
      EXPECT_NEAR(sum(f), 1, 1e-13) << tau;
      EXPECT_NEAR(f.values[0], 1 - std::exp(-dt / tau), 1e-15);
      EXPECT_NEAR(f.values[1] / f.values[0], std::exp(-dt / tau), 1e-14);
      EXPECT_GE(f.values.back(), 0x1p-53 * f.values[0] * (1 - 1e-12));
      EXPECT_LT(f.values.back() * std::exp(-dt / tau), 0x1p-53 * f.values[0]);
    }
  EXPECT_THROW(exponential(0), Error);
  EXPECT_THROW(exponential(12, 0), Error);
  EXPECT_THROW(exponential(1e300), Error);
}

TEST(Filters, ByText) {
  for (const char* text : {"gaussian:2.5", "box:9"})
    for (int rank : {1, 2}) {
      const auto f = parse_filter(text, rank);
      ASSERT_TRUE(f) << text;
      EXPECT_EQ(f->shape.rank(), rank);
      EXPECT_EQ(f->name, text);
    }
  for (const char* text : {"sobel-x", "sobel-y", "emboss", "disk:3"}) {
    EXPECT_TRUE(parse_filter(text, 2)) << text;
    EXPECT_FALSE(parse_filter(text, 1)) << text;
  }
  for (const char* text : {"exp:12", "moving-average:24"}) {
    EXPECT_TRUE(parse_filter(text, 1)) << text;
    EXPECT_FALSE(parse_filter(text, 2)) << text;
  }
  EXPECT_EQ(parse_filter("exp:12", 1, 0.5)->values, exponential(12, 0.5).values);
}

TEST(Filters, WrongTextIsRefused) {
  for (const char* text : {"",
                           ":",
                           "gauss:2",
                           "gaussian",
                           "gaussian:",
                           "gaussian:x",
                           "gaussian:0",
                           "gaussian:-1",
                           "gaussian:nan",
                           "gaussian:inf",
                           "gaussian:1e300",
                           "gaussian:2.5x",
                           "box:2.5",
                           "box:0",
                           "box:1e18",
                           "sobel-x:3",
                           "laplacian:2",
                           "Gaussian:2",
                           "motion",
                           "motion:0",
                           "motion:9:",
                           "motion:9:1:1",
                           "disk:0",
                           "disk:-1",
                           "disk:1e9",
                           "dog:2:1",
                           "dog:2:2",
                           "gabor:8",
                           "gabor:1:0",
                           "gabor:8:0:-1",
                           "gabor:8:0:1:0:0",
                           "gaussian-x:0.05",
                           "gaussian-xx:0",
                           "log:0",
                           "unsharp:2:-1",
                           "emboss:x",
                           "laplacian:0.5:1",
                           "triangle:0",
                           "binomial:1.5",
                           "sobel-z",
                           "gaussian:2:3"}) {
    const auto f = parse_filter(text, 2);
    EXPECT_FALSE(f) << text;
    if (!f) {
      EXPECT_FALSE(f.error().message.empty()) << text;
    }
  }
  const auto f = parse_filter("gausian:2", 2);
  ASSERT_FALSE(f);
  EXPECT_EQ(f.error().status, Status::unknown_name);
  EXPECT_NE(f.error().message.find("gaussian"), std::string::npos) << f.error().message;
}

TEST(Filters, Matrices) {
  const auto f = parse_matrix("1 2 1; 2 4 2; 1 2 1");
  ASSERT_TRUE(f);
  EXPECT_EQ(f->shape, (Dims{3, 3}));
  EXPECT_EQ(f->values, (std::vector<double>{1, 2, 1, 2, 4, 2, 1, 2, 1}));
  const auto row = parse_matrix("1, -2.5,3e-2");
  ASSERT_TRUE(row);
  EXPECT_EQ(row->values, (std::vector<double>{1, -2.5, 3e-2}));
  for (const char* text : {"", " ", ";", "1 2; 3", "1 x", "1 2;;3 4", "nan(", "1 2 ; "}) {
    const auto wrong = parse_matrix(text);
    if (wrong) continue;  // a trailing separator may be let pass; a message is due where it is not
    EXPECT_FALSE(wrong.error().message.empty()) << text;
  }
  EXPECT_FALSE(parse_matrix("1 2; 3"));
  EXPECT_FALSE(parse_matrix(""));
  EXPECT_FALSE(parse_matrix("1 x"));
}

TEST(Filters, HaveAsManyAxesAsTheData) {
  const Filter volume = gaussian(1, 3), row = gaussian(1, 1);
  EXPECT_EQ(volume.shape, (Dims{9, 9, 9}));
  double sum = 0;
  for (double v : volume.values) sum += v;
  EXPECT_NEAR(sum, 1, 1e-14);
  EXPECT_DOUBLE_EQ(volume.values[(4 * 9 + 3) * 9 + 5],
                   row.values[4] * row.values[3] * row.values[5]);
  EXPECT_EQ(parse_filter("box:3", 4)->shape, (Dims{3, 3, 3, 3}));
  EXPECT_EQ(parse_filter_expression("[1 2] * box:3", 3)->shape, (Dims{3, 3, 4}));
  for (const auto& [text, rank] : {std::pair{"disk:3", 3}, {"exp:3", 3}, {"gaussian:100", 3}}) {
    const auto wrong = parse_filter(text, rank);
    ASSERT_FALSE(wrong) << text;
    EXPECT_NE(wrong.error().message.find("axes"), std::string::npos) << wrong.error().message;
  }
}

// "1,,2" was read as "1 2": a number that is missing is not one that is left out on purpose.
TEST(Filters, MatricesMissNoNumber) {
  for (const char* text : {"1,,2", ",1", "1,", "1 , , 2", "1 2;3,", "1 2;,3", ",", "1,;2"}) {
    const auto wrong = parse_matrix(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_NE(wrong.error().message.find("comma"), std::string::npos) << wrong.error().message;
    EXPECT_NE(wrong.error().message.find("row "), std::string::npos) << wrong.error().message;
  }
  for (const char* text : {"1,2", "1 2", " 1 ,\t2 ", "1  2\n"}) {
    const auto right = parse_matrix(text);
    ASSERT_TRUE(right) << text;
    EXPECT_EQ(right->values, (std::vector<double>{1, 2})) << text;
  }
}

// Values and origins by hand.
TEST(Filters, Compose) {
  const Filter a{Dims{3}, {1, 2, 3}, "a", Dims{0}}, b{Dims{2}, {10, 100}, "b", Dims{1}};
  const Filter product = a * b;
  EXPECT_EQ(product.values, (std::vector<double>{10, 120, 230, 300}));
  EXPECT_EQ(product.origin, (Dims{1}));
  EXPECT_EQ(product.name, "a * b");
  const Filter sum = a + b;  // b: 10 at -1, 100 at 0
  EXPECT_EQ(sum.values, (std::vector<double>{10, 101, 2, 3}));
  EXPECT_EQ(sum.origin, (Dims{1}));
  EXPECT_EQ((a - b).values, (std::vector<double>{-10, -99, 2, 3}));
  EXPECT_EQ((a - b).name, "a - b");
  EXPECT_EQ((-a).values, (std::vector<double>{-1, -2, -3}));
  EXPECT_EQ((0.5 * a).values, (a / 2).values);
  EXPECT_EQ((a * 3.0).values, (std::vector<double>{3, 6, 9}));
  EXPECT_EQ(((a + b) * a).name, "(a + b) * a");
  const Filter later = a.shifted({2});
  EXPECT_EQ(later.values, (std::vector<double>{0, 0, 1, 2, 3}));  // reaches to offset zero
  EXPECT_EQ(later.origin, (Dims{0}));
  EXPECT_EQ(later.shifted({-2}).values, a.values);
  const Filter earlier = a.shifted({-4});
  EXPECT_EQ(earlier.values, (std::vector<double>{1, 2, 3, 0, 0}));
  EXPECT_EQ(earlier.origin, (Dims{4}));
  EXPECT_EQ(a.flipped().values, (std::vector<double>{3, 2, 1}));
  EXPECT_EQ(a.flipped().origin, (Dims{2}));
  EXPECT_EQ((exponential(3) * moving_average(4)).origin, (Dims{0}));
}

TEST(Filters, ComposeInTwoDimensions) {
  const Filter row{Dims{1, 2}, {1, -1}, "row"}, column{Dims{2, 1}, {1, 5}, "column"};
  EXPECT_EQ((row * column).shape, (Dims{2, 2}));
  EXPECT_EQ((row * column).values, (std::vector<double>{1, -1, 5, -5}));
  EXPECT_EQ((row + column).values, (std::vector<double>{2, -1, 5, 0}));
  EXPECT_EQ((sobel_x() * gaussian(1)).shape, (Dims{11, 11}));
  EXPECT_EQ((gaussian(3) - gaussian(1)).shape, (Dims{25, 25}));
  EXPECT_EQ((gaussian(3) - gaussian(1)).origin, (Dims{12, 12}));
}

// Taps are those of the leaves in extended precision, rounded once.
TEST(Filters, RoundOnce) {
  const Filter tiny{Dims{1}, {0x1p-60}, "tiny"}, one{Dims{1}, {1}, "one"};
  EXPECT_EQ(((one + tiny) - one).values[0], 0x1p-60);
  const Filter third = one / 3;
  EXPECT_EQ((third * (3 * one)).values[0], 1);
  // A product that goes through a transform.
  const Filter wide = gaussian(200, 1), both = wide * wide;
  const Filter expected = gaussian(std::sqrt(2.0) * 200, 1);
  const std::int64_t shift = both.origin[0] - (expected.shape[0] - 1) / 2;
  for (std::int64_t i = 0; i < expected.shape[0]; ++i)
    EXPECT_NEAR(both.values[static_cast<std::size_t>(i + shift)],
                expected.values[static_cast<std::size_t>(i)], 2e-7);
}

TEST(Filters, TapsChangedByHandMakeAPlainFilter) {
  const Filter a{Dims{2}, {1, 1}, "a"};
  Filter changed = a * a;
  changed.values[1] = 7;
  EXPECT_EQ((changed * a).values, (std::vector<double>{1, 8, 8, 1}));
}

TEST(Filters, WhatCannotBeComposedIsRefused) {
  const Filter row{Dims{2}, {1, 1}, "row"}, picture{Dims{1, 2}, {1, 1}, "picture"};
  const auto refused = [](auto&& compose, Status status, const char* words) {
    try {
      compose();
      ADD_FAILURE() << "not refused: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), status) << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  refused([&] { row* picture; }, Status::shape_mismatch, "1-D and 'picture' is 2-D");
  refused([&] { row + picture; }, Status::shape_mismatch, "2-D");
  refused([&] { row / 0; }, Status::invalid_argument, "inf");
  refused([&] { row.shifted({1, 2}); }, Status::shape_mismatch, "1 numbers");
  refused([&] { row.shifted({std::int64_t{1} << 40}); }, Status::size_overflow, "2^24");
  refused([&] { Filter({Dims{2}, {1, NAN}, "nan"}) * row; }, Status::invalid_argument, "finite");
  refused([&] { Filter({Dims{2}, {1, 1}, "off", Dims{2}}) * row; }, Status::invalid_argument,
          "outside");
  refused([&] { Filter({Dims{3}, {1, 1}, "torn"}) + row; }, Status::shape_mismatch, "torn");
  refused([&] { 1e200 * row * (1e200 * row); }, Status::invalid_argument, "range");
  refused([&] { gaussian(400) * gaussian(400) * gaussian(400); }, Status::size_overflow, "2^24");
}

}  // namespace
}  // namespace faltung
