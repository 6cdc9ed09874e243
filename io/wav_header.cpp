// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/wav_header.hpp"

#include <algorithm>

#include "io/sound_tags.hpp"

namespace faltung::io {
namespace {

constexpr std::uint64_t kUnknown = 0xffffffff;

void append(std::vector<std::byte>& header, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) header.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}
void append(std::vector<std::byte>& header, const char* text) {
  for (; *text != 0; ++text) header.push_back(static_cast<std::byte>(*text));
}

/// What the header says of lengths.
struct Lengths {
  std::uint64_t frames = kUnknown, data = kUnknown;
  bool rf64 = false;
};

Lengths lengths_of(const SoundWriter::Layout& layout, std::uint64_t frame_bytes,
                   std::uint64_t besides) {
  Lengths lengths;
  if (!layout.frames) return lengths;
  const double data = static_cast<double>(*layout.frames) * static_cast<double>(frame_bytes);
  if (data >= 0x1p63) return lengths;
  lengths.frames = static_cast<std::uint64_t>(*layout.frames);
  lengths.data = lengths.frames * frame_bytes;
  lengths.rf64 = data + static_cast<double>(besides) > layout.most_riff_bytes;
  return lengths;
}

/// fmt_ len tag channels rate bytes/s bytes/frame bits [0]
void append_format(std::vector<std::byte>& header, const SoundWriter::Layout& layout,
                   const Encoding& encoding) {
  constexpr std::uint64_t kPcm = 1, kFloat = 3;
  const bool floats = encoding.bits == 0;
  const auto channels = static_cast<std::uint64_t>(layout.channels);
  const std::uint64_t frame_bytes = channels * static_cast<std::uint64_t>(encoding.bytes);
  const std::uint64_t rate = static_cast<std::uint64_t>(layout.sample_rate_hz);
  append(header, "fmt ");
  append(header, floats ? 18 : 16, 4);
  append(header, floats ? kFloat : kPcm, 2);
  append(header, channels, 2);
  append(header, rate, 4);
  append(header, std::min(kUnknown, rate * frame_bytes), 4);
  append(header, frame_bytes, 2);
  append(header, 8 * static_cast<std::uint64_t>(encoding.bytes), 2);
  if (floats) append(header, 0, 2);  // nothing more of the format
}

}  // namespace

///   RIFF len WAVE |                            fmt_ ... | fact 4 frames | tags | data len
///   RF64 -1  WAVE | ds64 28 len data frames 0 | fmt_ ... | fact 4 frames | data -1 ... | tags
std::vector<std::byte> wav_header(const SoundWriter::Layout& layout, const Encoding& encoding) {
  constexpr std::uint64_t kNameAndLength = 8, kLongBytes = 28;
  std::vector<std::byte> chunks;
  append_format(chunks, layout, encoding);
  const std::vector<std::byte> tags = wav_chunks(layout.tags);
  const auto frame_bytes = static_cast<std::uint64_t>(layout.channels * encoding.bytes);
  const Lengths lengths = lengths_of(layout, frame_bytes, tags.size());
  if (encoding.bits == 0) {
    append(chunks, "fact");
    append(chunks, 4, 4);
    append(chunks, std::min(lengths.frames, kUnknown), 4);
  }
  if (!lengths.rf64) chunks.insert(chunks.end(), tags.begin(), tags.end());
  const bool known = lengths.data != kUnknown || lengths.rf64;
  const std::uint64_t all = 4 + (lengths.rf64 ? kNameAndLength + kLongBytes : 0) + chunks.size() +
                            kNameAndLength + lengths.data + (lengths.data & 1) +
                            (lengths.rf64 ? tags.size() : 0);
  std::vector<std::byte> header;
  append(header, lengths.rf64 ? "RF64" : "RIFF");
  append(header, known && !lengths.rf64 ? all : kUnknown, 4);
  append(header, "WAVE");
  if (lengths.rf64) {
    append(header, "ds64");
    append(header, kLongBytes, 4);
    append(header, all, 8);
    append(header, lengths.data, 8);
    append(header, lengths.frames, 8);
    append(header, 0, 4);  // no other long chunks
  }
  header.insert(header.end(), chunks.begin(), chunks.end());
  append(header, "data");
  append(header, lengths.rf64 ? kUnknown : lengths.data, 4);
  return header;
}

WavTail wav_tail(const SoundTags& tags, std::uint64_t file_bytes, bool rf64) {
  constexpr std::uint64_t kBeforeLength = 8, kLongLengthAt = 20;
  WavTail tail;
  if (tags.texts.empty() && tags.chunks.empty()) return tail;
  if (file_bytes % 2 != 0) tail.bytes.push_back(std::byte{0});
  const std::vector<std::byte> chunks = wav_chunks(tags);
  tail.bytes.insert(tail.bytes.end(), chunks.begin(), chunks.end());
  const std::uint64_t all = file_bytes + tail.bytes.size() - kBeforeLength;
  if (!rf64 && all >= kUnknown) return {};
  tail.length_at = rf64 ? kLongLengthAt : 4;
  append(tail.length, all, rf64 ? 8 : 4);
  return tail;
}

}  // namespace faltung::io
