// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a sound says besides its samples, and WAV files that are too long for RIFF, by a limit that
// is not 4 GiB.
#include "io/sound_tags.hpp"

#include <unistd.h>

#include <filesystem>

#include "damage.hpp"
#include "io/scratch_file.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_stream.hpp"

namespace faltung::test {
namespace {

io::SoundTags some_tags() {
  io::SoundTags tags;
  tags.texts = {{"INAM", "Bell"}, {"IART", "K\xc3\xa4the"}, {"IXYZ", "odd"}};
  tags.chunks = {{"cue ", ByteVector(28, std::byte{0})}, {"bext", ByteVector(603, std::byte{1})}};
  return tags;
}

io::SoundTags read(const ByteVector& bytes, bool known_size) {
  io::ByteSource source = io::ByteSource::of(bytes, "a.wav", known_size);
  io::SoundTags tags = io::read_tags(source);
  EXPECT_EQ(source.taken(), 0U);
  return tags;
}

void expect_same(const io::SoundTags& one, const io::SoundTags& two) {
  ASSERT_EQ(one.texts.size(), two.texts.size());
  for (std::size_t i = 0; i < one.texts.size(); ++i) {
    EXPECT_EQ(one.texts[i].id, two.texts[i].id);
    EXPECT_EQ(one.texts[i].text, two.texts[i].text);
  }
  ASSERT_EQ(one.chunks.size(), two.chunks.size());
  for (std::size_t i = 0; i < one.chunks.size(); ++i) {
    EXPECT_EQ(one.chunks[i].id, two.chunks[i].id);
    EXPECT_TRUE(one.chunks[i].body == two.chunks[i].body);
  }
}

io::Sound tagged_sound(const std::string& encoding, std::int64_t frames = 5) {
  const std::vector<float> samples(static_cast<std::size_t>(frames), 0.25f);
  return {array_of<float>({frames, 1}, samples), 44100, encoding, some_tags()};
}

/// A file written piece by piece into a folder of its own, or through a pipe.
ByteVector written(const io::SoundWriter::Layout& layout, const io::Sound& sound, bool pipe) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("faltung-tags-" + std::to_string(::getpid()));
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  {
    auto file = io::OutputFile::create(
        pipe ? std::filesystem::path("/dev/fd/" + std::to_string(ends[1])) : path);
    EXPECT_TRUE(file);
    auto writer = io::SoundWriter::open(*file, layout);
    EXPECT_TRUE(writer) << message_of(writer);
    EXPECT_TRUE(writer->write(sound.samples.view()));
    EXPECT_TRUE(writer->finish());
    EXPECT_TRUE(file->commit());
  }
  ::close(ends[1]);
  ByteVector bytes(1 << 16);
  if (pipe) {
    std::size_t have = 0;
    for (ssize_t n = 1; n > 0;) {
      n = ::read(ends[0], bytes.data() + have, bytes.size() - have);
      have += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    }
    bytes.resize(have);
  } else {
    bytes = *io::read_file(path);
    std::filesystem::remove(path);
  }
  ::close(ends[0]);
  return bytes;
}

TEST(SoundTags, WavKeepsAllOfThem) {
  for (const std::string encoding : {"pcm8", "pcm16", "pcm24", "float32"}) {
    const io::Sound sound = tagged_sound(encoding);
    const auto bytes = io::encode_sound(sound, io::Format::wav, nullptr);
    ASSERT_TRUE(bytes) << message_of(bytes);
    EXPECT_EQ(bytes->size() % 2, 0U);
    expect_same(read(*bytes, true), sound.tags);
    EXPECT_TRUE(read(*bytes, false).texts.empty()) << "of a pipe none is seen behind the samples";
    const auto again = io::parse_sound(*bytes, "a.wav");
    ASSERT_TRUE(again) << message_of(again);
    EXPECT_EQ(again->samples.shape, (Dims{5, 1}));
  }
}

TEST(SoundTags, PiecesAreWrittenAsTheWholeIs) {
  const io::Sound sound = tagged_sound("pcm8");
  const io::SoundWriter::Layout layout{io::Format::wav, "pcm8", 44100, 1, 5, sound.tags};
  EXPECT_TRUE(written(layout, sound, false) == *io::encode_sound(sound, io::Format::wav, nullptr));
  const ByteVector piped = written(layout, sound, true);
  expect_same(read(piped, true), sound.tags);
  expect_same(read(piped, false), sound.tags);
  EXPECT_TRUE(io::parse_sound(piped, "a.wav"));
}

TEST(SoundTags, LongSoundIsRf64) {
  for (const std::string encoding : {"pcm16", "float32", "float64"})
    for (const bool pipe : {false, true}) {
      const io::Sound sound = tagged_sound(encoding, 1000);
      io::SoundWriter::Layout layout{io::Format::wav, encoding, 44100, 1, 1000, sound.tags};
      layout.most_riff_bytes = 1500;
      const ByteVector bytes = written(layout, sound, pipe);
      ASSERT_TRUE(io::starts_with(bytes, "RF64"));
      std::uint64_t all = 0;
      for (std::size_t i = 8; i-- > 0;)
        all = all << 8 | std::to_integer<std::uint64_t>(bytes[20 + i]);
      EXPECT_EQ(all, bytes.size() - 8);
      const auto layout_read = io::wav_layout(bytes, bytes.size(), "a.wav");
      ASSERT_TRUE(layout_read) << message_of(layout_read);
      const auto again = io::parse_sound(bytes, "a.wav");
      ASSERT_TRUE(again) << message_of(again);
      EXPECT_EQ(again->samples.shape, (Dims{1000, 1}));
      EXPECT_EQ(again->encoding, encoding);
      expect_same(read(bytes, true), sound.tags);
      layout.most_riff_bytes = 1e6;
      EXPECT_TRUE(io::starts_with(written(layout, sound, pipe), "RIFF"));
    }
}

TEST(SoundTags, FlacHasCommentsForWhatItKnows) {
  const auto bytes = io::encode_sound(tagged_sound("pcm16"), io::Format::flac, nullptr);
  ASSERT_TRUE(bytes) << message_of(bytes);
  for (const bool known : {true, false}) {
    const io::SoundTags tags = read(*bytes, known);
    ASSERT_EQ(tags.texts.size(), 2U);
    EXPECT_TRUE(tags.chunks.empty());
    EXPECT_EQ(tags.texts[0].text + tags.texts[1].text, "BellK\xc3\xa4the");
  }
  EXPECT_TRUE(io::parse_sound(*bytes, "a.flac"));
}

ByteVector chunk(const std::string& id, const ByteVector& body, bool big = false) {
  ByteVector bytes = bytes_of(id);
  append_number(bytes, body.size(), 4, big);
  bytes.insert(bytes.end(), body.begin(), body.end());
  if (body.size() % 2 != 0) bytes.push_back(std::byte{0});
  return bytes;
}

/// A WAV of these chunks, which nobody plays.
ByteVector wav_of(const std::vector<ByteVector>& chunks, const std::string& name = "RIFF") {
  ByteVector bytes = bytes_of(name + "    WAVE");
  for (const ByteVector& one : chunks) bytes.insert(bytes.end(), one.begin(), one.end());
  return bytes;
}

TEST(SoundTags, WhatIsDamagedOrTooLargeIsLeftOut) {
  ByteVector cue(28), loops(60);
  cue[0] = loops[28] = std::byte{1};
  ByteVector many_cues = cue, many_loops = loops;
  many_cues[0] = many_loops[28] = std::byte{2};
  const ByteVector label = bytes_of("adtl and labels");
  const ByteVector data = chunk("data", ByteVector(7));  // and a byte of padding
  const io::SoundTags tags =
      read(wav_of({chunk("JUNK", ByteVector(40)), chunk("bext", ByteVector(601)),
                   chunk("bext", ByteVector(602)), chunk("cue ", many_cues), chunk("cue ", cue),
                   chunk("smpl", many_loops), chunk("smpl", ByteVector(35)), chunk("LIST", label),
                   chunk("LIST", bytes_of("wavl")), chunk("bext", ByteVector((1 << 20) + 1)), data,
                   chunk("smpl", loops), chunk("id3 ", ByteVector(8))}),
           true);
  std::string ids;
  for (const auto& kept : tags.chunks) ids += kept.id + std::to_string(kept.body.size()) + " ";
  EXPECT_EQ(ids, "bext602 cue 28 LIST" + std::to_string(label.size()) + " smpl60 ");
}

TEST(SoundTags, TextsEndWhereTheirListDoes) {
  ByteVector list = bytes_of("INFO");
  for (const ByteVector& text : {chunk("INAM", bytes_of("Bell")), chunk("IART", bytes_of("odd")),
                                 chunk("ICMT", {}), chunk("I\n\1\2", bytes_of("no id"))})
    list.insert(list.end(), text.begin(), text.end());
  append(list, "ICOP");
  append_number(list, 1000, 4);  // longer than the list
  append(list, "text");
  const io::SoundTags tags = read(wav_of({chunk("LIST", list)}), true);
  ASSERT_EQ(tags.texts.size(), 2U);
  EXPECT_EQ(tags.texts[0].text + tags.texts[1].text, "Bellodd");
}

TEST(SoundTags, BigEndianTextsAreReadAndChunksLeft) {
  ByteVector list = bytes_of("INFO");
  const ByteVector text = chunk("INAM", bytes_of("Bell"), true);
  list.insert(list.end(), text.begin(), text.end());
  const io::SoundTags tags =
      read(wav_of({chunk("bext", ByteVector(602), true), chunk("LIST", list, true)}, "RIFX"), true);
  ASSERT_EQ(tags.texts.size(), 1U);
  EXPECT_EQ(tags.texts[0].text, "Bell");
  EXPECT_TRUE(tags.chunks.empty());
}

TEST(SoundTags, CommentsOfFlacAreReadAsFarAsTheyGo) {
  ByteVector block;
  const auto put = [&](const std::string& text, std::uint64_t length) {
    append_number(block, length, 4);
    append(block, text);
  };
  put("vendor", 6);
  append_number(block, 0xffffffff, 4);  // how many: not believed
  for (const std::string text :
       {"title=Bell", "Artist=a=b", "no equals sign", "MOOD=calm", "DATE="})
    put(text, text.size());
  put("GENRE=lies", 1000);
  ByteVector bytes = bytes_of("fLaC");
  bytes.push_back(std::byte{0x84});  // the last block, of comments
  append_number(bytes, block.size(), 3, true);
  bytes.insert(bytes.end(), block.begin(), block.end());
  for (const bool known : {true, false}) {
    const io::SoundTags tags = read(bytes, known);
    ASSERT_EQ(tags.texts.size(), 2U);
    EXPECT_EQ(tags.texts[0].id + tags.texts[0].text, "INAMBell");
    EXPECT_EQ(tags.texts[1].id + tags.texts[1].text, "IARTa=b");
  }
}

TEST(SoundTags, TextsThatAreNoUtf8AreLatin1) {
  EXPECT_EQ(io::as_utf8("K\xe4the"), "K\xc3\xa4the");
  EXPECT_EQ(io::as_utf8("K\xc3\xa4the"), "K\xc3\xa4the");
  EXPECT_EQ(io::as_utf8("\xc3"), "\xc3\x83");
  EXPECT_EQ(io::as_utf8(""), "");
  EXPECT_EQ(io::tag_name("INAM"), "title");
  EXPECT_EQ(io::tag_name("IXYZ"), "IXYZ");
  EXPECT_EQ(io::id_of_comment("TrackNumber"), "ITRK");
  EXPECT_EQ(io::id_of_comment("MOOD"), "");
}

TEST(SoundTags, ForgetsPositionsAndLoudness) {
  io::SoundTags tags = some_tags();
  tags.chunks[1].body[346] = std::byte{2};
  tags.chunks[1].body[347] = std::byte{0};
  io::forget_positions(tags);
  io::forget_loudness(tags);
  ASSERT_EQ(tags.chunks.size(), 1U);
  const ByteVector& bext = tags.chunks[0].body;
  EXPECT_EQ(bext[337], std::byte{1});
  EXPECT_EQ(bext[338], std::byte{0});
  EXPECT_EQ(bext[345], std::byte{0});
  EXPECT_EQ(bext[411], std::byte{1});
  EXPECT_EQ(bext[412], std::byte{0xff});
  EXPECT_EQ(bext[421], std::byte{0x7f});
  EXPECT_EQ(bext[422], std::byte{1});
}

TEST(SoundTags, SurviveEveryPrefixAndFlip) {
  for (const io::Format format : {io::Format::wav, io::Format::flac}) {
    const auto bytes = io::encode_sound(tagged_sound("pcm16"), format, nullptr);
    ASSERT_TRUE(bytes);
    const auto tags_of = [](std::span<const std::byte> given) {
      return io::Result<io::SoundTags>(read({given.begin(), given.end()}, true));
    };
    for (std::size_t n = 0; n < bytes->size(); ++n)
      read_damaged({bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(n)}, tags_of,
                   "the first " + std::to_string(n) + " bytes");
    flip_bits(*bytes, tags_of, bytes->size());
  }
}

TEST(ScratchFile, GivesBackWhatItGot) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  auto file = io::ScratchFile::create(folder);
  ASSERT_TRUE(file) << message_of(file);
  const ByteVector bytes = bytes_of("some bytes");
  ASSERT_TRUE(file->write(bytes));
  ASSERT_TRUE(file->write(bytes));
  ASSERT_TRUE(file->rewind());
  ByteVector back(64);
  const auto got = file->read(back.data(), back.size());
  ASSERT_TRUE(got);
  back.resize(*got);
  ByteVector twice = bytes;
  twice.insert(twice.end(), bytes.begin(), bytes.end());
  EXPECT_TRUE(back == twice);
  EXPECT_REFUSED(io::ScratchFile::create(folder / "none"), "cannot make a temporary file");
}

}  // namespace
}  // namespace faltung::test
