// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "elements.hpp"
#include "exit.hpp"
#include "io/sound_tags.hpp"
#include "kept_tags.hpp"
#include "plot_sound.hpp"
#include "sound_result.hpp"
#include "values.hpp"

/// Sound: [frames, channels], convolved over time; channels meet as NumPy broadcasts them, but for
/// true stereo, where two channels [frames, from, 1] meet taps [K, from, to].
namespace faltung::cli {
namespace {

constexpr const char* kAllowed =
    "sound at the same rate, NPY of shape [K] or [K, channels], a row of numbers, or a name";

class SoundData : public Data {
 public:
  SoundData(const Request& request, io::Format usual, io::Sound sound)
      : path_(request.input_name()),
        convolves_(request.operation == Operation::convolve),
        usual_(usual),
        sound_(std::move(sound)) {}

  const char* kind() const override { return "sound"; }
  ConstView samples() const override { return sound_.samples.view(); }
  Dims axes() const override { return {0}; }
  Extent usual_extent() const override { return Extent::full; }
  double dt() const override { return 1.0 / sound_.sample_rate_hz; }
  double sample_rate_hz() const override { return sound_.sample_rate_hz; }
  int filter_rank() const override { return 1; }
  ElementType tap_type(const KernelSource&, bool) const override { return sound_.samples.type; }

  Dims lay(const KernelSource& kernel) const override {
    using Kind = KernelSource::Kind;
    if (kernel.kind == Kind::picture || kernel.kind == Kind::table)
      refuse_kernel(kernel, "sound", kAllowed);
    if (kernel.kind == Kind::sound) check_rate(kernel);
    const Dims& shape = kernel.taps.shape;
    const bool channels_named =
        shape.rank() == 2 && (kernel.kind == Kind::sound || kernel.kind == Kind::array);
    if (channels_named) return check_channels(kernel);
    const std::optional<std::int64_t> length = row_length(shape);
    if (!length || is_complex(kernel.taps.type)) refuse_kernel(kernel, "sound", kAllowed);
    return {*length, 1};
  }

  Dims stored_shape(const Dims& computed) const override { return without_inputs(computed); }
  std::vector<std::string> finish(const Request& request, AnyArray& y,
                                  std::optional<ErrorBound>& bound) const override;
  /// The encoder has samples of its own, and a file whose bytes are twice there as they grow.
  std::int64_t held_bytes(const Request&, ElementType type, const Dims& shape) const override {
    return bytes_of(x().type, x().shape) + 2 * bytes_of(type, shape) +
           2 * bytes_of(ElementType::f64, shape);
  }
  std::int64_t drawn_bytes() const override { return 16; }
  io::Format usual_format() const override { return usual_; }
  Stored store(const Outcome& outcome, io::Format format) const override;
  std::vector<std::byte> plot(const Outcome& outcome) const override;

