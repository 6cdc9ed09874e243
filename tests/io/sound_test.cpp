// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "damage.hpp"

namespace faltung::test {
namespace {

using io::Format;

const auto parse = [](std::span<const std::byte> bytes) { return io::parse_sound(bytes, "a.wav"); };
std::string refusal(const ByteVector& bytes) { return message_of(parse(bytes)); }

constexpr int kPcm = 1, kMuLaw = 7;  // format tags

/// A plain WAV file: 16-byte format chunk, then the data chunk as declared.
ByteVector wav(int tag, int channels, int bits, const ByteVector& data, std::uint64_t declared,
               bool big = false, std::uint64_t rate = 8000) {
  ByteVector bytes;
  append(bytes, big ? "RIFX" : "RIFF");
  append_number(bytes, 36 + data.size(), 4, big);
  append(bytes, "WAVEfmt ");
  append_number(bytes, 16, 4, big);
  append_number(bytes, static_cast<std::uint64_t>(tag), 2, big);
  append_number(bytes, static_cast<std::uint64_t>(channels), 2, big);
  append_number(bytes, rate, 4, big);
  append_number(bytes, rate * static_cast<std::uint64_t>(channels * bits / 8), 4, big);
  append_number(bytes, static_cast<std::uint64_t>(channels * bits / 8), 2, big);
  append_number(bytes, static_cast<std::uint64_t>(bits), 2, big);
  append(bytes, "data");
  append_number(bytes, declared, 4, big);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}
ByteVector wav(int tag, int channels, int bits, const ByteVector& data) {
  return wav(tag, channels, bits, data, data.size());
}

template <class T>
io::Sound sound_of(const Dims& shape, const std::vector<T>& samples, const std::string& encoding) {
  return {array_of<T>(shape, samples), 44100, encoding};
}

io::Sound sine(std::int64_t frames, std::int64_t channels, const std::string& encoding) {
  std::vector<float> samples;
  for (std::int64_t i = 0; i < frames * channels; ++i)
    samples.push_back(0.8f * std::sin(0.05f * static_cast<float>(i)));
  return sound_of<float>({frames, channels}, samples, encoding);
}

template <class T>
std::vector<T> rewritten(const std::vector<T>& samples, const std::string& encoding, Format format,
                         std::int64_t* clipped = nullptr) {
  const auto frames = static_cast<std::int64_t>(samples.size());
  const auto bytes = io::encode_sound(sound_of<T>({frames, 1}, samples, encoding), format, clipped);
  EXPECT_TRUE(bytes.has_value()) << message_of(bytes);
  if (!bytes) return {};
  const auto read = parse(*bytes);
  EXPECT_TRUE(read.has_value()) << message_of(read);
  if (!read) return {};
  EXPECT_EQ(read->encoding, encoding);
  EXPECT_EQ(read->sample_rate_hz, 44100);
  EXPECT_EQ(read->samples.shape, (Dims{frames, 1}));
  return samples_of<T>(read->samples);
}

template <class T>
void expect_integers_are_exact(int bits, const std::string& encoding, Format format) {
  const double scale = std::ldexp(1.0, bits - 1);
  std::vector<T> samples;
  for (double v : {-scale, -scale + 1, -1.0, 0.0, 1.0, 2.0, std::floor(scale / 3), scale - 1})
    samples.push_back(static_cast<T>(v / scale));
  std::int64_t clipped = -1;
  EXPECT_EQ(rewritten<T>(samples, encoding, format, &clipped), samples) << encoding;
  EXPECT_EQ(clipped, 0);
}

TEST(Sound, IntegersAreExact) {
  expect_integers_are_exact<float>(8, "pcm8", Format::wav);
  expect_integers_are_exact<float>(16, "pcm16", Format::wav);
  expect_integers_are_exact<float>(24, "pcm24", Format::wav);
  expect_integers_are_exact<double>(32, "pcm32", Format::wav);
  expect_integers_are_exact<float>(8, "pcm8", Format::flac);
  expect_integers_are_exact<float>(16, "pcm16", Format::flac);
  expect_integers_are_exact<float>(24, "pcm24", Format::flac);
}

TEST(Sound, FullScaleIsThirtyTwoThousandSevenHundredSixtyEight) {
  const auto read = parse(wav(kPcm, 1, 16, bytes_of({0, 0x80, 0xff, 0x7f, 1, 0})));
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(samples_of<float>(read->samples),
            (std::vector<float>{-1, 32767.0f / 32768, 1.0f / 32768}));
}

TEST(Sound, FloatsKeepTheirBits) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> singles = {0.1f, -3.5f, 1e30f, 1e-40f, inf, -0.0f};
  EXPECT_EQ(rewritten<float>(singles, "float32", Format::wav), singles);
  const std::vector<double> doubles = {0.1, -3.5, 1e300, 5e-324, -inf, 1.0 / 3};
  EXPECT_EQ(rewritten<double>(doubles, "float64", Format::wav), doubles);
  EXPECT_TRUE(std::isnan(rewritten<float>({std::nanf("")}, "float32", Format::wav)[0]));
}

TEST(Sound, ConvertsBetweenPrecisions) {
  const auto narrow =
      io::encode_sound(sound_of<double>({2, 1}, {0.1, 2.5}, "float32"), Format::wav, nullptr);
  EXPECT_EQ(samples_of<float>(parse(*narrow)->samples), (std::vector<float>{0.1f, 2.5f}));
  const auto wide =
      io::encode_sound(sound_of<float>({2, 1}, {0.1f, 2.5f}, "float64"), Format::wav, nullptr);
  EXPECT_EQ(samples_of<double>(parse(*wide)->samples), (std::vector<double>{0.1f, 2.5}));
}

TEST(Sound, RoundsToEvenAndCountsWhatItClamps) {
  const float unit = 1.0f / 32768;
  const float inf = std::numeric_limits<float>::infinity();
  std::int64_t clipped = 0;
  const std::vector<float> samples = {0.5f * unit,
                                      1.5f * unit,
                                      2.5f * unit,
                                      -0.5f * unit,
                                      -1.5f * unit,
                                      1.0f,
                                      1.0f - 0.5f * unit,
                                      1.0f - 0.75f * unit,
                                      -1.0f,
                                      -1.0f - 0.5f * unit,
                                      -1.5f,
                                      7.0f,
                                      inf,
                                      -inf,
                                      std::nanf("")};
  std::vector<float> expected = {0,      2,      2,      0,     -2,    32767,  32767, 32767,
                                 -32768, -32768, -32768, 32767, 32767, -32768, 0};
  for (float& v : expected) v *= unit;
  EXPECT_EQ(rewritten<float>(samples, "pcm16", Format::wav, &clipped), expected);
  // 1.0 and 1.0 - unit / 2 round to 32768; then -1.5, 7, both infinities and NaN.
  EXPECT_EQ(clipped, 7);
}

TEST(Sound, KeepsManyChannelsAndFrames) {
  for (const Format format : {Format::wav, Format::flac})
    for (const std::int64_t channels : {1, 2, 3, 8}) {
      const io::Sound sound = sine(70000, channels, format == Format::wav ? "float32" : "pcm24");
      const auto bytes = io::encode_sound(sound, format, nullptr);
      ASSERT_TRUE(bytes.has_value()) << message_of(bytes);
      const auto read = parse(*bytes);
      ASSERT_TRUE(read.has_value()) << message_of(read);
      EXPECT_EQ(read->samples.shape, (Dims{70000, channels}));
      const auto x = sound.samples.samples<float>(), y = read->samples.samples<float>();
      for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], std::ldexp(1.0, -24)) << i;
    }
}

