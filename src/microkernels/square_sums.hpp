// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "microkernels/row_sums.hpp"

namespace faltung {

/// Rows of results of any type, as OutputRows.
template <class T>
struct ResultRows {
  void* y = nullptr;
  std::int64_t pitch = 0, rows = 1, n = 0;
  T tiny = 0;
  bool passes_cache = false;
};

/// Sums of small square kernels (3, 5 or 7 taps along rows and columns, any number of slices of
/// them), from samples as they lie in x to results as they lie in y: what lies between stays in
/// registers. The chains of multiply-adds are those of RowSums, and so is what is returned; rows
/// have a vector of outputs at least. taps.columns are adjacent, and kMostSquareTaps taps in all
/// the most. Taps and sums are of type T; steps and offsets count samples.
template <class T>
struct SquareSums {
  using Sum = bool (*)(const ResultRows<T>& out, const void* x, const RowTaps<T>& taps) noexcept;
  struct Sizes {
    Sum three = nullptr, five = nullptr, seven = nullptr;
  };
  Sizes same;             ///< samples and results of type T
  Sizes bytes_clamped;    ///< of uint8_t: results clamped to the ends of the type, or
  Sizes bytes_wrapped;    ///< modulo 2^8. Only of short integers
  Sizes bytes_to_shorts;  ///< samples of uint8_t, results of T. Only of short integers
};
inline constexpr std::int64_t kMostSquareTaps = 128;

/// T is float, double or int16_t (modulo 2^16). `target` as in targets.hpp.
template <class T>
const SquareSums<T>& square_sums(std::int64_t target) noexcept;

}  // namespace faltung
