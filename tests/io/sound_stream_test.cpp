// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Sound piece by piece is sound as a whole: the same samples, the same refusals.
#include "io/sound_stream.hpp"

#include <filesystem>
#include <numeric>

#include "damage.hpp"
#include "io/sound_tags.hpp"

namespace faltung {
namespace {

using test::ByteVector;

struct Pieces {
  AnyArray samples;
  double sample_rate_hz = 0;
  std::string encoding, refusal;
  bool whole_only = false;  ///< it can be read as a whole alone
};

Pieces read_pieces(const ByteVector& bytes, bool known_size, std::int64_t piece,
                   const std::optional<io::RawSound>& raw = {}) {
  Pieces pieces;
  test::take_largest_allocation();
  io::ByteSource source = io::ByteSource::of(bytes, "a.wav", known_size);
  auto reader = io::SoundReader::open(source, raw);
  const auto refused = [&](const io::Failure& failure) {
    EXPECT_FALSE(failure.message.empty());
    EXPECT_LE(test::take_largest_allocation(), test::kMaxAllocationBytes);
    pieces.refusal = failure.message;
    pieces.whole_only = failure.trouble == io::Trouble::unavailable;
    return pieces;
  };
  if (!reader) return refused(reader.error());
  pieces.sample_rate_hz = reader->sample_rate_hz();
  pieces.encoding = reader->encoding();
  pieces.samples = {reader->type(), {0, reader->channels()}, {}};
  const std::int64_t frame = reader->channels() * size_bytes(reader->type());
  for (std::int64_t got = piece; got == piece;) {
    std::vector<std::byte> room(static_cast<std::size_t>(piece * frame));
    const auto read = reader->read(room.data(), piece);
    if (!read) return refused(read.error());
    got = *read;
    pieces.samples.shape[0] += got;
    pieces.samples.bytes.insert(pieces.samples.bytes.end(), room.begin(),
                                room.begin() + static_cast<std::ptrdiff_t>(got * frame));
  }
  EXPECT_LE(test::take_largest_allocation(), test::kMaxAllocationBytes);
  return pieces;
}

io::Sound sound(std::int64_t frames, std::int64_t channels, const std::string& encoding) {
  std::vector<float> samples(static_cast<std::size_t>(frames * channels));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 64;
  return {test::array_of<float>({frames, channels}, samples), 44100, encoding};
}

ByteVector file_of(const io::Sound& sound, io::Format format) {
  return *io::encode_sound(sound, format, nullptr);
}

/// What both readers make of the same bytes. libsndfile refuses some chunks beside the samples that
/// the reader of pieces walks over: `alike` where that does not matter.
void expect_same(const ByteVector& bytes, bool alike = true) {
  const auto whole = io::parse_sound(bytes, "a.wav");
  for (const bool known : {true, false}) {
    const Pieces pieces = read_pieces(bytes, known, 7);
    if (pieces.whole_only) continue;
    // What is there of a pipe is all that its header is compared with, at the end.
    if (!whole && !alike) continue;
    if (!whole) {
      EXPECT_FALSE(pieces.refusal.empty()) << whole.error().message;
      const bool wav = !bytes.empty() && bytes[0] == std::byte{'R'};
      if (known && wav) {
        EXPECT_EQ(pieces.refusal, whole.error().message);
      }
      continue;
    }
    ASSERT_EQ(pieces.refusal, "");
    EXPECT_EQ(pieces.encoding, whole->encoding);
    EXPECT_EQ(pieces.sample_rate_hz, whole->sample_rate_hz);
    EXPECT_EQ(pieces.samples.shape, whole->samples.shape);
    EXPECT_TRUE(pieces.samples.bytes == whole->samples.bytes);
  }
}

struct Kind {
  io::Format format;
  const char* encoding;
};
const std::vector<Kind> kKinds = {
    {io::Format::wav, "pcm8"},  {io::Format::wav, "pcm16"},   {io::Format::wav, "pcm24"},
    {io::Format::wav, "pcm32"}, {io::Format::wav, "float32"}, {io::Format::wav, "float64"},
    {io::Format::flac, "pcm8"}, {io::Format::flac, "pcm16"},  {io::Format::flac, "pcm24"}};

TEST(SoundStream, ReadsWhatTheWholeReaderReads) {
  for (const Kind& kind : kKinds)
    for (const std::int64_t channels : {1, 2, 5})
      for (const std::int64_t frames : {1, 7, 50, 5000})
        expect_same(file_of(sound(frames, channels, kind.encoding), kind.format));
}

TEST(SoundStream, EveryPrefixIsRefusedAlike) {
  for (const Kind& kind : kKinds) {
    const ByteVector bytes = file_of(sound(20, 2, kind.encoding), kind.format);
    for (std::size_t n = 0; n < bytes.size(); ++n)
      expect_same({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)});
  }
}

TEST(SoundStream, EveryFlippedBitOfAHeaderIsReadAlike) {
  for (const Kind& kind : kKinds) {
    const ByteVector bytes = file_of(sound(20, 2, kind.encoding), kind.format);
    const std::size_t header = kind.format == io::Format::wav ? 88 : 42;
    for (std::size_t bit = 0; bit < 8 * std::min(header, bytes.size()); ++bit) {
      ByteVector flipped = bytes;
      flipped[bit / 8] ^= std::byte{1} << bit % 8;
      SCOPED_TRACE(std::string(kind.encoding) + ", bit " + std::to_string(bit));
      // A FLAC decoder may find damage in another place, or none, when it cannot look ahead.
      if (kind.format == io::Format::wav) expect_same(flipped, false);
      else read_pieces(flipped, bit % 2 == 0, 7);
    }
  }
}

TEST(SoundStream, TagsBeforeTheSamplesMayBeDamaged) {
  const ByteVector chunks = io::wav_chunks({{{"INAM", "Bell"}}, {{"cue ", ByteVector(28)}}});
  ByteVector bytes = file_of(sound(5, 3, "pcm16"), io::Format::wav);
  bytes.insert(bytes.begin() + 12, chunks.begin(), chunks.end());
  for (std::size_t n = 0; n < bytes.size(); ++n)
    expect_same({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)});
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    ByteVector flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << bit % 8;
    SCOPED_TRACE("bit " + std::to_string(bit));
    expect_same(flipped, false);
  }
}