TEST(Sound, SameSamplesGiveSameBytes) {
  const auto bytes = io::encode_sound(sine(10, 2, "float32"), Format::wav, nullptr);
  ASSERT_TRUE(bytes.has_value());
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  EXPECT_FALSE(contains(text, "PEAK")) << "that chunk holds the time of day";
}

TEST(Sound, ReadsOtherContainersAndCodes) {
  const auto big = parse(wav(kPcm, 1, 16, bytes_of({0x40, 0, 0xc0, 0}), 4, true));
  ASSERT_TRUE(big.has_value()) << message_of(big);
  EXPECT_EQ(samples_of<float>(big->samples), (std::vector<float>{0.5f, -0.5f}));
  const auto mu_law = parse(wav(kMuLaw, 1, 8, bytes_of({0xff, 0x80, 0x00})));
  ASSERT_TRUE(mu_law.has_value()) << message_of(mu_law);
  EXPECT_EQ(mu_law->encoding, "pcm16");
  EXPECT_EQ(samples_of<float>(mu_law->samples),
            (std::vector<float>{0, 32124.0f / 32768, -32124.0f / 32768}));
}

TEST(Sound, ReadsRf64) {
  // RF64 | ds64: RIFF length, data length, frames, table length | fmt | data with length -1
  ByteVector bytes = wav(kPcm, 1, 16, bytes_of({0, 0x40, 0, 0xc0}), 0xffffffff);
  ByteVector rf64 = bytes_of("RF64");
  append_number(rf64, 0xffffffff, 4);
  append(rf64, "WAVEds64");
  append_number(rf64, 28, 4);
  append_number(rf64, bytes.size() + 36 - 8, 8);
  append_number(rf64, 4, 8);
  append_number(rf64, 2, 8);
  append_number(rf64, 0, 4);
  rf64.insert(rf64.end(), bytes.begin() + 12, bytes.end());
  const auto read = parse(rf64);
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(samples_of<float>(read->samples), (std::vector<float>{0.5f, -0.5f}));
  put_number(rf64, 28, std::uint64_t{1} << 40, 8);
  EXPECT_TRUE(contains(refusal(rf64), "declares 1099511627776 bytes, but 4 are there"))
      << refusal(rf64);
}

