// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace faltung::continuous {

/// The table T(n), made when it is first asked for and kept: constants that are used thousands of
/// times, for the small n alone. `most` says which are kept; others are made anew in `here`.
template <class T>
const T& kept(std::size_t n, std::size_t most, std::unique_ptr<const T>& here) {
  if (n > most) {
    here = std::make_unique<const T>(n);
    return *here;
  }
  static std::mutex mutex;
  static std::map<std::size_t, std::unique_ptr<const T>> tables;
  const std::lock_guard lock(mutex);
  std::unique_ptr<const T>& table = tables[n];
  if (!table) table = std::make_unique<const T>(n);
  return *table;
}

}  // namespace faltung::continuous
