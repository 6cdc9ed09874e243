// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

namespace faltung {

/// What sums over windows run in: double for floats, whole numbers for themselves.
template <class T>
using WindowNumber = std::conditional_t<std::is_floating_point_v<T>, double, T>;

/// Rows that are turned over together: those of a cache line of columns.
template <class T>
inline constexpr std::int64_t kWindowLines = 64 / static_cast<std::int64_t>(sizeof(T));

/// The most cosines of a window, that of frequency 0 among them.
inline constexpr int kMostCosines = 7;

/// Sums of doubles are added up in chunks of so many samples.
inline constexpr std::int64_t kWindowChunk = 128;

/// Taps g[d] = sum_j a_j cos(w_j (d - (taps - 1) / 2)), 0 <= d < taps, the first of frequency 0.
/// One cosine is a box of height `weight`. Of more, `sample` holds for each place p of a block
/// 1, cos(w_1 (p - c)), sin(w_1 (p - c)), ..., and `shift` for each t = 0 .. taps
/// a_0, a_1 cos(w_1 t), a_1 sin(w_1 t), ...
template <class T>
struct WindowTaps {
  std::int64_t taps = 1;
  int cosines = 1;
  WindowNumber<T> weight = 1;
  const double* sample = nullptr;
  const double* shift = nullptr;
};

/// Sums over windows of samples below each other, in time that does not depend on the taps.
template <class T>
struct WindowSums {
  /// In place: row n becomes sum_d g[d] of rows n + d, for 0 <= n < count. count + taps - 1 rows,
  /// `pitch` apart, of `width` columns, rounded up to whole cache lines, are read and written.
  void (*down)(T* rows, std::int64_t pitch, std::int64_t count, std::int64_t width,
               const WindowTaps<T>& taps) noexcept;
  /// kWindowLines lines `pitch` apart become columns: to[i * kWindowLines + l] = lines[l pitch +
  /// i], and back, for n samples rounded up to kWindowLines.
  void (*turn_over)(const T* lines, std::int64_t pitch, std::int64_t n, T* to) noexcept;
  void (*turn_back)(const T* from, std::int64_t n, T* lines, std::int64_t pitch) noexcept;
  /// Copies n samples past the caches; what was written is seen by others after flush().
  void (*copy_past)(const T* from, std::int64_t n, T* to) noexcept;
  void (*flush)() noexcept;
};

/// T is float, double or int64_t (modulo 2^64, boxes of height 1 alone). `target` as in
/// targets.hpp.
template <class T>
const WindowSums<T>& window_sums(std::int64_t target) noexcept;

}  // namespace faltung
