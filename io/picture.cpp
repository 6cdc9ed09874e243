// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/picture.hpp"

#include "io/failure.hpp"
#include "io/tiff.hpp"

namespace faltung::io {
namespace {

constexpr const char* kPicture = "picture";

/// Why a picture cannot be encoded, or nothing.
std::string refusal(const Picture& picture, Format format) {
  const AnyArray& samples = picture.samples;
  const bool integer = samples.type == ElementType::u8 || samples.type == ElementType::u16;
  const bool real = samples.type == ElementType::f32 || samples.type == ElementType::f64;
  if (!integer && !(real && format == Format::tiff))
    return std::string("its samples are ") + faltung::name(samples.type) +
           "; pictures hold u8 or u16, and TIFF also f32 or f64";
  const Dims& shape = samples.shape;
  if (shape.rank() != 3)
    return "it has " + std::to_string(shape.rank()) +
           " axes; pictures are [height, width, channels]";
  const bool other_alpha = (shape[2] % 2 == 0) != (picture.alpha == Alpha::straight);
  const bool few =
      format == Format::tiff || (shape[2] <= 4 && !(format == Format::png && other_alpha));
  if (shape[2] < 1 || !few)
    return "it has " + std::to_string(shape[2]) +
           " channels; pictures have 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha), "
           "and TIFF any number";
  if (shape[0] < 1 || shape[1] < 1) return "it has no pixels";
  const std::int64_t count = element_count(shape);
  if (count < 0 || static_cast<std::uint64_t>(count) !=
                       samples.bytes.size() / static_cast<std::uint64_t>(size_bytes(samples.type)))
    return "its shape and its samples differ in number";
  return {};
}

Result<Picture> decode_tiff(std::span<const std::byte> bytes, const std::string& where) {
  auto reader = TiffReader::of(bytes, where);
  if (!reader) return tl::unexpected(reader.error());
  const TiffLayout& layout = reader->layout();
  Picture picture{{layout.type, layout.shape, {}}, layout.alpha};
  picture.samples.bytes.resize(
      static_cast<std::size_t>(element_count(layout.shape) * size_bytes(layout.type)));
  const auto read = reader->read(picture.samples.bytes.data(), layout.shape[0]);
  if (!read) return tl::unexpected(read.error());
  return picture;
}

Result<std::vector<std::byte>> encode_tiff(const Picture& picture) {
  const AnyArray& samples = picture.samples;
  auto writer = TiffWriter::open({samples.shape, samples.type, picture.alpha, {}});
  if (!writer) return tl::unexpected(writer.error());
  if (auto done = writer->write(samples.bytes.data(), samples.shape[0]); !done)
    return tl::unexpected(done.error());
  return writer->finish();
}

}  // namespace

Result<Picture> parse_picture(std::span<const std::byte> bytes, const std::string& where) {
  return within_memory(where, [&]() -> Result<Picture> {
    if (bytes.empty())
      return bad_data(where, "the file is empty; a PNG, JPEG or TIFF picture is needed");
    if (is_png(bytes)) return decode_png(bytes, where);
    if (is_jpeg(bytes)) return decode_jpeg(bytes, where);
    if (is_tiff(bytes)) return decode_tiff(bytes, where);
    return bad_data(where, "is neither a PNG nor a JPEG nor a TIFF picture");
  });
}

Result<Picture> read_picture(const std::filesystem::path& path) {
  Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_picture(*bytes, path.string());
}

Result<std::vector<std::byte>> encode_picture(const Picture& picture, Format format) {
  const std::string why = refusal(picture, format);
  if (!why.empty()) return fail(Trouble::cannot_create, kPicture, why);
  if (format == Format::png) return encode_png(picture);
  if (format == Format::jpeg) return encode_jpeg(picture);
  if (format == Format::tiff) return encode_tiff(picture);
  return fail(
      Trouble::cannot_create, kPicture,
      std::string("cannot be written as ") + name(format) + "; PNG, JPEG and TIFF hold pictures");
}

}  // namespace faltung::io
