// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "faltung/plan.hpp"

namespace faltung::support {

/// Threads that take the steps of one task together: a step is cut into pieces, and all are done
/// before the next step begins.
///
/// One thread leads; the others look for pieces all the time, so that a step costs them less than a
/// microsecond, where asking the executor each time costs ten. Nobody waits for a thread that has
/// not begun: an executor that runs its tasks one after the other lets the first do everything.
///
///   leader   step 1 [0][2]    step 2 [1][2]   ...  done
///   helper          [1][3]           [0]           returns
class Team {
 public:
  /// The calling thread alone.
  Team() = default;

  /// Runs body(team) on one thread of `executor`, with the help of up to threads - 1 others.
  template <class Body>
  static void run(Executor& executor, int threads, Body&& body) noexcept;

  int threads() const { return board_ == nullptr ? 1 : board_->threads; }
  bool is_alone() const { return threads() == 1; }

  /// Calls body(i), or body(i, thread) with 0 <= thread < threads(), for each i below `count` (at
  /// most 2^20), in any order and at the same time.
  template <class Body>
  void each(std::int64_t count, Body&& body) const noexcept {
    if (board_ == nullptr || count <= 1) {
      for (std::int64_t i = 0; i < count; ++i) call(body, i, 0);
      return;
    }
    board_->lead(
        count,
        [](void* p, std::int64_t i, int thread) noexcept {
          call(*static_cast<std::remove_reference_t<Body>*>(p), i, thread);
        },
        const_cast<void*>(static_cast<const void*>(std::addressof(body))));
  }

  /// Calls body(begin, end) for ranges that cover 0 .. n: one for a thread alone, else a few for
  /// each, of at least `least`.
  template <class Body>
  void ranges(std::int64_t n, std::int64_t least, Body&& body) const noexcept {
    constexpr std::int64_t kRangesAThread = 4;
    if (is_alone()) return body(std::int64_t{0}, n);
    const std::int64_t count =
        std::clamp<std::int64_t>(n / least, 1, std::int64_t{kRangesAThread} * threads());
    each(count, [&](std::int64_t i) { body(n * i / count, n * (i + 1) / count); });
  }

 private:
  using Piece = void (*)(void* body, std::int64_t index, int thread) noexcept;
  template <class Body>
  static void call(Body& body, std::int64_t i, int thread) noexcept {
    if constexpr (std::is_invocable_v<Body&, std::int64_t, int>) body(i, thread);
    else body(i);
  }
  /// Where the leader puts up the pieces of a step.
  struct Board {
    /// Step (modulo 2^22), pieces (21 bits) and the next one (21 bits) in one word: who takes a
    /// piece knows that its step is still under way.
    std::atomic<std::uint64_t> ticket{0};
    std::atomic<std::int64_t> done{0};
    std::atomic<int> joined{0};  ///< threads that have begun; the first leads
    std::atomic<bool> over{false};
    std::atomic<std::uint32_t> bell{0};  ///< counts steps, and the end
    Piece piece = nullptr;
    void* body = nullptr;
    int threads = 1;

    void lead(std::int64_t count, Piece call, void* argument) noexcept;
    void end() noexcept;
    void ring() noexcept;
    void help(int thread) noexcept;
    bool take(int thread) noexcept;
  };
  explicit Team(Board* board) : board_(board) {}

  Board* board_ = nullptr;
};

template <class Body>
void Team::run(Executor& executor, int threads, Body&& body) noexcept {
  if (threads <= 1) return body(Team());
  struct State {
    Board board;
    std::remove_reference_t<Body>* body;
  } state{{}, &body};
  state.board.threads = threads;
  executor.run(
      threads,
      [](void* p, int) noexcept {
        State& s = *static_cast<State*>(p);
        const int thread = s.board.joined.fetch_add(1, std::memory_order_relaxed);
        if (thread > 0) return s.board.help(thread);
        (*s.body)(Team(&s.board));
        s.board.end();
      },
      &state);
}

}  // namespace faltung::support
