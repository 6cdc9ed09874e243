// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "allocation.hpp"

#include <atomic>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define FALTUNG_TEST_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FALTUNG_TEST_SANITIZED 1
#endif

namespace {
std::atomic<std::size_t> largest{0};

[[maybe_unused]] void note(std::size_t bytes) {
  std::size_t seen = largest.load(std::memory_order_relaxed);
  while (bytes > seen && !largest.compare_exchange_weak(seen, bytes)) {
  }
}
}  // namespace

#if defined(FALTUNG_TEST_SANITIZED)
extern "C" const char* __asan_default_options() { return "max_allocation_size_mb=64"; }
extern "C" const char* __tsan_default_options() { return "max_allocation_size_mb=64"; }
#elif defined(__GLIBC__)
#define FALTUNG_TEST_WATCHED 1
// A program's own malloc takes the place of glibc's in every library that it loads.
// NOLINTBEGIN(bugprone-reserved-identifier): glibc's names
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t bytes) {
  note(bytes);
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  std::size_t total = 0;
  note(__builtin_mul_overflow(count, bytes, &total) ? static_cast<std::size_t>(-1) : total);
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, std::size_t bytes) {
  note(bytes);
  return __libc_realloc(old, bytes);
}
}
#endif

namespace faltung::test {

bool allocations_are_watched() {
#if defined(FALTUNG_TEST_WATCHED)
  return true;
#else
  return false;
#endif
}

std::size_t take_largest_allocation() { return largest.exchange(0); }

}  // namespace faltung::test
