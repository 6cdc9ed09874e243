// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "io/failure.hpp"

namespace faltung::io {
namespace {

using Bytes = std::span<const std::byte>;

// Lengths of a data chunk that was written into a pipe: by FFmpeg, and by SoX and espeak-ng, which
// round theirs down to whole frames.
constexpr std::uint32_t kUnknownLength = 0xffffffff;
constexpr std::uint32_t kUnknownLengthOfSox = 0x7ffff000;
constexpr std::size_t kChunkHeaderBytes = 8;  // name and length
constexpr std::size_t kRiffHeaderBytes = 12;  // "RIFF", length, "WAVE"
// Silent FLAC of blocks of 4096 samples expands about 2000-fold in stereo.
constexpr std::uint64_t kMaxExpansion = 4096;
constexpr std::uint64_t kExpansionSlackBytes = std::uint64_t{256} << 20;
// Memory taken before the samples have shown themselves, in file sizes.
constexpr std::uint64_t kReserveFactor = 64;
constexpr std::int64_t kBlockSamples = 1 << 16;
// RIFF counts in 32 bits; what is longer becomes RF64. Room for the header.
constexpr std::uint64_t kMaxRiffBytes = 0xffffffff - 4096;

bool starts_with(Bytes bytes, const char* text, std::size_t at = 0) {
  const std::size_t count = std::strlen(text);
  return bytes.size() >= at + count && std::memcmp(bytes.data() + at, text, count) == 0;
}

std::uint64_t unsigned_at(Bytes bytes, std::size_t at, int count, bool big_endian) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    const std::size_t place = at + static_cast<std::size_t>(big_endian ? i : count - 1 - i);
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[place]);
  }
  return value;
}

std::string chunk_name(Bytes bytes, std::size_t at) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = static_cast<char>(bytes[at + i]);
    text += c >= ' ' && c <= '~' ? c : '?';
  }
  return text;
}

Result<void> check_format_chunk(Bytes bytes, std::size_t body, bool big, const std::string& where) {
  const std::uint64_t channels = unsigned_at(bytes, body + 2, 2, big);
  const std::uint64_t rate = unsigned_at(bytes, body + 4, 4, big);
  if (channels == 0) return bad_data(where, "declares 0 channels; at least 1 is needed");
  if (rate == 0 || rate > std::numeric_limits<std::int32_t>::max())
    return bad_data(where, "declares a sample rate of " + std::to_string(rate) +
                               " Hz; 1 to 2147483647 Hz are allowed");
  // Other codes pack samples into blocks of their own sizes.
  const std::uint64_t code = unsigned_at(bytes, body, 2, big);
  const std::uint64_t frame = unsigned_at(bytes, body + 12, 2, big);
  const std::uint64_t bits = unsigned_at(bytes, body + 14, 2, big);
  constexpr std::uint64_t kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;
  if ((code == kPcm || code == kFloat || code == kExtensible) &&
      frame != channels * ((bits + 7) / 8))
    return bad_data(where, "is damaged: it declares " + std::to_string(bits) + " bits a sample, " +
                               std::to_string(channels) + " channels and " + std::to_string(frame) +
                               " bytes a frame, which do not go together");
  return {};
}

