// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Brings the taps of a sound to another sample rate, by libsamplerate's best converter, in
/// float32. The response in continuous time stays: `dt_scaled` taps are samples of h(t) times the
/// step of time, so they grow as the step does, and others are samples of h(t) alone. The first tap
/// stays at time zero. What the band-limited response rings before it is cut off, and the source
/// says how much that was. Stop(kUnavailable) where the program was built without libsamplerate.
void resample(KernelSource& kernel, double sample_rate_hz, bool dt_scaled);

}  // namespace faltung::cli
