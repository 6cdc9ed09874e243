// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <limits>

#include "io/tiff.hpp"
#include "io/tiff_place.hpp"

namespace faltung::io {
namespace {

/// Of a strip, where a row is no longer; of a file of which offsets need 64 bits, with room for
/// what a compressor adds.
constexpr std::size_t kStripBytes = 1 << 18;
constexpr std::uint64_t kClassicBytes = std::uint64_t{4000} << 20;

std::size_t row_bytes(const TiffLayout& layout) {
  return static_cast<std::size_t>(layout.shape[1] * layout.shape[2] * size_bytes(layout.type));
}

void set_colours(TIFF* tiff, const TiffLayout& layout) {
  const auto channels = static_cast<std::uint16_t>(layout.shape[2]);
  const bool alpha = layout.alpha != Alpha::none;
  const bool rgb = channels - (alpha ? 1 : 0) == 3;
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, rgb ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  const int extra = channels - (rgb ? 3 : 1);
  if (extra <= 0) return;
  std::uint16_t kind = EXTRASAMPLE_UNSPECIFIED;
  if (layout.alpha == Alpha::straight) kind = EXTRASAMPLE_UNASSALPHA;
  if (layout.alpha == Alpha::premultiplied) kind = EXTRASAMPLE_ASSOCALPHA;
  const std::vector<std::uint16_t> kinds(static_cast<std::size_t>(extra), kind);
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, extra, kinds.data());
}

void set_tags(TIFF* tiff, const TiffLayout& layout, std::uint32_t strip_rows) {
  const TiffTags& tags = layout.tags;
  const bool real = layout.type == ElementType::f32 || layout.type == ElementType::f64;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(layout.shape[1]));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(layout.shape[0]));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(layout.shape[2]));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * size_bytes(layout.type)));
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, real ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, static_cast<int>(tags.compression));
  if (tags.compression != COMPRESSION_NONE)
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, real ? PREDICTOR_FLOATINGPOINT : PREDICTOR_HORIZONTAL);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, strip_rows);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, static_cast<int>(tags.orientation));
  set_colours(tiff, layout);
  if (tags.x_resolution > 0 && tags.y_resolution > 0) {
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, static_cast<double>(tags.x_resolution));
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(tags.y_resolution));
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, static_cast<int>(tags.resolution_unit));
  }
  if (!tags.colour_profile.empty())
    TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(tags.colour_profile.size()),
                 tags.colour_profile.data());
}

}  // namespace

struct TiffWriter::Impl {
  TiffPlace place;
  OutputFile* file = nullptr;  ///< none: memory
  TiffLayout layout;
  TiffHandle tiff;
  std::vector<std::byte> strip;
  std::size_t strip_bytes = 0;  ///< of a full one
  std::uint32_t strips = 0;

  Result<void> failed() const {
    if (place.error == ENOMEM) throw std::bad_alloc();
    if (place.error != 0 && file != nullptr) return cannot_write(file->path(), place.error);
    return fail(Trouble::cannot_create, "TIFF", "libtiff refuses it" + place.complaint());
  }
  Result<void> flush() {
    if (strip.empty()) return {};
    const auto size = static_cast<tmsize_t>(strip.size());
    if (TIFFWriteEncodedStrip(tiff.get(), strips++, strip.data(), size) != size) return failed();
    strip.clear();
    return {};
  }
};

TiffWriter::TiffWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TiffWriter::~TiffWriter() = default;
TiffWriter::TiffWriter(TiffWriter&&) noexcept = default;

Result<TiffWriter> TiffWriter::start(std::unique_ptr<Impl> impl) {
  Impl& i = *impl;
  const TiffLayout& layout = i.layout;
  const std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (layout.shape[0] > most || layout.shape[1] > most || layout.shape[2] > 65535)
    return fail(Trouble::cannot_create, "TIFF",
                "holds at most 2147483647 pixels on a side, of 65535 channels");
  const std::size_t row = row_bytes(layout);
  const auto rows = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(kStripBytes / row, 1, static_cast<std::size_t>(layout.shape[0])));
  i.strip_bytes = rows * row;
  i.place.writes = true;
  const std::uint64_t bytes = std::uint64_t{row} * static_cast<std::uint64_t>(layout.shape[0]);
  i.tiff = open_tiff(i.place, bytes > kClassicBytes ? "w8" : "w");
  if (!i.tiff) return tl::unexpected(i.failed().error());
  set_tags(i.tiff.get(), layout, rows);
  i.strip.reserve(i.strip_bytes);
  return TiffWriter(std::move(impl));
}

Result<TiffWriter> TiffWriter::open(OutputFile& file, const TiffLayout& layout) {
  auto impl = std::make_unique<Impl>();
  impl->layout = layout;
  impl->file = &file;
  if (file.regular()) impl->place.descriptor = file.descriptor();
  return start(std::move(impl));
}

Result<TiffWriter> TiffWriter::open(const TiffLayout& layout) {
  auto impl = std::make_unique<Impl>();
  impl->layout = layout;
  return start(std::move(impl));
}

Result<void> TiffWriter::write(const std::byte* from, std::int64_t rows) {
  Impl& i = *impl_;
  std::size_t left = static_cast<std::size_t>(rows) * row_bytes(i.layout);
  while (left > 0) {
    const std::size_t here = std::min(left, i.strip_bytes - i.strip.size());
    i.strip.insert(i.strip.end(), from, from + here);
    from += here;
    left -= here;
    if (i.strip.size() == i.strip_bytes)
      if (auto done = i.flush(); !done) return done;
  }
  return {};
}

Result<std::vector<std::byte>> TiffWriter::finish() {
  Impl& i = *impl_;
  if (auto done = i.flush(); !done) return tl::unexpected(done.error());
  const bool whole = TIFFFlush(i.tiff.get()) != 0;
  i.tiff.reset();
  if (!whole || i.place.error != 0) return tl::unexpected(i.failed().error());
  if (i.file == nullptr || i.place.descriptor >= 0) return std::move(i.place.written);
  if (auto written = i.file->write(i.place.written); !written)
    return tl::unexpected(written.error());
  return std::vector<std::byte>();
}

}  // namespace faltung::io
