// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace faltung::cli {

using namespace std::chrono_literals;

namespace {

constexpr char kWipe[] = "\r\x1b[K";
std::atomic<bool> line_is_there = false;

/// What is longer than the terminal is wide could not be wiped: so much of it as leaves room.
std::string fitted(const std::string& text, std::size_t room) {
  constexpr std::size_t kUsualColumns = 80;
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const std::size_t columns = known ? size.ws_col : kUsualColumns;
  const std::size_t most = columns > room ? columns - room : 0;
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // whole letters
  return text.substr(0, end);
}

}  // namespace

void leave_progress() noexcept {
  if (!line_is_there) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWipe, sizeof kWipe - 1);
}

std::string progress_bar(double part, double seconds) {
  constexpr int kWidth = 30;
  const int full = static_cast<int>(std::clamp(part, 0.0, 1.0) * kWidth);
  const double left = seconds / part - seconds;
  const auto whole = std::llround(left);
  const std::string time = whole < 60 ? fmt::format("{} s", whole)
                           : whole < 3600
                               ? fmt::format("{}:{:02} min", whole / 60, whole % 60)
                               : fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
  return fmt::format("[{}{}] {:.0f} %, {} left", std::string(static_cast<std::size_t>(full), '#'),
                     std::string(static_cast<std::size_t>(kWidth - full), '.'), 100 * part, time);
}

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
    const double part = part_;
    const std::string state =
        part > 0 ? progress_bar(part, time.count()) : fmt::format("{:.1f} s", time.count());
    fmt::print(stderr, "{}{} {} {}", kWipe, kTurns[turn % 4], fitted(what_, state.size() + 4),
               state);
    line_is_there = true;
    std::fflush(stderr);
    ended_.wait_for(lock, 100ms, [this] { return done_; });
  }
  fmt::print(stderr, kWipe);
  std::fflush(stderr);
  line_is_there = false;
}

}  // namespace faltung::cli