/// Walks the chunks, since libsndfile clips silently what the header declares beyond the file.
///
///   RIFF len WAVE | fmt_ len ... | LIST len ... | data len samples ... | LIST ...
///                   ^ at                          ^ ends here
Result<void> check_wav(Bytes bytes, const std::string& where) {
  const bool big = starts_with(bytes, "RIFX");
  if (!starts_with(bytes, "WAVE", 8))
    return bad_data(where, bytes.size() < kRiffHeaderBytes
                               ? "is truncated: its WAV header is incomplete"
                               : "is a RIFF file, but no WAV");
  std::uint64_t frame_bytes = 0;                   // 0 until the format is known
  std::uint64_t long_data_bytes = kUnknownLength;  // from RF64's chunk ds64
  for (std::size_t at = kRiffHeaderBytes; bytes.size() - at >= kChunkHeaderBytes;) {
    const std::string name = chunk_name(bytes, at);
    const std::size_t body = at + kChunkHeaderBytes;
    const std::uint64_t present = bytes.size() - body;
    std::uint64_t declared = unsigned_at(bytes, at + 4, 4, big);
    if (name == "data") {
      if (frame_bytes == 0) return bad_data(where, "has no format chunk before its data chunk");
      if (declared == kUnknownLength) declared = long_data_bytes;
      const bool sox = declared == kUnknownLengthOfSox / frame_bytes * frame_bytes;
      if (declared == kUnknownLength || (sox && declared > present)) declared = present;
      if (declared == 0) return bad_data(where, "holds no frames: its data chunk is empty");
      if (declared <= present) return {};
    }
    if (declared > present)
      return bad_data(where, "is truncated: its chunk '" + name + "' declares " +
                                 std::to_string(declared) + " bytes, but " +
                                 std::to_string(present) + " are there");
    if (name == "fmt ") {
      if (declared < 16) return bad_data(where, "has a format chunk of less than 16 bytes");
      if (Result<void> checked = check_format_chunk(bytes, body, big, where); !checked)
        return checked;
      frame_bytes = std::max<std::uint64_t>(unsigned_at(bytes, body + 12, 2, big), 1);
    }
    if (name == "ds64" && declared >= 16) long_data_bytes = unsigned_at(bytes, body + 8, 8, false);
    at = std::min<std::size_t>(body + declared + (declared & 1), bytes.size());
  }
  return bad_data(where, "is truncated: it has no data chunk");
}

/// Walks the metadata blocks and keeps the first alone, since libFLAC allocates by what the others
/// declare (tags, pictures). The file becomes `head`, then `frames`.
///
///   fLaC | 0 len STREAMINFO | type len ... | 128 + type len ... | frames
Result<void> check_flac(Bytes bytes, const std::string& where, std::vector<std::byte>& head,
                        Bytes& frames) {
  constexpr std::size_t kBlockHeaderBytes = 4, kStreamInfoBytes = 34;
  constexpr std::size_t kHeadBytes = 4 + kBlockHeaderBytes + kStreamInfoBytes;
  for (std::size_t at = 4; bytes.size() - at >= kBlockHeaderBytes;) {
    const auto kind = std::to_integer<unsigned>(bytes[at]);
    const std::uint64_t declared = unsigned_at(bytes, at + 1, 3, true);
    if (at == 4 && ((kind & 0x7f) != 0 || declared != kStreamInfoBytes))
      return bad_data(where, "is damaged: its FLAC header does not begin with stream information");
    at += kBlockHeaderBytes;
    if (declared > bytes.size() - at)
      return bad_data(where, "is truncated: a metadata block declares " + std::to_string(declared) +
                                 " bytes, but " + std::to_string(bytes.size() - at) + " are there");
    at += declared;
    if (!(kind & 0x80)) continue;
    head.assign(bytes.begin(), bytes.begin() + kHeadBytes);
    head[4] = std::byte{0x80};
    frames = bytes.subspan(at);
    return {};
  }
  return bad_data(where, "is truncated: its FLAC header is incomplete");
}

/// A file in memory, for libsndfile's callbacks. They are called from C and let nothing pass.
struct MemoryFile {
  Bytes head, source;                        // when reading: the one, then the other
  std::vector<std::byte>* target = nullptr;  // when writing
  sf_count_t at = 0;
  bool out_of_memory = false;

  sf_count_t size() const {
    return static_cast<sf_count_t>(target ? target->size() : head.size() + source.size());
  }
};

sf_count_t length_of(void* user) { return static_cast<MemoryFile*>(user)->size(); }
sf_count_t tell(void* user) { return static_cast<MemoryFile*>(user)->at; }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->at : file->size();
  if (offset > std::numeric_limits<sf_count_t>::max() - base || base + offset < 0) return -1;
  return file->at = base + offset;
}

