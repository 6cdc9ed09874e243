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

}  // namespace

struct SpectrogramMaker::Impl {
  Impl(std::int64_t frames, double rate_hz, int most_columns);

  std::int64_t centre(std::int64_t i) const {
    const double share = (static_cast<double>(i % each) + 0.5) / static_cast<double>(each);
    const std::int64_t column = i / each;
    return static_cast<std::int64_t>(part * (static_cast<double>(column) + share));
  }
  void take(std::int64_t at);
  void complete(std::int64_t column);

  std::int64_t count, length, bins;
  Fourier fourier;
  std::vector<Complex> frame;
  std::vector<double> window, powers;
  double part = 0;         ///< samples of a column
  std::int64_t each = 1;   ///< frames of a column
  std::int64_t next = 0;   ///< the frame that is due, of all columns
  std::int64_t begin = 0;  ///< where the samples that are kept lie
  std::vector<double> kept;
  Spectrogram out;
};

SpectrogramMaker::Impl::Impl(std::int64_t frames, double rate_hz, int most_columns)
    : count(frames),
      length(static_cast<std::int64_t>(window_length(frames, rate_hz))),
      bins(length / 2),
      fourier(static_cast<std::size_t>(length)),
      frame(static_cast<std::size_t>(length)),
      window(static_cast<std::size_t>(length)),
      powers(static_cast<std::size_t>(bins)) {
  constexpr std::int64_t kMostRows = 256;
  constexpr std::int64_t kMostFrames = 4;  // of one column: hours stay a matter of a second
  double sum = 0;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double turn = (static_cast<double>(i) + 0.5) / static_cast<double>(length);
    sum += window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
  }
  for (double& w : window) w *= 2 / sum;  // a sine of amplitude 1 has a peak of 1
  out.columns = static_cast<int>(
      std::clamp<std::int64_t>(count / (length / 8), 2, std::int64_t{most_columns}));
  out.rows = static_cast<int>(std::min(bins, kMostRows));
  out.level_db.resize(static_cast<std::size_t>(out.columns) * static_cast<std::size_t>(out.rows));
  part = static_cast<double>(count) / out.columns;
  each = std::clamp<std::int64_t>(std::llround(2 * part / static_cast<double>(length)), 1,
                                  kMostFrames);
  begin = std::min<std::int64_t>(0, centre(0) - length / 2);
  kept.assign(static_cast<std::size_t>(std::max<std::int64_t>(0, -begin)), 0.0);
}

/// Adds the powers of the frame whose samples begin at `at` of those that are kept.
void SpectrogramMaker::Impl::take(std::int64_t at) {
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const double x = kept[static_cast<std::size_t>(at) + i];
    frame[i] = std::isfinite(x) ? x * window[i] : 0;
  }
  fourier(frame);
  for (std::size_t k = 0; k < powers.size(); ++k) powers[k] += std::norm(frame[k]);
  if (++next % each == 0) complete(next / each - 1);
}

void SpectrogramMaker::Impl::complete(std::int64_t column) {
  const std::int64_t group = bins / out.rows;
  for (std::int64_t row = 0; row < out.rows; ++row) {
    const auto first = powers.begin() + row * group;
    const double power = *std::max_element(first, first + group) / static_cast<double>(each);
    out.level_db[static_cast<std::size_t>(row * out.columns + column)] =
        static_cast<float>(power > 0 ? 10 * std::log10(power) : -1e4);
  }
  std::fill(powers.begin(), powers.end(), 0.0);
}

SpectrogramMaker::SpectrogramMaker(std::int64_t count, double rate_hz, int most_columns)
    : impl_(std::make_unique<Impl>(count, rate_hz, most_columns)) {}
SpectrogramMaker::~SpectrogramMaker() = default;
SpectrogramMaker::SpectrogramMaker(SpectrogramMaker&&) noexcept = default;

///   samples    . . . . [ frame ] . . . [ frame ] . .
///   kept               begin ->  . . .               what no frame is yet to read is not kept
void SpectrogramMaker::push(std::span<const double> samples) {
  Impl& m = *impl_;
  const std::int64_t all = std::int64_t{m.out.columns} * m.each;
  while (m.next < all) {
    const std::int64_t first = m.centre(m.next) - m.length / 2;
    const auto have = static_cast<std::int64_t>(m.kept.size());
    const std::int64_t passed = std::min(std::max<std::int64_t>(0, first - m.begin), have);
    m.kept.erase(m.kept.begin(), m.kept.begin() + passed);
    m.begin += passed;
    // Between two frames that lie far apart nothing is kept at all.
    const auto skipped = static_cast<std::size_t>(
        std::clamp<std::int64_t>(first - m.begin, 0, static_cast<std::int64_t>(samples.size())));
    samples = samples.subspan(skipped);
    m.begin += static_cast<std::int64_t>(skipped);
    const auto lacking = static_cast<std::size_t>(m.length) -
                         std::min(m.kept.size(), static_cast<std::size_t>(m.length));
    const std::size_t taken = std::min(lacking, samples.size());
    m.kept.insert(m.kept.end(), samples.begin(),
                  samples.begin() + static_cast<std::ptrdiff_t>(taken));
    samples = samples.subspan(taken);
    if (taken < lacking) return;
    m.take(0);
  }
}

std::int64_t SpectrogramMaker::skip(std::int64_t most) {
  Impl& m = *impl_;
  if (m.next == std::int64_t{m.out.columns} * m.each) return most;
  const std::int64_t first = m.centre(m.next) - m.length / 2;
  if (first - m.begin < static_cast<std::int64_t>(m.kept.size())) return 0;
  m.begin += static_cast<std::int64_t>(m.kept.size());
  m.kept.clear();
  const std::int64_t skipped = std::min(most, first - m.begin);
  m.begin += skipped;
  return skipped;
}

Spectrogram SpectrogramMaker::finish() {
  const std::vector<double> beyond(static_cast<std::size_t>(2 * impl_->length), 0.0);
  push(beyond);
  return std::move(impl_->out);
}

}  // namespace faltung::cli
