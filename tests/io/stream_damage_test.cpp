// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Damaged files through the readers that give pieces: what the readers of whole files make of them,
// they make of them, too.
#include <filesystem>

#include "damage.hpp"
#include "io/csv_stream.hpp"
#include "io/npy_stream.hpp"
#include "io/sound_stream.hpp"
#include "io/tiff.hpp"

namespace faltung::test {
namespace {

using Bytes = std::span<const std::byte>;

/// Calls `check` with every proper prefix and with every flip of one bit.
template <class Check>
void damage(const ByteVector& bytes, Check&& check) {
  for (std::size_t n = 0; n <= bytes.size(); ++n)
    check(ByteVector(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)),
          "the first " + std::to_string(n) + " bytes");
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    ByteVector flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << bit % 8;
    check(flipped, "bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8));
  }
}

/// Bytes in a file, so that readers that map or seek do.
class File {
 public:
  File()
      : path_(std::filesystem::temp_directory_path() /
              ("faltung-damage-" + std::to_string(::getpid()))) {}
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  io::ByteSource source(Bytes bytes) const {
    std::filesystem::remove(path_);  // some file systems write what is cut and filled again at once
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    if (!bytes.empty()) {
      EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    }
    std::fclose(file);
    return *io::ByteSource::open(path_);
  }

 private:
  std::filesystem::path path_;
};

/// A table's cells, row after row, whatever kind its columns are found to be.
using Cells = std::vector<std::vector<std::string>>;
void append_rows(const io::Table& table, Cells& cells) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    std::vector<std::string>& line = cells.emplace_back();
    for (const io::Table::Column& column : table.columns) line.push_back(column.text[row]);
  }
}

io::Result<Cells> csv_pieces(Bytes bytes, bool known_size) {
  auto source = io::ByteSource::of({bytes.begin(), bytes.end()}, "a.csv", known_size);
  auto reader = io::CsvReader::open(source);
  if (!reader) return tl::unexpected(reader.error());
  Cells cells{reader->names()};
  for (;;) {
    const auto table = reader->read();
    if (!table) return tl::unexpected(table.error());
    if (table->rows() == 0) return cells;
    append_rows(*table, cells);
  }
}

TEST(StreamDamage, CsvPiecesAreReadAsTheWhole) {
  const ByteVector bytes =
      bytes_of("\xef\xbb\xbft,\"x \"\"y\"\"\",note\r\n1,2.5e1,\"a,b\"\r\n2,nan,\n3,4,\"c\nd\"\n\n");
  damage(bytes, [](const ByteVector& given, const std::string& what) {
    const auto whole =
        io::parse_csv({reinterpret_cast<const char*>(given.data()), given.size()}, "a.csv");
    for (const bool known : {true, false}) {
      const auto read =
          read_damaged(given, [&](Bytes text) { return csv_pieces(text, known); }, what);
      // That there are no rows is for those to say who count them.
      if (!whole && contains(message_of(whole), "no rows")) continue;
      ASSERT_EQ(read.has_value(), whole.has_value()) << what << message_of(read);
      if (!whole) {
        EXPECT_FALSE(contains(message_of(read), "(no failure)"));
        continue;
      }
      Cells cells{{}};
      for (const io::Table::Column& column : whole->columns) cells[0].push_back(column.name);
      append_rows(*whole, cells);
      EXPECT_EQ(*read, cells) << what;
    }
  });
}

TEST(StreamDamage, MappedArraysAreReadAsTheWhole) {
  const File file;
  for (const bool mapped : {true, false})
    for (const AnyArray& array :
         {array_of<double>({2, 3}, {1, 2, 3, 4, 5, 6}), array_of<std::int16_t>({4}, {1, 2, 3, 4})})
      damage(io::encode_npy(array.view()), [&](const ByteVector& given, const std::string& what) {
        const auto whole = io::parse_npy(given, "a.npy");
        const auto read = read_damaged(
            given,
            [&](Bytes bytes) {
              auto source = mapped
                                ? file.source(bytes)
                                : io::ByteSource::of({bytes.begin(), bytes.end()}, "a.npy", false);
              return io::map_npy(source);
            },
            what);
        ASSERT_EQ(read.has_value(), whole.has_value()) << what << message_of(read);
        if (!whole) return;
        EXPECT_EQ(read->view.shape, whole->shape) << what;
        EXPECT_EQ(read->view.type, whole->type) << what;
        EXPECT_EQ(io::encode_npy(read->view), io::encode_npy(whole->view())) << what;
      });
}

