// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/sound_headers.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "io/failure.hpp"

namespace faltung::io {
namespace {

using Bytes = std::span<const std::byte>;

// Lengths of a data chunk that was written into a pipe: by FFmpeg, and by SoX and espeak-ng, which
// round theirs down to whole frames.
constexpr std::uint32_t kUnknownLength = 0xffffffff;
constexpr std::uint32_t kUnknownLengthOfSox = 0x7ffff000;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 60;
constexpr std::size_t kChunkHeaderBytes = 8;  // name and length
constexpr std::size_t kRiffHeaderBytes = 12;  // "RIFF", length, "WAVE"

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

/// The format chunk's claims, met with each other.
Result<void> read_format_chunk(Bytes bytes, std::size_t body, std::uint64_t declared,
                               WavLayout& wav, const std::string& where) {
  constexpr std::uint64_t kMostChannels = 1024;  // as libsndfile has it
  constexpr std::uint64_t kPcm = 1, kFloat = 3, kExtensible = 0xfffe;
  const bool big = wav.big_endian;
  const std::uint64_t tag = unsigned_at(bytes, body, 2, big);
  const std::uint64_t channels = unsigned_at(bytes, body + 2, 2, big);
  const std::uint64_t rate = unsigned_at(bytes, body + 4, 4, big);
  const std::uint64_t frame_bytes = unsigned_at(bytes, body + 12, 2, big);
  const std::uint64_t bits = unsigned_at(bytes, body + 14, 2, big);
  if (channels == 0 || channels > kMostChannels)
    return bad_data(where, "declares " + std::to_string(channels) + " channels; 1 to " +
                               std::to_string(kMostChannels) + " are allowed");
  if (rate == 0 || rate > std::numeric_limits<std::int32_t>::max())
    return bad_data(where, "declares a sample rate of " + std::to_string(rate) +
                               " Hz; 1 to 2147483647 Hz are allowed");
  const bool plain = tag == kPcm || tag == kFloat || tag == kExtensible;
  if (plain && (bits == 0 || frame_bytes != channels * ((bits + 7) / 8)))
    return bad_data(
        where, "is damaged: it declares " + std::to_string(bits) + " bits a sample, " +
                   std::to_string(channels) + (channels == 1 ? " channel and " : " channels and ") +
                   std::to_string(frame_bytes) + " bytes a frame, which do not go together");
  const bool extensible = tag == kExtensible && declared >= 26;
  wav.tag = extensible ? unsigned_at(bytes, body + 24, 2, big) : tag;
  wav.channels = channels;
  wav.sample_rate_hz = rate;
  wav.frame_bytes = std::max<std::uint64_t>(frame_bytes, 1);
  wav.bits = bits;
  return {};
}

/// How many bytes of samples a data chunk has, where one was written into a pipe and says that it
/// does not know, or says too much as some programs then do: none where that is not known.
std::optional<std::uint64_t> data_bytes(std::uint64_t declared,
                                        std::optional<std::uint64_t> long_declared,
                                        std::uint64_t frame_bytes,
                                        std::optional<std::uint64_t> present) {
  if (declared == kUnknownLength && long_declared) return long_declared;
  const bool sox = declared == kUnknownLengthOfSox / frame_bytes * frame_bytes;
  if (declared == kUnknownLength || (sox && (!present || declared > *present))) return present;
  return declared;
}

}  // namespace

bool starts_with(Bytes bytes, const char* text, std::size_t at) {
  const std::size_t count = std::strlen(text);
  return bytes.size() >= at + count && std::memcmp(bytes.data() + at, text, count) == 0;
}

bool is_riff(Bytes bytes) {
  return starts_with(bytes, "RIFF") || starts_with(bytes, "RIFX") || starts_with(bytes, "RF64") ||
         starts_with(bytes, "BW64");
}

/// Walks the chunks, since libsndfile clips silently what the header declares beyond the file.
///
///   RIFF len WAVE | fmt_ len ... | LIST len ... | data len samples ... | LIST ...
///                   ^ at                          ^ ends here
Result<WavLayout> wav_layout(Bytes bytes, std::optional<std::uint64_t> total,
                             const std::string& where) {
  constexpr std::size_t kFormatBytes = 26;  // as far as an extensible one's own tag
  WavLayout wav;
  const bool big = wav.big_endian = starts_with(bytes, "RIFX");
  if (!starts_with(bytes, "WAVE", 8))
    return bad_data(where, bytes.size() < kRiffHeaderBytes
                               ? "is truncated: its WAV header is incomplete"
                               : "is a RIFF file, but no WAV");
  std::optional<std::uint64_t> long_data_bytes;  // from the chunk ds64 of RF64 and BW64
  const auto see_more = [&](std::uint64_t count) {
    wav.wanted = count;
    return wav;
  };
  for (std::uint64_t at = kRiffHeaderBytes; !total || at + kChunkHeaderBytes <= *total;) {
    const std::uint64_t body = at + kChunkHeaderBytes;
    if (bytes.size() < body + kFormatBytes && (!total || bytes.size() < *total))
      return see_more(body + kFormatBytes);
    const std::string name = chunk_name(bytes, static_cast<std::size_t>(at));
    std::optional<std::uint64_t> present;
    if (total) present = *total - body;
    const std::uint64_t declared = unsigned_at(bytes, static_cast<std::size_t>(at) + 4, 4, big);
    const bool data = name == "data";
    if (data && wav.frame_bytes == 0)
      return bad_data(where, "has no format chunk before its data chunk");
    const auto held = data ? data_bytes(declared, long_data_bytes, wav.frame_bytes, present)
                           : std::optional(declared);
    if (data && held == 0U) return bad_data(where, "holds no frames: its data chunk is empty");
    if (held && !present && *held > kMostBytes)
      return bad_data(where, "is damaged: its chunk '" + name + "' declares " +
                                 std::to_string(*held) + " bytes, more than any file has");
    if (held && present && *held > *present)
      return bad_data(where, "is truncated: its chunk '" + name + "' declares " +
                                 std::to_string(*held) + " bytes, but " + std::to_string(*present) +
                                 " are there");
    if (data) {
      wav.data_at = body;
      wav.data_bytes = held;
      return wav;
    }
    if (name == "fmt ") {
      if (declared < 16) return bad_data(where, "has a format chunk of less than 16 bytes");
      if (Result<void> checked =
              read_format_chunk(bytes, static_cast<std::size_t>(body), declared, wav, where);
          !checked)
        return tl::unexpected(checked.error());
    }
    if (name == "ds64" && declared >= 16)
      long_data_bytes = unsigned_at(bytes, static_cast<std::size_t>(body) + 8, 8, false);
    at = body + declared + (declared & 1);
    if (total) at = std::min(at, *total);
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

}  // namespace faltung::io
