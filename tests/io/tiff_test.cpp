// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/tiff.hpp"

#include <fcntl.h>
#include <tiffio.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "damage.hpp"

namespace faltung::test {
namespace {

using io::Alpha;
using io::Format;

const auto parse = [](std::span<const std::byte> bytes) {
  return io::parse_picture(bytes, "a.tif");
};

/// How libtiff itself lays a picture out, in ways that the encoder does not write.
struct Layout {
  std::int64_t height = 13, width = 37, channels = 1;
  ElementType type = ElementType::u8;
  std::uint32_t tile = 0;  ///< side of square tiles; 0: strips
  std::uint32_t strip_rows = 5;
  bool apart = false;  ///< a plane for each channel
  std::uint16_t compression = COMPRESSION_NONE;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  std::uint16_t extra = 0;  ///< kind of the last channel
  const char* mode = "w";   ///< w8: BigTIFF; wb: big endian
};

class File {
 public:
  File() : path_(std::filesystem::temp_directory_path() / "faltung-tiff-XXXXXX") {
    std::string name = path_;
    const int descriptor = ::mkstemp(name.data());
    EXPECT_GE(descriptor, 0);
    ::close(descriptor);
    path_ = name;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }
  ByteVector bytes() const {
    std::ifstream in(path_, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return bytes_of(text);
  }

 private:
  std::string path_;
};

AnyArray samples_for(const Layout& l) {
  AnyArray a{l.type, {l.height, l.width, l.channels}, {}};
  a.bytes.resize(static_cast<std::size_t>(element_count(a.shape) * size_bytes(l.type)));
  for (std::int64_t i = 0; i < element_count(a.shape); ++i) {
    const std::int64_t v = i * 40503 + i / 7;
    const auto put = [&](auto value) {
      std::memcpy(a.bytes.data() + i * size_bytes(l.type), &value, sizeof value);
    };
    if (l.type == ElementType::u8) put(static_cast<std::uint8_t>(v));
    if (l.type == ElementType::u16) put(static_cast<std::uint16_t>(v));
    if (l.type == ElementType::f32) put(static_cast<float>(v % 1000) / 8);
    if (l.type == ElementType::f64) put(static_cast<double>(v % 1000) / 8);
  }
  return a;
}

void set_fields(TIFF* tiff, const Layout& l) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(l.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(l.height));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(l.channels));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * size_bytes(l.type)));
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
               is_integer(l.type) ? SAMPLEFORMAT_UINT : SAMPLEFORMAT_IEEEFP);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, static_cast<int>(l.photometric));
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, l.apart ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, static_cast<int>(l.compression));
  if (l.extra != 0) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &l.extra);
  if (l.tile == 0) {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, l.strip_rows);
    return;
  }
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, l.tile);
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, l.tile);
}

/// The samples of one plane, or of all, in a box; zeros beyond the picture.
ByteVector box_of(const AnyArray& a, std::int64_t row, std::int64_t column, std::int64_t rows,
                  std::int64_t columns, std::int64_t plane, std::int64_t planes) {
  const std::int64_t bytes = size_bytes(a.type), channels = planes > 1 ? 1 : a.shape[2];
  ByteVector box(static_cast<std::size_t>(rows * columns * channels * bytes));
  for (std::int64_t y = 0; y < rows && row + y < a.shape[0]; ++y)
    for (std::int64_t x = 0; x < columns && column + x < a.shape[1]; ++x)
      std::memcpy(
          box.data() + (y * columns + x) * channels * bytes,
          a.bytes.data() + (((row + y) * a.shape[1] + column + x) * a.shape[2] + plane) * bytes,
          static_cast<std::size_t>(channels * bytes));
  return box;
}

