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

/// Writes an array of a known shape in dense pieces, one after the other.
class NpyWriter {
 public:
  static Result<NpyWriter> open(OutputFile& file, ElementType type, const Dims& shape);
  Result<void> write(std::span<const std::byte> samples) { return file_->write(samples); }

 private:
  explicit NpyWriter(OutputFile& file) : file_(&file) {}
  OutputFile* file_;
};

}  // namespace faltung::io
