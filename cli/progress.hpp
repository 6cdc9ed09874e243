// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace faltung::cli {

/// One line on stderr, renewed while something runs and wiped when it ends: a bar with the time
/// left once it is known how much is done. Nothing where stderr is no terminal, and nothing for
/// what takes less than half a second.
class Progress {
 public:
  Progress(bool wanted, std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// From 0 to 1.
  void set(double part) { part_ = part; }

 private:
  void show();

  std::string what_;
  std::atomic<double> part_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

/// Wipes a line that is there, for a signal that ends the program: calls nothing but write.
void leave_progress() noexcept;

/// "[#####.....] 50 %, 12 s left" after `seconds` for a part of the work.
std::string progress_bar(double part, double seconds);

}  // namespace faltung::cli
