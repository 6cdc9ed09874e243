// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolution in one line: a room's reverberation, and a house that follows the weather.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  // y[n] = sum_k h[k] x[n-k]: every sample of x starts a copy of h.
  const std::vector<float> dry = {1, 0, 0, 0.5F};
  const std::vector<float> room = {1, 0.5F, 0.25F};
  const std::vector<float> wet = fl::convolve(dry, room);
  print("wet", wet);
  check(wet == std::vector<float>{1, 0.5F, 0.25F, 0.5F, 0.25F, 0.125F});

  // A house with a time constant of 12 hours, after the weather jumped from 4 to 8 degrees. The
  // boundary `edge` says that it had been 4 degrees forever.
  std::vector<double> outdoor(48, 8.0);
  outdoor[0] = 4.0;
  const fl::AnyArray indoor =
      fl::convolve(outdoor, fl::exponential(12.0),
                   {.extent = fl::Extent::causal, .boundary = fl::Boundary::edge});
  const double after_12_hours = indoor.samples<double>()[12];
  std::cout << "indoors after 12 hours: " << after_12_hours << " degrees\n";
  check(std::abs(after_12_hours - (8 - 4 * std::exp(-1.0))) < 1e-12);
  return 0;
}
