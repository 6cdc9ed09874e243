// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/sound_encoder.hpp"

#include "io/sound_tags.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace faltung::io {
namespace {

constexpr Encoding kEncodings[] = {{"pcm8", 8, 1, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_S8},
                                   {"pcm16", 16, 2, SF_FORMAT_PCM_16, SF_FORMAT_PCM_16},
                                   {"pcm24", 24, 3, SF_FORMAT_PCM_24, SF_FORMAT_PCM_24},
                                   {"pcm32", 32, 4, SF_FORMAT_PCM_32, 0},
                                   {"float32", 0, 4, SF_FORMAT_FLOAT, 0},
                                   {"float64", 0, 8, SF_FORMAT_DOUBLE, 0}};

bool write_floats(SNDFILE* file, const float* from, sf_count_t count) {
  return sf_write_float(file, from, count) == count;
}
bool write_floats(SNDFILE* file, const double* from, sf_count_t count) {
  return sf_write_double(file, from, count) == count;
}

template <class T>
bool write_integers(SNDFILE* file, std::span<const T> samples, std::size_t channels, int bits,
                    std::int64_t& clipped) {
  const double scale = std::ldexp(1.0, bits - 1), left = std::ldexp(1.0, 32 - bits);
  // Numbers so large have no fractions: adding this and taking it away rounds, ties to even. A loop
  // of that and of comparisons alone runs in vectors.
  constexpr double kRounds = 0x1.8p52;
  // libsndfile takes whole frames only.
  std::vector<int> block(std::min(samples.size(), (kSoundBlockSamples / channels + 1) * channels));
  for (std::size_t at = 0; at < samples.size(); at += block.size()) {
    const std::size_t count = std::min(block.size(), samples.size() - at);
    const T* from = samples.data() + at;
    int lost = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double x = static_cast<double>(from[i]) * scale;
      double near = x == x ? x : 0;
      near = near < -scale - 2 ? -scale - 2 : near;
      near = near > scale + 2 ? scale + 2 : near;
      const double nearest = (near + kRounds) - kRounds;
      double kept = nearest < -scale ? -scale : nearest;
      kept = kept > scale - 1 ? scale - 1 : kept;
      lost += kept != nearest || x != x ? 1 : 0;
      block[i] = static_cast<int>(kept * left);
    }
    clipped += lost;
    const auto n = static_cast<sf_count_t>(count);
    if (sf_write_int(file, block.data(), n) != n) return false;
  }
  return true;
}

template <class T>
bool write_as(SNDFILE* file, const Encoding& encoding, const ConstView& view,
              std::int64_t& clipped) {
  const auto count = static_cast<std::size_t>(element_count(view.shape));
  const std::span<const T> samples(static_cast<const T*>(view.data), count);
  if (encoding.bits != 0)
    return write_integers(file, samples, static_cast<std::size_t>(view.shape[1]), encoding.bits,
                          clipped);
  return write_floats(file, samples.data(), static_cast<sf_count_t>(count));
}

}  // namespace

const Encoding* find_encoding(const std::string& name) {
  for (const Encoding& encoding : kEncodings)
    if (name == encoding.name) return &encoding;
  return nullptr;
}

Subtype subtype_of(const WavLayout& wav) {
  constexpr std::uint64_t kPcm = 1, kFloat = 3, kALaw = 6, kMuLaw = 7;
  const std::uint64_t bytes = wav.frame_bytes / wav.channels;
  if (wav.tag == kPcm && wav.bits == 8 * bytes) {
    if (bytes == 1) return {SF_FORMAT_PCM_U8, "pcm8"};
    if (bytes == 2) return {SF_FORMAT_PCM_16, "pcm16"};
    if (bytes == 3) return {SF_FORMAT_PCM_24, "pcm24"};
    if (bytes == 4) return {SF_FORMAT_PCM_32, "pcm32"};
  }
  if (wav.tag == kFloat && bytes == 4 && wav.bits == 32) return {SF_FORMAT_FLOAT, "float32"};
  if (wav.tag == kFloat && bytes == 8 && wav.bits == 64) return {SF_FORMAT_DOUBLE, "float64"};
  if (wav.tag == kALaw && bytes == 1) return {SF_FORMAT_ALAW, "pcm16"};
  if (wav.tag == kMuLaw && bytes == 1) return {SF_FORMAT_ULAW, "pcm16"};
  return {0, nullptr};
}

