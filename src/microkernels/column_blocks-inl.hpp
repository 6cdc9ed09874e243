// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A block of outputs below each other, summed down their column of samples, for one target of
// Highway. The samples that the outputs meet for a tap are a window in registers:
//
//   tap 0        tap 1                         folded, tap 0 and its mirror image
//   x[5] - y3                                  x[5] - y3
//   x[4] - y2    x[4] - y3                     x[4] - y2    and    x[3] - y3
//   x[3] - y1    x[3] - y2                     x[3] - y1           x[2] - y2
//   x[2] - y0    x[2] - y1                     x[2] - y0           x[1] - y1
//                x[1] - y0                                         x[0] - y0
//
// so that each tap takes one load for all outputs, two where it is folded. Registers of a window
// are taken in turn: no sample is moved.
#if defined(FALTUNG_COLUMN_BLOCKS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_COLUMN_BLOCKS_INL
#undef FALTUNG_COLUMN_BLOCKS_INL
#else
#define FALTUNG_COLUMN_BLOCKS_INL
#endif

#include "hwy/highway.h"
#include "microkernels/line_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Outputs of a block: two windows and the sums are three registers each.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON  // 32 registers
constexpr int kColumnOutputs = 8;
#else  // 16
constexpr int kColumnOutputs = 4;
#endif

/// The constructor is spelled out as that of Complex is (complex-inl.hpp).
template <int R, class D>
struct Window {
  HWY_INLINE Window() {}
  hn::Vec<D> v[R];
};

template <int R, class D, class T>
struct ColumnBlock {
  Window<R, D> sum, newer, older;
  const T* HWY_RESTRICT newest;  ///< the next sample that comes into `newer`, at output 0
  const T* HWY_RESTRICT oldest;  ///< into `older`, at the last output
  int64_t step;

  HWY_INLINE ColumnBlock(D d, const T* x, int64_t row_step, int64_t taps, bool folds)
      : newest(x + (taps - 1) * row_step), oldest(x + (R - 1) * row_step), step(row_step) {
    for (int j = 0; j < R; ++j) sum.v[j] = hn::Set(d, T(-0.0));  // changes no sum
    for (int j = 1; j < R; ++j) newer.v[j] = hn::LoadU(d, newest + j * step);
    for (int j = 0; j + 1 < R; ++j) older.v[j] = hn::LoadU(d, x + (folds ? j * step : 0));
  }
  /// Tap s of those that take the registers in turn once.
  template <int s, Symmetry symmetry>
  HWY_INLINE void add(D d, const T* tap) {
    const auto h = hn::Set(d, *tap);
    newer.v[(R - s) % R] = hn::LoadU(d, newest);
    newest -= step;
    if constexpr (symmetry != Symmetry::none) {
      older.v[(R - 1 + s) % R] = hn::LoadU(d, oldest);
      oldest += step;
    }
    for (int j = 0; j < R; ++j) {
      const auto a = newer.v[(j + R - s) % R];
      if constexpr (symmetry == Symmetry::none) {
        sum.v[j] = hn::MulAdd(h, a, sum.v[j]);
      } else {
        const auto b = older.v[(j + s) % R];
        const auto pair = symmetry == Symmetry::even ? hn::Add(a, b) : hn::Sub(a, b);
        sum.v[j] = hn::MulAdd(h, pair, sum.v[j]);
      }
    }
  }
  template <int s, Symmetry symmetry>
  HWY_INLINE void add_whole_turn(D d, const T* h) {
    if constexpr (s < R) {
      add<s, symmetry>(d, h + s);
      add_whole_turn<s + 1, symmetry>(d, h);
    }
  }
  /// `count` taps, less than R, and with `middle` the one that is its own mirror image.
  template <int s, Symmetry symmetry>
  HWY_INLINE void add_rest(D d, const T* h, int64_t count, bool middle) {
    if constexpr (s < R) {
      if (s == count) {
        if (middle) add<s, Symmetry::none>(d, h + s);
        return;
      }
      add<s, symmetry>(d, h + s);
      add_rest<s + 1, symmetry>(d, h, count, middle);
    }
  }
};

/// Calls put(j, sum_k h[k] x[(j + taps - 1 - k) row_step]), 0 <= j < R, for a vector of columns.
template <int R, Symmetry symmetry, class D, class T, class Put>
HWY_INLINE void column_block(D d, const T* x, int64_t row_step, const T* h, int64_t taps,
                             const Put& put) {
  constexpr bool kFolds = symmetry != Symmetry::none;
  ColumnBlock<R, D, T> block(d, x, row_step, taps, kFolds);
  const int64_t count = kFolds ? taps / 2 : taps;
  int64_t k = 0;
  for (; k + R <= count; k += R) block.template add_whole_turn<0, symmetry>(d, h + k);
  block.template add_rest<0, symmetry>(d, h + k, count - k, kFolds && taps % 2 != 0);
  for (int j = 0; j < R; ++j) put(j, block.sum.v[j]);
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_COLUMN_BLOCKS_INL
