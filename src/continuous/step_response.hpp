// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/tail_recurrence.hpp"

namespace faltung::continuous {

/// A response as it meets samples that are dt apart, and what lies between them. Lag k stands for
/// delays from k dt to (k + 1) dt, over which x goes from x[n-k-1] up to x[n-k]:
///
///   y[n] = sum_k at[k] x[n-k] + now[k] x[n-k] + past[k] x[n-k-1]  + the tails
///
/// `at` are impulses on samples; now[k] and past[k] belong to the step from x[n-k-1] to x[n-k],
/// which is how they know a step in which x jumps.
struct StepResponse {
  std::int64_t first = 0;  ///< lag of at[0], now[0], past[0]
  std::vector<double> at, now, past;
  struct Tail {
    std::int64_t start = 0;  ///< its step 0 is lag `start`
    TailRecurrence recurrence;
  };
  std::vector<Tail> tails;
};

/// What of a response is computed: lags -ahead .. behind at least, and all of them where a part
/// ends by itself; what goes on without end before `-ahead` has to decay unless `cut` allows that
/// it is left out.
struct Reach {
  std::int64_t ahead = 0, behind = 0;
  bool cut = false;
};

/// Pieces of the closed class are integrated in 113 bits from their antiderivatives; smooth parts
/// by Gauss-Legendre quadrature between breakpoints, halved until nothing changes.
/// Errors: invalid_argument (derivatives of impulses that x has no slope for, what does not decay),
/// size_overflow (more than 2^24 lags).
Result<StepResponse> make_step_response(const Function& h, double dt, Interpolation interpolation,
                                        const Reach& reach);

}  // namespace faltung::continuous
