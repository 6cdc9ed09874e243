// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "sound_sketch.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>
#include <utility>

#include "elements.hpp"

namespace faltung::cli {
namespace {

constexpr std::int64_t kColumns = 1952;  // two for each of the picture's
constexpr int kSpectrogramColumns = 800;
constexpr std::int64_t kFrames = 1 << 9;  // of a spectrogram, at a time

}  // namespace

SoundSketch::SoundSketch(std::int64_t frames, std::int64_t channels, double rate_hz)
    : frames_(frames),
      channels_(channels),
      columns_(std::min<std::int64_t>(frames, kColumns)),
      strips_(static_cast<std::size_t>(strips())) {
  if (rate_hz > 0) spectra_.emplace(frames, rate_hz, kSpectrogramColumns);
}

namespace {

/// The lowest and the highest of finite samples; none are low > high.
template <class Read>
std::pair<double, double> bounds(std::int64_t count, Read&& read) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::int64_t i = 0; i < count; ++i) {
    const double v = read(i);
    low = v < low ? v : low;  // false of NaN
    high = v > high ? v : high;
  }
  if (!std::isinf(low) && !std::isinf(high)) return {low, high};
  low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::int64_t i = 0; i < count; ++i)
    if (const double v = read(i); std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  return {low, high};
}

}  // namespace

/// A column has one entry at most: none where nothing in it is finite.
template <class Read>
void SoundSketch::add(int strip, std::int64_t count, Read&& read) {
  const auto [low, high] = bounds(count, read);
  if (low > high) return;
  Envelope& e = strips_[static_cast<std::size_t>(strip)];
  if (e.frame.empty() || e.frame.back() != column_) {
    e.frame.push_back(column_);
    e.low.push_back(low);
    e.high.push_back(high);
  } else {
    e.low.back() = std::min(e.low.back(), low);
    e.high.back() = std::max(e.high.back(), high);
  }
  if (largest_.frame >= 0 && !(high > largest_.value)) return;
  std::int64_t at = 0;
  while (read(at) != high) ++at;
  largest_ = {high, come_ + at, strip};
}

/// Part of one column.
template <class T>
void SoundSketch::push(const T* from, std::int64_t step, std::int64_t channel_step,
                       std::int64_t count) {
  const auto value = [&](std::int64_t i, std::int64_t channel) {
    const T v = from[i * step + channel * channel_step];
    if constexpr (std::is_arithmetic_v<T>) return static_cast<double>(v);
    else return static_cast<double>(std::abs(v));
  };
  const auto mean = [&](std::int64_t i) {
    double sum = 0;
    for (std::int64_t channel = 0; channel < channels_; ++channel) sum += value(i, channel);
    return sum / static_cast<double>(channels_);
  };
  if (channels_ > 2) add(0, count, mean);
  else
    for (int strip = 0; strip < strips(); ++strip)
      add(strip, count, [&](std::int64_t i) { return value(i, strip); });
  for (std::int64_t i = 0; spectra_ && i < count;) {
    i += spectra_->skip(count - i);
    const std::int64_t here = std::min(kFrames, count - i);
    means_.resize(static_cast<std::size_t>(here));
    for (std::int64_t k = 0; k < here; ++k) means_[static_cast<std::size_t>(k)] = mean(i + k);
    spectra_->push(means_);
    i += here;
  }
  come_ += count;
}

void SoundSketch::push(const ConstView& frames) {
  with_type(frames.type, [&]<class T>(T*) {
    for (std::int64_t i = 0; i < frames.shape[0];) {
      if (come_ >= column_end_) {
        column_ = come_;
        column_end_ = std::max(come_ + 1, static_cast<std::int64_t>(static_cast<double>(++begun_) /
                                                                    static_cast<double>(columns_) *
                                                                    static_cast<double>(frames_)));
      }
      const std::int64_t count = std::min(frames.shape[0] - i, column_end_ - come_);
      push(static_cast<const T*>(frames.data) + i * frames.strides[0], frames.strides[0],
           frames.strides[1], count);
      i += count;
    }
  });
}

SoundSketch sketch_of(const ConstView& samples, double rate_hz) {
  SoundSketch sketch(samples.shape[0], samples.shape[1], rate_hz);
  sketch.push(samples);
  return sketch;
}

}  // namespace faltung::cli
