// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "data.hpp"

namespace faltung::cli {

/// What is to be known of sound before its samples.
struct SoundInfo {
  double sample_rate_hz = 0;
  std::int64_t frames = 0, channels = 0;
  ElementType type = ElementType::f32;
  io::Format usual_format = io::Format::wav;  ///< of standard output
};

/// Sound without its samples: what a kernel has to fit.
std::unique_ptr<Data> describe_sound(const Request& request, const SoundInfo& info);

bool is_sound(io::Format format) noexcept;
/// What standard output gets of sound in this format: FLAC stays FLAC, the others are WAV.
io::Format usual_sound_format(io::Format input) noexcept;

/// How the output's samples are encoded. Stop(kUsage) where the format does not hold that.
std::string sound_encoding(const Request& request, io::Format format);
/// The rate after --stride. Stop(kData) where that is no whole number.
double sound_rate_hz(const Problem& problem, double input_rate_hz, io::Format format);

/// What the samples of a result are like, piece by piece.
struct Loudness {
  double peak = 0;  ///< of the finite samples
  std::int64_t nan = 0, infinite = 0;
  std::int64_t beyond_float32 = 0;  ///< finite ones

  void add(const ConstView& samples);
  std::int64_t nonfinite() const { return nan + infinite; }

 private:
  template <class T>
  void add(std::span<const T> samples);
};

/// Completes what is told of an encoded sound: losses, and what would avoid them.
void describe_losses(const Loudness& loud, const Request& request, Stored& stored);

/// Refuses options that have no meaning for sound. Returns the output's format, of such an input.
io::Format check_sound_options(const Request& request, io::Format input);

}  // namespace faltung::cli