ByteVector make_tiff(const Layout& l, const AnyArray& a) {
  const File file;
  TIFF* tiff = TIFFOpen(file.path().c_str(), l.mode);
  set_fields(tiff, l);
  const std::int64_t planes = l.apart ? l.channels : 1;
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const auto sample = static_cast<std::uint16_t>(plane);
    const std::int64_t rows = l.tile != 0 ? l.tile : l.strip_rows;
    for (std::int64_t row = 0; row < l.height; row += rows) {
      const std::int64_t columns = l.tile != 0 ? l.tile : l.width;
      for (std::int64_t x = 0; x < l.width; x += columns) {
        const std::int64_t here = l.tile != 0 ? rows : std::min(rows, l.height - row);
        ByteVector box = box_of(a, row, x, here, columns, plane, planes);
        if (l.tile != 0)
          TIFFWriteTile(tiff, box.data(), static_cast<std::uint32_t>(x),
                        static_cast<std::uint32_t>(row), 0, sample);
        else
          TIFFWriteEncodedStrip(tiff,
                                TIFFComputeStrip(tiff, static_cast<std::uint32_t>(row), sample),
                                box.data(), static_cast<tmsize_t>(box.size()));
      }
    }
  }
  TIFFClose(tiff);
  return file.bytes();
}

TEST(Tiff, EveryLayoutIsRead) {
  for (const ElementType type :
       {ElementType::u8, ElementType::u16, ElementType::f32, ElementType::f64})
    for (const std::int64_t channels : {1, 2, 3, 4, 7})
      for (const std::uint32_t tile : {0, 16, 48})
        for (const bool apart : {false, true})
          for (const std::uint16_t compression :
               {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE})
            for (const char* mode : {"w", "w8", "wb"}) {
              Layout l;
              l.type = type;
              l.channels = channels;
              l.tile = tile;
              l.apart = apart;
              l.compression = compression;
              l.photometric = channels == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
              l.mode = mode;
              const AnyArray samples = samples_for(l);
              const auto picture = parse(make_tiff(l, samples));
              ASSERT_TRUE(picture) << message_of(picture);
              ASSERT_EQ(picture->samples.type, type);
              ASSERT_EQ(picture->samples.shape, samples.shape);
              ASSERT_EQ(picture->samples.bytes, samples.bytes)
                  << name(type) << " " << channels << " " << tile << " " << apart << " "
                  << compression << " " << mode;
            }
}

TEST(Tiff, AlphaIsToldFromColours) {
  for (const auto& [extra, alpha] :
       {std::pair<int, Alpha>{EXTRASAMPLE_ASSOCALPHA, Alpha::premultiplied},
        {EXTRASAMPLE_UNASSALPHA, Alpha::straight},
        {EXTRASAMPLE_UNSPECIFIED, Alpha::none}}) {
    Layout l;
    l.channels = 4;
    l.photometric = PHOTOMETRIC_RGB;
    l.extra = static_cast<std::uint16_t>(extra);
    const AnyArray samples = samples_for(l);
    const auto picture = parse(make_tiff(l, samples));
    ASSERT_TRUE(picture) << message_of(picture);
    EXPECT_EQ(picture->alpha, extra == 0 ? Alpha::none : alpha);
    const auto again = parse(*io::encode_picture(*picture, Format::tiff));
    ASSERT_TRUE(again) << message_of(again);
    EXPECT_EQ(again->alpha, picture->alpha);
    EXPECT_EQ(again->samples.bytes, samples.bytes);
  }
}

TEST(Tiff, WhiteAtZeroIsTurned) {
  Layout l;
  l.photometric = PHOTOMETRIC_MINISWHITE;
  for (const ElementType type : {ElementType::u8, ElementType::u16}) {
    l.type = type;
    const AnyArray samples = samples_for(l);
    const auto picture = parse(make_tiff(l, samples));
    ASSERT_TRUE(picture) << message_of(picture);
    for (std::size_t i = 0; i < samples.bytes.size(); ++i)
      ASSERT_EQ(picture->samples.bytes[i], ~samples.bytes[i]);
  }
}