TEST(Sound, ReadsAStreamedLength) {
  for (const std::uint64_t length : {0xffffffffu, 0x7ffff000u}) {  // FFmpeg; SoX and espeak-ng
    const auto read = parse(wav(kPcm, 1, 16, bytes_of({0, 0x40, 0, 0xc0}), length));
    ASSERT_TRUE(read.has_value()) << message_of(read);
    EXPECT_EQ(samples_of<float>(read->samples), (std::vector<float>{0.5f, -0.5f}));
  }
  // SoX with frames of 6 bytes.
  const auto rounded = parse(wav(kPcm, 3, 16, bytes_of({0, 0x40, 0, 0xc0, 0, 0}), 0x7fffeffc));
  ASSERT_TRUE(rounded.has_value()) << message_of(rounded);
  EXPECT_EQ(samples_of<float>(rounded->samples), (std::vector<float>{0.5f, -0.5f, 0}));
  EXPECT_REFUSED(parse(wav(kPcm, 1, 16, bytes_of({0, 0x40}), 0x7fffeffe)), "truncated");
}

TEST(Sound, RefusesLyingHeaders) {
  const ByteVector data = bytes_of({1, 2, 3, 4});
  EXPECT_TRUE(contains(refusal(wav(kPcm, 1, 16, data, 5)),
                       "truncated: its chunk 'data' declares 5 bytes, but 4"));
  EXPECT_TRUE(contains(refusal(wav(kPcm, 1, 16, data, 0xfffffffe)), "declares 4294967294 bytes"));
  EXPECT_TRUE(contains(refusal(wav(kPcm, 1, 16, data, 0)), "no frames"));
  EXPECT_TRUE(contains(refusal(wav(kPcm, 1, 16, {}, 0xffffffff)), "no frames"));
  EXPECT_TRUE(contains(refusal(wav(kPcm, 4, 16, data)), "no frames") ||
              contains(refusal(wav(kPcm, 4, 16, data)), "cannot be read"))
      << refusal(wav(kPcm, 4, 16, data));
  EXPECT_TRUE(contains(refusal(wav(kPcm, 0, 16, data)), "declares 0 channels"));
  EXPECT_FALSE(parse(wav(kPcm, 65535, 16, data)).has_value());
  EXPECT_TRUE(contains(refusal(wav(kPcm, 1, 16, data, 4, false, 0)), "sample rate of 0 Hz"));
  EXPECT_TRUE(
      contains(refusal(wav(kPcm, 1, 16, data, 4, false, 0xffffffff)), "sample rate of 4294967295"));
  EXPECT_FALSE(parse(wav(kPcm, 1, 0, data)).has_value());
  EXPECT_FALSE(parse(wav(0x55, 1, 16, data)).has_value()) << "MP3";
}

