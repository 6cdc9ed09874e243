// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <utility>

#include "io/failure.hpp"

namespace faltung::io {

/// Linux moves at most 2 GiB a call.
inline constexpr std::size_t kMaxCallBytes = 1 << 30;

/// An open file; closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }
  /// Closes; some file systems report only here that the disk is full.
  int close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

/// All of `to` from a place in a file; fewer bytes are a failure.
Result<void> read_at(int descriptor, std::int64_t at, std::span<std::byte> to,
                     const std::string& where);

/// The folder that a path's last part is in.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// What errno means, as a sentence.
tl::unexpected<Failure> cannot_read(const std::string& where, int error);
tl::unexpected<Failure> cannot_write(const std::filesystem::path& path, int error);

}  // namespace faltung::io
