// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/units.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "microkernels/butterflies.hpp"
#include "microkernels/targets.hpp"
#include "support/random.hpp"
#include "transform/transform.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

/// Numbers of modulus 1, as `lanes` real parts and then their imaginary parts.
template <class T>
std::vector<T> twiddles(Random& random, std::int64_t numbers, std::int64_t lanes) {
  std::vector<T> w(static_cast<std::size_t>(numbers));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const auto v = static_cast<std::size_t>(lanes);
    if (i / v % 2 == 1) continue;
    const double angle = 6.2831853071795865 * random.unit();
    w[i] = static_cast<T>(std::cos(angle));
    w[i + v] = static_cast<T>(std::sin(angle));
  }
  return w;
}

/// At once gives the bits of the steps, however many units there are; there and back multiplies by
/// the points of a line and of a unit; and what follows the units is left alone.
template <class T>
void check(std::int64_t target) {
  const Units<T>& loops = units<T>(target);
  if (loops.count == 0) return;
  const std::int64_t lanes = butterflies<T>(target).lanes, line = 2 * lanes;
  Random random(seed());
  for (std::int64_t count : {1, 2, 7, 8, 9, 31}) {
    const std::int64_t lines = count * kUnitLines;
    const std::vector<T> pass = twiddles<T>(random, count * kUnitPassTwiddles, 1);
    const std::vector<T> stages = twiddles<T>(random, count * loops.twiddles, lanes);
    std::vector<T> x(static_cast<std::size_t>((lines + 1) * line)), h(x.size());
    for (T& v : x) v = static_cast<T>(random.symmetric());
    for (T& v : h) v = static_cast<T>(random.symmetric());
    std::vector<T> once, steps = x, back = x;
    loops.forward(steps.data(), count, pass.data(), stages.data(), T(1));
    butterflies<T>(target).multiply(steps.data(), h.data(), {.count = lines}, steps.data());
    loops.inverse(steps.data(), count, pass.data(), stages.data());
    for (const auto convolve : loops.convolve) {
      once = x;
      convolve(once.data(), h.data(), count % 2 == 0 ? x.data() : nullptr, count, pass.data(),
               stages.data());
      EXPECT_EQ(once, steps) << count;
    }
    loops.forward(back.data(), count, pass.data(), stages.data(), T(1));
    loops.inverse(back.data(), count, pass.data(), stages.data());
    const auto all = static_cast<std::size_t>(lines * line);
    // Unitary but for the factor, as a transform of a unit's points: there and back is twice its c.
    const double points = static_cast<double>(kUnitLines * lanes);
    double squares = 0, off = 0;
    for (std::size_t i = 0; i < all; ++i) {
      const double exact = static_cast<double>(x[i]);
      squares += exact * exact;
      off += std::pow(static_cast<double>(back[i]) / points - exact, 2);
    }
    const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    EXPECT_LE(std::sqrt(off),
              2.01 * transform_error_coefficient(kUnitLines * lanes) * u * std::sqrt(squares));
    for (std::size_t i = all; i < x.size(); ++i) EXPECT_EQ(once[i], x[i]) << "one line too many";
  }
}

TEST(Units, AtOnceAndInSteps) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check<float>(target);
    check<double>(target);
  }
}

}  // namespace
}  // namespace faltung
