// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <sndfile.h>

#include <algorithm>

#include "io/failure.hpp"
#include "io/sound_encoder.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_tags.hpp"
#include "io/wav_header.hpp"

namespace faltung::io {
namespace {

/// Why a sound cannot be encoded, or nothing.
std::string refusal(const Sound& sound, Format format) {
  if (std::string why = sound_refusal(format, sound.encoding, sound.sample_rate_hz); !why.empty())
    return why;
  const AnyArray& samples = sound.samples;
  if (samples.type != ElementType::f32 && samples.type != ElementType::f64)
    return std::string("its samples are ") + faltung::name(samples.type) + "; sound is f32 or f64";
  if (samples.shape.rank() != 2 || samples.shape[0] < 1 || samples.shape[1] < 1)
    return "its shape is " + to_string(samples.shape) +
           "; sound is [frames, channels], 1 or more of each";
  const std::int64_t count = element_count(samples.shape);
  if (count < 0 || static_cast<std::uint64_t>(count) !=
                       samples.bytes.size() / static_cast<std::uint64_t>(size_bytes(samples.type)))
    return "its shape and its samples differ in number";
  return {};
}

void append_tags(const SoundTags& tags, std::vector<std::byte>& bytes) {
  const WavTail tail = wav_tail(tags, bytes.size(), starts_with(bytes, "RF64"));
  bytes.insert(bytes.end(), tail.bytes.begin(), tail.bytes.end());
  std::copy(tail.length.begin(), tail.length.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(tail.length_at));
}

}  // namespace

Result<std::vector<std::byte>> encode_sound(const Sound& sound, Format format,
                                            std::int64_t* clipped) {
  if (const std::string why = refusal(sound, format); !why.empty())
    return fail(Trouble::cannot_create, "sound", why);
  const Encoding& encoding = *find_encoding(sound.encoding);
  const Dims& shape = sound.samples.shape;
  const double data_bytes = static_cast<double>(element_count(shape)) * encoding.bytes +
                            static_cast<double>(wav_chunks(sound.tags).size());
  SF_INFO info = sound_layout(format, encoding, sound.sample_rate_hz, shape[1], data_bytes);
  std::vector<std::byte> bytes;
  MemoryFile memory;
  memory.target = &bytes;
  SoundHandle file = sf_format_check(&info) ? open_memory(memory, SFM_WRITE, info) : nullptr;
  if (!file)
    return fail(Trouble::cannot_create, "sound", layout_refusal(format, shape[1], info.samplerate));
  // The PEAK chunk holds the time of day, which would make every run's bytes differ.
  sf_command(file.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  if (format == Format::flac) set_comments(file.get(), sound.tags);
  std::int64_t count = 0;
  bool written = write_samples(file.get(), encoding, sound.samples.view(), count);
  written = sf_close(file.release()) == 0 && written;
  if (memory.out_of_memory) throw std::bad_alloc();
  if (!written) return fail(Trouble::cannot_create, "sound", "libsndfile could not encode it");
  if (clipped) *clipped = count;
  if (format == Format::wav) append_tags(sound.tags, bytes);
  return bytes;
}

}  // namespace faltung::io
