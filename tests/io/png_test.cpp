// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <numeric>

#include "damage.hpp"

namespace faltung::test {
namespace {

using io::Format;

const auto parse = [](std::span<const std::byte> bytes) {
  return io::parse_picture(bytes, "a.png");
};
std::string refusal(const ByteVector& bytes) { return message_of(parse(bytes)); }

template <class T>
io::Picture picture_of(const Dims& shape) {
  std::vector<T> samples(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<T>(i * 40503 + i / 7);
  return {array_of<T>(shape, samples),
          shape.back() % 2 == 0 ? io::Alpha::straight : io::Alpha::none};
}

void collect(png_structp png, png_bytep from, std::size_t count) {
  auto* bytes = static_cast<ByteVector*>(png_get_io_ptr(png));
  const auto* begin = reinterpret_cast<const std::byte*>(from);
  bytes->insert(bytes->end(), begin, begin + count);
}

/// A PNG by libpng itself, in layouts that the encoder does not write. Rows are as PNG stores them.
struct Layout {
  std::uint32_t width, height;
  int depth, colour, interlace;
  std::vector<png_color> palette;
  std::vector<png_byte> palette_alpha;
  const png_color_16* transparent = nullptr;
};
ByteVector make_png(const Layout& layout, std::vector<std::vector<png_byte>> rows) {
  ByteVector bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, collect, nullptr);
  png_set_IHDR(png, info, layout.width, layout.height, layout.depth, layout.colour,
               layout.interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!layout.palette.empty())
    png_set_PLTE(png, info, layout.palette.data(), static_cast<int>(layout.palette.size()));
  if (!layout.palette_alpha.empty() || layout.transparent)
    png_set_tRNS(png, info, layout.palette_alpha.data(),
                 static_cast<int>(layout.palette_alpha.size()), layout.transparent);
  png_write_info(png, info);
  std::vector<png_bytep> pointers;
  for (auto& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::vector<int> values(const io::Result<io::Picture>& picture) {
  std::vector<int> out;
  if (!picture) return out;
  if (picture->samples.type == ElementType::u8)
    for (std::uint8_t v : picture->samples.samples<std::uint8_t>()) out.push_back(v);
  else
    for (std::uint16_t v : picture->samples.samples<std::uint16_t>()) out.push_back(v);
  return out;
}

TEST(Png, KeepsDepthAndChannels) {
  for (std::int64_t channels = 1; channels <= 4; ++channels) {
    for (const io::Picture& picture :
         {picture_of<std::uint8_t>({5, 7, channels}), picture_of<std::uint16_t>({5, 7, channels}),
          picture_of<std::uint8_t>({1, 1, channels})}) {
      const auto bytes = io::encode_picture(picture, Format::png);
      ASSERT_TRUE(bytes.has_value()) << message_of(bytes);
      const auto read = parse(*bytes);
      ASSERT_TRUE(read.has_value()) << message_of(read);
      EXPECT_EQ(read->samples.type, picture.samples.type);
      EXPECT_EQ(read->samples.shape, picture.samples.shape);
      EXPECT_EQ(read->samples.bytes, picture.samples.bytes);
    }
  }
}

TEST(Png, ExpandsPalettesAndFewBits) {
  const auto grey = parse(make_png({8, 1, 1, PNG_COLOR_TYPE_GRAY, 0, {}, {}}, {{0xa5}}));
  EXPECT_EQ(values(grey), (std::vector<int>{255, 0, 255, 0, 0, 255, 0, 255}));
  EXPECT_EQ(grey->samples.shape, (Dims{1, 8, 1}));
  const auto two_bits = parse(make_png({4, 1, 2, PNG_COLOR_TYPE_GRAY, 0, {}, {}}, {{0x1b}}));
  EXPECT_EQ(values(two_bits), (std::vector<int>{0, 85, 170, 255}));
  const std::vector<png_color> colours = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  const auto palette =
      parse(make_png({3, 1, 4, PNG_COLOR_TYPE_PALETTE, 0, colours, {}}, {{0x01, 0x20}}));
  EXPECT_EQ(values(palette), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Png, TurnsTransparencyIntoAlpha) {
  const std::vector<png_color> colours = {{1, 2, 3}, {4, 5, 6}};
  const auto palette =
      parse(make_png({2, 1, 8, PNG_COLOR_TYPE_PALETTE, 0, colours, {9}}, {{0, 1}}));
  EXPECT_EQ(palette->samples.shape, (Dims{1, 2, 4}));
  EXPECT_EQ(values(palette), (std::vector<int>{1, 2, 3, 9, 4, 5, 6, 255}));
  png_color_16 seven{};
  seven.gray = 7;
  const auto grey = parse(make_png({2, 1, 8, PNG_COLOR_TYPE_GRAY, 0, {}, {}, &seven}, {{7, 8}}));
  EXPECT_EQ(values(grey), (std::vector<int>{7, 0, 8, 255}));
  png_color_16 colour{};
  colour.red = colour.green = colour.blue = 258;
  const auto rgb =
      parse(make_png({1, 1, 16, PNG_COLOR_TYPE_RGB, 0, {}, {}, &colour}, {{1, 2, 1, 2, 1, 2}}));
  EXPECT_EQ(rgb->samples.type, ElementType::u16);
  EXPECT_EQ(values(rgb), (std::vector<int>{258, 258, 258, 0}));
}

TEST(Png, ReadsInterlacedPictures) {
  std::vector<std::vector<png_byte>> rows(9, std::vector<png_byte>(9 * 3));
  std::vector<int> expected;
  for (auto& row : rows)
    for (png_byte& v : row) {
      v = static_cast<png_byte>(expected.size());
      expected.push_back(v);
    }
  EXPECT_EQ(
      values(parse(make_png({9, 9, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7, {}, {}}, rows))),
      expected);
}

/// The declared sizes with a checksum that fits, since libpng looks at it.
ByteVector resized(ByteVector bytes, std::uint64_t width, std::uint64_t height) {
  put_number(bytes, 16, width, 4, true);
  put_number(bytes, 20, height, 4, true);
  std::uint32_t crc = 0xffffffff;  // of the chunk's name and content
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= std::to_integer<std::uint32_t>(bytes[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  put_number(bytes, 29, ~crc, 4, true);
  return bytes;
}

TEST(Png, RefusesLyingSizes) {
  const auto good = io::encode_picture(picture_of<std::uint8_t>({4, 4, 3}), Format::png);
  ASSERT_TRUE(good.has_value());
  ASSERT_TRUE(parse(resized(*good, 4, 4)).has_value()) << "the checksum of this test is right";
  const auto refused = [&](std::uint64_t width, std::uint64_t height) {
    return message_of(read_damaged(resized(*good, width, height), parse,
                                   std::to_string(width) + " x " + std::to_string(height)));
  };
  EXPECT_TRUE(contains(refused(0, 4), "0 x 4 pixels"));
  EXPECT_TRUE(contains(refused(4, 0), "4 x 0 pixels"));
  EXPECT_TRUE(contains(refused(0x7fffffff, 0x7fffffff), "more than its"));
  EXPECT_TRUE(contains(refused(0xffffffff, 1), "each side"));
  EXPECT_TRUE(contains(refused(100000, 100000), "more than its"));
  EXPECT_TRUE(contains(refused(1, 0x7fffffff), "more than its"));
  EXPECT_TRUE(contains(refused(0x7fffffff, 1), "more than its"));
  EXPECT_TRUE(contains(refused(4, 5), "a damaged PNG")) << refused(4, 5);
  EXPECT_TRUE(contains(refused(100, 100), "a damaged PNG")) << "fits the ratio, but not the bytes";
}

TEST(Png, TakesHonestPicturesThatCompressWell) {
  // 1 bit, blank: 200-fold by deflate, then 8-fold by the expansion to bytes.
  const std::vector<std::vector<png_byte>> rows(4096, std::vector<png_byte>(512, 0xff));
  const ByteVector bytes = make_png({4096, 4096, 1, PNG_COLOR_TYPE_GRAY, 0, {}, {}}, rows);
  EXPECT_LT(bytes.size(), 4096u * 4096 / 1032);
  const auto read = parse(bytes);
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->samples.bytes.size(), std::size_t{4096} * 4096);
}

TEST(Png, RefusesDamage) {
  EXPECT_TRUE(
      contains(refusal(bytes_of({0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})), "incomplete"));
  const auto good = io::encode_picture(picture_of<std::uint8_t>({6, 6, 1}), Format::png);
  ASSERT_TRUE(good.has_value());
  ByteVector colour = *good;
  colour[25] = std::byte{5};
  EXPECT_TRUE(contains(refusal(colour), "colour type 5"));
  ByteVector checksum = *good;
  checksum[checksum.size() - 13] ^= std::byte{1};  // the last byte of IDAT's checksum
  EXPECT_FALSE(parse(checksum).has_value());
}

TEST(Png, SurvivesEveryPrefixAndFlip) {
  for (const ByteVector& bytes :
       {*io::encode_picture(picture_of<std::uint16_t>({4, 5, 4}), Format::png),
        make_png(
            {9, 3, 4, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_ADAM7, {{1, 2, 3}, {4, 5, 6}}, {1}},
            {{0, 1, 0, 1, 0}, {1, 1, 1, 1, 0}, {0, 0, 0, 0, 0}})}) {
    ASSERT_TRUE(parse(bytes).has_value());
    expect_prefixes_refused(bytes, parse, bytes.size());
    EXPECT_GT(flip_bits(bytes, parse, 128), 400);
  }
}

}  // namespace
}  // namespace faltung::test
