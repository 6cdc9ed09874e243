// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// The most numbers of state that the vector loops carry: a decay of degree 3, or an oscillation of
/// degree 1.
inline constexpr int kMostStates = 4;

/// A linear recurrence over one sequence, `lanes` steps at a time. With L lanes and d states,
///
///   s_i[n] = sum_j step[i][j] s_j[n - L] + sum_{m=0}^{L} input[i][m] x[n - m]     0 <= i < d
///   y[n]  (+)= s_0[n]
///
/// so that neighbouring samples are neighbouring lanes of a vector, and the only chain from one
/// vector to the next is the product with `step`: each sample is what it would be in any other
/// lane, and the bits of a sequence do not depend on the pieces it comes in.
struct Recurrence {
  int states = 1;                 ///< d, up to kMostStates
  const double* step = nullptr;   ///< [d, d]: the states L samples later
  const double* input = nullptr;  ///< [d, L + 1]
};

struct RecurrenceLoops {
  std::int64_t lanes;
  /// `vectors` vectors of x and y; x[-L] is read. state [d, L]: before, and after. `accumulate`
  /// adds to y. `past_caches`: y is written around the caches where it is aligned for that, so
  /// that lines that nobody reads are not fetched first.
  void (*run)(const Recurrence& r, const double* x, std::int64_t vectors, double* state, double* y,
              bool accumulate, bool past_caches) noexcept;
};

/// `target` as in targets.hpp.
const RecurrenceLoops& recurrence_loops(std::int64_t target) noexcept;

}  // namespace faltung
