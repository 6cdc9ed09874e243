// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/sound_tags.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "io/sound_headers.hpp"

namespace faltung::io {
namespace {

using Bytes = std::span<const std::byte>;

/// Chunks beyond these are left out: descriptions of a sound are small.
constexpr std::uint64_t kMostChunkBytes = 1 << 20;
constexpr std::size_t kMostChunks = 256, kMostTexts = 1024;

/// Of bext, by EBU Tech 3285: where the time of day lies, and since version 2 the loudness.
constexpr std::size_t kBextBytes = 602, kTimeAt = 338, kTimeBytes = 8, kVersionAt = 346;
constexpr std::size_t kLoudnessAt = 412, kLoudnessBytes = 10;

struct Name {
  const char* id;
  const char* name;
  const char* comment;  ///< of Vorbis
};
constexpr std::array<Name, 10> kNames = {{{"INAM", "title", "TITLE"},
                                          {"IART", "artist", "ARTIST"},
                                          {"IPRD", "album", "ALBUM"},
                                          {"ICRD", "date", "DATE"},
                                          {"ITRK", "track", "TRACKNUMBER"},
                                          {"IGNR", "genre", "GENRE"},
                                          {"ICMT", "comment", "COMMENT"},
                                          {"ICMT", "comment", "DESCRIPTION"},
                                          {"ICOP", "copyright", "COPYRIGHT"},
                                          {"ISFT", "software", "ENCODER"}}};

std::uint64_t number_at(Bytes bytes, std::size_t at, int count, bool big_endian = false) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    const int place = big_endian ? i : count - 1 - i;
    value =
        value << 8 | std::to_integer<std::uint64_t>(bytes[at + static_cast<std::size_t>(place)]);
  }
  return value;
}

std::string text_at(Bytes bytes, std::size_t at, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, count};
}

bool is_id(const std::string& id) {
  return std::ranges::all_of(id, [](char c) { return c >= ' ' && c <= '~'; });
}

/// So many bytes at a place of the file; fewer where there are fewer.
std::vector<std::byte> bytes_at(ByteSource& source, std::uint64_t at, std::uint64_t count) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(count));
  const auto got = source.look_at(at, bytes.data(), bytes.size());
  bytes.resize(got ? *got : 0);
  return bytes;
}

///   INFO | INAM len text 0 [0] | IART len ...
void read_info(Bytes list, bool big_endian, SoundTags& tags) {
  for (std::size_t at = 4; at + 8 <= list.size() && tags.texts.size() < kMostTexts;) {
    const std::string id = text_at(list, at, 4);
    const std::uint64_t length = number_at(list, at + 4, 4, big_endian);
    if (length > list.size() - at - 8) return;
    std::string text = text_at(list, at + 8, static_cast<std::size_t>(length));
    text.resize(std::min(text.find('\0'), text.size()));
    if (is_id(id) && !text.empty()) tags.texts.push_back({id, std::move(text)});
    at += 8 + static_cast<std::size_t>(length + (length & 1));
  }
}

/// Numbers of things are those that the chunk has room for; other programs may believe them.
bool is_whole(const std::string& id, Bytes body) {
  constexpr std::size_t kCueBytes = 24, kLoopBytes = 24, kLoopsAt = 28, kLoopHeadBytes = 36;
  if (id == "bext") return body.size() >= kBextBytes;
  if (id == "cue ")
    return body.size() >= 4 && number_at(body, 0, 4) <= (body.size() - 4) / kCueBytes;
  if (id == "smpl")
    return body.size() >= kLoopHeadBytes &&
           number_at(body, kLoopsAt, 4) * kLoopBytes + number_at(body, kLoopsAt + 4, 4) <=
               body.size() - kLoopHeadBytes;
  return starts_with(body, "adtl");
}

void read_chunk(ByteSource& source, const std::string& id, std::uint64_t body, std::uint64_t length,
                bool big_endian, SoundTags& tags) {
  if (length > kMostChunkBytes || (id != "LIST" && id != "bext" && id != "cue " && id != "smpl"))
    return;
  std::vector<std::byte> bytes = bytes_at(source, body, length);
  if (bytes.size() < length) return;
  if (id == "LIST" && starts_with(bytes, "INFO")) return read_info(bytes, big_endian, tags);
  // Numbers in other chunks of RIFX would have to be turned round one by one.
  if (big_endian || !is_whole(id, bytes)) return;
  tags.chunks.push_back({id, std::move(bytes)});
}

///   RIFF len WAVE | name len body [0] | ...
SoundTags read_wav_tags(ByteSource& source, bool big_endian) {
  constexpr std::uint64_t kUnknown = 0xffffffff;
  SoundTags tags;
  std::uint64_t at = 12;
  std::optional<std::uint64_t> long_data_bytes;
  for (std::size_t chunks = 0; chunks < kMostChunks; ++chunks) {
    const std::vector<std::byte> head = bytes_at(source, at, 8);
    if (head.size() < 8) break;
    const std::string id = text_at(head, 0, 4);
    std::uint64_t length = number_at(head, 4, 4, big_endian);
    const std::uint64_t body = at + 8;
    if (id == "ds64") {
      const std::vector<std::byte> sizes = bytes_at(source, body, 16);
      if (sizes.size() == 16) long_data_bytes = number_at(sizes, 8, 8);
    }
    if (id == "data") {
      // Nothing is to be seen behind the samples of a pipe, nor behind those that go to the end.
      if (!source.size() || (length == kUnknown && !long_data_bytes)) break;
      if (length == kUnknown) length = *long_data_bytes;
    } else {
      read_chunk(source, id, body, length, big_endian, tags);
    }
    if (source.size() && length > *source.size()) break;
    at = body + length + (length & 1);
  }
  return tags;
}

