// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "io/tiff.hpp"
#include "io/tiff_place.hpp"

// Format: TIFF 6.0 (Adobe, 1992), its technical notes on floating point samples, and BigTIFF, read
// by libtiff. What it declares is compared with the file before anything is allocated by it.
namespace faltung::io {
namespace {

constexpr const char* kAllowed =
    "8 and 16 bit integers without sign and 32 and 64 bit floating point are read";
/// Of a compressed picture's bytes to the file's; uncompressed ones have to be there.
constexpr std::uint64_t kMostExpansion = 4096, kExpansionSlackBytes = 1 << 20;

template <class T>
T tag(TIFF* tiff, std::uint32_t name, T otherwise) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, name, &value) != 0 ? value : otherwise;
}

/// How the samples lie in the file.
struct Storage {
  std::uint32_t width = 0, height = 0;
  std::uint16_t bits = 0, samples = 0, format = 0, planes = 0, photometric = 0, compression = 0;
  std::uint32_t tile_width = 0, tile_height = 0;  ///< 0: strips
  std::uint32_t strip_rows = 0;
  bool inverted = false;

  bool apart() const { return planes == PLANARCONFIG_SEPARATE && samples > 1; }
  std::size_t sample_bytes() const { return bits / 8U; }
  std::size_t row_bytes() const { return std::size_t{width} * samples * sample_bytes(); }
};

Storage storage_of(TIFF* tiff) {
  Storage s;
  s.width = tag<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  s.height = tag<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  s.bits = tag<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  s.samples = tag<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  s.format = tag<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  s.planes = tag<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  s.photometric = tag<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  s.compression = tag<std::uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  s.strip_rows = std::min(tag<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP, s.height), s.height);
  if (TIFFIsTiled(tiff) != 0) {
    s.tile_width = tag<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH, 0);
    s.tile_height = tag<std::uint32_t>(tiff, TIFFTAG_TILELENGTH, 0);
  }
  return s;
}

/// Why samples of this kind are not read, or nothing.
std::string refusal(const Storage& s, ElementType& type) {
  const bool integer = s.format == SAMPLEFORMAT_UINT || s.format == SAMPLEFORMAT_VOID;
  const bool real = s.format == SAMPLEFORMAT_IEEEFP;
  if (integer && s.bits == 8) type = ElementType::u8;
  else if (integer && s.bits == 16) type = ElementType::u16;
  else if (real && s.bits == 32) type = ElementType::f32;
  else if (real && s.bits == 64) type = ElementType::f64;
  else
    return "has samples of " + std::to_string(s.bits) + " bits, " +
           (integer ? "integers"
            : real  ? "floating point"
                    : "integers with a sign, or complex") +
           "; " + kAllowed;
  switch (s.photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_RGB: return {};
    case PHOTOMETRIC_MINISWHITE: return integer ? "" : "has floating point samples with white at 0";
    case PHOTOMETRIC_YCBCR:
      if (s.compression == COMPRESSION_JPEG) return {};
      break;
    case PHOTOMETRIC_PALETTE: return "has a palette; convert it to RGB";
    default: break;
  }
  return "has colours of kind " + std::to_string(s.photometric) +
         "; grey and RGB are read, so convert it to RGB";
}

Result<void> check_size(const Storage& s, std::uint64_t file_bytes, const std::string& where) {
  const std::string size = std::to_string(s.width) + " x " + std::to_string(s.height) +
                           " pixels of " + std::to_string(s.samples) + " samples";
  if (s.width == 0 || s.height == 0 || s.samples == 0)
    return bad_data(where, "declares " + size + ", where at least one is needed");
  const std::uint64_t row = std::uint64_t{s.width} * s.samples * s.sample_bytes();
  const bool plain = s.compression == COMPRESSION_NONE;
  const std::uint64_t most =
      plain ? file_bytes : kMostExpansion * file_bytes + kExpansionSlackBytes;
  if (row > most / s.height)
    return bad_data(where, "declares " + size + ", more than its " + std::to_string(file_bytes) +
                               " bytes can hold: it is truncated or damaged");
  // A tile is in memory as a whole, and in the file.
  const std::uint64_t columns = std::uint64_t{s.tile_width} * s.samples * s.sample_bytes();
  if (s.tile_height != 0 && columns > most / s.tile_height)
    return bad_data(where, "declares tiles of " + std::to_string(s.tile_width) + " x " +
                               std::to_string(s.tile_height) + " pixels, more than its " +
                               std::to_string(file_bytes) + " bytes can hold: it is damaged");
  return {};
}

Alpha alpha_of(TIFF* tiff, const Storage& s) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 0 || count != 1)
    return Alpha::none;
  if (s.samples != 2 && s.samples != 4) return Alpha::none;
  if (kinds[0] == EXTRASAMPLE_ASSOCALPHA) return Alpha::premultiplied;
  return kinds[0] == EXTRASAMPLE_UNASSALPHA ? Alpha::straight : Alpha::none;
}

