// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "resample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "elements.hpp"
#include "exit.hpp"

#ifdef FALTUNG_HAS_SAMPLERATE
#include <samplerate.h>
#endif

namespace faltung::cli {

#ifdef FALTUNG_HAS_SAMPLERATE
namespace {

/// As the converter has it.
constexpr double kMostRatio = 256;

/// Silence before the taps, so that the converter shows what rings there: a whole number of samples
/// at both rates, and longer than its filter, which has 144 zero crossings on either side.
struct Lead {
  std::int64_t before, after;
};
Lead lead_of(std::int64_t from_hz, std::int64_t to_hz) {
  constexpr std::int64_t kCrossings = 160;
  const std::int64_t common = std::gcd(from_hz, to_hz);
  const std::int64_t before = from_hz / common, after = to_hz / common;
  const std::int64_t slower = std::min(before, after);
  const std::int64_t times = (kCrossings + slower - 1) / slower;
  return {times * before, times * after};
}

/// The taps with that much silence on either side.
std::vector<float> with_lead(const AnyArray& taps, std::int64_t lead, const std::string& label) {
  const AnyArray narrow = cast(taps, ElementType::f32, label);
  const std::span<const float> samples = narrow.samples<float>();
  const auto silence = static_cast<std::size_t>(lead * taps.shape[1]);
  std::vector<float> all(silence);
  all.insert(all.end(), samples.begin(), samples.end());
  all.resize(all.size() + silence);
  return all;
}

std::vector<float> convert(std::vector<float>& from, std::int64_t channels, std::int64_t frames,
                           double ratio, const std::string& label) {
  std::vector<float> to(static_cast<std::size_t>(frames * channels));
  SRC_DATA data{};
  data.data_in = from.data();
  data.input_frames = static_cast<long>(from.size()) / static_cast<long>(channels);
  data.data_out = to.data();
  data.output_frames = static_cast<long>(frames);
  data.src_ratio = ratio;
  if (const int error = src_simple(&data, SRC_SINC_BEST_QUALITY, static_cast<int>(channels)))
    throw Stop(kData, fmt::format("{} cannot be resampled: {}", label, src_strerror(error)));
  // What the converter kept back at the end is silence.
  return to;
}

double energy(std::span<const float> samples) {
  double sum = 0;
  for (const float v : samples) sum += static_cast<double>(v) * static_cast<double>(v);
  return sum;
}

/// What a person is told of the ringing that was cut off, where that is worth telling.
std::string loss_of(double kept, double all) {
  if (all - kept <= 1e-4 * all) return {};
  return fmt::format(
      "; {:.2g} % of its energy rang before the first tap or after the last and was cut off, which "
      "silence there would keep",
      100 * (all - kept) / all);
}

void check(const KernelSource& kernel, double ratio) {
  if (ratio > kMostRatio || ratio * kMostRatio < 1)
    throw Stop(kData, fmt::format("{} is at {} Hz, which is more than {} times off the input's "
                                  "rate; --resample does not go so far",
                                  kernel.label, kernel.sample_rate_hz, kMostRatio));
  if (nonfinite_count(kernel.taps.view()) > 0)
    throw Stop(kData, fmt::format("{} has taps that are not finite, which --resample would spread "
                                  "over their neighbours",
                                  kernel.label));
}

}  // namespace

void resample(KernelSource& kernel, double sample_rate_hz, bool dt_scaled) {
  const double from_hz = kernel.sample_rate_hz, ratio = sample_rate_hz / from_hz;
  check(kernel, ratio);
  const Dims old = kernel.taps.shape;
  const auto from_rate = static_cast<std::int64_t>(from_hz);
  const auto to_rate = static_cast<std::int64_t>(sample_rate_hz);
  const Lead lead = lead_of(from_rate, to_rate);
  std::vector<float> from = with_lead(kernel.taps, lead.before, kernel.label);
  const std::int64_t length = (old[0] * to_rate + from_rate - 1) / from_rate;
  const std::vector<float> all =
      convert(from, old[1], length + 2 * lead.after, ratio, kernel.label);
  const std::span<const float> kept = std::span(all).subspan(
      static_cast<std::size_t>(lead.after * old[1]), static_cast<std::size_t>(length * old[1]));
  AnyArray taps = make_array(ElementType::f64, {length, old[1]});
  const double scale = dt_scaled ? 1 / ratio : 1;
  std::transform(kept.begin(), kept.end(), writable<double>(taps).begin(),
                 [&](float v) { return scale * static_cast<double>(v); });
  kernel.notes.push_back(fmt::format("{} was resampled from {} to {} Hz: {} taps became {}",
                                     kernel.label, from_hz, sample_rate_hz, old[0], length) +
                         loss_of(energy(kept), energy(all)));
  kernel.taps = cast(taps, real_companion(kernel.taps.type), kernel.label);
  kernel.sample_rate_hz = sample_rate_hz;
}

#else

void resample(KernelSource& kernel, double, bool) {
  throw Stop(kUnavailable,
             fmt::format("--resample {}: this program was built without libsamplerate; resample "
                         "it beforehand, for example with sox",
                         kernel.label));
}

#endif

}  // namespace faltung::cli