///   len vendor | count | len NAME=text | len NAME=text ...
void read_comments(Bytes block, SoundTags& tags) {
  std::size_t at = 0;
  const auto next = [&](std::string& text) {
    if (block.size() - at < 4) return false;
    const std::uint64_t length = number_at(block, at, 4);
    at += 4;
    if (length > block.size() - at) return false;
    text = text_at(block, at, static_cast<std::size_t>(length));
    at += static_cast<std::size_t>(length);
    return true;
  };
  std::string text;
  if (!next(text) || block.size() - at < 4) return;
  at += 4;
  while (tags.texts.size() < kMostTexts && next(text)) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    const std::string id = id_of_comment(text.substr(0, equals));
    text = text.substr(equals + 1);
    text.resize(std::min(text.find('\0'), text.size()));
    if (!id.empty() && !text.empty()) tags.texts.push_back({id, text});
  }
}

///   fLaC | kind len block | ... | 128 + kind len block | frames
SoundTags read_flac_tags(ByteSource& source) {
  constexpr unsigned kComments = 4, kLast = 0x80;
  SoundTags tags;
  std::uint64_t at = 4;
  for (std::size_t blocks = 0; blocks < kMostChunks; ++blocks) {
    const std::vector<std::byte> head = bytes_at(source, at, 4);
    if (head.size() < 4) break;
    const auto kind = std::to_integer<unsigned>(head[0]);
    const std::uint64_t length = number_at(head, 1, 3, true);
    if ((kind & ~kLast) == kComments && length <= kMostChunkBytes) {
      const std::vector<std::byte> block = bytes_at(source, at + 4, length);
      if (block.size() == length) read_comments(block, tags);
    }
    if ((kind & kLast) != 0) break;
    at += 4 + length;
  }
  return tags;
}

bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t more = first < 0x80                     ? 0
                             : first >= 0xc2 && first <= 0xdf ? 1
                             : first >= 0xe0 && first <= 0xef ? 2
                             : first >= 0xf0 && first <= 0xf4 ? 3
                                                              : text.size();
    if (more >= text.size() - i) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    i += 1 + more;
  }
  return true;
}

void append_number(std::vector<std::byte>& bytes, std::uint64_t value) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

void append_chunk(std::vector<std::byte>& bytes, const std::string& id, Bytes body) {
  for (const char c : id) bytes.push_back(static_cast<std::byte>(c));
  append_number(bytes, body.size());
  bytes.insert(bytes.end(), body.begin(), body.end());
  if (body.size() % 2 != 0) bytes.push_back(std::byte{0});
}

}  // namespace

SoundTags read_tags(ByteSource& source) {
  const std::vector<std::byte> head = bytes_at(source, 0, 12);
  if (starts_with(head, "fLaC")) return read_flac_tags(source);
  const bool big = starts_with(head, "RIFX");
  if (!is_riff(head)) return {};
  return read_wav_tags(source, big);
}

std::string tag_name(const std::string& id) {
  for (const Name& known : kNames)
    if (id == known.id) return known.name;
  return id;
}

std::string id_of_comment(std::string name) {
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const Name& known : kNames)
    if (name == known.comment) return known.id;
  return {};
}

std::string as_utf8(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) out += c;
    else {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
  }
  return out;
}

void forget_positions(SoundTags& tags) {
  std::erase_if(tags.chunks, [](const SoundTags::Chunk& chunk) { return chunk.id != "bext"; });
  for (SoundTags::Chunk& chunk : tags.chunks)
    std::fill_n(chunk.body.begin() + kTimeAt, kTimeBytes, std::byte{0});
}

void forget_loudness(SoundTags& tags) {
  for (SoundTags::Chunk& chunk : tags.chunks)
    if (chunk.id == "bext" && number_at(chunk.body, kVersionAt, 2) >= 2)
      for (std::size_t i = 0; i < kLoudnessBytes; ++i)  // 0x7fff: not known
        chunk.body[kLoudnessAt + i] = i % 2 == 0 ? std::byte{0xff} : std::byte{0x7f};
}

std::vector<std::byte> wav_chunks(const SoundTags& tags) {
  std::vector<std::byte> bytes;
  for (const SoundTags::Chunk& chunk : tags.chunks) append_chunk(bytes, chunk.id, chunk.body);
  if (tags.texts.empty()) return bytes;
  std::vector<std::byte> info;
  for (const char c : {'I', 'N', 'F', 'O'}) info.push_back(static_cast<std::byte>(c));
  for (const SoundTags::Text& text : tags.texts)
    append_chunk(info, text.id, std::as_bytes(std::span(text.text.c_str(), text.text.size() + 1)));
  append_chunk(bytes, "LIST", info);
  return bytes;
}

}  // namespace faltung::io
