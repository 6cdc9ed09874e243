// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/team.hpp"

#include <thread>

namespace faltung::support {
namespace {

constexpr int kBits = 21;
constexpr std::uint64_t kMask = (std::uint64_t{1} << kBits) - 1;

/// Looks of a thread that waits, some 20 us, before it lets others have the processor.
constexpr int kLooks = 20000;

}  // namespace

/// One piece, if there is one left.
bool Team::Board::take(int thread) noexcept {
  std::uint64_t seen = ticket.load(std::memory_order_acquire);
  do {
    if ((seen & kMask) >= (seen >> kBits & kMask)) return false;
  } while (!ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire));
  piece(body, static_cast<std::int64_t>(seen & kMask), thread);
  done.fetch_add(1, std::memory_order_release);
  return true;
}

void Team::Board::lead(std::int64_t count, Piece call, void* argument) noexcept {
  piece = call;
  body = argument;
  done.store(0, std::memory_order_relaxed);
  const std::uint64_t step = (ticket.load(std::memory_order_relaxed) >> 2 * kBits) + 1;
  ticket.store(step << 2 * kBits | static_cast<std::uint64_t>(count) << kBits,
               std::memory_order_release);
  ring();
  while (take(0)) {
  }
  for (int looks = 0; done.load(std::memory_order_acquire) != count; ++looks)
    if (looks >= kLooks) std::this_thread::yield();
}

void Team::Board::end() noexcept {
  over.store(true, std::memory_order_release);
  ring();
}

void Team::Board::ring() noexcept {
  bell.fetch_add(1, std::memory_order_release);
  bell.notify_all();  // next to nothing where nobody sleeps
}

/// Who finds nothing for long sleeps until the next step: a thread that only yielded was left by
/// the system on the leader's processor, with another one idle.
void Team::Board::help(int thread) noexcept {
  for (;;) {
    const std::uint32_t heard = bell.load(std::memory_order_acquire);
    while (take(thread)) {
    }
    if (over.load(std::memory_order_acquire)) return;
    int looks = 0;
    while (looks < kLooks && bell.load(std::memory_order_acquire) == heard) ++looks;
    if (looks == kLooks) bell.wait(heard, std::memory_order_acquire);
  }
}

}  // namespace faltung::support
