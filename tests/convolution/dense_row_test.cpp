// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// One dense row without tiles beside the same row by tiles, which strided results take.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <vector>

#include "faltung/plan.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

template <class T>
std::vector<T> run(const Plan& plan, const std::vector<T>& x, const std::vector<T>& h,
                   std::int64_t stride) {
  const std::int64_t n = plan.output_shape()[0];
  std::vector<T> y(static_cast<std::size_t>(n * stride), T(7)), result;
  Workspace workspace(plan, 1);
  const View view(y.data(), element_type_of<T>(), {n}, Dims{stride});
  EXPECT_EQ(plan.execute(ConstView(x), plan.prepare(ConstView(h)), view, workspace), Status::ok);
  for (std::int64_t i = 0; i < n; ++i) result.push_back(y[static_cast<std::size_t>(i * stride)]);
  return result;
}

template <class T>
void check(const Problem& problem, const std::vector<T>& x, const std::vector<T>& h) {
  const Plan plan = Planner().plan(problem);
  const std::vector<T> dense = run(plan, x, h, 1), tiles = run(plan, x, h, 2);
  EXPECT_EQ(std::memcmp(dense.data(), tiles.data(), dense.size() * sizeof(T)), 0)
      << problem.to_string();
}

/// Samples that a row has to be looked at for, one kind at a time.
template <class T>
std::vector<std::vector<T>> rows(std::int64_t n, Random& random) {
  using Limits = std::numeric_limits<T>;
  std::vector<std::vector<T>> all;
  for (const T rare : {T(1), T(0), Limits::denorm_min() * 5, Limits::min() * T(1.5), Limits::max(),
                       Limits::infinity(), Limits::quiet_NaN()})
    for (const bool most : {false, true}) {
      std::vector<T> x(static_cast<std::size_t>(n));
      for (T& v : x) {
        v = static_cast<T>(random.symmetric());
        const bool drawn = random.whole(0, most ? 1 : n / 3) == 0;
        if (drawn != most) v = rare;
      }
      all.push_back(std::move(x));
    }
  return all;
}

template <class T>
void check_type(const std::string& name, Random& random) {
  for (const char* extent : {"full", "same", "valid", "causal", "window=3:900"})
    for (const std::int64_t taps : {2, 15, 64, 65}) {
      const std::int64_t n = 900 + random.whole(0, 200);
      const Problem problem =
          Problem::parse("convolve " + name + " [" + std::to_string(n) + "] * [" +
                         std::to_string(taps) + "] " + extent + " method=direct");
      std::vector<T> h(static_cast<std::size_t>(taps));
      for (T& v : h) v = static_cast<T>(random.symmetric());
      for (const std::vector<T>& x : rows<T>(n, random)) check(problem, x, h);
    }
}

TEST(DenseRow, HasTheBitsOfTiles) {
  Random random(seed());
  check_type<float>("f32", random);
  check_type<double>("f64", random);
}

}  // namespace
}  // namespace faltung
