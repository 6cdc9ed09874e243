// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace faltung::cli {

/// Levels over time and frequency, for drawing. Column c is the c-th of `columns` equal parts of
/// the time, row r the r-th of `rows` equal parts of the frequencies from 0 to half the rate.
struct Spectrogram {
  int columns = 0, rows = 0;
  std::vector<float> level_db;  ///< [rows, columns]; 0 dB is a sine of amplitude 1
};

/// Short-time Fourier transform, with a Hann window of about 25 ms, of `count` samples that come
/// one after the other. What is not finite counts as 0. At most `most_columns` x 256 levels, in
/// memory that does not grow with the count.
class SpectrogramMaker {
 public:
  SpectrogramMaker(std::int64_t count, double rate_hz, int most_columns);
  ~SpectrogramMaker();
  SpectrogramMaker(SpectrogramMaker&&) noexcept;

  void push(std::span<const double> samples);
  /// How many of the next samples, up to `most`, nothing depends on: they count as pushed.
  std::int64_t skip(std::int64_t most);
  /// All have come.
  Spectrogram finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace faltung::cli
