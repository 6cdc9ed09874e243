// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "faltung/problem.hpp"

namespace faltung {

/// A run of positions of the extended input along one axis that a single strided copy serves:
/// x~[p + j] = factor x[index + j direction] + at_first x[0] + at_last x[n-1], 0 <= j < length.
/// No sample is named twice: where `index` is an end, its coefficient is all in `factor`.
///
///   p:      -4 -3 -2 -1 | 0 1 2 3 | 4 5 6 7        n = 4, mirror
///   index:   2  3  2  1 | 0 1 2 3 | 2 1 0 1
///   runs:   [+1][ -1    ][ +1    ][ -1  ][+1
struct Run {
  bool absent = false;  ///< outside a constant boundary
  std::int64_t index = 0;
  std::int64_t direction = 1;  ///< +1, -1, or 0 (one sample repeated)
  std::int64_t length = 0;
  std::int64_t factor = 1;    ///< with Boundary::odd
  std::int64_t at_first = 0;  ///< with Boundary::odd
  std::int64_t at_last = 0;
  bool plain() const { return factor == 1 && at_first == 0 && at_last == 0; }
};

/// The run that begins at position p (any sign) of an axis of n samples; its length is not cut to
/// what the caller wants.
Run run_beyond(Boundary boundary, std::int64_t n, std::int64_t p) noexcept;  ///< outside 0 .. n - 1
inline Run run_at(Boundary boundary, std::int64_t n, std::int64_t p) noexcept {
  if (p >= 0 && p < n) return {.index = p, .direction = 1, .length = n - p};
  return run_beyond(boundary, n, p);
}

/// How many times larger than max|x| an extended sample can be at positions first..last (1 unless
/// the boundary is odd).
double extension_growth(Boundary boundary, std::int64_t n, std::int64_t first,
                        std::int64_t last) noexcept;

}  // namespace faltung
