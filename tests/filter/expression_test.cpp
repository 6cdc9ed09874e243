// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "faltung/filter.hpp"

namespace faltung {
namespace {

std::vector<double> taps(const char* text, int rank = 1) {
  const auto f = parse_filter_expression(text, rank);
  EXPECT_TRUE(f) << text << ": " << f.error().message;
  return f ? f->values : std::vector<double>();
}

using Values = std::vector<double>;

TEST(FilterExpressions, MeanTheAlgebra) {
  EXPECT_EQ(taps("[1 2 3]"), (Values{1, 2, 3}));
  EXPECT_EQ(taps("2 * [1 2 3]"), (Values{2, 4, 6}));
  EXPECT_EQ(taps("[1 2 3] / 2 * 4"), (Values{2, 4, 6}));
  EXPECT_EQ(taps("-[1 2 3]"), (Values{-1, -2, -3}));
  EXPECT_EQ(taps("--+[1]"), (Values{1}));
  EXPECT_EQ(taps("[1 2] * [1 10]"), (Values{1, 12, 20}));
  EXPECT_EQ(taps("[1 2 3] - [1]"), (Values{1, 1, 3}));
  EXPECT_EQ(taps("[1] - [1] * [2]"), (Values{-1}));
  EXPECT_EQ(taps("([1] - [1]) * [2]"), (Values{0}));
  EXPECT_EQ(taps("[1] - [1] - [1]"), (Values{-1}));
  EXPECT_EQ(taps("(2 + 3 * 4 - 1e1 / 2) * [1]"), (Values{9}));
  EXPECT_EQ(taps("flip([1 2 3])"), (Values{3, 2, 1}));
  EXPECT_EQ(taps("shift([1], 2)"), (Values{0, 0, 1}));
  EXPECT_EQ(taps("shift([1], -2)"), (Values{1, 0, 0}));
  EXPECT_EQ(taps("shift([5], 1, 0)", 2), (Values{0, 5}));
  EXPECT_EQ(taps("[1 2; 3 4]", 2), (Values{1, 2, 3, 4}));
  EXPECT_EQ(parse_filter_expression("[1 2]", 2)->shape, (Dims{1, 2}));
}

TEST(FilterExpressions, HoldNamedKernels) {
  EXPECT_EQ(taps("gaussian:3 - gaussian:1", 2), (gaussian(3) - gaussian(1)).values);
  EXPECT_EQ(taps("gaussian:3-gaussian:1", 2), (gaussian(3) - gaussian(1)).values);
  EXPECT_EQ(taps("sobel-x * gaussian:1", 2), (sobel_x() * gaussian(1)).values);
  EXPECT_EQ(taps("sobel-x-sobel-y", 2), (sobel_x() - sobel_y()).values);
  EXPECT_EQ(taps("laplacian*sharpen:.5", 2), (laplacian() * sharpen(0.5)).values);
  EXPECT_EQ(taps(" \tbox:3\n"), box(3, 1).values);
  EXPECT_EQ(parse_filter_expression("exp:12 * 2", 1, 0.5)->values,
            (exponential(12, 0.5) * 2.0).values);
  EXPECT_EQ(parse_filter_expression("gaussian:1e-1", 1)->name, "gaussian:0.1");
}

TEST(FilterExpressions, WrongTextIsRefusedAtItsColumn) {
  const struct {
    const char* text;
    const char* words;
  } wrong[] = {{"", "column 1 "},
               {"  ", "missing at the end"},
               {"gausian:3 - box:3",
                "column 1 of the kernel: unknown kernel 'gausian'; did you mean gaussian"},
               {"box:3 - gausian:3", "column 9 "},
               {"box:3 + 1", "column 7 "},
               {"1 + box:3", "column 3 "},
               {"3", "a number is no kernel"},
               {"box:3 * ", "missing at the end"},
               {"(box:3", "')' is missing"},
               {"box:3)", "column 6 "},
               {"[1 2", "column 1 of the kernel: ']' is missing"},
               {"[]", "empty"},
               {"[1; 2] * box:3", "pictures"},
               {"sobel-x * box:3", "pictures"},
               {"box:3 / box:3", "column 7 of the kernel: only a number can divide"},
               {"box:3 / 0", "divided by 0"},
               {"2x * box:3", "no number"},
               {"1e999 * box:3", "no number"},
               {"1e300 * 1e300 * box:3", "scaled by inf"},
               {"box:2.5 * box:3", "whole number"},
               {"flip(3)", "takes a kernel"},
               {"flip box:3", "'(' is missing"},
               {"shift(box:3)", "one number"},
               {"shift(box:3, 1.5)", "')' is missing"},
               {"shift(box:3, x)", "whole number"},
               {"shift(box:3, 1, 2)", "')' is missing"},
               {"shift(box:3, 99999999999999999999)", "whole number"},
               {"shift(box:3, 1000000000)", "2^24"},
               {"box:16000000 * box:16000000", "2^24"},
               {"box:3 $", "'$' is not expected"}};
  for (const auto& [text, words] : wrong) {
    const auto f = parse_filter_expression(text, 1);
    ASSERT_FALSE(f) << text;
    EXPECT_NE(f.error().message.find(words), std::string::npos)
        << text << ": " << f.error().message;
    EXPECT_NE(f.error().message.find("column "), std::string::npos) << f.error().message;
  }
  EXPECT_EQ(parse_filter_expression("nosuch * 2", 1).error().status, Status::unknown_name);
  EXPECT_FALSE(parse_filter_expression(std::string_view("[1]\0[1]", 7), 1));
  EXPECT_FALSE(parse_filter_expression("[1]", 17));
}

TEST(FilterExpressions, AreOfLimitedDepthAndLength) {
  EXPECT_TRUE(parse_filter_expression(std::string(60, '(') + "[1]" + std::string(60, ')'), 1));
  for (const char c : {'(', '-', '+'}) {
    const auto f = parse_filter_expression(std::string(4000, c), 1);
    ASSERT_FALSE(f);
    EXPECT_NE(f.error().message.find("64"), std::string::npos) << f.error().message;
  }
  EXPECT_FALSE(parse_filter_expression(std::string(5000, ' ') + "[1]", 1));
  std::string many = "[1]";
  for (int i = 0; i < 1000; ++i) many += "+[1]";
  EXPECT_EQ(parse_filter_expression(many, 1)->values, (Values{1001}));
}

// Every prefix and every byte changed: a filter or a sentence.
TEST(FilterExpressions, DamagedTextIsAFilterOrARefusal) {
  const std::string text = "-2*(gaussian:1 - shift(box:3, 1))/4 + flip([1 2 3]) * [1, 2]";
  ASSERT_TRUE(parse_filter_expression(text, 1));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const auto f = parse_filter_expression(text.substr(0, i), 1); !f) {
      EXPECT_FALSE(f.error().message.empty());
    }
    for (const char c : std::string("()[]:,;*/+-0eax \xff", 17)) {
      std::string damaged = text;
      damaged[i] = c;
      if (const auto f = parse_filter_expression(damaged, 1); !f) {
        EXPECT_FALSE(f.error().message.empty());
      }
    }
  }
}

}  // namespace
}  // namespace faltung
