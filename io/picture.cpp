// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/picture.hpp"

#include "io/failure.hpp"

namespace faltung::io {
namespace {

constexpr const char* kPicture = "picture";

/// Why a picture cannot be encoded, or nothing.
std::string refusal(const AnyArray& samples) {
  if (samples.type != ElementType::u8 && samples.type != ElementType::u16)
    return std::string("its samples are ") + faltung::name(samples.type) +
           "; pictures hold u8 or u16";
  const Dims& shape = samples.shape;
  if (shape.rank() != 3)
    return "it has " + std::to_string(shape.rank()) +
           " axes; pictures are [height, width, channels]";
  if (shape[2] < 1 || shape[2] > 4)
    return "it has " + std::to_string(shape[2]) +
           " channels; pictures have 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha)";
  if (shape[0] < 1 || shape[1] < 1) return "it has no pixels";
  const std::int64_t count = element_count(shape);
  if (count < 0 || static_cast<std::uint64_t>(count) !=
                       samples.bytes.size() / static_cast<std::uint64_t>(size_bytes(samples.type)))
    return "its shape and its samples differ in number";
  return {};
}

}  // namespace

Result<Picture> parse_picture(std::span<const std::byte> bytes, const std::string& where) {
  return within_memory(where, [&]() -> Result<Picture> {
    if (bytes.empty()) return bad_data(where, "the file is empty; a PNG or JPEG picture is needed");
    if (is_png(bytes)) return decode_png(bytes, where);
    if (is_jpeg(bytes)) return decode_jpeg(bytes, where);
    return bad_data(where, "is neither a PNG nor a JPEG picture");
  });
}

Result<Picture> read_picture(const std::filesystem::path& path) {
  Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_picture(*bytes, path.string());
}

Result<std::vector<std::byte>> encode_picture(const Picture& picture, Format format) {
  const std::string why = refusal(picture.samples);
  if (!why.empty()) return fail(Trouble::cannot_create, kPicture, why);
  if (format == Format::png) return encode_png(picture);
  if (format == Format::jpeg) return encode_jpeg(picture);
  return fail(Trouble::cannot_create, kPicture,
              std::string("cannot be written as ") + name(format) + "; PNG and JPEG hold pictures");
}

}  // namespace faltung::io