io::Result<ByteVector> tiff_pieces(io::ByteSource source) {
  auto reader = io::TiffReader::open(source);
  if (!reader) return tl::unexpected(reader.error());
  const io::TiffLayout& layout = reader->layout();
  const auto row = static_cast<std::size_t>(element_count(layout.shape) / layout.shape[0] *
                                            size_bytes(layout.type));
  ByteVector all, rows(2 * row);
  for (std::int64_t got = 2; got == 2;) {
    const auto read = reader->read(rows.data(), 2);
    if (!read) return tl::unexpected(read.error());
    got = *read;
    all.insert(all.end(), rows.begin(),
               rows.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(got) * row));
  }
  return all;
}

TEST(StreamDamage, RowsOfTiffAreReadAsTheWhole) {
  const File file;
  for (const auto& [type, compression] :
       {std::pair{ElementType::f32, 1}, {ElementType::u16, 5}, {ElementType::u8, 8}}) {
    io::TiffLayout layout{{5, 4, 3}, type, io::Alpha::none, {}};
    layout.tags.compression = static_cast<std::uint16_t>(compression);
    layout.tags.colour_profile = bytes_of("profile");
    auto writer = io::TiffWriter::open(layout);
    ASSERT_TRUE(writer) << message_of(writer);
    ByteVector samples(static_cast<std::size_t>(60 * size_bytes(type)));
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::byte>(i * 7);
    ASSERT_TRUE(writer->write(samples.data(), 5));
    const auto bytes = writer->finish();
    ASSERT_TRUE(bytes) << message_of(bytes);
    damage(*bytes, [&](const ByteVector& given, const std::string& what) {
      const auto whole = io::parse_picture(given, "a.tif");
      const auto read =
          read_damaged(given, [&](Bytes b) { return tiff_pieces(file.source(b)); }, what);
      // Other first bytes are those of another format, or none, to the reader of pictures.
      if (!io::is_tiff(given)) return;
      ASSERT_EQ(read.has_value(), whole.has_value())
          << what << ": " << message_of(read) << ", " << message_of(whole);
      if (whole) {
        EXPECT_TRUE(*read == whole->samples.bytes) << what;
      }
    });
  }
}

io::Result<std::int64_t> raw_frames(const ByteVector& bytes, bool known_size,
                                    const io::RawSound& raw) {
  auto source = io::ByteSource::of(bytes, "a.raw", known_size);
  auto reader = io::SoundReader::open(source, raw);
  if (!reader) return tl::unexpected(reader.error());
  std::int64_t frames = 0;
  for (std::int64_t got = 3; got == 3; frames += got) {
    ByteVector room(static_cast<std::size_t>(3 * raw.channels * size_bytes(reader->type())));
    const auto read = reader->read(room.data(), 3);
    if (!read) return tl::unexpected(read.error());
    got = *read;
  }
  return frames;
}

TEST(StreamDamage, RawSamplesThatEndWithinAFrameAreRefused) {
  for (const std::string encoding : {"pcm8", "pcm16", "pcm24", "pcm32", "float32", "float64"})
    for (const std::int64_t channels : {1, 2, 3}) {
      const io::Sound one{array_of<float>({1, 1}, {0}), 8000, encoding};
      const auto bytes = io::encode_sound(one, io::Format::raw, nullptr);
      const auto frame_bytes = bytes->size() * static_cast<std::size_t>(channels);
      for (std::size_t n = 0; n <= 7 * frame_bytes; ++n)
        for (const bool known : {true, false}) {
          const auto read = raw_frames(ByteVector(n), known, {8000, channels, encoding});
          const std::string what = std::to_string(n) + " bytes of " + encoding;
          ASSERT_EQ(read.has_value(), n > 0 && n % frame_bytes == 0) << what;
          if (read) {
            EXPECT_EQ(*read, static_cast<std::int64_t>(n / frame_bytes)) << what;
          } else if (n > 0) {
            EXPECT_REFUSED(read, "no whole number of frames");
          }
        }
    }
}

TEST(StreamDamage, RawSamplesNeedALayoutThatCanBe) {
  const ByteVector bytes(48);
  EXPECT_REFUSED(raw_frames(bytes, true, {8000, 0, "pcm16"}), "0 channels");
  EXPECT_REFUSED(raw_frames(bytes, true, {8000, -1, "pcm16"}), "-1 channels");
  EXPECT_REFUSED(raw_frames(bytes, true, {8000, 5000, "pcm16"}), "5000 channels");
  EXPECT_REFUSED(raw_frames(bytes, true, {0, 1, "pcm16"}), "sample rate");
  EXPECT_REFUSED(raw_frames(bytes, true, {8000, 1, "pcm12"}), "pcm12");
}

}  // namespace
}  // namespace faltung::test
