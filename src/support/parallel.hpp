// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "faltung/plan.hpp"
#include "support/checked.hpp"

namespace faltung::support {

/// Runs `tasks` independent tasks on the threads of a workspace. Every thread takes a slot with
/// `scratch_bytes` of its own and calls body(scratch, next), where next() gives the index of the
/// next task or -1. Neighbouring tasks go to one thread, as many as leave something for the others
/// in the end, since they often share samples, and one may ask for those of the next. Which thread
/// runs which task is left open: results must not depend on it.
template <class Body>
void parallel(Workspace& workspace, std::int64_t scratch_bytes, std::int64_t tasks,
              Body& body) noexcept {
  auto slots = std::min<std::int64_t>(workspace.threads(), tasks);
  if (slots > 1 && scratch_bytes > 0) slots = std::min(slots, workspace.bytes() / scratch_bytes);
  struct State {
    Workspace* workspace;
    std::int64_t scratch_bytes;
    std::int64_t tasks;
    Body* body;
    int slots;
    std::atomic<std::int64_t> next{0};
  } state{&workspace, scratch_bytes, tasks, &body, static_cast<int>(slots)};
  const auto run = [](void* p, int slot) noexcept {
    State& s = *static_cast<State*>(p);
    std::int64_t index = 0, end = s.slots > 1 ? 0 : s.tasks;
    const auto next = [&]() noexcept -> std::int64_t {
      constexpr std::int64_t kMostNeighbours = 16;
      if (index == end && s.slots > 1) {
        const std::int64_t left = s.tasks - s.next.load(std::memory_order_relaxed);
        const std::int64_t taken =
            std::clamp<std::int64_t>(left / (4 * s.slots), 1, kMostNeighbours);
        index = s.next.fetch_add(taken, std::memory_order_relaxed);
        end = std::min(index + taken, s.tasks);
      }
      return index < end ? index++ : -1;
    };
    (*s.body)(s.workspace->data() + slot * s.scratch_bytes, next);
  };
  if (slots <= 1) run(&state, 0);
  else workspace.executor().run(state.slots, run, &state);
}

/// Hands out parts of a scratch area, each at a cache line: up to checked::kBeyondMemory bytes.
class Carver {
 public:
  explicit Carver(std::byte* base) : base_(base) {}
  template <class T>
  T* take(std::int64_t count) {
    T* p = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
    constexpr auto kSize = static_cast<std::int64_t>(sizeof(T)), kMost = checked::kBeyondMemory;
    used_ = std::min(kMost, used_ + (std::min(count, kMost / kSize) * kSize + 63) / 64 * 64);
    return p;
  }
  std::int64_t used() const { return used_; }

 private:
  std::byte* base_;
  std::int64_t used_ = 0;
};

}  // namespace faltung::support
