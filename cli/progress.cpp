// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace faltung::cli {

using namespace std::chrono_literals;

Progress::Progress(bool wanted, std::string what) : what_(std::move(what)) {
  if (wanted && ::isatty(STDERR_FILENO)) thread_ = std::thread([this] { show(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void Progress::show() {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(mutex_);
  if (ended_.wait_for(lock, 500ms, [this] { return done_; })) return;
  constexpr char kTurns[] = "|/-\\";
  for (int turn = 0; !done_; ++turn) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    fmt::print(stderr, "\r{} {} {:.1f} s", kTurns[turn % 4], what_, time.count());
    std::fflush(stderr);
    ended_.wait_for(lock, 100ms, [this] { return done_; });
  }
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace faltung::cli
