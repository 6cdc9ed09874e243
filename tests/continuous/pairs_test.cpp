// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolutions of 78 pairs against an integral taken by other means (tools/continuous_table.py).
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "faltung/continuous.hpp"

namespace faltung::continuous {
namespace {

constexpr std::array<double, 8> kPlaces = {-2.25, -0.75, 0, 0.5, 1.125, 2, 3.5, 6.75};

struct Pair {
  const char *f, *h;
  std::array<double, 8> values;
};
const Pair kPairs[] = {
#include "pairs.inc"
};

// Issue: 1e-14 of max|y|. The values have 20 digits; what remains is the rounding of doubles.
TEST(Pairs, AreWhatQuadratureGives) {
  EXPECT_GE(std::size(kPairs), 60u);
  double worst = 0;
  for (const Pair& pair : kPairs) {
    const Function f = value_or_throw(parse_function(pair.f)),
                   h = value_or_throw(parse_function(pair.h));
    for (const auto& [a, b] : {std::pair{&f, &h}, std::pair{&h, &f}}) {
      const auto y = convolve(*a, *b);
      ASSERT_TRUE(y) << pair.f << " * " << pair.h << ": " << y.error().message;
      EXPECT_TRUE(y->is_closed());
      double most = 0;
      for (const double v : pair.values) most = std::max(most, std::abs(v));
      for (std::size_t i = 0; i < kPlaces.size(); ++i) {
        const double error = std::abs((*y)(kPlaces[i]) - pair.values[i]) / most;
        worst = std::max(worst, error);
        EXPECT_LE(error, 4e-16) << pair.f << " * " << pair.h << " at " << kPlaces[i];
      }
    }
  }
  RecordProperty("worst_error_of_max", std::to_string(worst));
}

// What is printed is read back as the same function.
TEST(Pairs, ArePrintedAsFormulas) {
  for (const Pair& pair : kPairs) {
    const Function f = value_or_throw(parse_function(pair.f)),
                   h = value_or_throw(parse_function(pair.h));
    const Function y = value_or_throw(convolve(f, h));
    const std::string text = to_string(y);
    const auto again = parse_function(text);
    ASSERT_TRUE(again) << text << ": " << again.error().message;
    double most = 0;
    for (const double v : pair.values) most = std::max(most, std::abs(v));
    for (double t = -3.3; t < 9; t += 0.37)
      EXPECT_NEAR((*again)(t), y(t), 2e-14 * most) << text << " at " << t;
    EXPECT_EQ(to_latex(y).find("nan"), std::string::npos);
  }
}

}  // namespace
}  // namespace faltung::continuous
