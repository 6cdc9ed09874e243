// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/recurrence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "microkernels/targets.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

/// The recurrence by its definition, in extended precision.
std::vector<long double> expected(const Recurrence& r, std::int64_t lanes,
                                  const std::vector<double>& x, std::int64_t n,
                                  std::vector<long double>& states) {
  std::vector<long double> y;
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<long double> next;
    for (int s = 0; s < r.states; ++s) {
      long double sum = 0;
      for (int j = 0; j < r.states; ++j)
        sum += static_cast<long double>(r.step[s * r.states + j]) *
               states[static_cast<std::size_t>(j * lanes + i % lanes)];
      for (std::int64_t m = 0; m <= lanes; ++m)
        sum += static_cast<long double>(r.input[s * (lanes + 1) + m]) *
               x[static_cast<std::size_t>(lanes + i - m)];
      next.push_back(sum);
    }
    for (int s = 0; s < r.states; ++s)
      states[static_cast<std::size_t>(s * lanes + i % lanes)] = next[static_cast<std::size_t>(s)];
    y.push_back(next[0]);
  }
  return y;
}

std::vector<double> numbers(Random& random, std::int64_t count, double size) {
  std::vector<double> v(static_cast<std::size_t>(count));
  for (double& e : v) e = size * random.symmetric();
  return v;
}

TEST(Recurrence, IsItsDefinitionOnEveryTarget) {
  Random random(1);
  for (const std::int64_t target : supported_target_bits()) {
    const RecurrenceLoops& loops = recurrence_loops(target);
    const std::int64_t lanes = loops.lanes;
    for (int states = 1; states <= kMostStates; ++states)
      for (const std::int64_t vectors : {0, 1, 2, 3, 4, 5, 9, 16})
        for (const int way : {0, 1, 2}) {  // stored, added, past the caches
          const std::int64_t n = vectors * lanes;
          const auto step = numbers(random, states * states, 0.9 / states);
          const auto input = numbers(random, states * (lanes + 1), 1);
          const auto x = numbers(random, n + lanes, 1);
          auto state = numbers(random, states * lanes, 1);
          auto y = numbers(random, n + lanes, 1);
          const auto before = y;
          const Recurrence r{states, step.data(), input.data()};
          std::vector<long double> exact_state(state.begin(), state.end());
          const auto exact = expected(r, lanes, x, n, exact_state);
          loops.run(r, x.data() + lanes, vectors, state.data(), y.data(), way == 1, way == 2);
          // Each of (lanes + 1 + states) terms of size 10 at most, over a few vectors.
          const double bound = 1e-13;
          for (std::int64_t i = 0; i < n; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const auto sum = static_cast<double>(exact[at]) + (way == 1 ? before[at] : 0);
            ASSERT_NEAR(y[at], sum, bound) << states << " " << vectors << " " << way;
          }
          for (std::size_t i = static_cast<std::size_t>(n); i < y.size(); ++i)
            ASSERT_EQ(y[i], before[i]);
          for (std::size_t i = 0; i < state.size(); ++i)
            ASSERT_NEAR(state[i], static_cast<double>(exact_state[i]), bound);
        }
  }
}

}  // namespace
}  // namespace faltung