TiffTags tags_of(TIFF* tiff, const Storage& s) {
  TiffTags tags;
  tags.orientation = tag<std::uint16_t>(tiff, TIFFTAG_ORIENTATION, 1);
  TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &tags.x_resolution);
  TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &tags.y_resolution);
  tags.resolution_unit = tag<std::uint16_t>(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  std::uint32_t count = 0;
  const void* profile = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &count, &profile) != 0) {
    const auto* bytes = static_cast<const std::byte*>(profile);
    tags.colour_profile.assign(bytes, bytes + count);
  }
  const bool kept = s.compression == COMPRESSION_LZW ||
                    s.compression == COMPRESSION_ADOBE_DEFLATE ||
                    s.compression == COMPRESSION_DEFLATE;
  tags.compression = kept ? s.compression : std::uint16_t{COMPRESSION_NONE};
  return tags;
}

}  // namespace

struct TiffReader::Impl {
  TiffPlace place;
  std::vector<std::byte> memory;  ///< of a pipe
  std::string where;
  TiffHandle tiff;
  Storage storage;
  TiffLayout layout;
  int pages = 1;
  std::uint32_t next = 0;             ///< the next row
  std::vector<std::byte> band, part;  ///< rows of tiles or strips; one of them
  std::uint32_t band_first = 0, band_rows = 0;

  bool uses_bands() const {
    return storage.tile_width != 0 || (storage.apart() && storage.compression != COMPRESSION_NONE);
  }
  std::uint32_t band_height() const {
    return storage.tile_height != 0 ? storage.tile_height : storage.strip_rows;
  }
  std::uint16_t planes() const { return storage.apart() ? storage.samples : std::uint16_t{1}; }
  Result<void> damaged() const;
  void scatter(std::uint32_t rows, std::uint32_t row_stride, std::uint32_t x, std::uint16_t plane);
  Result<void> fill_band();
  Result<void> read_row(std::byte* to);
};

Result<void> TiffReader::Impl::damaged() const {
  return bad_data(where, "is truncated or damaged at row " + std::to_string(next) + " of " +
                             std::to_string(storage.height) + place.complaint());
}

/// Copies what lies in `part`, rows of `row_stride` pixels of which the picture has some.
void TiffReader::Impl::scatter(std::uint32_t rows, std::uint32_t row_stride, std::uint32_t x,
                               std::uint16_t plane) {
  const std::size_t sample = storage.sample_bytes(), row = storage.row_bytes();
  const std::size_t pixel = sample * storage.samples;
  const std::size_t columns = std::min(row_stride, storage.width - x);
  for (std::size_t y = 0; y < rows; ++y) {
    std::byte* to = band.data() + y * row + x * pixel;
    if (!storage.apart()) {
      std::memcpy(to, part.data() + y * row_stride * pixel, columns * pixel);
      continue;
    }
    const std::byte* from = part.data() + y * row_stride * sample;
    for (std::size_t i = 0; i < columns; ++i)
      std::memcpy(to + i * pixel + plane * sample, from + i * sample, sample);
  }
}

/// The rows of tiles, or strips of all planes, that the next row is in.
Result<void> TiffReader::Impl::fill_band() {
  band_first = next / band_height() * band_height();
  band_rows = std::min(band_height(), storage.height - band_first);
  band.resize(band_rows * storage.row_bytes());
  const bool tiled = storage.tile_width != 0;
  part.resize(
      static_cast<std::size_t>(tiled ? TIFFTileSize(tiff.get()) : TIFFStripSize(tiff.get())));
  const auto size = static_cast<tmsize_t>(part.size());
  const std::uint32_t step = tiled ? storage.tile_width : storage.width;
  for (std::uint16_t plane = 0; plane < planes(); ++plane)
    for (std::uint32_t x = 0; x < storage.width; x += step) {
      const tmsize_t got =
          tiled ? TIFFReadTile(tiff.get(), part.data(), x, band_first, 0, plane)
                : TIFFReadEncodedStrip(tiff.get(), TIFFComputeStrip(tiff.get(), band_first, plane),
                                       part.data(), size);
      const std::size_t needed = std::size_t{band_rows} * step *
                                 (storage.apart() ? 1U : storage.samples) * storage.sample_bytes();
      if (got < 0 || static_cast<std::size_t>(got) < needed) return damaged();
      scatter(band_rows, step, x, plane);
    }
  return {};
}

