// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/unit_circle.hpp"

#include <gtest/gtest.h>

#include "transform/polynomials.hpp"

namespace faltung {
namespace {

template <class T>
void near_half_a_unit(std::int64_t denominator, std::int64_t step) {
  const UnitCircle<T> unit(denominator);
  for (std::int64_t n = 0; n < 3 * denominator; n += step) {
    const long double turn = 2 * 3.14159265358979323846264338327950288L;
    const long double angle =
        turn * static_cast<long double>(n % denominator) / static_cast<long double>(denominator);
    const std::complex<T> w = unit(n);
    // Within half a unit in the last place of a number below 1, and what the wider type adds; the
    // reference's own argument is not reduced, hence the few 2^-64.
    const long double allowed = test_support::kUnit<T> * 0.5L * 1.01L + 0x1p-61L;
    EXPECT_LE(std::abs(w.real() - std::cos(angle)), allowed) << n << "/" << denominator;
    EXPECT_LE(std::abs(w.imag() - std::sin(angle)), allowed) << n << "/" << denominator;
  }
}

TEST(UnitCircle, RoundsWithinHalfAUnit) {
  for (std::int64_t d : {1, 2, 3, 4, 5, 12, 20, 60, 64, 180, 4096, 4 * 15 * 256}) {
    near_half_a_unit<float>(d, 1);
    near_half_a_unit<double>(d, 1);
  }
  near_half_a_unit<float>(std::int64_t{1} << 24, 7919);
  near_half_a_unit<double>(std::int64_t{9} << 22, 7919);
}

TEST(UnitCircle, QuartersAndSymmetriesAreExact) {
  const UnitCircle<double> unit(48);
  EXPECT_EQ(unit(0), std::complex<double>(1, 0));
  EXPECT_EQ(unit(12), std::complex<double>(0, 1));
  EXPECT_EQ(unit(24), std::complex<double>(-1, 0));
  EXPECT_EQ(unit(36), std::complex<double>(0, -1));
  EXPECT_EQ(unit(48 * 1000 + 12), std::complex<double>(0, 1));
  for (int n = 1; n < 12; ++n) {
    EXPECT_EQ(unit(n).real(), unit(48 - n).real());
    EXPECT_EQ(unit(n).imag(), -unit(48 - n).imag());
    EXPECT_EQ(unit(n).real(), unit(12 - n).imag());
  }
  EXPECT_EQ(unit(6).real(), unit(6).imag());
}

}  // namespace
}  // namespace faltung
