// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "planner/bypass.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

template <class T>
std::vector<T> draw(std::int64_t n, Random& random) {
  std::vector<T> values(static_cast<std::size_t>(n));
  for (T& v : values) v = static_cast<T>(random.symmetric());
  if (random.once_in(4)) values[0] = 0;
  if (random.once_in(8)) values.back() = std::numeric_limits<T>::infinity();
  if (random.once_in(8)) values[values.size() / 2] = std::numeric_limits<T>::denorm_min();
  return values;
}

/// Returns how many problems made no plan.
template <class T>
int check(Random& random) {
  const auto x = draw<T>(random.whole(1, 300), random), h = draw<T>(random.whole(1, 80), random);
  int taken = 0;
  for (const Operation operation : {Operation::convolve, Operation::correlate})
    for (const Extent extent : {Extent::full, Extent::same, Extent::valid, Extent::causal}) {
      Options options{.extent = extent}, planned = options;
      planned.method = "direct";
      const auto y = run_without_plan(operation, ConstView(x), ConstView(h), options);
      if (!y) continue;  // a plan's business, whichever method that takes
      const auto want = try_run(operation, ConstView(x), ConstView(h), planned);
      if (!want) {
        ADD_FAILURE() << want.error().message;
        return taken;
      }
      ++taken;
      EXPECT_EQ(y->shape, want->shape);
      const auto a = y->template samples<T>(), b = want->template samples<T>();
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_TRUE(std::memcmp(&a[i], &b[i], sizeof(T)) == 0 || (a[i] != a[i] && b[i] != b[i]))
            << x.size() << " by " << h.size() << ", " << name(extent) << ", output " << i << ": "
            << a[i] << ", planned " << b[i];
    }
  return taken;
}

TEST(Bypass, GivesTheBitsOfThePlan) {
  Random random(seed());
  int taken = 0;
  for (int round = 0; round < 300; ++round) taken += check<float>(random) + check<double>(random);
  EXPECT_GT(taken, 600);
}

TEST(Bypass, TakesPlainProblemsOnly) {
  const std::vector<double> x = {1, 2, 3}, h = {1, 1};
  const std::vector<int> whole = {1, 2, 3};
  const auto takes = [&](const ConstView& a, const ConstView& b, const Options& options) {
    return run_without_plan(Operation::convolve, a, b, options).has_value();
  };
  EXPECT_TRUE(takes(ConstView(x), ConstView(h), {}));
  EXPECT_FALSE(takes(ConstView(x), ConstView(h), {.boundary = Boundary::edge}));
  EXPECT_FALSE(takes(ConstView(x), ConstView(h), {.cval = 1.0}));
  EXPECT_FALSE(takes(ConstView(x), ConstView(h), {.stride = {2}}));
  EXPECT_FALSE(takes(ConstView(x), ConstView(h), {.method = "fft_single"}));
  EXPECT_FALSE(takes(ConstView(whole), ConstView(whole), {}));
  EXPECT_FALSE(takes(ConstView(h), ConstView(x), {.extent = Extent::valid}));
  const ConstView every_second(x.data(), ElementType::f64, Dims{2}, Dims{2});
  EXPECT_FALSE(takes(every_second, ConstView(h), {}));
}

}  // namespace
}  // namespace faltung
