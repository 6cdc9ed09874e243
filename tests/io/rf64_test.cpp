// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// WAV files whose samples do not fit the 32 bits of RIFF: RF64 (EBU Tech 3306) and BW64
// (ITU-R BS.2088), which differ in the first four bytes. Files of 5 GiB have a hole for samples.
#include <unistd.h>

#include <filesystem>

#include "damage.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_stream.hpp"
#include "io/sound_tags.hpp"
#include "io/wav_header.hpp"

namespace faltung::test {
namespace {

constexpr std::uint64_t kMinusOne = 0xffffffff;
constexpr std::uint64_t kLong = std::uint64_t{5} << 30;

const auto parse = [](std::span<const std::byte> bytes) { return io::parse_sound(bytes, "a.wav"); };

struct Form {
  const char* name = "RF64";
  std::uint64_t long_data = 4, riff = kMinusOne, data = kMinusOne;
  int ds64_bytes = 28;
  const char* first = "ds64";  ///< the chunk's name
};

/// RF64 -1 WAVE | ds64 28 len data frames 0 | fmt_ 16 ... | data -1, of one channel of 16 bits.
ByteVector header(const Form& form) {
  ByteVector bytes = bytes_of(form.name);
  append_number(bytes, form.riff, 4);
  append(bytes, "WAVE");
  append(bytes, form.first);
  append_number(bytes, static_cast<std::uint64_t>(form.ds64_bytes), 4);
  ByteVector sizes;
  append_number(sizes, form.long_data + 72, 8);
  append_number(sizes, form.long_data, 8);
  append_number(sizes, form.long_data / 2, 8);
  append_number(sizes, 0, 4);
  sizes.resize(static_cast<std::size_t>(form.ds64_bytes));
  bytes.insert(bytes.end(), sizes.begin(), sizes.end());
  append(bytes, "fmt ");
  for (const auto& [value, count] : {std::pair<std::uint64_t, int>{16, 4},
                                     {1, 2},
                                     {1, 2},
                                     {44100, 4},
                                     {88200, 4},
                                     {2, 2},
                                     {16, 2}})
    append_number(bytes, value, count);
  append(bytes, "data");
  append_number(bytes, form.data, 4);
  return bytes;
}
ByteVector file(const Form& form) {
  ByteVector bytes = header(form);
  append_number(bytes, 0xc0004000, 4);  // 0.5, -0.5
  return bytes;
}

/// A header and the first samples, which are seen with it.
ByteVector begin(ByteVector bytes) {
  bytes.resize(bytes.size() + 64);
  return bytes;
}

/// All that the reader of pieces gives.
io::Result<std::vector<float>> pieces(const ByteVector& bytes, bool known_size) {
  io::ByteSource source = io::ByteSource::of(bytes, "a.wav", known_size);
  auto reader = io::SoundReader::open(source, {});
  if (!reader) return tl::unexpected(reader.error());
  std::vector<float> all;
  for (std::int64_t got = 1; got == 1;) {
    float sample = 0;
    const auto read = reader->read(reinterpret_cast<std::byte*>(&sample), 1);
    if (!read) return tl::unexpected(read.error());
    got = *read;
    if (got == 1) all.push_back(sample);
  }
  return all;
}

void expect_read(const Form& form, const std::string& what) {
  const std::vector<float> samples = {0.5f, -0.5f};
  const auto whole = parse(file(form));
  ASSERT_TRUE(whole) << what << message_of(whole);
  EXPECT_EQ(samples_of<float>(whole->samples), samples) << what;
  for (const bool known : {true, false}) {
    const auto read = pieces(file(form), known);
    ASSERT_TRUE(read) << what << message_of(read);
    EXPECT_EQ(*read, samples) << what;
  }
}

TEST(Rf64, HeadersAreReadInEveryForm) {
  expect_read({}, "RF64");
  expect_read({.name = "BW64"}, "BW64");
  expect_read({.riff = 76}, "a length in RIFF's place");
  expect_read({.data = 4}, "a data length in its own place");
  expect_read({.ds64_bytes = 24}, "no table");
  expect_read({.ds64_bytes = 40}, "a table of one");
  expect_read({.name = "RIFF", .riff = 76, .data = 4, .first = "JUNK"}, "room kept for ds64");
  expect_read({.first = "JUNK"}, "no ds64: up to the end");
}

TEST(Rf64, LiesAreRefused) {
  for (const std::uint64_t declared :
       {std::uint64_t{5}, kLong, std::uint64_t{1} << 60, std::uint64_t{1} << 62,
        std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    const ByteVector bytes = file({.long_data = declared});
    const std::string says = "declares " + std::to_string(declared) + " bytes";
    EXPECT_REFUSED(read_damaged(bytes, parse, says), says);
    EXPECT_REFUSED(pieces(bytes, true), says);
    EXPECT_FALSE(pieces(bytes, false)) << "of a pipe the end tells";
  }
  EXPECT_REFUSED(parse(file({.long_data = 0})), "its data chunk is empty");
  EXPECT_REFUSED(pieces(file({.long_data = 0}), false), "its data chunk is empty");
}

TEST(Rf64, MinusOneInDs64IsALength) {
  // What stands in ds64 is a length even where it is that of RIFF's "not known".
  const ByteVector bytes = begin(header({.long_data = kMinusOne}));
  const auto layout = io::wav_layout(bytes, bytes.size() + kLong, "a.wav");
  ASSERT_TRUE(layout) << message_of(layout);
  EXPECT_EQ(layout->data_bytes, kMinusOne);
}

TEST(Rf64, SurvivesEveryPrefixAndFlip) {
  for (const char* name : {"RF64", "BW64"}) {
    const ByteVector bytes = file({.name = name});
    expect_prefixes_refused(bytes, parse, bytes.size());
    EXPECT_GT(flip_bits(bytes, parse, bytes.size()), 200);
    for (const bool known : {true, false}) {
      const auto piece = [&](std::span<const std::byte> given) {
        return pieces({given.begin(), given.end()}, known);
      };
      expect_prefixes_refused(bytes, piece, bytes.size());
      EXPECT_GT(flip_bits(bytes, piece, bytes.size()), 100);
    }
  }
}

/// A file with a hole.
class LongFile {
 public:
  explicit LongFile(const Form& form, const ByteVector& tail = {})
      : path_(std::filesystem::temp_directory_path() /
              ("faltung-long-" + std::to_string(::getpid()) + ".wav")) {
    const ByteVector bytes = header(form);
    EXPECT_TRUE(io::write_file(path_, bytes));
    const auto end = static_cast<off_t>(bytes.size() + form.long_data);
    made_ = ::truncate(path_.c_str(), end) == 0;
    std::FILE* file = made_ ? std::fopen(path_.c_str(), "r+b") : nullptr;
    if (file == nullptr) return;
    EXPECT_EQ(::fseeko(file, end, SEEK_SET), 0);
    if (!tail.empty()) {
      EXPECT_EQ(std::fwrite(tail.data(), 1, tail.size(), file), tail.size());
    }
    std::fclose(file);
  }
  ~LongFile() { std::filesystem::remove(path_); }
  LongFile(const LongFile&) = delete;
  LongFile& operator=(const LongFile&) = delete;
  bool made() const { return made_; }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool made_ = false;
};

TEST(Rf64, FiveGibibytesOpenAtOnce) {
  const LongFile file({.long_data = kLong}, io::wav_chunks({{{"INAM", "Bell"}}, {}}));
  if (!file.made()) GTEST_SKIP() << "no file of 5 GiB, not even one of a hole, can be made there";
  auto source = io::ByteSource::open(file.path());
  ASSERT_TRUE(source) << message_of(source);
  const io::SoundTags tags = io::read_tags(*source);
  ASSERT_EQ(tags.texts.size(), 1U) << "they lie behind the samples";
  EXPECT_EQ(tags.texts[0].text, "Bell");
  take_largest_allocation();
  auto reader = io::SoundReader::open(*source, {});
  ASSERT_TRUE(reader) << message_of(reader);
  EXPECT_EQ(reader->frames(), static_cast<std::int64_t>(kLong / 2));
  float samples[4] = {1, 1, 1, 1};
  EXPECT_EQ(*reader->read(reinterpret_cast<std::byte*>(samples), 4), 4);
  EXPECT_EQ(samples[3], 0);
  EXPECT_LE(take_largest_allocation(), kMaxAllocationBytes);
}

TEST(Rf64, AFileThatIsShorterIsTruncated) {
  const LongFile file({.long_data = kLong});
  if (!file.made()) GTEST_SKIP() << "no file of 5 GiB, not even one of a hole, can be made there";
  ASSERT_EQ(::truncate(file.path().c_str(), static_cast<off_t>(kLong)), 0);
  auto source = io::ByteSource::open(file.path());
  ASSERT_TRUE(source) << message_of(source);
  EXPECT_REFUSED(io::SoundReader::open(*source, {}),
                 "declares 5368709120 bytes, but 5368709040 are there");
}

TEST(Rf64, ALongSoundIsWrittenWithItsLength) {
  const io::SoundTags tags{{{"INAM", "Bell"}}, {}};
  for (const std::string encoding : {"pcm16", "pcm24", "float32"}) {
    const io::Encoding& found = *io::find_encoding(encoding);
    io::SoundWriter::Layout layout{io::Format::wav, encoding, 44100, 3, {}, tags};
    const auto frame_bytes = std::uint64_t{3} * static_cast<std::uint64_t>(found.bytes);
    // Up to 4 GiB - 4 KiB it is RIFF, beyond it RF64.
    layout.frames = static_cast<std::int64_t>((kMinusOne - 8192) / frame_bytes);
    EXPECT_TRUE(io::starts_with(io::wav_header(layout, found), "RIFF"));
    layout.frames = static_cast<std::int64_t>(kLong / frame_bytes + 1);
    const ByteVector bytes = io::wav_header(layout, found), seen = begin(bytes);
    EXPECT_TRUE(io::starts_with(bytes, "RF64"));
    const std::uint64_t data = static_cast<std::uint64_t>(*layout.frames) * frame_bytes;
    for (const auto total : {std::optional(bytes.size() + data), std::optional<std::uint64_t>{}}) {
      const auto read = io::wav_layout(seen, total, "a.wav");
      ASSERT_TRUE(read) << message_of(read);
      EXPECT_EQ(read->data_at, bytes.size());
      EXPECT_EQ(read->data_bytes, data);
      EXPECT_EQ(read->channels, 3U);
      EXPECT_EQ(read->frame_bytes, frame_bytes);
    }
  }
}

}  // namespace
}  // namespace faltung::test
