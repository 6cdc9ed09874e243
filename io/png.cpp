// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>

#include "io/failure.hpp"
#include "io/picture.hpp"

// libpng reports errors by a jump. Each function that calls setjmp below owns nothing that has a
// destructor, and what the library needs outlives it in Reader or Writer.
namespace faltung::io {
namespace {

constexpr unsigned char kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
// Signature, then the chunk IHDR: length, name, 13 bytes of content, checksum.
constexpr std::size_t kHeaderBytes = 8 + 8 + 13 + 4;
// One symbol of deflate stands for 258 bytes and takes two bits at least: 1032 to one.
constexpr std::uint64_t kMaxDeflateRatio = 1032;
// Room for pictures of few bits a pixel, which grow again when they become 8 bits.
constexpr std::uint64_t kExpansionSlackBytes = std::uint64_t{256} << 20;
constexpr png_alloc_size_t kMaxChunkBytes = 8 << 20;  // of a single colour profile or text
constexpr png_uint_32 kMaxSide = 0x7fffffff;

struct Message {
  std::jmp_buf jump;
  char text[160] = "";

  [[noreturn]] void raise(const char* why) {
    std::strncpy(text, why, sizeof text - 1);
    std::longjmp(jump, 1);
  }
};

void on_error(png_structp png, png_const_charp why) {
  static_cast<Message*>(png_get_error_ptr(png))->raise(why);
}
void on_warning(png_structp, png_const_charp) {}

struct Reader : Message {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> left;