Result<void> TiffReader::Impl::read_row(std::byte* to) {
  const std::size_t row = storage.row_bytes();
  if (uses_bands()) {
    if (next < band_first || next >= band_first + band_rows)
      if (auto filled = fill_band(); !filled) return filled;
    std::memcpy(to, band.data() + (next - band_first) * row, row);
  } else if (!storage.apart()) {
    if (TIFFReadScanline(tiff.get(), to, next, 0) < 0) return damaged();
  } else {
    band.resize(row);
    part.resize(static_cast<std::size_t>(TIFFScanlineSize(tiff.get())));
    for (std::uint16_t plane = 0; plane < planes(); ++plane) {
      if (TIFFReadScanline(tiff.get(), part.data(), next, plane) < 0) return damaged();
      scatter(1, storage.width, 0, plane);
    }
    std::memcpy(to, band.data(), row);
  }
  ++next;
  if (!storage.inverted) return {};
  for (std::size_t i = 0; i < row; ++i) to[i] = ~to[i];  // of bytes and of pairs of them alike
  return {};
}

TiffReader::TiffReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TiffReader::~TiffReader() = default;
TiffReader::TiffReader(TiffReader&&) noexcept = default;
const TiffLayout& TiffReader::layout() const { return impl_->layout; }
int TiffReader::pages() const { return impl_->pages; }

std::int64_t TiffReader::held_bytes() const {
  const Impl& i = *impl_;
  std::size_t bytes = i.memory.size();
  if (i.uses_bands()) bytes += 2 * std::size_t{i.band_height()} * i.storage.row_bytes();
  return static_cast<std::int64_t>(bytes);
}

Result<TiffReader> TiffReader::start(std::unique_ptr<Impl> impl) {
  Impl& i = *impl;
  i.tiff = open_tiff(i.place, "r");
  if (!i.tiff) return bad_data(i.where, "is no TIFF that can be read" + i.place.complaint());
  TIFF* tiff = i.tiff.get();
  Storage& s = i.storage = storage_of(tiff);
  if (s.compression == COMPRESSION_JPEG && s.photometric == PHOTOMETRIC_YCBCR)
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (TIFFIsCODECConfigured(s.compression) == 0)
    return fail(Trouble::unavailable, i.where,
                "is compressed by method " + std::to_string(s.compression) +
                    ", which is not read; save it with LZW, deflate or uncompressed");
  if (const std::string why = refusal(s, i.layout.type); !why.empty())
    return bad_data(i.where, why);
  if (auto fits = check_size(s, i.place.size, i.where); !fits) return tl::unexpected(fits.error());
  s.inverted = s.photometric == PHOTOMETRIC_MINISWHITE;
  const auto scanline = static_cast<std::size_t>(TIFFScanlineSize(tiff));
  if (s.tile_width == 0 && scanline != s.row_bytes() / i.planes())
    return bad_data(i.where, "has rows of an unexpected length");
  i.layout.shape = {s.height, s.width, s.samples};
  i.layout.alpha = alpha_of(tiff, s);
  if (s.inverted && i.layout.alpha != Alpha::none)
    return bad_data(i.where, "has white at 0 and transparency; convert it to RGB");
  i.layout.tags = tags_of(tiff, s);
  i.pages = static_cast<int>(TIFFNumberOfDirectories(tiff));
  return TiffReader(std::move(impl));
}

Result<TiffReader> TiffReader::open(ByteSource& source) {
  return within_memory(source.where(), [&]() -> Result<TiffReader> {
    auto impl = std::make_unique<Impl>();
    impl->where = source.where();
    if (const auto file = source.whole_file()) {
      impl->place.descriptor = *file;
      impl->place.size = *source.size();
      return start(std::move(impl));
    }
    auto all = source.read_all();
    if (!all) return tl::unexpected(all.error());
    impl->memory = std::move(*all);
    impl->place.read = impl->memory;
    impl->place.size = impl->memory.size();
    return start(std::move(impl));
  });
}

Result<TiffReader> TiffReader::of(std::span<const std::byte> bytes, const std::string& where) {
  return within_memory(where, [&] {
    auto impl = std::make_unique<Impl>();
    impl->where = where;
    impl->place.read = bytes;
    impl->place.size = bytes.size();
    return start(std::move(impl));
  });
}

Result<std::int64_t> TiffReader::read(std::byte* to, std::int64_t rows) {
  return within_memory(impl_->where, [&]() -> Result<std::int64_t> {
    Impl& i = *impl_;
    const std::int64_t count = std::min<std::int64_t>(rows, i.storage.height - i.next);
    for (std::int64_t row = 0; row < count; ++row)
      if (auto ok = i.read_row(to + static_cast<std::size_t>(row) * i.storage.row_bytes()); !ok)
        return tl::unexpected(ok.error());
    return count;
  });
}

bool is_tiff(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < 4) return false;
  const auto at = [&](std::size_t i) { return std::to_integer<int>(bytes[i]); };
  const bool little = at(0) == 'I' && at(1) == 'I' && (at(2) == 42 || at(2) == 43) && at(3) == 0;
  const bool big = at(0) == 'M' && at(1) == 'M' && at(2) == 0 && (at(3) == 42 || at(3) == 43);
  return little || big;
}

}  // namespace faltung::io