TEST(Sound, RefusesHeadersThatContradictThemselves) {
  const ByteVector data = bytes_of({1, 2, 3, 4});
  ByteVector bits = wav(kPcm, 2, 16, data);  // 4 bytes a frame
  for (const std::uint64_t wrong : {0, 7, 8, 17, 24, 32}) {
    put_number(bits, 34, wrong, 2);
    EXPECT_TRUE(contains(refusal(bits), "do not go together")) << wrong << refusal(bits);
  }
  for (const std::uint64_t fine : {9, 12, 16}) {  // 12 bits stand in 16
    put_number(bits, 34, fine, 2);
    EXPECT_TRUE(parse(bits).has_value()) << fine << refusal(bits);
  }
  EXPECT_TRUE(contains(refusal(wav(kPcm, 1025, 8, data)), "1 to 1024 are allowed"));
}

TEST(Sound, RefusesLyingChunks) {
  ByteVector list = wav(kPcm, 1, 16, bytes_of({1, 2}));
  ByteVector chunk = bytes_of("LIST");
  append_number(chunk, 1000, 4);
  list.insert(list.begin() + 36, chunk.begin(), chunk.end());
  EXPECT_TRUE(contains(refusal(list), "its chunk 'LIST' declares 1000 bytes"));
  ByteVector format = wav(kPcm, 1, 16, bytes_of({1, 2}));
  put_number(format, 16, 4, 4);
  EXPECT_TRUE(contains(refusal(format), "format chunk of less than 16"));
  ByteVector no_format = wav(kPcm, 1, 16, bytes_of({1, 2}));
  no_format.erase(no_format.begin() + 12, no_format.begin() + 36);
  EXPECT_TRUE(contains(refusal(no_format), "no format chunk"));
}

TEST(Sound, RefusesOtherFiles) {
  EXPECT_TRUE(contains(refusal({}), "empty"));
  EXPECT_TRUE(contains(refusal(bytes_of("FORM....AIFF....")), "neither WAV nor FLAC"));
  EXPECT_TRUE(contains(refusal(bytes_of("RIFF....AVI LIST")), "no WAV"));
  EXPECT_FALSE(parse(bytes_of("fLaC")).has_value());
}

TEST(Sound, LeavesFlacMetadataAlone) {
  // A block of tags that declares 2^32 - 1 of them, which libFLAC would make room for.
  const auto good = io::encode_sound(sine(1000, 1, "pcm16"), Format::flac, nullptr);
  ASSERT_TRUE(good.has_value());
  ByteVector block = bytes_of({4, 0, 0, 8, 0, 0, 0, 0, 255, 255, 255, 255});
  ByteVector bytes = *good;
  bytes.insert(bytes.begin() + 42, block.begin(), block.end());
  const auto read = read_damaged(bytes, parse, "lying tags");
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->samples.bytes, parse(*good)->samples.bytes);
  put_number(bytes, 43, 0xffffff, 3, true);
  EXPECT_TRUE(contains(refusal(bytes), "declares 16777215 bytes")) << refusal(bytes);
}

TEST(Sound, RefusesALyingFlac) {
  const auto bytes = io::encode_sound(sine(1000, 1, "pcm16"), Format::flac, nullptr);
  ASSERT_TRUE(bytes.has_value());
  ByteVector more = *bytes;  // 36 bits of frames end at byte 26
  put_number(more, 22, 0xffffffff, 4, true);
  take_largest_allocation();
  EXPECT_FALSE(parse(more).has_value());
  EXPECT_LE(take_largest_allocation(), kMaxAllocationBytes);
}

