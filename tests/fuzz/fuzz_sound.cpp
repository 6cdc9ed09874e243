// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string_view>

#include "io/sound_stream.hpp"
#include "io/sound_tags.hpp"

namespace {

using namespace faltung;

// Of two data chunks the one is read here, the other there; no format allows them.
bool has_two_data_chunks(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.find("data") != text.rfind("data");
}

// Piece by piece, too; where both read all of it, the samples are the same.
void compare(std::span<const std::byte> bytes, const io::Result<io::Sound>& whole) {
  constexpr std::int64_t kFrames = 1000;
  for (const bool known : {true, false}) {
    io::ByteSource source = io::ByteSource::of({bytes.begin(), bytes.end()}, "fuzz", known);
    auto reader = io::SoundReader::open(source, {});
    if (!reader) continue;
    const std::int64_t frame = reader->channels() * size_bytes(reader->type());
    std::vector<std::byte> all, room(static_cast<std::size_t>(kFrames * frame));
    bool complete = true;
    for (std::int64_t got = kFrames; got == kFrames && all.size() < 1 << 24;) {
      const auto read = reader->read(room.data(), kFrames);
      complete = read.has_value();
      got = read ? *read : 0;
      all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(got * frame));
    }
    if (complete && whole && !has_two_data_chunks(bytes) && all.size() < 1 << 24 &&
        all != whole->samples.bytes)
      std::abort();
  }
}

// What is read of the tags is kept by a WAV, and does not keep it from being read.
void compare_tags(std::span<const std::byte> bytes, io::Sound sound) {
  io::ByteSource source = io::ByteSource::of({bytes.begin(), bytes.end()}, "fuzz", true);
  sound.tags = io::read_tags(source);
  constexpr std::size_t kMostChunks = 100;
  if (sound.tags.chunks.size() > kMostChunks) return;
  sound.encoding = "pcm16";
  const auto written = io::encode_sound(sound, io::Format::wav, nullptr);
  if (!written || !io::parse_sound(*written, "fuzz")) std::abort();
  io::ByteSource again = io::ByteSource::of(*written, "fuzz", true);
  const io::SoundTags tags = io::read_tags(again);
  if (tags.texts.size() != sound.tags.texts.size() ||
      tags.chunks.size() != sound.tags.chunks.size())
    std::abort();
  for (std::size_t i = 0; i < tags.chunks.size(); ++i)
    if (tags.chunks[i].body != sound.tags.chunks[i].body) std::abort();
}

}  // namespace

// Any bytes end in a sound or a message, and a sound in float64 survives being written and read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto sound = io::parse_sound(std::as_bytes(std::span(data, size)), "fuzz");
  compare(std::as_bytes(std::span(data, size)), sound);
  if (!sound) return sound.error().message.empty() ? (std::abort(), 0) : 0;
  if (sound->samples.shape[0] < 1 || sound->samples.shape[1] < 1) std::abort();
  compare_tags(std::as_bytes(std::span(data, size)), *sound);
  if (sound->samples.type != ElementType::f64) return 0;
  sound->encoding = "float64";
  const auto written = io::encode_sound(*sound, io::Format::wav, nullptr);
  if (!written) std::abort();
  const auto again = io::parse_sound(*written, "fuzz");
  if (!again || again->samples.bytes != sound->samples.bytes) std::abort();
  return 0;
}
