// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/descriptor.hpp"

namespace faltung::io {

/// Bytes that are written, then read once from the beginning. They lie in a file without a name,
/// which goes with this object and with the process.
class ScratchFile {
 public:
  static Result<ScratchFile> create(const std::filesystem::path& folder);

  Result<void> write(std::span<const std::byte> bytes);
  /// From here on it is read.
  Result<void> rewind();
  /// Takes up to `count` bytes, fewer at the end only.
  Result<std::size_t> read(std::byte* to, std::size_t count);

 private:
  std::filesystem::path folder_;
  Descriptor descriptor_;
};

}  // namespace faltung::io
