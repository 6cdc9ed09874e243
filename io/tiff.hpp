// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "io/byte_source.hpp"
#include "io/output_file.hpp"

namespace faltung::io {

/// What a TIFF says of its picture beside the samples, kept from input to output.
struct TiffTags {
  std::uint16_t orientation = 1;  ///< pixels are as stored
  std::uint16_t resolution_unit = 0;
  float x_resolution = 0, y_resolution = 0;
  std::vector<std::byte> colour_profile;
  /// LZW and deflate stay; anything else is written uncompressed.
  std::uint16_t compression = 1;
};

/// A picture's kind: [height, width, channels] of u8, u16, f32 or f64.
struct TiffLayout {
  Dims shape;
  ElementType type = ElementType::u8;
  Alpha alpha = Alpha::none;  ///< of the last channel
  TiffTags tags;
};

/// The first picture of a TIFF or BigTIFF, row after row: strips or tiles, planes together or
/// apart, any compression that libtiff knows; grey (white is made the largest value) and RGB, with
/// or without alpha, or any number of channels. Never holds more than a row of tiles, or a strip
/// where planes lie apart and are compressed.
class TiffReader {
 public:
  /// Of a source of which nothing was taken; what is no regular file is read into memory.
  static Result<TiffReader> open(ByteSource& source);
  static Result<TiffReader> of(std::span<const std::byte> bytes, const std::string& where);
  ~TiffReader();
  TiffReader(TiffReader&&) noexcept;

  const TiffLayout& layout() const;
  /// Pictures in the file; the first is read.
  int pages() const;
  /// The next rows, as many as there are up to `rows`.
  Result<std::int64_t> read(std::byte* to, std::int64_t rows);
  /// Bytes held beside the rows.
  std::int64_t held_bytes() const;

 private:
  struct Impl;
  explicit TiffReader(std::unique_ptr<Impl> impl);
  static Result<TiffReader> start(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Writes strips, BigTIFF where 4 GiB might not do. A file that is no regular one is made in memory
/// first. The layout's height is how many rows come.
class TiffWriter {
 public:
  static Result<TiffWriter> open(OutputFile& file, const TiffLayout& layout);
  /// Into memory, which finish() gives.
  static Result<TiffWriter> open(const TiffLayout& layout);
  ~TiffWriter();
  TiffWriter(TiffWriter&&) noexcept;

  /// The next rows.
  Result<void> write(const std::byte* from, std::int64_t rows);
  /// Completes the file, whose bytes are given where it is in memory.
  Result<std::vector<std::byte>> finish();

 private:
  struct Impl;
  explicit TiffWriter(std::unique_ptr<Impl> impl);
  static Result<TiffWriter> start(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

bool is_tiff(std::span<const std::byte> bytes) noexcept;

}  // namespace faltung::io
