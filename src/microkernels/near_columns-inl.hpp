// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Folded taps along a row, where vectors have as many lanes as there are taps at least and may be
// shifted whole (AVX-512). The middle of the taps is a vector; its neighbours to both sides give
// all samples that are as far from it:
//
//         left[i]            left[i + 1] = right[i]        right[i + 1]
//   [ . . . . . . . . ]       [ m m m m m m m m ]       [ . . . . . . . . ]
//               [ older: shifted by lanes - d ]
//                                [ newer: shifted by d ]
//
// Where the number of taps is even the middle lies between two samples, and right is one sample
// ahead of left.
#if defined(FALTUNG_NEAR_COLUMNS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_NEAR_COLUMNS_INL
#undef FALTUNG_NEAR_COLUMNS_INL
#else
#define FALTUNG_NEAR_COLUMNS_INL
#endif

#include "hwy/highway.h"
#include "microkernels/line_sums.hpp"
#include "microkernels/row_blocks-inl.hpp"

#if HWY_TARGET == HWY_AVX3
HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <int V, bool odd, class D>
struct NearRow {
  using Vec = hn::Vec<D>;
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  Vec left[V + 1], right[V + 1], sum[V];

  /// x is the oldest sample of the first output. Nothing is read but samples of the taps.
  template <class T>
  HWY_INLINE NearRow(D d, const T* x, int64_t taps) {
    const T* middle = x + (taps - 1) / 2;
    const auto behind = static_cast<size_t>(taps / 2);  // samples beyond the middle vectors
    left[0] = hn::MaskedLoad(hn::Not(hn::FirstN(d, kLanes - (behind - !odd))), d, middle - kLanes);
    for (int i = 1; i <= V; ++i) left[i] = hn::LoadU(d, middle + (i - 1) * kLanes);
    const T* ahead = odd ? middle : middle + 1;
    for (int i = 0; i < V; ++i) right[i] = odd ? left[i + 1] : hn::LoadU(d, ahead + i * kLanes);
    right[V] = hn::MaskedLoad(hn::FirstN(d, behind - !odd), d, ahead + V * kLanes);
    for (int i = 0; i < V; ++i) sum[i] = nothing(d);
  }
  template <int far, Symmetry symmetry, class T>
  HWY_INLINE void add(D d, const T* tap) {
    const auto h = hn::Set(d, *tap);
    // A compiler may otherwise shift for all taps first, in more registers than there are.
    for (int i = 0; i <= V; ++i) {
      left[i] = in_register(left[i]);
      right[i] = in_register(right[i]);
    }
    for (int i = 0; i < V; ++i) {
      Vec newer, older;
      if constexpr (far == 0) {
        newer = right[i];
        older = left[i + 1];
      } else {
        newer = shifted<far>(right[i + 1], right[i]);
        older = shifted<kLanes - far>(left[i + 1], left[i]);
      }
      const auto pair = symmetry == Symmetry::even ? hn::Add(newer, older) : hn::Sub(newer, older);
      sum[i] = hn::MulAdd(h, pair, sum[i]);
    }
  }
  /// The pairs from the farthest on.
  template <Symmetry symmetry, class T>
  HWY_INLINE void add_all(D d, const T* h, int64_t taps) {
    const int64_t farthest = taps / 2 - !odd;
#define FALTUNG_NEAR(far)                                                  \
  case far:                                                                \
    if constexpr (far < kLanes) add<far, symmetry>(d, h + farthest - far); \
    [[fallthrough]];
    switch (farthest) {
      FALTUNG_NEAR(7)
      FALTUNG_NEAR(6)
      FALTUNG_NEAR(5)
      FALTUNG_NEAR(4)
      FALTUNG_NEAR(3)
      FALTUNG_NEAR(2)
      FALTUNG_NEAR(1)
      default: break;
    }
#undef FALTUNG_NEAR
    if constexpr (odd) {
      const auto tap = hn::Set(d, h[farthest]);
      for (int i = 0; i < V; ++i) sum[i] = hn::MulAdd(tap, left[i + 1], sum[i]);
    } else {
      add<0, symmetry>(d, h + farthest);
    }
  }
};

/// V vectors of outputs of a row, the last `fresh` of whose outputs are new where sums are added.
template <int V, bool odd, Symmetry symmetry, class D, class T>
HWY_INLINE void near_block(D d, const OutputRows<T>& out, T* y, const T* x, const LineTaps<T>& t,
                           int64_t fresh, bool passes, Watch<D>& watch) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  NearRow<V, odd, D> row(d, x, t.taps);
  row.template add_all<symmetry>(d, t.h, t.taps);
  for (int i = 0; i < V; ++i) {
    auto total = row.sum[i];
    if (out.accumulate) {
      const auto before = hn::LoadU(d, y + i * kLanes);
      const auto old = hn::FirstN(d, static_cast<size_t>(HWY_MAX(int64_t{0}, kLanes - fresh)));
      total = hn::IfThenElse(old, before, hn::Add(before, total));
    }
    watch.look(total);
    if (passes) hn::Stream(total, d, y + i * kLanes);
    else hn::StoreU(total, d, y + i * kLanes);
  }
}

template <bool odd, Symmetry symmetry, class D, class T>
HWY_INLINE void near_rows(D d, const OutputRows<T>& out, const T* x, int64_t x_pitch,
                          const LineTaps<T>& t, bool passes, Watch<D>& watch) {
  constexpr int64_t lanes = hn::MaxLanes(D());
  constexpr int V = 4;
  for (int64_t j = 0; j < out.rows; ++j) {
    T* y = out.y + j * out.pitch;
    const T* from = x + j * x_pitch;
    int64_t i = 0;
    for (; i + V * lanes <= out.n; i += V * lanes)
      near_block<V, odd, symmetry>(d, out, y + i, from + i, t, lanes, passes, watch);
    for (; i < out.n; i += lanes) {
      const int64_t at = HWY_MAX(int64_t{0}, HWY_MIN(i, out.n - lanes));
      near_block<1, odd, symmetry>(d, out, y + at, from + at, t, lanes - (i - at), passes, watch);
    }
  }
}

template <class D, class T>
HWY_INLINE void near_rows(D d, const OutputRows<T>& out, const T* x, int64_t x_pitch,
                          const LineTaps<T>& t, bool passes, Watch<D>& watch) {
  constexpr auto kEven = Symmetry::even, kOdd = Symmetry::odd;
  const bool odd = t.taps % 2 != 0;
  if (t.symmetry == kEven)
    return odd ? near_rows<true, kEven>(d, out, x, x_pitch, t, passes, watch)
               : near_rows<false, kEven>(d, out, x, x_pitch, t, passes, watch);
  return odd ? near_rows<true, kOdd>(d, out, x, x_pitch, t, passes, watch)
             : near_rows<false, kOdd>(d, out, x, x_pitch, t, passes, watch);
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET == HWY_AVX3

#endif  // FALTUNG_NEAR_COLUMNS_INL
