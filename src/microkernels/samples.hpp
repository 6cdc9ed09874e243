// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "microkernels/weighted_sum.hpp"

namespace faltung {

/// Loops over taps, and the samples and results of transform blocks. Marks are bits: bit i % 64 of
/// word i / 64 is that of sample i.
template <class T>
struct SampleLoops {
  /// What the samples are like; `smallest` is not looked for.
  Scan<T> (*scan)(const T* x, std::int64_t n) noexcept;
  /// Which of n samples are NaN, infinite, not zero. Writes whole words, with zeros behind the n-th
  /// bit; `add` keeps what is marked already.
  void (*mark)(const T* x, std::int64_t n, bool add, std::uint64_t* nan, std::uint64_t* infinite,
               std::uint64_t* nonzero) noexcept;
  /// The finite samples, and zeros in place of the others; `to` may be x.
  void (*clean)(const T* x, std::int64_t n, T* to) noexcept;
  /// Up to 64 results: NaN where `nan` says so, else zero where `nonzero` has no bit.
  void (*replace)(T* y, std::int64_t n, std::uint64_t nan, std::uint64_t nonzero) noexcept;
  /// Sums over the finite values, in double: of magnitudes and of squares.
  void (*sums)(const T* x, std::int64_t n, double* magnitudes, double* squares) noexcept;
  /// Copies x and looks at it on the way, for `smallest` too; false, and a part is copied, where
  /// that is not enough: where a sample is zero or not finite, or n is small.
  bool (*copy_plain)(const T* x, std::int64_t n, T* to, Scan<T>& scan) noexcept;
  /// Copies n dense results to y, at any byte, past the caches: for arrays that no cache keeps, of
  /// which lines would be read before they are written. Others see them after flush_stores().
  void (*store_past)(const T* x, std::int64_t n, void* y, std::int64_t stride) noexcept;
};

/// Ends the stores past the caches of this thread.
void flush_stores() noexcept;

/// T is float or double. `target` as in targets.hpp.
template <class T>
const SampleLoops<T>& sample_loops(std::int64_t target) noexcept;

}  // namespace faltung
