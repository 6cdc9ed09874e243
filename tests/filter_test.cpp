// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/filter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

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
  for (const char* text : {"sobel-x", "sobel-y", "laplacian", "sharpen:0.5"}) {
    EXPECT_TRUE(parse_filter(text, 2)) << text;
    EXPECT_FALSE(parse_filter(text, 1)) << text;
  }
  for (const char* text : {"exp:12", "moving-average:24"}) {
    EXPECT_TRUE(parse_filter(text, 1)) << text;
    EXPECT_FALSE(parse_filter(text, 2)) << text;
  }
  EXPECT_EQ(parse_filter("exp:12", 1, 0.5)->values, exponential(12, 0.5).values);
  EXPECT_EQ(static_cast<std::size_t>(8), filter_list().size());
}

TEST(Filters, WrongTextIsRefused) {
  for (const char* text :
       {"", ":", "gauss:2", "gaussian", "gaussian:", "gaussian:x", "gaussian:0", "gaussian:-1",
        "gaussian:nan", "gaussian:inf", "gaussian:1e300", "gaussian:2.5x", "box:2.5", "box:0",
        "box:1e18", "sobel-x:3", "laplacian:1", "Gaussian:2", "gaussian:2:3"}) {
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

}  // namespace
}  // namespace faltung
