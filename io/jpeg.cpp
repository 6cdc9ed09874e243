// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>  // jpeglib.h needs FILE and size_t

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>

#include "io/failure.hpp"
#include "io/picture.hpp"

// libjpeg reports errors by a jump. Each function that calls setjmp below owns nothing that has a
// destructor, and what the library needs outlives it in Reader or Writer.
namespace faltung::io {
namespace {

// A block of 8 x 8 pixels takes two bits at least in a sequential file and one in a progressive
// one: 256 and 512 pixels a byte. Twice that, and room for a small picture's damaged header.
constexpr std::uint64_t kMaxPixelsPerByte = 1024;
constexpr std::uint64_t kSlackPixels = 1 << 16;
// A progressive file keeps 2 bytes a coefficient, up to 3 components of rounded-up size.
constexpr std::uint64_t kCoefficientBytesPerPixel = 16;
constexpr std::uint64_t kWorkingBytes = std::uint64_t{64} << 20;
// Each scan costs time in proportion to the picture; encoders write about ten.
constexpr int kMaxScans = 500;
constexpr int kMaxSide = 65500;
constexpr int kQuality = 95;

struct Message : jpeg_error_mgr {
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void on_error(j_common_ptr codec) {
  auto* message = static_cast<Message*>(codec->err);
  message->format_message(codec, message->text);
  std::longjmp(message->jump, 1);
}

/// The library goes on after damage and paints grey; here damage is an error. These harm no pixel:
/// bytes between segments, which cameras leave, and oddities of optional segments.
bool is_harmless(int code) {
  return code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
         code == JWRN_BOGUS_ICC;
}

void on_message(j_common_ptr codec, int level) {
  if (level < 0 && !is_harmless(codec->err->msg_code)) on_error(codec);
}

void prepare(Message& message) {
  jpeg_std_error(&message);
  message.error_exit = on_error;
  message.emit_message = on_message;
}

struct Reader {
  jpeg_decompress_struct codec{};
  Message message{};
  jpeg_progress_mgr progress{};

  Reader() {
    prepare(message);
    codec.err = &message;
  }
  ~Reader() { jpeg_destroy_decompress(&codec); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

void count_scans(j_common_ptr codec) {
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number <= kMaxScans) return;
  auto* message = static_cast<Message*>(codec->err);
  std::snprintf(message->text, sizeof message->text, "more than %d scans", kMaxScans);
  std::longjmp(message->jump, 1);
}

bool read_header(Reader& reader, std::span<const std::byte> bytes) {
  if (setjmp(reader.message.jump)) return false;
  jpeg_create_decompress(&reader.codec);
  reader.progress.progress_monitor = count_scans;
  reader.codec.progress = &reader.progress;
  jpeg_mem_src(&reader.codec, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&reader.codec, TRUE);
  return true;
}

bool read_rows(Reader& reader, unsigned char* to) {
  if (setjmp(reader.message.jump)) return false;
  jpeg_decompress_struct& codec = reader.codec;
  jpeg_start_decompress(&codec);
  const std::size_t row_bytes =
      std::size_t{codec.output_width} * static_cast<std::size_t>(codec.output_components);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = to + codec.output_scanline * row_bytes;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);  // reads on to the end marker, so that a lost tail is noticed
  return true;
}

/// Why a picture whose header was read is refused, or nothing.
std::string refusal(const jpeg_decompress_struct& codec, std::size_t file_bytes) {
  const J_COLOR_SPACE space = codec.jpeg_color_space;
  if (space == JCS_CMYK || space == JCS_YCCK)
    return "is a CMYK JPEG; grey and RGB (YCbCr) are allowed: convert it to RGB first";
  if (space != JCS_GRAYSCALE && space != JCS_YCbCr && space != JCS_RGB)
    return "is a JPEG of " + std::to_string(codec.num_components) +
           " components; grey and RGB (YCbCr) are allowed";
  const std::uint64_t pixels = std::uint64_t{codec.image_width} * codec.image_height;
  if (pixels > kMaxPixelsPerByte * file_bytes + kSlackPixels)
    return "declares " + std::to_string(codec.image_width) + " x " +
           std::to_string(codec.image_height) + " pixels, more than its " +
           std::to_string(file_bytes) + " bytes can hold: it is truncated or damaged";
  return {};
}

std::string damage(const Reader& reader) {
  const int code = reader.message.msg_code;
  const bool ended = code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JERR_INPUT_EOF;
  return std::string(ended ? "is truncated or damaged: " : "is a damaged JPEG: ") +
         reader.message.text;
}

/// libjpeg's own memory destination leaks its buffer when it jumps; this one fills a vector.
struct Writer : jpeg_destination_mgr {
  jpeg_compress_struct codec{};
  Message message{};
  std::vector<std::byte> bytes;
  unsigned char block[1 << 14] = {};
  bool out_of_memory = false;

