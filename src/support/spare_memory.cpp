// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/spare_memory.hpp"

#include <atomic>
#include <new>

#include "support/aligned_vector.hpp"

namespace faltung::support {
namespace {

/// Smaller ones are quickly made, larger ones take longer to fill than to get.
constexpr std::size_t kLeast = 512, kMost = std::size_t{8} << 20;
/// All slots full of blocks below this are too little to count.
constexpr std::size_t kFew = 4096;
constexpr std::size_t kSlots = 16;

// Sanitizers see each block come and go.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif
#else
constexpr bool kKeeps = true;
#endif

struct Spares {
  struct Slot {
    void* block = nullptr;
    std::size_t bytes = 0;
  };
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  Slot slots[kSlots];
  std::size_t total = 0;
  std::size_t oldest = 0;  ///< where the next one goes
};
// Never destroyed, since kernels may be later.
constinit Spares spares;

/// Holds the spares, if no one else does.
class Hold {
 public:
  Hold() : is_ours_(!spares.busy.test_and_set(std::memory_order_acquire)) {}
  ~Hold() {
    if (is_ours_) spares.busy.clear(std::memory_order_release);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  explicit operator bool() const { return is_ours_; }

 private:
  bool is_ours_;
};

void drop(Spares::Slot& slot) noexcept {
  ::operator delete(slot.block, std::align_val_t(kAlignment));
  spares.total -= slot.bytes;
  slot = {};
}

/// The oldest blocks go until they are as many bytes, or none is left.
void drop_oldest(std::size_t bytes) noexcept {
  const std::size_t left = spares.total > bytes ? spares.total - bytes : 0;
  for (std::size_t i = 0; i < kSlots && spares.total > left; ++i)
    if (Spares::Slot& slot = spares.slots[(spares.oldest + i) % kSlots]; slot.block != nullptr)
      drop(slot);
}

}  // namespace

void* take_spare(std::size_t bytes) noexcept {
  if (!kKeeps || bytes < kLeast) return nullptr;
  const Hold hold;
  if (!hold) return nullptr;
  for (Spares::Slot& slot : spares.slots)
    if (slot.bytes == bytes) {
      void* const block = slot.block;
      spares.total -= bytes;
      slot = {};
      return block;
    }
  if (bytes >= kFew) drop_oldest(bytes);
  return nullptr;
}

bool keep_spare(void* p, std::size_t bytes) noexcept {
  if (!kKeeps || p == nullptr || bytes < kLeast || bytes > kMost) return false;
  const Hold hold;
  if (!hold) return false;
  // An empty slot, else that of the oldest one.
  std::size_t to = spares.oldest;
  for (std::size_t i = 0; i < kSlots && spares.slots[to].block != nullptr; ++i)
    to = (to + 1) % kSlots;
  if (spares.slots[to].block != nullptr) drop(spares.slots[to]);
  spares.oldest = (to + 1) % kSlots;
  if (spares.total + bytes > kSpareBytes) drop_oldest(spares.total + bytes - kSpareBytes);
  spares.slots[to] = {p, bytes};
  spares.total += bytes;
  return true;
}

void free_spares() noexcept {
  const Hold hold;
  if (!hold) return;
  for (Spares::Slot& slot : spares.slots)
    if (slot.block != nullptr) drop(slot);
}

}  // namespace faltung::support
