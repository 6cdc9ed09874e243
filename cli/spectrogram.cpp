// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "spectrogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

namespace faltung::cli {
namespace {

using Complex = std::complex<double>;

// The engine's transform is private to it, and its order of frequencies too. Radix 2, decimation in
// time (Cooley and Tukey 1965), is fast enough for a few thousand frames.
class Fourier {
 public:
  explicit Fourier(std::size_t n) : roots_(n / 2), places_(n) {
    for (std::size_t k = 0; k < n / 2; ++k)
      roots_[k] =
          std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
    for (std::size_t i = 1; i < n; ++i) places_[i] = places_[i / 2] / 2 + (i % 2) * (n / 2);
  }
  void operator()(std::vector<Complex>& z) const {
    const std::size_t n = places_.size();
    for (std::size_t i = 0; i < n; ++i)
      if (i < places_[i]) std::swap(z[i], z[places_[i]]);
    for (std::size_t half = 1; half < n; half *= 2)
      for (std::size_t first = 0; first < n; first += 2 * half)
        for (std::size_t k = 0; k < half; ++k) {
          const Complex odd = roots_[k * (n / (2 * half))] * z[first + half + k];
          z[first + half + k] = z[first + k] - odd;
          z[first + k] += odd;
        }
  }

 private:
  std::vector<Complex> roots_;
  std::vector<std::size_t> places_;
};

// 25 ms tell pitch from rhythm; a short sound gets windows that leave a few columns.
std::size_t window_length(std::int64_t count, double rate_hz) {
  const double wanted = std::min(0.025 * rate_hz, static_cast<double>(count) / 8);
  const auto samples = static_cast<std::size_t>(std::clamp(wanted, 16.0, 4096.0));
  return std::bit_ceil(samples);
}

class Frames {
 public:
  Frames(const std::function<double(std::int64_t)>& sample, std::int64_t count, double rate_hz)
      : sample_(sample),
        count_(count),
        length_(window_length(count, rate_hz)),
        fourier_(length_),
        frame_(length_),
        window_(length_) {
    double sum = 0;
    for (std::size_t i = 0; i < length_; ++i) {
      const double turn = (static_cast<double>(i) + 0.5) / static_cast<double>(length_);
      sum += window_[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
    }
    for (double& w : window_) w *= 2 / sum;  // a sine of amplitude 1 has a peak of 1
  }
  std::int64_t length() const { return static_cast<std::int64_t>(length_); }
  // Adds the powers of the frame around `centre`.
  void add(std::int64_t centre, std::vector<double>& powers) {
    for (std::size_t i = 0; i < length_; ++i) {
      const std::int64_t at = centre - length() / 2 + static_cast<std::int64_t>(i);
      const double x = at >= 0 && at < count_ ? sample_(at) : 0;
      frame_[i] = std::isfinite(x) ? x * window_[i] : 0;
    }
    fourier_(frame_);
    for (std::size_t k = 0; k < length_ / 2; ++k) powers[k] += std::norm(frame_[k]);
  }

 private:
  const std::function<double(std::int64_t)>& sample_;
  std::int64_t count_;
  std::size_t length_;
  Fourier fourier_;
  std::vector<Complex> frame_;
  std::vector<double> window_;
};

}  // namespace

Spectrogram spectrogram(const std::function<double(std::int64_t)>& sample, std::int64_t count,
                        double rate_hz, int most_columns) {
  constexpr int kMostRows = 256;
  constexpr std::int64_t kMostFrames = 4;  // of one column: hours stay a matter of a second
  Frames frames(sample, count, rate_hz);
  const auto bins = static_cast<int>(frames.length() / 2);
  Spectrogram out;
  out.columns = static_cast<int>(
      std::clamp<std::int64_t>(count / (frames.length() / 8), 2, std::int64_t{most_columns}));
  out.rows = std::min(bins, kMostRows);
  out.level_db.resize(static_cast<std::size_t>(out.columns) * static_cast<std::size_t>(out.rows));
  const double part = static_cast<double>(count) / out.columns;
  const auto each = std::clamp<std::int64_t>(
      std::llround(2 * part / static_cast<double>(frames.length())), 1, kMostFrames);
  for (int c = 0; c < out.columns; ++c) {
    std::vector<double> powers(static_cast<std::size_t>(bins));
    for (std::int64_t k = 0; k < each; ++k) {
      const double share = (static_cast<double>(k) + 0.5) / static_cast<double>(each);
      frames.add(static_cast<std::int64_t>(part * (c + share)), powers);
    }
    for (int row = 0; row < out.rows; ++row) {
      const int group = bins / out.rows;
      const auto first = powers.begin() + static_cast<std::ptrdiff_t>(row) * group;
      const double power = *std::max_element(first, first + group) / static_cast<double>(each);
      out.level_db[static_cast<std::size_t>(row) * static_cast<std::size_t>(out.columns) +
                   static_cast<std::size_t>(c)] =
          static_cast<float>(power > 0 ? 10 * std::log10(power) : -1e4);
    }
  }
  return out;
}

}  // namespace faltung::cli