sf_count_t read_bytes(void* to, sf_count_t count, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const sf_count_t left = std::max<sf_count_t>(file->size() - file->at, 0);
  const auto wanted = static_cast<std::size_t>(std::clamp<sf_count_t>(count, 0, left));
  for (std::size_t done = 0; done < wanted;) {
    const auto at = static_cast<std::size_t>(file->at);
    const bool in_head = at < file->head.size();
    const Bytes part =
        in_head ? file->head.subspan(at) : file->source.subspan(at - file->head.size());
    const std::size_t n = std::min(part.size(), wanted - done);
    std::memcpy(static_cast<std::byte*>(to) + done, part.data(), n);
    done += n;
    file->at += static_cast<sf_count_t>(n);
  }
  return static_cast<sf_count_t>(wanted);
}

sf_count_t write_bytes(const void* from, sf_count_t count, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  if (count <= 0) return 0;
  const auto end = static_cast<std::size_t>(file->at + count);
  try {
    if (end > file->target->size()) file->target->resize(end);
  } catch (const std::exception&) {
    file->out_of_memory = true;
    return 0;
  }
  std::memcpy(file->target->data() + file->at, from, static_cast<std::size_t>(count));
  file->at += count;
  return count;
}

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Handle = std::unique_ptr<SNDFILE, Close>;

Handle open(MemoryFile& memory, int mode, SF_INFO& info) {
  SF_VIRTUAL_IO callbacks{length_of, seek, read_bytes, write_bytes, tell};
  return Handle(sf_open_virtual(&callbacks, mode, &info, &memory));
}

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
sf_count_t write_samples(SNDFILE* file, const float* from, sf_count_t count) {
  return sf_write_float(file, from, count);
}
sf_count_t write_samples(SNDFILE* file, const double* from, sf_count_t count) {
  return sf_write_double(file, from, count);
}

/// Reads block by block until the samples end: the declared number of frames is compared, not
/// trusted. FLAC that does not know its length declares the largest number.
template <class T>
Result<AnyArray> read_all(SNDFILE* file, const SF_INFO& info, std::size_t file_bytes,
                          const std::string& where) {
  const std::uint64_t frame_bytes = sizeof(T) * static_cast<std::uint64_t>(info.channels);
  const std::uint64_t limit_bytes = kMaxExpansion * file_bytes + kExpansionSlackBytes;
  const sf_count_t block = std::max<sf_count_t>(kBlockSamples / info.channels, 1);
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

/// Rounds and clamps by itself, since libsndfile scales by one less than full. Returns how many
/// samples were clamped.
template <class T>
std::int64_t write_integers(SNDFILE* file, std::span<const T> samples, std::size_t channels,
                            int bits, bool& written) {
  const double scale = std::ldexp(1.0, bits - 1);
  const auto limit = static_cast<std::int64_t>(scale);
  // libsndfile takes whole frames only.
  std::vector<int> block(std::min(samples.size(), (kBlockSamples / channels + 1) * channels));
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

Result<Sound> decode(Bytes bytes, const std::string& where) {
  if (bytes.empty()) return bad_data(where, "the file is empty; WAV or FLAC sound is needed");
  const bool wav =
      starts_with(bytes, "RIFF") || starts_with(bytes, "RIFX") || starts_with(bytes, "RF64");
  if (!wav && !starts_with(bytes, "fLaC")) return bad_data(where, "is neither WAV nor FLAC sound");
  std::vector<std::byte> head;
  Bytes rest = bytes;
  if (Result<void> checked = wav ? check_wav(bytes, where) : check_flac(bytes, where, head, rest);
      !checked)
    return tl::unexpected(checked.error());
  MemoryFile memory;
  memory.head = head;
  memory.source = rest;
  SF_INFO info{};
  const Handle file = open(memory, SFM_READ, info);
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

Result<std::vector<std::byte>> encode_sound(const Sound& sound, Format format,
                                            std::int64_t* clipped) {
  const Encoding* encoding = find_encoding(sound.encoding);
  if (const std::string why = refusal(sound, format, encoding); !why.empty())
    return fail(Trouble::cannot_create, "sound", why);
  SF_INFO info = layout_of(sound, format, *encoding);
  std::vector<std::byte> bytes;
  MemoryFile memory;
  memory.target = &bytes;
  Handle file = sf_format_check(&info) ? open(memory, SFM_WRITE, info) : nullptr;
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
