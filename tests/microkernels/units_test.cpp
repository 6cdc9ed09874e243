// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/units.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "microkernels/butterflies.hpp"
#include "microkernels/samples.hpp"
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
      const Errand<T> errand{.ahead = count % 2 == 0 ? x.data() : nullptr};
      convolve(once.data(), h.data(), errand, count, pass.data(), stages.data());
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

/// What is copied meanwhile is copied, and no more; the convolution stays as it is. Samples that
/// are asked for need not be there.
template <class T>
void check_errand(std::int64_t target) {
  Random random(seed());
  const std::int64_t lanes = butterflies<T>(target).lanes, points = 64 * kUnitLines * lanes;
  auto transform = *Transform<T>::make(points, Root::quarter, Along::rows, target);
  if (!transform.does_errands()) return;
  const std::int64_t n = 2 * points, unit = kErrandBytes / static_cast<std::int64_t>(sizeof(T));
  const auto row = [&] {
    std::vector<T> values(static_cast<std::size_t>(n));
    for (T& v : values) v = static_cast<T>(random.symmetric());
    return values;
  };
  const std::vector<T> lines = row(), h = row(), from = row();
  std::vector<T> plain = lines, once(from.size()), again(from.size());
  transform.convolve_entered(h.data(), plain.data(), once.data(), once.data() + points);
  for (const std::int64_t count : {std::int64_t{0}, unit, 5 * unit, (n - 1) / unit * unit}) {
    support::AlignedVector<T> to(static_cast<std::size_t>(n + unit), T(7));
    const auto off = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to.data()) %
                                               kErrandBytes / sizeof(T));
    T *const begin = to.data() + unit - off, *const end = to.data() + to.size();
    std::vector<T> z = lines;
    transform.convolve_entered(h.data(), z.data(), again.data(), again.data() + points, {},
                               {from.data() + n, from.data() + 1, begin, count});
    flush_stores();
    EXPECT_EQ(again, once);
    EXPECT_TRUE(std::equal(begin, begin + count, from.begin() + 1)) << count;
    EXPECT_TRUE(std::all_of(to.data(), begin, [](T v) { return v == 7; })) << count;
    EXPECT_TRUE(std::all_of(begin + count, end, [](T v) { return v == 7; })) << count;
  }
}

TEST(Units, RunErrands) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check_errand<float>(target);
    check_errand<double>(target);
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
