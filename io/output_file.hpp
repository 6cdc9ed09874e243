// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/descriptor.hpp"

namespace faltung::io {

/// A file on its way: whole at its place after commit(), and not there before, nor after any
/// failure or the end of the process. Its bytes have no name until then, where the file system
/// can do that; else a temporary file lies beside its place, and goes with this object.
/// What is no regular file (a device, a pipe, /dev/stdout) is written to directly.
class OutputFile {
 public:
  static Result<OutputFile> create(const std::filesystem::path& path);
  ~OutputFile();
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;

  /// False of a pipe or a device: what was written stays.
  bool regular() const { return !direct_; }
  int descriptor() const { return descriptor_.get(); }
  /// Where it goes; for messages.
  const std::filesystem::path& path() const { return path_; }
  Result<void> write(std::span<const std::byte> bytes);
  /// Writes over what lies there already; of a regular file.
  Result<void> write_at(std::int64_t at, std::span<const std::byte> bytes);
  /// Puts the file to its place, safely on the disk.
  Result<void> commit();

 private:
  OutputFile() = default;
  int open_nameless(mode_t mode);
  int open_named(mode_t mode);
  int give_name(const std::filesystem::path& name) const;
  int put_in_place();

  std::filesystem::path path_;  ///< behind links
  std::filesystem::path temporary_;
  Descriptor descriptor_;
  std::size_t unsynced_ = 0;
  bool direct_ = false, replaces_ = false;
};

/// Removes the temporary files of all outputs that are on their way. For a signal that ends the
/// program: calls nothing but unlink.
void remove_temporaries() noexcept;

}  // namespace faltung::io
