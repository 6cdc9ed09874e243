// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>  // jpeglib.h needs FILE and size_t

#include <jpeglib.h>

#include <cstdlib>

#include "damage.hpp"

namespace faltung::test {
namespace {

using io::Format;

const auto parse = [](std::span<const std::byte> bytes) {
  return io::parse_picture(bytes, "a.jpg");
};
std::string refusal(const ByteVector& bytes) { return message_of(parse(bytes)); }

/// Slow slopes, which JPEG keeps well.
io::Picture slopes(std::int64_t height, std::int64_t width, std::int64_t channels) {
  std::vector<std::uint8_t> samples;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c)
        samples.push_back(static_cast<std::uint8_t>(40 + 3 * x + 2 * y + 20 * c));
  return {array_of<std::uint8_t>({height, width, channels}, samples)};
}

enum class Scans { one, progressive, one_a_component };

/// A JPEG by libjpeg itself, in layouts that the encoder does not write.
ByteVector make_jpeg(int width, int height, J_COLOR_SPACE space, int components, Scans scans) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* memory = nullptr;
  unsigned long count = 0;
  jpeg_mem_dest(&codec, &memory, &count);
  codec.image_width = static_cast<JDIMENSION>(width);
  codec.image_height = static_cast<JDIMENSION>(height);
  codec.input_components = components;
  codec.in_color_space = space;
  jpeg_set_defaults(&codec);
  codec.optimize_coding = TRUE;
  if (scans == Scans::progressive) jpeg_simple_progression(&codec);
  const jpeg_scan_info separate[3] = {
      {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  if (scans == Scans::one_a_component) {
    codec.scan_info = separate;
    codec.num_scans = 3;
  }
  jpeg_start_compress(&codec, TRUE);
  std::vector<unsigned char> row(static_cast<std::size_t>(width * components), 100);
  JSAMPROW pointer = row.data();
  for (int y = 0; y < height; ++y) jpeg_write_scanlines(&codec, &pointer, 1);
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  const auto* begin = reinterpret_cast<const std::byte*>(memory);
  ByteVector bytes(begin, begin + count);
  std::free(memory);
  return bytes;
}

/// Where the segment with this marker begins (its FF).
std::size_t find_marker(const ByteVector& bytes, int marker) {
  for (std::size_t at = 2; at + 1 < bytes.size(); ++at)
    if (bytes[at] == std::byte{0xff} && bytes[at + 1] == static_cast<std::byte>(marker)) return at;
  ADD_FAILURE() << "no such marker";
  return 0;
}

TEST(Jpeg, RoundTripsWithinItsLoss) {
  for (const std::int64_t channels : {1, 3}) {
    const io::Picture picture = slopes(19, 33, channels);
    const auto bytes = io::encode_picture(picture, Format::jpeg);
    ASSERT_TRUE(bytes.has_value()) << message_of(bytes);
    const auto read = parse(*bytes);
    ASSERT_TRUE(read.has_value()) << message_of(read);
    EXPECT_EQ(read->samples.shape, picture.samples.shape);
    const auto x = picture.samples.samples<std::uint8_t>(),
               y = read->samples.samples<std::uint8_t>();
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 6) << i;
  }
}

TEST(Jpeg, WritesMoreThanOneBlockOfOutput) {
  io::Picture noise = slopes(200, 200, 3);
  unsigned state = 1;
  for (std::byte& v : noise.samples.bytes)
    v = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
  const auto bytes = io::encode_picture(noise, Format::jpeg);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_GT(bytes->size(), std::size_t{1} << 15);
  EXPECT_TRUE(parse(*bytes).has_value());
}

TEST(Jpeg, ReadsProgressiveAndGrey) {
  const auto rgb = parse(make_jpeg(40, 20, JCS_RGB, 3, Scans::progressive));
  ASSERT_TRUE(rgb.has_value()) << message_of(rgb);
  EXPECT_EQ(rgb->samples.shape, (Dims{20, 40, 3}));
  const auto grey = parse(make_jpeg(40, 20, JCS_GRAYSCALE, 1, Scans::one));
  ASSERT_TRUE(grey.has_value()) << message_of(grey);
  EXPECT_EQ(grey->samples.shape, (Dims{20, 40, 1}));
  EXPECT_EQ(samples_of<std::uint8_t>(grey->samples)[0], 100);
}

TEST(Jpeg, RefusesCmyk) {
  EXPECT_TRUE(contains(refusal(make_jpeg(8, 8, JCS_CMYK, 4, Scans::one)), "CMYK"));
  EXPECT_TRUE(contains(refusal(make_jpeg(8, 8, JCS_UNKNOWN, 2, Scans::one)), "2 components"));
}

TEST(Jpeg, RefusesLyingSizes) {
  for (const Scans scans : {Scans::one, Scans::progressive, Scans::one_a_component}) {
    const ByteVector good = make_jpeg(16, 16, JCS_RGB, 3, scans);
    const std::size_t frame = find_marker(good, scans == Scans::progressive ? 0xc2 : 0xc0);
    const auto refused = [&](std::uint64_t height, std::uint64_t width) {
      ByteVector bytes = good;
      put_number(bytes, frame + 5, height, 2, true);
      put_number(bytes, frame + 7, width, 2, true);
      return message_of(
          read_damaged(bytes, parse, std::to_string(height) + " x " + std::to_string(width)));
    };
    EXPECT_TRUE(contains(refused(65500, 65500), "more than its"));
    EXPECT_TRUE(contains(refused(65535, 65535), "65500")) << refused(65535, 65535);
    EXPECT_TRUE(contains(refused(0, 16), "a damaged JPEG")) << refused(0, 16);
    EXPECT_TRUE(contains(refused(16, 0), "a damaged JPEG"));
    EXPECT_TRUE(contains(refused(400, 400), "truncated or damaged")) << refused(400, 400);
  }
}

TEST(Jpeg, TakesHonestPicturesThatCompressWell) {
  for (const Scans scans : {Scans::one, Scans::progressive}) {
    const ByteVector bytes = make_jpeg(8000, 4000, JCS_GRAYSCALE, 1, scans);
    EXPECT_LT(bytes.size(), 130000u);
    const auto read = parse(bytes);
    EXPECT_TRUE(read.has_value()) << message_of(read);
  }
}

TEST(Jpeg, RefusesEndlessScans) {
  // The last component's scan, a thousand times more: cheap to send, dear to decode.
  ByteVector bytes = make_jpeg(16, 16, JCS_RGB, 3, Scans::one_a_component);
  ASSERT_TRUE(parse(bytes).has_value());
  std::size_t last = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); ++at)
    if (bytes[at] == std::byte{0xff} && bytes[at + 1] == std::byte{0xda}) last = at;
  const ByteVector scan(bytes.begin() + static_cast<std::ptrdiff_t>(last), bytes.end() - 2);
  bytes.resize(bytes.size() - 2);
  for (int i = 0; i < 1000; ++i) bytes.insert(bytes.end(), scan.begin(), scan.end());
  append_number(bytes, 0xffd9, 2, true);
  const std::string why = refusal(bytes);
  EXPECT_TRUE(contains(why, "more than 500 scans")) << why;
}

TEST(Jpeg, RefusesWhatItDoesNotHold) {
  const auto encode = [](const io::Picture& picture) {
    return io::encode_picture(picture, Format::jpeg);
  };
  EXPECT_REFUSED(encode(slopes(4, 4, 4)), "no alpha");
  EXPECT_REFUSED(encode(slopes(4, 4, 2)), "no alpha");
  EXPECT_REFUSED(encode({array_of<std::uint16_t>({1, 1, 1}, {7})}), "16 bits as PNG");
  EXPECT_REFUSED(encode(slopes(1, 65501, 1)), "at most 65500");
}

TEST(Jpeg, SurvivesEveryPrefixAndFlip) {
  for (const Scans scans : {Scans::one, Scans::progressive, Scans::one_a_component}) {
    const ByteVector bytes = make_jpeg(20, 12, JCS_RGB, 3, scans);
    ASSERT_TRUE(parse(bytes).has_value());
    expect_prefixes_refused(bytes, parse, bytes.size());
    EXPECT_GT(flip_bits(bytes, parse, bytes.size()), 500);
  }
}

}  // namespace
}  // namespace faltung::test
