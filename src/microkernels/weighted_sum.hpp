// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// What one pass over samples finds. Magnitudes are of finite samples.
template <class T>
struct Scan {
  T largest = 0;   ///< max |v|
  T smallest = 0;  ///< min |v| over non-zero v; 0 when there is none
  std::int64_t zeros = 0;
  std::int64_t nonfinite = 0;
  bool negative = false;  ///< any v < 0
  void merge(const Scan& other) noexcept {
    largest = other.largest > largest ? other.largest : largest;
    if (smallest == 0 || (other.smallest != 0 && other.smallest < smallest))
      smallest = other.smallest;
    zeros += other.zeros;
    nonfinite += other.nonfinite;
    negative |= other.negative;
  }
};

/// Loops of the direct method: y[i] = sum_t h[t] x[offsets[t] + i], 0 <= i < n.
///
/// Each y[i] is one chain of multiply-adds over t in order, whatever i, n and the alignment are.
/// With `accumulate` the chain's sum is added to y[i] at the end, in one rounding.
///
/// Whole groups of outputs are computed: x is readable behind each tap's run, and y writable, for
/// kRowSlack samples more, whatever they hold.
inline constexpr std::int64_t kRowSlack = 32;

template <class T>
struct WeightedSum {
  void (*real)(T* y, const T* x, std::int64_t n, const std::int64_t* offsets, const T* h,
               std::int64_t taps, bool accumulate) noexcept;
  /// Integers: the same where every sample and tap fits 32 bits with its sign. Null for floats.
  void (*narrow)(T* y, const T* x, std::int64_t n, const std::int64_t* offsets, const T* h,
                 std::int64_t taps, bool accumulate) noexcept;
  /// Real and imaginary planes; floating types only.
  void (*complex)(T* y_re, T* y_im, const T* x_re, const T* x_im, std::int64_t n,
                  const std::int64_t* offsets, const T* h_re, const T* h_im, std::int64_t taps,
                  bool accumulate) noexcept;
  Scan<T> (*scan)(const T* x, std::int64_t n) noexcept;
};

/// T is float, double or int64_t (modulo 2^64). `target` as in targets.hpp.
template <class T>
const WeightedSum<T>& weighted_sum(std::int64_t target) noexcept;

}  // namespace faltung
