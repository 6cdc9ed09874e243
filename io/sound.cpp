// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <sndfile.h>

#include <algorithm>

#include "io/failure.hpp"
#include "io/sound_encoder.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_memory.hpp"

namespace faltung::io {
namespace {

using Bytes = std::span<const std::byte>;

// Silent FLAC of blocks of 4096 samples expands about 2000-fold in stereo.
constexpr std::uint64_t kMaxExpansion = 4096;
constexpr std::uint64_t kExpansionSlackBytes = std::uint64_t{256} << 20;
// Memory taken before the samples have shown themselves, in file sizes.
constexpr std::uint64_t kReserveFactor = 64;

/// The closest of Sound's encodings; empty for what is not read.
std::string encoding_of(int format) {
  switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8: return "pcm8";
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
    case SF_FORMAT_IMA_ADPCM:
    case SF_FORMAT_MS_ADPCM:
    case SF_FORMAT_GSM610: return "pcm16";
    case SF_FORMAT_PCM_24: return "pcm24";
    case SF_FORMAT_PCM_32: return "pcm32";
    case SF_FORMAT_FLOAT: return "float32";
    case SF_FORMAT_DOUBLE: return "float64";
    default: return {};
  }
}

sf_count_t read_frames(SNDFILE* file, float* to, sf_count_t count) {
  return sf_readf_float(file, to, count);
}
sf_count_t read_frames(SNDFILE* file, double* to, sf_count_t count) {
  return sf_readf_double(file, to, count);
}

/// Reads block by block until the samples end: the declared number of frames is compared, not
/// trusted. FLAC that does not know its length declares the largest number.
template <class T>
Result<AnyArray> read_all(SNDFILE* file, const SF_INFO& info, std::size_t file_bytes,
                          const std::string& where) {
  const std::uint64_t frame_bytes = sizeof(T) * static_cast<std::uint64_t>(info.channels);
  const std::uint64_t limit_bytes = kMaxExpansion * file_bytes + kExpansionSlackBytes;
  const sf_count_t block = std::max<sf_count_t>(kSoundBlockSamples / info.channels, 1);
  AnyArray samples;
  samples.type = element_type_of<T>();
  const std::uint64_t reserve_frames =
      std::min(static_cast<std::uint64_t>(info.frames), kReserveFactor * file_bytes / frame_bytes);
  samples.bytes.reserve((reserve_frames + static_cast<std::uint64_t>(block)) * frame_bytes);
  sf_count_t frames = 0;
  for (sf_count_t got = block; got == block; frames += got) {
    const std::size_t begin = static_cast<std::uint64_t>(frames) * frame_bytes;
    if (begin > limit_bytes)
      return bad_data(where, "expands more than " + std::to_string(kMaxExpansion) +
                                 "-fold, which no sound does");
    samples.bytes.resize(begin + static_cast<std::uint64_t>(block) * frame_bytes);
    got = read_frames(file, reinterpret_cast<T*>(samples.bytes.data() + begin), block);
    if (got < 0 || sf_error(file) != SF_ERR_NO_ERROR)
      return bad_data(where, std::string("is damaged: ") + sf_strerror(file));
  }
  samples.bytes.resize(static_cast<std::uint64_t>(frames) * frame_bytes);
  if (frames == 0) return bad_data(where, "holds no frames");
  if (info.frames != SF_COUNT_MAX && frames < info.frames)
    return bad_data(where, "is truncated: it declares " + std::to_string(info.frames) +
                               " frames, but " + std::to_string(frames) + " are there");
  samples.shape = {frames, info.channels};
  return samples;
}

/// The samples of a WAV as they lie there: libsndfile loses its way where a text is damaged, and in
/// RF64 at any chunk that it does not know. All of the file where it has to read the header itself.
Bytes samples_of(const WavLayout& wav, Bytes bytes, SF_INFO& info) {
  const Subtype subtype = subtype_of(wav);
  if (subtype.encoding == nullptr) return bytes;
  info.format =
      SF_FORMAT_RAW | subtype.subtype | (wav.big_endian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE);
  info.channels = static_cast<int>(wav.channels);
  info.samplerate = static_cast<int>(wav.sample_rate_hz);
  const Bytes behind = bytes.subspan(static_cast<std::size_t>(wav.data_at));
  return wav.data_bytes ? behind.first(static_cast<std::size_t>(*wav.data_bytes)) : behind;
}

Result<Sound> decode(Bytes bytes, const std::string& where) {
  if (bytes.empty()) return bad_data(where, "the file is empty; WAV or FLAC sound is needed");
  const bool wav = is_riff(bytes);
  if (!wav && !starts_with(bytes, "fLaC")) return bad_data(where, "is neither WAV nor FLAC sound");
  std::vector<std::byte> head;
  Bytes rest = bytes;
  SF_INFO info{};
  if (wav) {
    const auto layout = wav_layout(bytes, bytes.size(), where);
    if (!layout) return tl::unexpected(layout.error());
    rest = samples_of(*layout, bytes, info);
  } else if (Result<void> checked = check_flac(bytes, where, head, rest); !checked) {
    return tl::unexpected(checked.error());
  }
  MemoryFile memory;
  memory.head = head;
  memory.source = rest;
  const SoundHandle file = open_memory(memory, SFM_READ, info);
  if (!file)
    return bad_data(where, std::string("cannot be read as sound: ") + sf_strerror(nullptr));
  if (info.channels < 1 || info.samplerate < 1)
    return bad_data(where, "declares " + std::to_string(info.channels) + " channels at " +
                               std::to_string(info.samplerate) +
                               " Hz; at least 1 of each is needed");
  Sound sound;
  sound.encoding = encoding_of(info.format);
  sound.sample_rate_hz = info.samplerate;
  if (sound.encoding.empty())
    return bad_data(where,
                    "is compressed in a way that is not read; PCM, float, mu-law, A-law, "
                    "ADPCM, GSM and FLAC are");
  const bool wide = sound.encoding == "pcm32" || sound.encoding == "float64";
  Result<AnyArray> samples = wide ? read_all<double>(file.get(), info, bytes.size(), where)
                                  : read_all<float>(file.get(), info, bytes.size(), where);
  if (!samples) return tl::unexpected(samples.error());
  sound.samples = std::move(*samples);
  return sound;
}

}  // namespace

Result<Sound> parse_sound(std::span<const std::byte> bytes, const std::string& where) {
  return within_memory(where, [&] { return decode(bytes, where); });
}

Result<Sound> read_sound(const std::filesystem::path& path) {
  Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_sound(*bytes, path.string());
}

}  // namespace faltung::io
