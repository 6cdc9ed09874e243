// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace faltung::cli {

/// Levels over time and frequency, for drawing. Column c is the c-th of `columns` equal parts of
/// the time, row r the r-th of `rows` equal parts of the frequencies from 0 to half the rate.
struct Spectrogram {
  int columns = 0, rows = 0;
  std::vector<float> level_db;  ///< [rows, columns]; 0 dB is a sine of amplitude 1
};

/// Short-time Fourier transform with a Hann window of about 25 ms. What is not finite counts as 0.
/// At most `most_columns` x 256 levels, whatever the length is.
Spectrogram spectrogram(const std::function<double(std::int64_t)>& sample, std::int64_t count,
                        double rate_hz, int most_columns);

}  // namespace faltung::cli
