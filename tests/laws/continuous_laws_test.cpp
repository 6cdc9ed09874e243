// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The algebra of convolution on random piecewise functions, to 1e-13 of the largest value.
#include <gtest/gtest.h>

#include <cmath>

#include "faltung/continuous.hpp"
#include "support/random.hpp"

namespace faltung::continuous {
namespace {

using test_support::Random;

double real(Random& random, double low, double high) { return low + (high - low) * random.unit(); }

std::vector<Term> random_terms(Random& random, bool decays) {
  std::vector<Term> terms;
  for (std::int64_t n = random.whole(1, 2); n > 0; --n) {
    const double decay = decays ? -real(random, 0.2, 3) : real(random, -2, 2);
    const double omega = random.whole(0, 2) == 0 ? real(random, 0.5, 6) : 0;
    Term term{{real(random, -2, 2), omega == 0 ? 0 : real(random, -2, 2)}, {}};
    for (std::int64_t power = random.whole(1, 3); power > 0; --power)
      term.rates.push_back(omega == 0 && !decays && random.whole(0, 1) == 0
                               ? std::complex<double>(0)
                               : std::complex<double>(decay, omega));
    terms.push_back(std::move(term));
  }
  return terms;
}

Function random_function(Random& random) {
  constexpr double kForever = std::numeric_limits<double>::infinity();
  std::vector<Piece> pieces;
  double at = real(random, -3, 3);
  for (std::int64_t n = random.whole(1, 2); n > 0; --n) {
    const double end = at + real(random, 0.1, 2);
    pieces.push_back({at, end, random_terms(random, false)});
    at = end + (random.whole(0, 1) == 0 ? 0 : real(random, 0, 1));
  }
  if (random.whole(0, 2) == 0) pieces.push_back({at, kForever, random_terms(random, true)});
  if (random.whole(0, 3) == 0) pieces.push_back({-kForever, at, random_terms(random, true)});
  std::vector<Impulse> impulses;
  if (random.whole(0, 3) == 0)
    impulses.push_back(
        {real(random, -1, 1), static_cast<int>(random.whole(0, 1)), real(random, -2, 2)});
  return value_or_throw(Function::make(pieces, impulses));
}

Function conv(const Function& f, const Function& g) { return value_or_throw(convolve(f, g)); }

void expect_same(const Function& a, const Function& b, const char* law) {
  double most = 0, worst = 0;
  for (double t = -12; t < 14; t += 0.0937) {
    most = std::max(most, std::abs(a(t)));
    worst = std::max(worst, std::abs(a(t) - b(t)));
  }
  EXPECT_LE(worst, 1e-13 * most) << law;
  ASSERT_EQ(a.impulses().size(), b.impulses().size()) << law;
  for (std::size_t i = 0; i < a.impulses().size(); ++i) {
    EXPECT_NEAR(a.impulses()[i].weight, b.impulses()[i].weight,
                1e-13 * (1 + std::abs(a.impulses()[i].weight)))
        << law;
    EXPECT_NEAR(a.impulses()[i].at, b.impulses()[i].at, 1e-13) << law;
  }
}

TEST(ContinuousLaws, HoldOnRandomFunctions) {
  Random random(test_support::seed());
  for (int i = 0; i < 25; ++i) {
    const Function f = random_function(random), g = random_function(random),
                   h = random_function(random);
    const Function fg = conv(f, g);
    expect_same(fg, conv(g, f), "f * g = g * f");
    expect_same(conv(fg, h), conv(f, conv(g, h)), "(f * g) * h = f * (g * h)");
    expect_same(conv(f, value_or_throw(add(g, h))), value_or_throw(add(fg, conv(f, h))),
                "f * (g + h) = f * g + f * h");
    const double by = real(random, -2, 2);
    expect_same(conv(shifted(f, by), g), shifted(fg, by), "shifts pass through");
    expect_same(value_or_throw(derivative(fg)), conv(value_or_throw(derivative(f)), g),
                "(f * g)' = f' * g");
  }
}

}  // namespace
}  // namespace faltung::continuous
