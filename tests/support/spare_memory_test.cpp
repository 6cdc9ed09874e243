// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/spare_memory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "support/aligned_vector.hpp"

namespace faltung::support {
namespace {

std::byte* allocate(std::size_t bytes) { return static_cast<std::byte*>(allocate_aligned(bytes)); }

/// Whether spares are kept at all: not under a sanitizer.
bool are_kept() {
  free_spares();
  free_aligned(allocate(4096), 4096);
  void* const p = take_spare(4096);
  free_aligned(p, 4096);
  free_spares();
  return p != nullptr;
}

TEST(SpareMemory, GivesTheBlockOfThatSizeBackOnce) {
  if (!are_kept()) GTEST_SKIP();
  std::byte* const p = allocate(3000);
  free_aligned(p, 3000);
  EXPECT_EQ(take_spare(3064), nullptr);
  EXPECT_EQ(take_spare(2900), nullptr);
  std::byte* const q = allocate(3000);
  EXPECT_EQ(q, p);
  EXPECT_EQ(take_spare(3000), nullptr);
  free_aligned(q, 3000);
  free_spares();
  EXPECT_EQ(take_spare(3000), nullptr);
}

TEST(SpareMemory, MakesRoomForWhatIsNotKept) {
  if (!are_kept()) GTEST_SKIP();
  std::byte *const older = allocate(10000), *const newer = allocate(20000);
  free_aligned(older, 10000);
  free_aligned(newer, 20000);
  EXPECT_EQ(take_spare(9000), nullptr);  // the older one goes
  EXPECT_EQ(allocate(20000), newer);
  free_aligned(newer, 20000);
  EXPECT_EQ(take_spare(3 * kSpareBytes), nullptr);
  EXPECT_EQ(take_spare(20000), nullptr);
}

TEST(SpareMemory, KeepsNeitherNothingNorSmallNorLargeBlocks) {
  for (const std::size_t bytes : {std::size_t{64}, kSpareBytes}) {
    std::byte* const p = allocate(bytes);
    EXPECT_FALSE(keep_spare(p, bytes));
    free_aligned(p, bytes);
  }
  EXPECT_FALSE(keep_spare(nullptr, 4096));
}

TEST(SpareMemory, HoldsNoMoreThanItSays) {
  if (!are_kept()) GTEST_SKIP();
  const auto bytes_of = [](std::size_t k) {
    return k % 7 * (std::size_t{1} << 20) + 4096 + 64 * k;
  };
  std::vector<std::byte*> blocks;
  for (std::size_t k = 0; k < 40; ++k) blocks.push_back(allocate(bytes_of(k)));
  for (std::size_t k = 0; k < 40; ++k) free_aligned(blocks[k], bytes_of(k));
  // The newest are there, until one is missing.
  std::size_t held = 0, k = 40;
  while (k > 0) {
    void* const p = take_spare(bytes_of(k - 1));
    if (p == nullptr) break;
    EXPECT_EQ(p, blocks[k - 1]);
    held += bytes_of(--k);
    ::operator delete(p, std::align_val_t(kAlignment));
  }
  EXPECT_LE(held, kSpareBytes);
  EXPECT_GT(held, kSpareBytes / 2);
  free_spares();
}

TEST(SpareMemory, ThreadsNeverShareABlock) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t, &wrong] {
      for (int i = 0; i < 2000; ++i) {
        const std::size_t bytes = 1024 * static_cast<std::size_t>(1 + i % 3);
        std::byte* const p = allocate(bytes);
        std::memset(p, t, bytes);
        std::this_thread::yield();
        for (std::size_t k = 0; k < bytes; ++k) wrong += p[k] != static_cast<std::byte>(t) ? 1 : 0;
        free_aligned(p, bytes);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  free_spares();
}

}  // namespace
}  // namespace faltung::support
