// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/aligned_vector.hpp"

#include <cstdint>

#include "support/spare_memory.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace faltung::support {
namespace {

/// Advises the whole large pages that lie within: a fault for each 4 KiB is half of the time that
/// it takes to prepare a kernel of some millions of taps. The system may turn it down.
void ask_for_large_pages(void* p, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
  const auto begin = reinterpret_cast<std::uintptr_t>(p);
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t behind = (begin + bytes) / kLargePage * kLargePage;
  if (first < behind)
    static_cast<void>(
        ::madvise(static_cast<std::byte*>(p) + (first - begin), behind - first, MADV_HUGEPAGE));
#else
  static_cast<void>(p);
  static_cast<void>(bytes);
#endif
}

}  // namespace

void* allocate_aligned(std::size_t bytes) noexcept {
  if (void* const spare = take_spare(bytes)) return spare;
  void* const p = ::operator new(bytes, std::align_val_t(kAlignment), std::nothrow);
  if (p != nullptr) ask_for_large_pages(p, bytes);
  return p;
}

void free_aligned(void* p, std::size_t bytes) noexcept {
  if (!keep_spare(p, bytes)) ::operator delete(p, std::align_val_t(kAlignment));
}

}  // namespace faltung::support
