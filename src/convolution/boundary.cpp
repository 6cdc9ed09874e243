// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/boundary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/checked.hpp"

namespace faltung {
namespace {

using checked::floor_div;

constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

/// p modulo the period; most positions lie within one of the beginning, and divisions are slow.
std::int64_t within(std::int64_t p, std::int64_t period) {
  if (p >= 0 && p < period) return p;
  if (p < 0 && p >= -period) return p + period;
  return p - floor_div(p, period) * period;
}

/// Period 2n, dcba|abcd|dcba: up for n samples, down for n.
Run symmetric_run(std::int64_t n, std::int64_t p) {
  const std::int64_t r = within(p, 2 * n);
  if (r < n) return {.index = r, .direction = 1, .length = n - r};
  return {.index = 2 * n - 1 - r, .direction = -1, .length = 2 * n - r};
}

/// Period 2(n-1), dcb|abcd|cba: up for n-1 samples from 0, down for n-1 from n-1.
Run mirror_run(std::int64_t n, std::int64_t p) {
  if (n == 1) return {.index = 0, .direction = 0, .length = kUnbounded};
  const std::int64_t half = n - 1;
  const std::int64_t r = within(p, 2 * half);
  if (r < half) return {.index = r, .direction = 1, .length = half - r};
  return {.index = 2 * half - r, .direction = -1, .length = 2 * half - r};
}

/// The folds of mirror, with x~[p + 2(n-1)] = x~[p] + 2 (x[n-1] - x[0]), and 2 x[n-1] - x in the
/// half that runs down. The two ends are runs of one: their own coefficient takes up the shift's.
Run odd_run(std::int64_t n, std::int64_t p) {
  Run run = mirror_run(n, p);
  if (n == 1) return run;
  const std::int64_t half = n - 1, q = floor_div(p, 2 * half), r = p - q * 2 * half;
  run.at_first = -2 * q;
  run.at_last = 2 * q;
  if (r == 0) {
    run.factor = 1 - 2 * q;
    run.at_first = 0;
    run.length = 1;
  } else if (r == half) {
    run.factor = 1 + 2 * q;
    run.at_last = 0;
    run.length = 1;
  } else if (r > half) {
    run.factor = -1;
    run.at_last += 2;
  }
  return run;
}

}  // namespace

Run run_beyond(Boundary boundary, std::int64_t n, std::int64_t p) noexcept {
  switch (boundary) {
    case Boundary::constant:
      return {.absent = true, .direction = 0, .length = p < 0 ? -p : kUnbounded};
    case Boundary::edge:
      return {.index = p < 0 ? 0 : n - 1, .direction = 0, .length = p < 0 ? -p : kUnbounded};
    case Boundary::symmetric: return symmetric_run(n, p);
    case Boundary::mirror: return mirror_run(n, p);
    case Boundary::odd: return odd_run(n, p);
    case Boundary::wrap: {
      const std::int64_t r = within(p, n);
      return {.index = r, .direction = 1, .length = n - r};
    }
  }
  return {};
}

double extension_growth(Boundary boundary, std::int64_t n, std::int64_t first,
                        std::int64_t last) noexcept {
  if (boundary != Boundary::odd || n == 1) return 1;
  double growth = 1;
  for (std::int64_t p : {first, last}) {
    const Run run = run_at(boundary, n, p);
    growth = std::max(growth, std::abs(static_cast<double>(run.at_first)) +
                                  std::abs(static_cast<double>(run.at_last)) +
                                  std::abs(static_cast<double>(run.factor)));
  }
  // A fold in between can be one reflection farther than either end shows.
  return first < 0 || last >= n ? growth + 4 : growth;
}

}  // namespace faltung
