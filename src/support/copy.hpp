// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace faltung::support {

/// Copies `bytes` bytes to where they do not overlap, as memcpy does.
///
/// In pieces that C libraries copy by vectors: glibc leaves 2 KiB and more to `rep movsb`, with
/// which some processors (AMD's Zen 3) copy 2 GB/s instead of 40 where the target lies a few bytes
/// behind the source modulo 4096, as arrays of malloc() and aligned ones do.
inline void copy_bytes(const void* from, std::size_t bytes, void* to) noexcept {
  // Hidden from compilers, which would write `rep movsq` for a size they know.
  const volatile std::size_t hidden = 1024;
  const std::size_t piece = hidden;
  const auto* source = static_cast<const std::byte*>(from);
  auto* target = static_cast<std::byte*>(to);
  for (; bytes > piece; bytes -= piece, source += piece, target += piece)
    std::memcpy(target, source, piece);
  if (bytes > 0) std::memcpy(target, source, bytes);
}

/// n numbers.
template <class T>
void copy(const T* from, std::int64_t n, T* to) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  copy_bytes(from, static_cast<std::size_t>(n) * sizeof(T), to);
}

}  // namespace faltung::support
