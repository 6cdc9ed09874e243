// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "sound_sketch.hpp"

namespace faltung::cli {

/// What a plot of sound is made of.
struct SoundPlot {
  const Request& request;
  const Problem& problem;
  const AnyArray& taps;
  std::string kernel_name;
  double sample_rate_hz;  ///< of the input
  SoundSketch& input;
  SoundSketch& output;
};

/// Waveforms of input, kernel and output, and, of a convolution, the spectrograms of input and
/// output: bytes of an SVG or PNG. Stop(kUnavailable) without gnuplot.
std::vector<std::byte> plot_sound(const SoundPlot& plot);

/// The rate for SoundSketch: of what has a spectrogram in the plot, else 0.
double drawn_rate_hz(const Problem& problem, double rate_hz);

}  // namespace faltung::cli
