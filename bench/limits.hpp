// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace faltung::bench {

/// What this machine reaches at its best on so many threads at once.
struct Limits {
  double p_f32 = 0, p_f64 = 0;  ///< multiply-adds, flop a second
  double q_f32 = 0, q_f64 = 0;  ///< as many additions as multiply-adds, flop a second
  double copy = 0;              ///< bytes read and written a second, 64 MiB to 64 MiB
};

/// Takes about `seconds`; the best of its repetitions counts.
Limits measure_limits(int threads, double seconds);

}  // namespace faltung::bench