 private:
  void check_rate(const KernelSource& kernel) const {
    if (kernel.sample_rate_hz == sound_.sample_rate_hz) return;
    const std::string stem = kernel.label.substr(0, kernel.label.rfind('.'));
    throw Stop(kData,
               fmt::format("{} is at {} Hz, {} at {} Hz; --resample brings the kernel to the "
                           "input's rate, as does: sox {} -r {} {}",
                           kernel.label, kernel.sample_rate_hz, path_, sound_.sample_rate_hz,
                           shell_word(kernel.label), sound_.sample_rate_hz,
                           shell_word(fmt::format("{}-{}.wav", stem, sound_.sample_rate_hz))));
  }
  Dims check_channels(const KernelSource& kernel) const {
    const Dims& shape = kernel.taps.shape;
    const std::int64_t mine = sound_.samples.shape[1], theirs = shape[1];
    if (is_complex(kernel.taps.type)) refuse_kernel(kernel, "sound", kAllowed);
    if (mine == 2 && theirs == 4 && convolves_) return {shape[0], 2, 2};
    if (mine != theirs && mine != 1 && theirs != 1)
      throw Stop(kData, fmt::format("{} has {} channels, {} has {}; allowed are as many as the "
                                    "input, a mono kernel, a mono input, or 4 channels (true "
                                    "stereo) to convolve with 2",
                                    kernel.label, theirs, path_, mine));
    return shape;
  }
  std::string path_;
  bool convolves_;
  io::Format usual_;
  io::Sound sound_;
};

// Decibels that bring this peak to full scale, rounded to the safe side.
std::string safe_gain(double peak, const Request& request) {
  const bool mixed = request.wet || request.dry || request.output_gain;
  const double gain = mixed ? request.output_gain.value_or(1.0) : request.gain;
  const double db = 20.0 * std::log10(std::abs(gain) / peak);
  return fmt::format("{} {:.1f}dB", mixed ? "--output-gain" : "--gain",
                     std::floor(db * 10.0) / 10.0);
}

std::string nonfinite_hint(const Loudness& loud, const Stored& stored) {
  const bool floats = stored.encoding.starts_with("float");
  return fmt::format(
      "{} of {} samples are not finite ({} nan, {} inf){}", loud.nonfinite(), stored.samples,
      loud.nan, loud.infinite,
      floats ? "; the file holds them" : "; nan was written as 0, inf as full scale");
}

// What finite samples lose in the file, or what players would do to them.
std::string level_hint(const Loudness& loud, const Stored& stored, const Request& request) {
  const bool floats = stored.encoding.starts_with("float");
  if (stored.encoding == "float32" && loud.beyond_float32 > 0)
    return fmt::format(
        "{} are beyond the range of float32 and were written as inf, the peak is "
        "{:.3g}; use --bits float64",
        clipped_share(stored), loud.peak);
  if (!floats && stored.clipped > loud.nonfinite())
    return fmt::format(
        "{} were clipped, the peak is {:.3g}; to avoid it use {}, or --bits {} in a "
        ".wav",
        clipped_share(stored), loud.peak, safe_gain(loud.peak, request),
        loud.beyond_float32 > 0 ? "float64" : "float32");
  if (floats && loud.peak > 1)
    return fmt::format(
        "the peak is {:.3g} of full scale; the file holds it, but players clip it: "
        "use {} to avoid that",
        loud.peak, safe_gain(loud.peak, request));
  return {};
}

std::vector<std::string> SoundData::finish(const Request& request, AnyArray& y,
                                           std::optional<ErrorBound>& bound) const {
  const std::int64_t inputs = y.shape.rank() == 3 ? y.shape[1] : 1;
  y.shape = sum_inputs(y.view()).shape;
  y.bytes.resize(static_cast<std::size_t>(element_count(y.shape) * size_bytes(y.type)));
  std::vector<std::string> said;
  PeakGain gain;
  if (request.output_peak) {
    Loudness loud;
    loud.add(y.view());
    const io::Format format = output_format(request, usual_format());
    gain = peak_gain(request, loud.peak, y.type,
                     format == io::Format::npy ? "" : sound_encoding(request, format));
    apply(gain, y.view());
    said.push_back(describe_peak_gain(gain, loud.peak));
  }
  if (bound) bound = bound_of(*bound, inputs, gain.factor, y.view());
  return said;
}

Stored SoundData::store(const Outcome& outcome, io::Format format) const {
  if (format == io::Format::npy) return store_array(outcome.y, true);
  Stored stored;
  stored.encoding = sound_encoding(outcome.request, format);
  stored.shape = outcome.y.shape;
  stored.samples = element_count(stored.shape);
  const io::Sound out{
      outcome.y, sound_rate_hz(outcome.problem, sound_.sample_rate_hz, format), stored.encoding,
      kept_tags(sound_.tags, outcome.request, outcome.problem, format, stored.details)};
  stored.bytes = take(io::encode_sound(out, format, &stored.clipped));
  Loudness loud;
  loud.add(outcome.y.view());
  describe_losses(loud, outcome.request, stored);
  return stored;
}

std::vector<std::byte> SoundData::plot(const Outcome& outcome) const {
  const double rate = sound_.sample_rate_hz;
  SoundSketch input = sketch_of(x(), drawn_rate_hz(outcome.problem, rate)),
              output = sketch_of(
                  outcome.y.view(),
                  drawn_rate_hz(outcome.problem,
                                rate / static_cast<double>(stride_of(outcome.problem, 0))));
  return plot_sound(
      {outcome.request, outcome.problem, outcome.taps, kernel_name(outcome), rate, input, output});
}

// Samples without a header, or a file that is read as a whole.
io::Sound read_whole(const Request& request, Input& input) {
  if (!request.raw) return take(io::parse_sound(input.read_all(), input.source.where()));
  io::SoundReader reader = take(io::SoundReader::open(input.source, request.raw));
  io::Sound sound{
      {reader.type(), {0, reader.channels()}, {}}, reader.sample_rate_hz(), reader.encoding()};
  constexpr std::int64_t kFrames = 1 << 16;
  const std::int64_t frame_bytes = reader.channels() * size_bytes(reader.type());
  for (std::int64_t got = kFrames; got == kFrames; sound.samples.shape[0] += got) {
    const auto have = static_cast<std::size_t>(sound.samples.shape[0] * frame_bytes);
    if (request.max_memory != 0 && have > static_cast<std::size_t>(request.max_memory))
      throw Stop(kUnavailable, fmt::format("--max-memory {} is too little for all of {}",
                                           request.max_memory, request.input_name()));
    sound.samples.bytes.resize(have + static_cast<std::size_t>(kFrames * frame_bytes));
    got = take(reader.read(sound.samples.bytes.data() + have, kFrames));
  }
  sound.samples.bytes.resize(static_cast<std::size_t>(sound.samples.shape[0] * frame_bytes));
  return sound;
}

}  // namespace

std::string sound_encoding(const Request& request, io::Format format) {
  const bool flac = format == io::Format::flac;
  const std::string encoding = request.encoding.value_or(flac ? "pcm24" : "float32");
  if (flac && encoding != "pcm8" && encoding != "pcm16" && encoding != "pcm24")
    throw Stop(kUsage,
               fmt::format("FLAC does not hold {}; allowed are pcm8, pcm16, pcm24, or write "
                           "a .wav",
                           encoding));
  return encoding;
}

double sound_rate_hz(const Problem& problem, double input_rate_hz, io::Format format) {
  const auto stride = static_cast<double>(stride_of(problem, 0));
  const double rate = input_rate_hz / stride;
  if (rate >= 1 && rate == std::floor(rate)) return rate;
  throw Stop(kData, fmt::format("--stride {} leaves {:g} samples a second, and a .{} file holds "
                                "whole rates only; use a divisor of {:g} or write .npy",
                                stride, rate, io::name(format), input_rate_hz));
}

namespace {

/// What float32 rounds to infinity: from its largest number and half a step on.
constexpr double kBeyondFloat = 0x1.ffffffp127;

}  // namespace

void Loudness::add(const ConstView& view) {
  const auto count = static_cast<std::size_t>(element_count(view.shape));
  constexpr std::size_t kSamples = 1 << 12;  // at a time: counts stay within 32 bits
  with_type(view.type, [&]<class T>(T*) {
    if constexpr (std::is_floating_point_v<T>)
      for (std::size_t at = 0; at < count; at += kSamples)
        add(std::span(static_cast<const T*>(view.data) + at, std::min(kSamples, count - at)));
  });
}

template <class T>
void Loudness::add(std::span<const T> samples) {
  // Magnitudes are ordered as the integers of their bits, and those in vectors.
  using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  const auto infinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  // Halfway to the next power of two is rounded to infinity; a float never is.
  const auto beyond = sizeof(T) == 4 ? infinity : std::bit_cast<Bits>(static_cast<T>(kBeyondFloat));
  Bits most = 0, nans = 0, infinities = 0, large = 0;
  for (const T v : samples) {
    const Bits bits = std::bit_cast<Bits>(v) & std::numeric_limits<Bits>::max();
    const Bits finite = bits < infinity ? bits : 0;
    most = finite > most ? finite : most;
    nans += bits > infinity;
    infinities += bits == infinity;
    large += finite >= beyond;
  }
  peak = std::max(peak, static_cast<double>(std::bit_cast<T>(most)));
  nan += nans;
  infinite += infinities;
  beyond_float32 += large;
}

void describe_losses(const Loudness& loud, const Request& request, Stored& stored) {
  // Encoders do not count what becomes infinite in a float file.
  if (stored.encoding == "float32") stored.clipped += loud.beyond_float32;
  if (loud.nonfinite() > 0) stored.hints.push_back(nonfinite_hint(loud, stored));
  std::string level = level_hint(loud, stored, request);
  if (!level.empty()) stored.hints.push_back(std::move(level));
}

bool is_sound(io::Format format) noexcept {
  return format == io::Format::wav || format == io::Format::flac || format == io::Format::raw;
}

io::Format usual_sound_format(io::Format input) noexcept {
  return input == io::Format::flac ? input : io::Format::wav;
}

io::Format check_sound_options(const Request& request, io::Format input) {
  using io::Format;
  const Format format =
      usual_sound_format(input) == Format::flac
          ? check_output_format(request, "sound",
                                {Format::flac, Format::wav, Format::raw, Format::npy})
          : check_output_format(request, "sound",
                                {Format::wav, Format::flac, Format::raw, Format::npy});
  check_picture_options(request, "sound");
  if (!request.axes.empty()) refuse_option("--axes", "sound", "the axis is time");
  if (request.dt) refuse_option("--dt", "sound", "its step is 1 / sample rate");
  if (request.policy) refuse_option("--policy", "sound", "NPY arrays of integers have it");
  if (request.result) refuse_option("--result", "sound", "use --bits");
  if (!request.columns.empty()) refuse_option("--column", "sound", "CSV series have it");
  if (format == Format::npy && request.encoding)
    refuse_option("--bits", "sound", "an .npy output keeps the type of the result");
  if (format != Format::npy) sound_encoding(request, format);
  return format;
}

std::unique_ptr<Data> describe_sound(const Request& request, const SoundInfo& info) {
  io::Sound sound{{info.type, {info.frames, info.channels}, {}}, info.sample_rate_hz, {}, {}};
  return std::make_unique<SoundData>(request, info.usual_format, std::move(sound));
}

std::unique_ptr<Data> load_sound(const Request& request, Input& input) {
  check_sound_options(request, input.format);
  io::SoundTags tags;
  if (!request.raw) tags = io::read_tags(input.source);
  io::Sound sound = read_whole(request, input);
  sound.tags = std::move(tags);
  if (element_count(sound.samples.shape) == 0)
    throw Stop(kData, fmt::format("{} has no samples, where at least one is needed",
                                  request.input_name()));
  return std::make_unique<SoundData>(request, usual_sound_format(input.format), std::move(sound));
}

}  // namespace faltung::cli
