// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// Taps over rows of samples: slices x rows x columns, dense in this order. Output row j of a block
/// finds the sample of tap (s, k, c) for its output i at
///
///   x + slice_offsets[s] + (j + rows - 1 - k) row_step + column_offsets[c] + i
///
/// so that neighbouring output rows share rows of samples.
template <class T>
struct RowTaps {
  const T* h = nullptr;
  std::int64_t slices = 1, rows = 1, columns = 1;
  const std::int64_t* slice_offsets = nullptr;
  std::int64_t row_step = 0;
  const std::int64_t* column_offsets = nullptr;
  bool adjacent = false;  ///< column_offsets are columns - 1, ..., 1, 0
};

/// `rows` rows of outputs, `pitch` apart, n outputs each.
template <class T>
struct OutputRows {
  T* y = nullptr;
  std::int64_t pitch = 0, rows = 1, n = 0;
  bool accumulate = false;    ///< sums are added to what is there, in one rounding
  T tiny = 0;                 ///< results below it are worth a look
  bool passes_cache = false;  ///< nobody reads them soon: they need not go through the caches
};

/// Sums of taps for rows of real outputs, several at a time in registers.
///
/// Each output is one chain of multiply-adds over its taps in their order, whatever its neighbours
/// are; at the end it is stored or added. The result is true if any output is not finite or smaller
/// than `tiny`: then rows are looked at one by one. It may be true, too, if one is far from 1.
/// Results that pass the caches are there for other threads once the caller has flushed them.
///
/// Where a row has at least a vector of outputs, nothing is read but samples of its taps, and
/// nothing written but its outputs. Shorter rows are computed as whole vectors of
/// kRowSlack samples at most.
template <class T>
struct RowSums {
  bool (*rows)(const OutputRows<T>& out, const T* x, const RowTaps<T>& taps) noexcept;
  std::int64_t lanes = 1;  ///< of a vector
};

/// T is float, double or int16_t: integers modulo 2^16, never doubtful. `target` as in targets.hpp.
template <class T>
const RowSums<T>& row_sums(std::int64_t target) noexcept;

}  // namespace faltung
