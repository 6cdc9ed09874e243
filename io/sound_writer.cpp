// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "io/failure.hpp"
#include "io/sound_memory.hpp"

namespace faltung::io {
namespace {

// RIFF counts in 32 bits; what is longer becomes RF64. Room for the header.
constexpr std::uint64_t kMaxRiffBytes = 0xffffffff - 4096;

sf_count_t write_samples(SNDFILE* file, const float* from, sf_count_t count) {
  return sf_write_float(file, from, count);
}
sf_count_t write_samples(SNDFILE* file, const double* from, sf_count_t count) {
  return sf_write_double(file, from, count);
}

/// Rounds and clamps by itself, since libsndfile scales by one less than full. Returns how many
/// samples were clamped.
template <class T>
std::int64_t write_integers(SNDFILE* file, std::span<const T> samples, std::size_t channels,
                            int bits, bool& written) {
  const double scale = std::ldexp(1.0, bits - 1);
  const auto limit = static_cast<std::int64_t>(scale);
  // libsndfile takes whole frames only.
  std::vector<int> block(std::min(samples.size(), (kSoundBlockSamples / channels + 1) * channels));
  std::int64_t clipped = 0;
  for (std::size_t at = 0; at < samples.size() && written; at += block.size()) {
    const std::size_t count = std::min(block.size(), samples.size() - at);
    for (std::size_t i = 0; i < count; ++i) {
      const double x = static_cast<double>(samples[at + i]) * scale;
      // llrint rounds ties to even; the clamp before it keeps the result in range.
      const bool is_number = x == x;
      const std::int64_t nearest =
          is_number ? std::llrint(std::clamp(x, -scale - 2, scale + 2)) : 0;
      const std::int64_t kept = std::clamp(nearest, -limit, limit - 1);
      if (kept != nearest || !is_number) ++clipped;
      block[i] = static_cast<int>(kept * (std::int64_t{1} << (32 - bits)));
    }
    const auto n = static_cast<sf_count_t>(count);
    written = sf_write_int(file, block.data(), n) == n;
  }
  return clipped;
}

struct Encoding {
  const char* name;
  int bits;  // of integers; 0 for floats
  int wav;
  int flac;  // 0 where FLAC has none
};
constexpr Encoding kEncodings[] = {{"pcm8", 8, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_S8},
                                   {"pcm16", 16, SF_FORMAT_PCM_16, SF_FORMAT_PCM_16},
                                   {"pcm24", 24, SF_FORMAT_PCM_24, SF_FORMAT_PCM_24},
                                   {"pcm32", 32, SF_FORMAT_PCM_32, 0},
                                   {"float32", 0, SF_FORMAT_FLOAT, 0},
                                   {"float64", 0, SF_FORMAT_DOUBLE, 0}};

const Encoding* find_encoding(const std::string& name) {
  for (const Encoding& encoding : kEncodings)
    if (name == encoding.name) return &encoding;
  return nullptr;
}

/// Why a sound cannot be encoded, or nothing.
std::string refusal(const Sound& sound, Format format, const Encoding* encoding) {
  const AnyArray& samples = sound.samples;
  if (format != Format::wav && format != Format::flac)
    return std::string("cannot be written as ") + name(format) + "; WAV and FLAC hold sound";
  if (!encoding)
    return "no encoding is called '" + sound.encoding +
           "'; pcm8, pcm16, pcm24, pcm32, float32 and float64 are allowed";
  if (format == Format::flac && encoding->flac == 0)
    return "FLAC does not hold " + sound.encoding + "; pcm8, pcm16 and pcm24 are allowed";
  if (samples.type != ElementType::f32 && samples.type != ElementType::f64)
    return std::string("its samples are ") + faltung::name(samples.type) + "; sound is f32 or f64";
  if (samples.shape.rank() != 2 || samples.shape[0] < 1 || samples.shape[1] < 1)
    return "its shape is " + to_string(samples.shape) +
           "; sound is [frames, channels], 1 or more of each";
  const std::int64_t count = element_count(samples.shape);
  if (count < 0 || static_cast<std::uint64_t>(count) !=
                       samples.bytes.size() / static_cast<std::uint64_t>(size_bytes(samples.type)))
    return "its shape and its samples differ in number";
  const double rate = sound.sample_rate_hz;
  if (!(rate >= 1 && rate <= std::numeric_limits<int>::max()) || rate != std::floor(rate))
    return "its sample rate is no whole number of Hz from 1 to 2147483647, which files need";
  return {};
}

SF_INFO layout_of(const Sound& sound, Format format, const Encoding& encoding) {
  SF_INFO info{};
  const Dims& shape = sound.samples.shape;
  info.samplerate = static_cast<int>(sound.sample_rate_hz);
  info.channels =
      static_cast<int>(std::min<std::int64_t>(shape[1], std::numeric_limits<int>::max()));
  if (format == Format::flac) {
    info.format = SF_FORMAT_FLAC | encoding.flac;
    return info;
  }
  const double sample_bytes = encoding.bits                     ? encoding.bits / 8
                              : encoding.wav == SF_FORMAT_FLOAT ? 4
                                                                : 8;
  const double data_bytes =
      static_cast<double>(shape[0]) * static_cast<double>(shape[1]) * sample_bytes;
  const int container = data_bytes > static_cast<double>(kMaxRiffBytes) ? SF_FORMAT_RF64
                        : shape[1] > 2                                  ? SF_FORMAT_WAVEX
                                                                        : SF_FORMAT_WAV;
  info.format = container | encoding.wav;
  return info;
}

template <class T>
std::int64_t write_all(SNDFILE* file, const AnyArray& array, const Encoding& encoding,
                       bool& written) {
  const std::span<const T> samples = array.samples<T>();
  const auto channels = static_cast<std::size_t>(array.shape[1]);
  if (encoding.bits) return write_integers(file, samples, channels, encoding.bits, written);
  const auto count = static_cast<sf_count_t>(samples.size());
  written = write_samples(file, samples.data(), count) == count;
  return 0;
}

}  // namespace

Result<std::vector<std::byte>> encode_sound(const Sound& sound, Format format,
                                            std::int64_t* clipped) {
  const Encoding* encoding = find_encoding(sound.encoding);
  if (const std::string why = refusal(sound, format, encoding); !why.empty())
    return fail(Trouble::cannot_create, "sound", why);
  SF_INFO info = layout_of(sound, format, *encoding);
  std::vector<std::byte> bytes;
  MemoryFile memory;
  memory.target = &bytes;
  SoundHandle file = sf_format_check(&info) ? open_memory(memory, SFM_WRITE, info) : nullptr;
  if (!file)
    return fail(
        Trouble::cannot_create, "sound",
        std::string(format == Format::flac ? "FLAC holds at most 8 channels at up to 655350 Hz"
                                           : "WAV holds at most 1024 channels") +
            ", not " + std::to_string(sound.samples.shape[1]) + " at " +
            std::to_string(info.samplerate) + " Hz");
  // The PEAK chunk holds the time of day, which would make every run's bytes differ.
  sf_command(file.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  bool written = true;
  const std::int64_t count = sound.samples.type == ElementType::f64
                                 ? write_all<double>(file.get(), sound.samples, *encoding, written)
                                 : write_all<float>(file.get(), sound.samples, *encoding, written);
  written = sf_close(file.release()) == 0 && written;
  if (memory.out_of_memory) throw std::bad_alloc();
  if (!written) return fail(Trouble::cannot_create, "sound", "libsndfile could not encode it");
  if (clipped) *clipped = count;
  return bytes;
}

}  // namespace faltung::io