std::string sound_refusal(Format format, const std::string& encoding, double sample_rate_hz) {
  if (format != Format::wav && format != Format::flac && format != Format::raw)
    return std::string("cannot be written as ") + name(format) +
           "; WAV, FLAC and raw samples hold sound";
  const Encoding* found = find_encoding(encoding);
  if (found == nullptr)
    return "no encoding is called '" + encoding +
           "'; pcm8, pcm16, pcm24, pcm32, float32 and float64 are allowed";
  if (format == Format::flac && found->flac == 0)
    return "FLAC does not hold " + encoding + "; pcm8, pcm16 and pcm24 are allowed";
  const double rate = sample_rate_hz;
  if (!(rate >= 1 && rate <= std::numeric_limits<int>::max()) || rate != std::floor(rate))
    return "its sample rate is no whole number of Hz from 1 to 2147483647, which files need";
  return {};
}

std::string layout_refusal(Format format, std::int64_t channels, int sample_rate_hz) {
  return std::string(format == Format::flac ? "FLAC holds at most 8 channels at up to 655350 Hz"
                                            : "WAV holds at most 1024 channels") +
         ", not " + std::to_string(channels) + " at " + std::to_string(sample_rate_hz) + " Hz";
}

SF_INFO sound_layout(Format format, const Encoding& encoding, double sample_rate_hz,
                     std::int64_t channels, double data_bytes, double most_riff_bytes) {
  SF_INFO info{};
  info.samplerate = static_cast<int>(sample_rate_hz);
  info.channels =
      static_cast<int>(std::min<std::int64_t>(channels, std::numeric_limits<int>::max()));
  if (format == Format::flac) {
    info.format = SF_FORMAT_FLAC | encoding.flac;
    return info;
  }
  const int container = format == Format::raw          ? SF_FORMAT_RAW | SF_ENDIAN_LITTLE
                        : data_bytes > most_riff_bytes ? SF_FORMAT_RF64
                        : channels > 2                 ? SF_FORMAT_WAVEX
                                                       : SF_FORMAT_WAV;
  info.format = container | encoding.wav;
  return info;
}

void set_comments(SNDFILE* file, const SoundTags& tags) {
  // libsndfile would add its own name and version to SF_STR_SOFTWARE.
  constexpr std::pair<const char*, int> kKinds[] = {
      {"INAM", SF_STR_TITLE},   {"IART", SF_STR_ARTIST},      {"IPRD", SF_STR_ALBUM},
      {"ICRD", SF_STR_DATE},    {"ITRK", SF_STR_TRACKNUMBER}, {"IGNR", SF_STR_GENRE},
      {"ICMT", SF_STR_COMMENT}, {"ICOP", SF_STR_COPYRIGHT}};
  for (const auto& [id, kind] : kKinds) {
    std::string all;  // it keeps one of each kind
    for (const SoundTags::Text& text : tags.texts)
      if (text.id == id) all += (all.empty() ? "" : "; ") + as_utf8(text.text);
    if (!all.empty()) sf_set_string(file, kind, all.c_str());
  }
}

bool write_samples(SNDFILE* file, const Encoding& encoding, const ConstView& samples,
                   std::int64_t& clipped) {
  if (samples.type == ElementType::f64) return write_as<double>(file, encoding, samples, clipped);
  return write_as<float>(file, encoding, samples, clipped);
}

}  // namespace faltung::io
