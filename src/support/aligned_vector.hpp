// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace faltung::support {

/// A cache line, and the widest vector.
inline constexpr std::size_t kAlignment = 64;

/// Bytes at a multiple of kAlignment, many of them on large pages where the system has such; null
/// where there is no memory. What they hold is not said. `bytes` of the second as of the first.
void* allocate_aligned(std::size_t bytes) noexcept;
void free_aligned(void* p, std::size_t bytes) noexcept;

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    void* const p = allocate_aligned(n * sizeof(T));
    if (p == nullptr) throw std::bad_alloc();
    return static_cast<T*>(p);
  }
  void deallocate(T* p, std::size_t n) noexcept { free_aligned(p, n * sizeof(T)); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// The same, but elements that nothing is said of are not set: for what is written whole.
template <class T>
struct UnsetAllocator : AlignedAllocator<T> {
  template <class U>
  struct rebind {  // NOLINT(readability-identifier-naming): the name that containers look for
    using other = UnsetAllocator<U>;
  };
  UnsetAllocator() = default;
  template <class U>
  UnsetAllocator(const UnsetAllocator<U>&) noexcept {}  // NOLINT(google-explicit-constructor)
  template <class U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Arguments>
  void construct(U* p, Arguments&&... arguments) {
    ::new (static_cast<void*>(p)) U(std::forward<Arguments>(arguments)...);
  }
};

template <class T>
using UnsetVector = std::vector<T, UnsetAllocator<T>>;

/// Values of a fixed number that nothing sets when they are made, for what is written whole.
template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;
  /// May throw std::bad_alloc.
  explicit AlignedArray(std::size_t size)
      : data_(size == 0 ? nullptr : AlignedAllocator<T>().allocate(size), Free{size}) {}

  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return data_.get_deleter().size; }
  T* begin() noexcept { return data(); }
  T* end() noexcept { return data() + size(); }

 private:
  static_assert(std::is_trivially_default_constructible_v<T> &&
                std::is_trivially_destructible_v<T>);
  struct Free {
    std::size_t size = 0;
    void operator()(T* p) const noexcept { AlignedAllocator<T>().deallocate(p, size); }
  };
  std::unique_ptr<T[], Free> data_;
};

}  // namespace faltung::support