TEST(Sound, ReadsFlacOfUnknownLength) {
  const io::Sound sound = sine(20000, 1, "pcm16");  // five blocks
  const auto good = io::encode_sound(sound, Format::flac, nullptr);
  ASSERT_TRUE(good.has_value());
  ByteVector streamed = *good;
  put_number(streamed, 22, 0, 4, true);
  const auto read = parse(streamed);
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->samples.bytes, parse(*good)->samples.bytes);
  // The decoder drops a damaged block; here nothing else tells that it is missing.
  for (std::size_t at = streamed.size() / 3; at < streamed.size(); at += 997) {
    ByteVector damaged = streamed;
    damaged[at] ^= std::byte{0x10};
    EXPECT_FALSE(parse(damaged).has_value()) << "byte " << at;
  }
}

TEST(Sound, RefusesWhatFilesDoNotHold) {
  const auto encode = [](const io::Sound& sound, Format format) {
    return io::encode_sound(sound, format, nullptr);
  };
  EXPECT_REFUSED(encode(sine(4, 1, "pcm12"), Format::wav),
                 "pcm8, pcm16, pcm24, pcm32, float32 and float64");
  EXPECT_REFUSED(encode(sine(4, 1, "float32"), Format::flac), "pcm8, pcm16 and pcm24 are allowed");
  EXPECT_REFUSED(encode(sine(4, 1, "pcm16"), Format::png), "WAV, FLAC and raw");
  EXPECT_REFUSED(encode(sine(4, 9, "pcm16"), Format::flac), "at most 8 channels");
  EXPECT_REFUSED(encode(sine(4, 1025, "pcm16"), Format::wav), "at most 1024 channels");
  EXPECT_REFUSED(encode(sound_of<float>({0, 1}, {}, "pcm16"), Format::wav), "[0,1]");
  EXPECT_REFUSED(encode(sound_of<float>({2}, {1, 2}, "pcm16"), Format::wav), "[frames, channels]");
  EXPECT_REFUSED(encode(sound_of<std::int16_t>({2, 1}, {1, 2}, "pcm16"), Format::wav),
                 "f32 or f64");
  EXPECT_REFUSED(encode(sound_of<float>({3, 1}, {1, 2}, "pcm16"), Format::wav), "differ in number");
  for (const double rate : {0.0, -1.0, 44100.5, 1e10, std::nan("")}) {
    io::Sound sound = sine(4, 1, "pcm16");
    sound.sample_rate_hz = rate;
    EXPECT_REFUSED(encode(sound, Format::wav), "whole number of Hz");
  }
}

TEST(Sound, SurvivesEveryPrefixAndFlipOfWav) {
  for (const char* encoding : {"pcm16", "float32", "float64"})
    for (const std::int64_t channels : {1, 3}) {
      const auto bytes = io::encode_sound(sine(20, channels, encoding), Format::wav, nullptr);
      ASSERT_TRUE(bytes.has_value());
      expect_prefixes_refused(*bytes, parse, bytes->size());
      EXPECT_GT(flip_bits(*bytes, parse, 128), 100);
    }
}

TEST(Sound, SurvivesEveryPrefixAndFlipOfFlac) {
  const io::Sound sound = sine(500, 2, "pcm16");
  const auto bytes = io::encode_sound(sound, Format::flac, nullptr);
  ASSERT_TRUE(bytes.has_value());
  expect_prefixes_refused(*bytes, parse, bytes->size());
  EXPECT_GT(flip_bits(*bytes, parse, 128), 50);
}

TEST(Sound, TakesNoDamagedFlacFrameForSound) {
  const auto bytes = io::encode_sound(sine(500, 1, "pcm16"), Format::flac, nullptr);
  ASSERT_TRUE(bytes.has_value());
  const auto whole = parse(*bytes);
  ASSERT_TRUE(whole.has_value());
  for (std::size_t at = bytes->size() - 100; at < bytes->size(); ++at) {
    ByteVector flipped = *bytes;
    flipped[at] ^= std::byte{0x10};
    EXPECT_FALSE(parse(flipped).has_value()) << "byte " << at;
  }
}

}  // namespace
}  // namespace faltung::test
