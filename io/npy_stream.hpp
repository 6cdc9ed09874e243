// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "io/byte_source.hpp"
#include "io/output_file.hpp"

namespace faltung::io {

/// An NPY array that is looked at where it lies. Samples of the other byte order are copied.
struct MappedArray {
  ConstView view;  ///< any strides: Fortran order stays
  /// What holds the samples: the file, mapped, or memory.
  std::shared_ptr<const void> holder;
  bool mapped = false;
};
/// Of a source of which nothing was taken; what is no regular file is read into memory. A file that
/// becomes shorter meanwhile ends the program by SIGBUS.
Result<MappedArray> map_npy(ByteSource& source);

/// Writes an array in dense pieces, one after the other along its first axis.
class NpyWriter {
 public:
  /// Of a shape that is known.
  static Result<NpyWriter> open(OutputFile& file, ElementType type, const Dims& shape);
  /// Whose extent along the first axis is known at the end only: a regular file.
  static Result<NpyWriter> open_growing(OutputFile& file, ElementType type, const Dims& shape);
  Result<void> write(std::span<const std::byte> samples) { return file_->write(samples); }
  /// Completes the header: what was written is so long along the first axis.
  Result<void> finish(std::int64_t extent);

 private:
  NpyWriter(OutputFile& file, ElementType type, const Dims& shape)
      : file_(&file), type_(type), shape_(shape) {}
  OutputFile* file_;
  ElementType type_;
  Dims shape_;
  std::size_t header_bytes_ = 0;  ///< of the one that is to be written again; 0: it is right
};

}  // namespace faltung::io
