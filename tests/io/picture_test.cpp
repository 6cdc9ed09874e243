// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "damage.hpp"

namespace faltung::test {
namespace {

using io::Format;

io::Picture grey(const Dims& shape, std::size_t samples) {
  return {array_of<std::uint8_t>(shape, std::vector<std::uint8_t>(samples, 9))};
}

TEST(Picture, GoesByContent) {
  EXPECT_REFUSED(io::parse_picture({}, "a.png"), "empty");
  EXPECT_REFUSED(io::parse_picture(bytes_of("GIF89a and more"), "a.png"),
                 "neither a PNG nor a JPEG");
  EXPECT_REFUSED(io::parse_picture(bytes_of("II*"), "a.png"), "a.png: ");
  const auto png = io::encode_picture(grey({2, 2, 1}, 4), Format::png);
  ASSERT_TRUE(png.has_value());
  EXPECT_TRUE(io::parse_picture(*png, "a.jpg").has_value());
}

TEST(Picture, RefusesShapesThatAreNone) {
  const auto encode = [](const io::Picture& picture) {
    return io::encode_picture(picture, Format::png);
  };
  EXPECT_REFUSED(encode(grey({4}, 4)), "[height, width, channels]");
  EXPECT_REFUSED(encode(grey({1, 1, 5}, 5)), "5 channels");
  EXPECT_REFUSED(encode(grey({0, 4, 1}, 0)), "no pixels");
  EXPECT_REFUSED(encode(grey({2, 2, 1}, 3)), "differ in number");
  EXPECT_REFUSED(encode({array_of<float>({1, 1, 1}, {1})}), "u8 or u16");
  EXPECT_REFUSED(io::encode_picture(grey({2, 2, 1}, 4), Format::wav),
                 "PNG, JPEG and TIFF hold pictures");
}

}  // namespace
}  // namespace faltung::test
