// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "microkernels/row_sums.hpp"

namespace faltung {

/// How the second half of a row of taps follows from the first: h[taps - 1 - k] = h[k], or -h[k].
enum class Symmetry : std::int8_t { none, even, odd };

/// One row of taps, `dilation` samples apart.
template <class T>
struct LineTaps {
  const T* h = nullptr;
  std::int64_t taps = 1, dilation = 1;
  Symmetry symmetry = Symmetry::none;
};

/// What is read soon: bytes of a row at column 0, and how far rows and columns lie apart.
struct Soon {
  const std::byte* first = nullptr;
  std::int64_t pitch = 0, step = 0;
};

/// Sums of one row of taps for many rows of real outputs at once, whole vectors at a time.
///
/// Each output is one chain of multiply-adds over its taps in their order. Taps that are symmetric
/// are folded: the two samples of a pair are added, or subtracted, in one rounding of their own
/// before they are multiplied; the tap in the middle comes last. That is at most as many roundings.
/// Which of the two it is does not depend on the output, its neighbours or the function.
template <class T>
struct LineSums {
  /// Down columns of samples: y[j][i] = sum_k h[k] x[(j + taps - 1 - k) row_step + i], stored. A
  /// row of outputs shorter than a vector is computed as a whole one. Meanwhile as many rows as
  /// those of outputs of what is read soon are asked for.
  void (*down)(const OutputRows<T>& out, const T* x, std::int64_t row_step, const LineTaps<T>& taps,
               const Soon& soon) noexcept;
  /// Along rows of samples that lie `x_pitch` apart: y[l][i] (+)= sum_k h[k] x[l x_pitch + i +
  /// (taps - 1 - k) dilation], for `lanes` rows at the most. So that vectors lie across them, they
  /// are turned over in `scratch`, (n + span) lanes samples. Always `lanes` rows are read, and at
  /// least as many outputs of each computed, whatever lies there. The result is that of RowSums.
  bool (*across)(const OutputRows<T>& out, const T* x, std::int64_t x_pitch,
                 const LineTaps<T>& taps, T* scratch) noexcept;
  /// Along any number of rows as they lie, for up to `most_along` neighbouring taps, stored; taps
  /// are met in an order of their own. Nothing is read but samples of the taps, where a row has a
  /// vector of outputs; shorter ones are computed as a whole one. As each row begins, one of what
  /// is read soon is asked for. Null where `across` is faster.
  void (*along)(const OutputRows<T>& out, const T* x, std::int64_t x_pitch, const LineTaps<T>& taps,
                const Soon& soon) noexcept;
  /// `down`, for results. Those that pass the caches are there for other threads once the caller
  /// has flushed them: that waits for memory. The result is that of RowSums.
  bool (*finish_down)(const OutputRows<T>& out, const T* x, std::int64_t row_step,
                      const LineTaps<T>& taps) noexcept;
  std::int64_t most_along = 0;
  std::int64_t lanes = 1;  ///< of a vector
};

/// T is float or double. `target` as in targets.hpp.
template <class T>
const LineSums<T>& line_sums(std::int64_t target) noexcept;

}  // namespace faltung