TEST(Tiff, RowsComeInPiecesAndTagsStay) {
  Layout l;
  l.type = ElementType::u16;
  l.channels = 3;
  l.photometric = PHOTOMETRIC_RGB;
  l.tile = 16;
  l.compression = COMPRESSION_LZW;
  const AnyArray samples = samples_for(l);
  const ByteVector bytes = make_tiff(l, samples);
  auto source = io::ByteSource::of(bytes, "a.tif", true);
  auto reader = io::TiffReader::open(source);
  ASSERT_TRUE(reader) << message_of(reader);
  EXPECT_EQ(reader->pages(), 1);
  io::TiffLayout layout = reader->layout();
  EXPECT_EQ(layout.tags.compression, COMPRESSION_LZW);
  layout.tags.orientation = 6;
  layout.tags.x_resolution = layout.tags.y_resolution = 300;
  layout.tags.resolution_unit = RESUNIT_INCH;
  layout.tags.colour_profile = bytes_of("no profile, but kept");
  auto writer = io::TiffWriter::open(layout);
  ASSERT_TRUE(writer) << message_of(writer);
  ByteVector rows(static_cast<std::size_t>(5 * l.width * l.channels * 2));
  for (std::int64_t got = 5; got == 5;) {
    got = *reader->read(rows.data(), 5);
    ASSERT_TRUE(writer->write(rows.data(), got));
  }
  const auto written = writer->finish();
  ASSERT_TRUE(written) << message_of(written);
  const auto again = io::TiffReader::of(*written, "b.tif");
  ASSERT_TRUE(again) << message_of(again);
  EXPECT_EQ(again->layout().tags.orientation, 6);
  EXPECT_EQ(again->layout().tags.x_resolution, 300);
  EXPECT_EQ(again->layout().tags.colour_profile, layout.tags.colour_profile);
  EXPECT_EQ(again->layout().tags.compression, COMPRESSION_LZW);
  EXPECT_EQ(parse(*written)->samples.bytes, samples.bytes);
}

TEST(Tiff, OtherSamplesAndColoursAreRefused) {
  Layout l;
  l.photometric = PHOTOMETRIC_SEPARATED;
  l.channels = 4;
  EXPECT_REFUSED(parse(make_tiff(l, samples_for(l))), "convert it to RGB");
  l = {};
  l.photometric = PHOTOMETRIC_MINISWHITE;
  l.type = ElementType::f32;
  EXPECT_REFUSED(parse(make_tiff(l, samples_for(l))), "white at 0");
  const ByteVector plain = make_tiff({}, samples_for({}));
  EXPECT_REFUSED(parse(ByteVector(plain.begin(), plain.begin() + 8)), "no TIFF that can be read");
}

TEST(Tiff, DamageEndsInAMessage) {
  for (const std::uint32_t tile : {0, 16})
    for (const std::uint16_t compression : {COMPRESSION_NONE, COMPRESSION_ADOBE_DEFLATE})
      for (const char* mode : {"w", "w8"}) {
        Layout l;
        l.height = 9;
        l.width = 11;
        l.tile = tile;
        l.compression = compression;
        l.mode = mode;
        const ByteVector bytes = make_tiff(l, samples_for(l));
        // The directory lies at the end, so that every prefix lacks some of it.
        expect_prefixes_refused(bytes, parse, bytes.size() - 8);
        EXPECT_GT(flip_bits(bytes, parse, bytes.size()), 100);
      }
}

TEST(Tiff, LiesAboutTheSizeAreRefused) {
  Layout l;
  const ByteVector bytes = make_tiff(l, samples_for(l));
  const auto find = [&](std::uint16_t tag) {
    const std::size_t directory =
        std::to_integer<std::size_t>(bytes[4]) | std::to_integer<std::size_t>(bytes[5]) << 8;
    for (std::size_t at = directory + 2; at + 12 <= bytes.size(); at += 12)
      if (std::to_integer<unsigned>(bytes[at]) == (tag & 0xFFU) &&
          std::to_integer<unsigned>(bytes[at + 1]) == tag >> 8U)
        return at + 8;
    return std::size_t{0};
  };
  for (const std::uint16_t tag : {TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH}) {
    ByteVector lie = bytes;
    ASSERT_GT(find(tag), 0U);
    put_number(lie, find(tag), 60000, 2);
    EXPECT_REFUSED(read_damaged(lie, parse, "a lie"), "can hold");
  }
}

}  // namespace
}  // namespace faltung::test