  Writer() : jpeg_destination_mgr{} {
    prepare(message);
    codec.err = &message;
  }
  ~Writer() { jpeg_destroy_compress(&codec); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

void start_block(j_compress_ptr codec) {
  auto* writer = static_cast<Writer*>(codec->dest);
  writer->next_output_byte = writer->block;
  writer->free_in_buffer = sizeof writer->block;
}

void keep(j_compress_ptr codec, std::size_t count) {
  auto* writer = static_cast<Writer*>(codec->dest);
  try {
    const auto* begin = reinterpret_cast<const std::byte*>(writer->block);
    writer->bytes.insert(writer->bytes.end(), begin, begin + count);
    return;
  } catch (const std::exception&) {  // must not pass through C
    writer->out_of_memory = true;
  }
  ERREXIT1(codec, JERR_OUT_OF_MEMORY, 0);
}

boolean keep_block(j_compress_ptr codec) {
  keep(codec, sizeof static_cast<Writer*>(codec->dest)->block);
  start_block(codec);
  return TRUE;
}

void keep_rest(j_compress_ptr codec) {
  keep(codec, sizeof static_cast<Writer*>(codec->dest)->block - codec->dest->free_in_buffer);
}

bool write_picture(Writer& writer, const Dims& shape, const std::byte* from) {
  if (setjmp(writer.message.jump)) return false;
  jpeg_compress_struct& codec = writer.codec;
  jpeg_create_compress(&codec);
  writer.init_destination = start_block;
  writer.empty_output_buffer = keep_block;
  writer.term_destination = keep_rest;
  codec.dest = &writer;
  codec.image_height = static_cast<JDIMENSION>(shape[0]);
  codec.image_width = static_cast<JDIMENSION>(shape[1]);
  codec.input_components = static_cast<int>(shape[2]);
  codec.in_color_space = shape[2] == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, kQuality, TRUE);
  codec.comp_info[0].h_samp_factor = 1;  // the default halves the chroma
  codec.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&codec, TRUE);
  const std::size_t row_bytes = static_cast<std::size_t>(shape[1] * shape[2]);
  while (codec.next_scanline < codec.image_height) {
    // The row is not const in libjpeg's interface; it is only read.
    auto* row =
        reinterpret_cast<JSAMPROW>(const_cast<std::byte*>(from + codec.next_scanline * row_bytes));
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  return true;
}

}  // namespace

bool is_jpeg(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= 3 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8} &&
         bytes[2] == std::byte{0xff};
}

Result<Picture> decode_jpeg(std::span<const std::byte> bytes, const std::string& where) {
  Reader reader;
  if (!read_header(reader, bytes)) return bad_data(where, damage(reader));
  if (const std::string why = refusal(reader.codec, bytes.size()); !why.empty())
    return bad_data(where, why);
  jpeg_decompress_struct& codec = reader.codec;
  const int channels = codec.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
  codec.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  const std::size_t pixels = std::size_t{codec.image_width} * codec.image_height;
  codec.mem->max_memory_to_use =
      static_cast<long>(kCoefficientBytesPerPixel * pixels + kWorkingBytes);
  Picture picture;
  picture.samples.type = ElementType::u8;
  picture.samples.shape = {codec.image_height, codec.image_width, channels};
  picture.samples.bytes.resize(pixels * static_cast<std::size_t>(channels));
  if (!read_rows(reader, reinterpret_cast<unsigned char*>(picture.samples.bytes.data())))
    return bad_data(where, damage(reader));
  return picture;
}

Result<std::vector<std::byte>> encode_jpeg(const Picture& picture) {
  const Dims& shape = picture.samples.shape;
  std::string why;
  if (picture.samples.type != ElementType::u8) why = "JPEG holds 8 bits; write 16 bits as PNG";
  else if (shape[2] != 1 && shape[2] != 3) why = "JPEG holds no alpha; write PNG, or drop it";
  else if (shape[0] > kMaxSide || shape[1] > kMaxSide)
    why = "JPEG holds at most " + std::to_string(kMaxSide) + " pixels on a side; write PNG";
  if (!why.empty()) return fail(Trouble::cannot_create, "picture", why);
  Writer writer;
  if (!write_picture(writer, shape, picture.samples.bytes.data())) {
    if (writer.out_of_memory) throw std::bad_alloc();
    return fail(Trouble::cannot_create, "picture", std::string("JPEG: ") + writer.message.text);
  }
  return std::move(writer.bytes);
}

}  // namespace faltung::io