TEST(SoundStream, RawSamplesAreWhatTheyAreSaidToBe) {
  for (const Kind& kind : kKinds) {
    if (kind.format != io::Format::wav) continue;
    const io::Sound given = sound(50, 3, kind.encoding);
    const ByteVector raw = file_of(given, io::Format::raw), wav = file_of(given, io::Format::wav);
    const auto whole = io::parse_sound(wav, "a.wav");
    for (const bool known : {true, false}) {
      const Pieces pieces = read_pieces(raw, known, 7, io::RawSound{44100, 3, kind.encoding});
      EXPECT_EQ(pieces.refusal, "");
      EXPECT_TRUE(pieces.samples.bytes == whole->samples.bytes) << kind.encoding;
    }
  }
  EXPECT_NE(read_pieces(test::bytes_of("abc"), true, 7, io::RawSound{8000, 1, "pcm16"})
                .refusal.find("no whole number of frames"),
            std::string::npos);
}

TEST(SoundStream, WritesWhatTheWholeWriterWrites) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("faltung-" + std::to_string(::getpid()) + ".wav");
  for (const Kind& kind : kKinds)
    for (const bool known : {true, false}) {
      const io::Sound given = sound(5000, 2, kind.encoding);
      auto file = io::OutputFile::create(path);
      ASSERT_TRUE(file);
      io::SoundWriter::Layout layout{kind.format, kind.encoding, 44100, 2, {}};
      if (known) layout.frames = 5000;
      auto writer = io::SoundWriter::open(*file, layout);
      ASSERT_TRUE(writer) << writer.error().message;
      for (std::int64_t at = 0; at < 5000; at += 500)
        ASSERT_TRUE(writer->write(
            ConstView(given.samples.bytes.data() + at * 8, ElementType::f32, Dims{500, 2})));
      ASSERT_TRUE(writer->finish());
      ASSERT_TRUE(file->commit());
      const auto bytes = io::read_file(path);
      const ByteVector whole = file_of(given, kind.format);
      if (known && kind.format == io::Format::wav) {
        EXPECT_TRUE(*bytes == whole) << kind.encoding;
      }
      const auto one = io::parse_sound(*bytes, "one"), two = io::parse_sound(whole, "two");
      ASSERT_TRUE(one) << one.error().message;
      EXPECT_TRUE(one->samples.bytes == two->samples.bytes);
      EXPECT_EQ(one->encoding, kind.encoding);
    }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace faltung
