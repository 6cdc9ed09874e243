// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "sound_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "elements.hpp"

namespace faltung::cli {
namespace {

/// Full scale of integers ends one step below 1 above zero.
double full_scale(const std::string& encoding) {
  if (encoding == "pcm8") return 1 - 0x1p-7;
  if (encoding == "pcm16") return 1 - 0x1p-15;
  if (encoding == "pcm24") return 1 - 0x1p-23;
  if (encoding == "pcm32") return 1 - 0x1p-31;
  return 1;
}

/// The largest number of the type that is not above the level.
template <class T>
double not_above(double level) {
  const T near = static_cast<T>(level);
  return static_cast<double>(static_cast<double>(near) > level ? std::nextafter(near, T{0}) : near);
}

/// Calls f with the samples where they are float or double, as sound is.
template <class F>
void with_floats(const View& view, F&& f) {
  const auto count = static_cast<std::size_t>(element_count(view.shape));
  if (view.type == ElementType::f32) f(std::span(static_cast<float*>(view.data), count));
  else f(std::span(static_cast<double*>(view.data), count));
}

}  // namespace

Dims without_inputs(const Dims& shape) {
  return shape.rank() == 3 ? Dims{shape[0], shape[2]} : shape;
}

///   y  [ L->L L->R R->L R->R ][ L->L ...      to = 2
///   to [ L    R    ][ L R ...                 behind what is still to be read
View sum_inputs(const View& y) {
  if (y.shape.rank() != 3) return y;
  const auto from = static_cast<std::size_t>(y.shape[1]), to = static_cast<std::size_t>(y.shape[2]);
  with_floats(y, [&]<class T>(std::span<T> v) {
    for (std::size_t frame = 0; frame * from * to < v.size(); ++frame)
      for (std::size_t c = 0; c < to; ++c) {
        T sum = v[frame * from * to + c];
        for (std::size_t i = 1; i < from; ++i) sum += v[(frame * from + i) * to + c];
        v[frame * to + c] = sum;
      }
  });
  return {y.data, y.type, without_inputs(y.shape)};
}

PeakGain peak_gain(const Request& request, double peak, ElementType type,
                   const std::string& encoding) {
  if (!request.output_peak || !(peak > 0)) return {};
  const double level = std::min(*request.output_peak, full_scale(encoding));
  const double top = type == ElementType::f32 ? not_above<float>(level) : not_above<double>(level);
  return {top / peak, top};
}

void apply(const PeakGain& gain, const View& samples) {
  if (gain.top == 0) return;
  with_floats(samples, [&]<class T>(std::span<T> v) {
    for (T& sample : v) {
      // Rounded once; the largest may come out a step too high, NaN and infinity stay.
      const T scaled = static_cast<T>(gain.factor * static_cast<double>(sample));
      const T top = static_cast<T>(gain.top);
      sample = std::isfinite(sample) ? std::clamp(scaled, static_cast<T>(-top), top) : scaled;
    }
  });
}

std::string describe_peak_gain(const PeakGain& gain, double peak) {
  if (gain.top == 0) return "all samples are 0, which no --output-gain changes";
  return fmt::format("multiplied by {:.6g} ({:+.2f} dB), so that the peak of {:.6g} is {:.6g}",
                     gain.factor, 20 * std::log10(gain.factor), peak, gain.top);
}

/// Of a sum of m outputs: |e| <= m max|e_i| + u |y|, and by Cauchy and Schwarz
/// ||e||_2 <= sqrt(m) ||all e_i||_2 + u ||y||_2, once for each addition; of a product
/// |g e| + u |y|. The factor covers what the additions before the last have rounded.
ErrorBound bound_of(const ErrorBound& bound, std::int64_t inputs, double factor,
                    const ConstView& y) {
  if (inputs == 1 && factor == 1) return bound;
  const double slack = 1 + 0x1p-10;
  double largest = 0, squares = 0;
  with_floats({const_cast<void*>(y.data), y.type, y.shape}, [&](auto samples) {
    for (const auto v : samples) {
      const double a = std::abs(static_cast<double>(v));
      if (!std::isfinite(a)) continue;
      largest = std::max(largest, a);
      squares += a * a;
    }
  });
  const auto m = static_cast<double>(inputs);
  const double roundings = (inputs > 1 ? 1 : 0) + (factor != 1 ? 1 : 0);
  ErrorBound after = bound;
  after.maximum =
      slack * (m * std::abs(factor) * bound.maximum + roundings * bound.unit_roundoff * largest);
  after.l2 = slack * (std::sqrt(m) * std::abs(factor) * bound.l2 +
                      roundings * bound.unit_roundoff * std::sqrt(squares));
  return after;
}

}  // namespace faltung::cli
