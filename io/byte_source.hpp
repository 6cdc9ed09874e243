// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "io/descriptor.hpp"

namespace faltung::io {

/// Bytes that come one after the other: a file, or a pipe of which nobody knows the length. The
/// first ones can be looked at before they are taken.
class ByteSource {
 public:
  /// A path, or "-" for standard input.
  static Result<ByteSource> open(const std::string& path);

  /// Bytes in memory; as a pipe would give them where their number is not to be known.
  static ByteSource of(std::vector<std::byte> bytes, std::string where, bool known_size);

  const std::string& where() const { return where_; }
  /// The number of bytes in all; none of a pipe.
  std::optional<std::uint64_t> size() const { return size_; }
  std::uint64_t taken() const { return taken_; }
  /// The descriptor of a regular file that begins with this source's first byte. Reading at places
  /// of one's own does not disturb the source.
  std::optional<int> whole_file() const;

  /// Up to `count` of the next bytes, fewer at the end only; valid until the next call.
  Result<std::span<const std::byte>> peek(std::size_t count);
  /// Copies up to `count` bytes that lie `at` bytes behind the beginning, fewer where there are
  /// fewer, and takes none. Of a pipe from the beginning on alone, before anything was taken, and
  /// none beyond the first MiBs.
  Result<std::size_t> look_at(std::uint64_t at, std::byte* to, std::size_t count);
  /// Takes up to `count` bytes, fewer at the end only.
  Result<std::size_t> read(std::byte* to, std::size_t count);
  /// The same into nowhere.
  Result<std::uint64_t> skip(std::uint64_t count);
  /// All that is left; refused as Trouble::unavailable where that is more than limit_all().
  Result<std::vector<std::byte>> read_all();
  /// No more than so many bytes are taken by read_all, of a pipe too.
  void limit_all(std::uint64_t bytes) { most_ = bytes; }

 private:
  Result<std::size_t> read_directly(std::byte* to, std::size_t count);

  std::string where_;
  Descriptor descriptor_;
  std::optional<std::uint64_t> size_;
  off_t begin_ = 0;               ///< where the beginning lies in a file
  std::vector<std::byte> ahead_;  ///< looked at; from seen_ on not taken
  std::size_t seen_ = 0;
  bool begins_file_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t most_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace faltung::io
