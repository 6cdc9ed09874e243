// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "faltung/convolve.hpp"
#include "spectrogram.hpp"

namespace faltung::cli {

/// What a plot shows of a signal of so many frames, kept while they come one after the other, in
/// memory that does not grow with their number.
class SoundSketch {
 public:
  /// The lowest and the highest sample of each column of the picture.
  struct Envelope {
    std::vector<std::int64_t> frame;  ///< at which a column begins
    std::vector<double> low, high;
  };
  struct Largest {
    double value = 0;
    std::int64_t frame = -1;  ///< -1: no sample is finite
    int strip = 0;
  };

  /// With a spectrogram of the mean of all channels where `rate_hz` is not 0.
  SoundSketch(std::int64_t frames, std::int64_t channels, double rate_hz);

  /// The next ones, [n, channels].
  void push(const ConstView& frames);

  std::int64_t frames() const { return frames_; }
  std::int64_t channels() const { return channels_; }
  /// Channels are drawn each by itself up to two, else as their mean.
  int strips() const { return channels_ == 2 ? 2 : 1; }
  /// Whether a column is one frame, or none is left out.
  bool every_frame() const { return columns_ == frames_; }
  const Envelope& envelope(int strip) const { return strips_[static_cast<std::size_t>(strip)]; }
  const Largest& largest() const { return largest_; }
  /// Once, when all frames have come.
  Spectrogram spectrogram() { return spectra_->finish(); }

 private:
  template <class Read>
  void add(int strip, std::int64_t count, Read&& read);
  template <class T>
  void push(const T* from, std::int64_t step, std::int64_t channel_step, std::int64_t count);

  std::int64_t frames_, channels_, columns_;
  std::int64_t come_ = 0;
  std::int64_t begun_ = 0;                    ///< columns
  std::int64_t column_ = 0, column_end_ = 0;  ///< frames of the one that is filled
  std::vector<Envelope> strips_;
  Largest largest_;
  std::optional<SpectrogramMaker> spectra_;
  std::vector<double> means_;
};

/// Of samples that are all there.
SoundSketch sketch_of(const ConstView& samples, double rate_hz);

}  // namespace faltung::cli