  explicit Reader(std::span<const std::byte> bytes) : left(bytes) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, static_cast<Message*>(this), on_error,
                                 on_warning);
    if (png) info = png_create_info_struct(png);
    if (!info) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (reader->left.size() < count) png_error(png, "the file is truncated");
  std::memcpy(to, reader->left.data(), count);
  reader->left = reader->left.subspan(count);
}

struct Layout {
  png_uint_32 width = 0;
  png_uint_32 height = 0;
  int channels = 0;
  int bits = 0;
  std::size_t row_bytes = 0;
};

bool read_header(Reader& reader, Layout& layout) {
  if (setjmp(reader.jump)) return false;
  png_structp png = reader.png;
  png_infop info = reader.info;
  png_set_read_fn(png, &reader, read_bytes);
  png_set_user_limits(png, kMaxSide, kMaxSide);  // the caller has compared them with the file
  png_set_chunk_malloc_max(png, kMaxChunkBytes);
  png_read_info(png, info);
  const int colour = png_get_color_type(png, info);
  const int depth = png_get_bit_depth(png, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
  if (depth == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  layout.width = png_get_image_width(png, info);
  layout.height = png_get_image_height(png, info);
  layout.channels = png_get_channels(png, info);
  layout.bits = png_get_bit_depth(png, info);
  layout.row_bytes = png_get_rowbytes(png, info);
  return true;
}

bool read_rows(Reader& reader, png_bytepp rows) {
  if (setjmp(reader.jump)) return false;
  png_read_image(reader.png, rows);
  png_read_end(reader.png, nullptr);  // the checksums of what follows, and that the file ends
  return true;
}

std::uint32_t big_endian_32(const std::byte* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(at[i]);
  return value;
}

/// Compares what IHDR declares with the bytes that are there, before libpng allocates by it.
Result<void> check_declared_size(std::span<const std::byte> bytes, const std::string& where) {
  if (bytes.size() < kHeaderBytes || std::memcmp(bytes.data() + 12, "IHDR", 4) != 0)
    return bad_data(where, "is truncated or damaged: its PNG header is incomplete");
  const std::uint64_t width = big_endian_32(bytes.data() + 16);
  const std::uint64_t height = big_endian_32(bytes.data() + 20);
  const auto depth = std::to_integer<unsigned>(bytes[24]);
  const auto colour = std::to_integer<unsigned>(bytes[25]);
  constexpr unsigned kChannels[7] = {1, 0, 3, 1, 2, 0, 4};
  const std::string size = std::to_string(width) + " x " + std::to_string(height) + " pixels";
  if (width == 0 || height == 0 || width > kMaxSide || height > kMaxSide)
    return bad_data(where, "declares " + size + "; each side of a PNG is 1 to 2147483647");
  if (colour > 6 || kChannels[colour] == 0 || depth > 16 || !std::has_single_bit(depth))
    return bad_data(where, "declares colour type " + std::to_string(colour) + " with " +
                               std::to_string(depth) + " bits, which PNG does not have");
  const std::uint64_t row_bytes = 1 + (width * kChannels[colour] * depth + 7) / 8;
  const std::uint64_t limit_bytes = kMaxDeflateRatio * bytes.size();
  if (row_bytes > limit_bytes / height)
    return bad_data(where, "declares " + size + ", more than its " + std::to_string(bytes.size()) +
                               " bytes can hold: it is truncated or damaged");
  // An upper estimate of what is returned: a palette gives up to four bytes a pixel.
  const std::uint64_t pixel_bytes = colour == 3 ? 4 : (kChannels[colour] + 1) * (depth > 8 ? 2 : 1);
  if (width * pixel_bytes > (limit_bytes + kExpansionSlackBytes) / height)
    return bad_data(where, "declares " + size + ", out of proportion to its " +
                               std::to_string(bytes.size()) + " bytes");
  return {};
}

struct Writer : Message {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::vector<std::byte> bytes;
  bool out_of_memory = false;

  Writer() {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, static_cast<Message*>(this), on_error,
                                  on_warning);
    if (png) info = png_create_info_struct(png);
    if (!info) {
      png_destroy_write_struct(&png, nullptr);
      throw std::bad_alloc();
    }
  }
  ~Writer() { png_destroy_write_struct(&png, &info); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

void write_bytes(png_structp png, png_bytep from, std::size_t count) {
  auto* writer = static_cast<Writer*>(png_get_io_ptr(png));
  try {
    const auto* begin = reinterpret_cast<const std::byte*>(from);
    writer->bytes.insert(writer->bytes.end(), begin, begin + count);
    return;
  } catch (const std::exception&) {  // must not pass through C
    writer->out_of_memory = true;
  }
  png_error(png, "out of memory");
}

bool write_picture(Writer& writer, const Layout& layout, png_bytepp rows) {
  if (setjmp(writer.jump)) return false;
  constexpr int kColours[5] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                               PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  png_structp png = writer.png;
  png_set_write_fn(png, &writer, write_bytes, nullptr);
  png_set_user_limits(png, kMaxSide, kMaxSide);
  png_set_IHDR(png, writer.info, layout.width, layout.height, layout.bits,
               kColours[layout.channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, writer.info);
  if (layout.bits == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  png_write_image(png, rows);
  png_write_end(png, nullptr);
  return true;
}

std::vector<png_bytep> rows_of(std::byte* data, const Layout& layout) {
  std::vector<png_bytep> rows(layout.height);
  for (std::size_t y = 0; y < rows.size(); ++y)
    rows[y] = reinterpret_cast<png_bytep>(data + y * layout.row_bytes);
  return rows;
}

/// Reads the indices of a palette as they stand, a byte each; 0 where a file has none, or one with
/// a colour for every index.
int palette_size(Reader& reader) {
  if (setjmp(reader.jump)) return -1;
  png_structp png = reader.png;
  png_set_read_fn(png, &reader, read_bytes);
  png_set_user_limits(png, kMaxSide, kMaxSide);
  png_set_chunk_malloc_max(png, kMaxChunkBytes);
  png_read_info(png, reader.info);
  png_colorp palette = nullptr;
  int colours = 0;
  if (png_get_color_type(png, reader.info) != PNG_COLOR_TYPE_PALETTE ||
      png_get_PLTE(png, reader.info, &palette, &colours) == 0 ||
      colours >= 1 << png_get_bit_depth(png, reader.info))
    return 0;
  png_set_packing(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
  return colours;
}

/// libpng takes an index beyond the palette for any colour.
Result<void> check_palette(std::span<const std::byte> bytes, const Layout& picture,
                           const std::string& where) {
  Reader reader(bytes);
  const int colours = palette_size(reader);
  if (colours <= 0) return {};
  Layout layout = picture;
  layout.row_bytes = picture.width;
  std::vector<std::byte> indices(layout.height * layout.row_bytes);
  std::vector<png_bytep> rows = rows_of(indices.data(), layout);
  if (!read_rows(reader, rows.data()))
    return bad_data(where, std::string("is a damaged PNG: ") + reader.text);
  const int largest = std::to_integer<int>(*std::max_element(indices.begin(), indices.end()));
  if (largest < colours) return {};
  return bad_data(where, "is damaged: it uses colour " + std::to_string(largest) +
                             " of a palette of " + std::to_string(colours) + ", whose first is 0");
}

}  // namespace

bool is_png(std::span<const std::byte> bytes) noexcept {
  const std::size_t count = std::min(bytes.size(), sizeof kSignature);
  return count >= 4 && std::memcmp(bytes.data(), kSignature, count) == 0;
}

Result<Picture> decode_png(std::span<const std::byte> bytes, const std::string& where) {
  if (Result<void> checked = check_declared_size(bytes, where); !checked)
    return tl::unexpected(checked.error());
  Reader reader(bytes);
  Layout layout;
  if (!read_header(reader, layout))
    return bad_data(where, std::string("is a damaged PNG: ") + reader.text);
  Picture picture;
  picture.samples.type = layout.bits == 16 ? ElementType::u16 : ElementType::u8;
  picture.samples.shape = {layout.height, layout.width, layout.channels};
  if (layout.channels % 2 == 0) picture.alpha = Alpha::straight;
  picture.samples.bytes.resize(layout.height * layout.row_bytes);
  std::vector<png_bytep> rows = rows_of(picture.samples.bytes.data(), layout);
  if (!read_rows(reader, rows.data()))
    return bad_data(where, std::string("is a damaged PNG: ") + reader.text);
  if (Result<void> checked = check_palette(bytes, layout, where); !checked)
    return tl::unexpected(checked.error());
  return picture;
}

Result<std::vector<std::byte>> encode_png(const Picture& picture) {
  const Dims& shape = picture.samples.shape;
  if (shape[0] > kMaxSide || shape[1] > kMaxSide)
    return fail(Trouble::cannot_create, "picture", "PNG holds at most 2147483647 pixels on a side");
  Layout layout;
  layout.height = static_cast<png_uint_32>(shape[0]);
  layout.width = static_cast<png_uint_32>(shape[1]);
  layout.channels = static_cast<int>(shape[2]);
  layout.bits = picture.samples.type == ElementType::u16 ? 16 : 8;
  layout.row_bytes = picture.samples.bytes.size() / layout.height;
  // libpng's rows are not const in its interface; it copies each one before it works on it.
  std::vector<png_bytep> rows =
      rows_of(const_cast<std::byte*>(picture.samples.bytes.data()), layout);
  Writer writer;
  if (!write_picture(writer, layout, rows.data())) {
    if (writer.out_of_memory) throw std::bad_alloc();
    return fail(Trouble::cannot_create, "picture", std::string("PNG: ") + writer.text);
  }
  return std::move(writer.bytes);
}

}  // namespace faltung::io
