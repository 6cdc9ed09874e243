// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Sums of rows of outputs in registers, and what a row of samples adds to them, for one target of
// Highway.
#if defined(FALTUNG_ROW_BLOCKS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ROW_BLOCKS_INL
#undef FALTUNG_ROW_BLOCKS_INL
#else
#define FALTUNG_ROW_BLOCKS_INL
#endif

#include <type_traits>

#include "hwy/highway.h"
#include "microkernels/row_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Rows of outputs that a block has at the most: each row of samples is loaded once for all. Taps
/// of one column have no more to do with a row of samples than one load.
constexpr int kMostRows = 4, kMostRowsOfOneColumn = 8;

/// Vectors of outputs a row of a block, so that sums, samples and a tap stay in registers.
constexpr int vectors_of(int rows) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON  // 32 of them
  return rows == 1 ? 8 : rows == 2 ? 6 : rows == 8 ? 2 : 4;
#else  // 16
  return rows == 1 ? 8 : rows == 2 ? 4 : rows == 3 ? 3 : rows == 8 ? 1 : 2;
#endif
}

/// What changes no sum: -0, since 0 would make 0 of -0.
template <class D>
HWY_INLINE hn::Vec<D> nothing(D d) {
  if constexpr (std::is_integral_v<hn::TFromD<D>>) return hn::Zero(d);
  else return hn::Set(d, hn::TFromD<D>(-0.0));
}

/// The same value, in a register: a compiler may otherwise load it again for each operation, which
/// it takes to be free, and loads across the ends of cache lines are not.
template <class V>
HWY_INLINE V in_register(V v) {
#if HWY_TARGET == HWY_AVX3
  asm("" : "+v"(v.raw));
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4
  asm("" : "+x"(v.raw));
#endif
  return v;
}

/// sum + tap sample: in one rounding where the target has that, or modulo 2^bits.
template <class V>
HWY_INLINE V add_product(V tap, V sample, V sum) {
  if constexpr (std::is_integral_v<hn::TFromV<V>>) return hn::Add(sum, hn::Mul(tap, sample));
  else return hn::MulAdd(tap, sample, sum);
}

/// The same pointer: a compiler may otherwise keep the sum of it and each constant ahead of a loop,
/// in more registers than there are.
template <class P>
HWY_INLINE P* nearby(P* p) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  asm volatile("" : "+r"(p));  // volatile: two of them are not one
#endif
  return p;
}

/// The sums of R rows of V vectors. The constructor is spelled out as that of Complex is
/// (complex-inl.hpp).
template <int R, int V, class D>
struct Sums {
  HWY_INLINE Sums() {}
  hn::Vec<D> v[R][V];
};

/// What all results of a block tell: the smallest magnitude, and NaN where one is not finite.
/// Integers tell nothing.
template <class D, bool = std::is_integral_v<hn::TFromD<D>>>
struct Watch {
  hn::Vec<D> least, broken;
  HWY_INLINE explicit Watch(D d) : least(hn::Inf(d)), broken(hn::Zero(d)) {}
  HWY_INLINE void look(hn::Vec<D> v) {
    least = hn::Min(least, hn::Abs(v));
    broken = hn::Or(broken, hn::Sub(v, v));  // of latencies that add up, the shortest
  }
  HWY_INLINE bool doubtful(D d, hn::TFromD<D> tiny) const {
    return !hn::AllTrue(d, hn::And(hn::Ge(least, hn::Set(d, tiny)), hn::Eq(broken, broken)));
  }
};
template <class D>
struct Watch<D, true> {
  HWY_INLINE explicit Watch(D) {}
  HWY_INLINE void look(hn::Vec<D>) {}
  HWY_INLINE bool doubtful(D, hn::TFromD<D>) const { return false; }
};

#if HWY_TARGET == HWY_AVX3
// A vector as long as a cache line lies across the end of one nearly always, and two loads for each
// multiply-add are too many: samples of neighbouring taps are shifted out of registers instead.
// Highway 1.0.3 has no name for the shift across a whole vector.
template <int shift>
HWY_INLINE hn::Vec512<float> shifted(hn::Vec512<float> next, hn::Vec512<float> v) {
  if constexpr (shift == 0) return v;
  return hn::Vec512<float>{_mm512_castsi512_ps(
      _mm512_alignr_epi32(_mm512_castps_si512(next.raw), _mm512_castps_si512(v.raw), shift))};
}
template <int shift>
HWY_INLINE hn::Vec512<double> shifted(hn::Vec512<double> next, hn::Vec512<double> v) {
  if constexpr (shift == 0) return v;
  return hn::Vec512<double>{_mm512_castsi512_pd(
      _mm512_alignr_epi64(_mm512_castpd_si512(next.raw), _mm512_castpd_si512(v.raw), shift))};
}

/// The tap of the samples `shift` behind those in v, and of the rows behind it.
template <int shift, int first, int last, int R, int V, class D, class T>
HWY_INLINE void add_shifted(D d, Sums<R, V, D>& sums, const hn::Vec<D>* v, const T* HWY_RESTRICT h,
                            int64_t columns) {
  hn::Vec<D> sample[V];
  for (int i = 0; i < V; ++i) sample[i] = shifted<shift>(v[i + 1], v[i]);
  for (int j = first; j <= last; ++j) {
    const auto tap = hn::Set(d, h[(j - first) * columns - shift]);
    for (int i = 0; i < V; ++i) sums.v[j][i] = add_product(tap, sample[i], sums.v[j][i]);
  }
}

/// Taps of `count` neighbours, as many as a vector has lanes at the most; h is the tap of the
/// oldest sample.
template <int first, int last, int R, int V, class D, class T>
HWY_INLINE void add_neighbours(D d, Sums<R, V, D>& sums, const T* x, const T* h, int64_t columns,
                               int64_t count) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  hn::Vec<D> v[V + 1];
  for (int i = 0; i < V; ++i) v[i] = hn::LoadU(d, x + i * kLanes);
  v[V] = hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count - 1)), d, x + V * kLanes);
#define FALTUNG_SHIFT(shift) \
  case shift + 1: add_shifted<shift, first, last, R, V>(d, sums, v, h, columns); [[fallthrough]];
#define FALTUNG_FAR_SHIFT(shift)                                                                 \
  case shift + 1:                                                                                \
    if constexpr (shift < kLanes) add_shifted<shift, first, last, R, V>(d, sums, v, h, columns); \
    [[fallthrough]];
  switch (count) {
    FALTUNG_FAR_SHIFT(15)
    FALTUNG_FAR_SHIFT(14)
    FALTUNG_FAR_SHIFT(13)
    FALTUNG_FAR_SHIFT(12)
    FALTUNG_FAR_SHIFT(11)
    FALTUNG_FAR_SHIFT(10)
    FALTUNG_FAR_SHIFT(9)
    FALTUNG_FAR_SHIFT(8)
    FALTUNG_SHIFT(7)
    FALTUNG_SHIFT(6)
    FALTUNG_SHIFT(5)
    FALTUNG_SHIFT(4)
    FALTUNG_SHIFT(3)
    FALTUNG_SHIFT(2)
    FALTUNG_SHIFT(1)
    default: add_shifted<0, first, last, R, V>(d, sums, v, h, columns);
  }
#undef FALTUNG_SHIFT
#undef FALTUNG_FAR_SHIFT
}

template <int first, int last, int R, int V, class D, class T>
HWY_INLINE void add_adjacent(D d, Sums<R, V, D>& sums, const T* x, const T* h, int64_t columns) {
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
  for (int64_t from = (columns - 1) / kLanes * kLanes, end = columns; from >= 0;
       end = from, from -= kLanes)
    add_neighbours<first, last>(d, sums, x + from, h + columns - 1 - from, columns, end - from);
}
#endif

/// One row of samples, for the output rows first .. last, whose taps begin at h and lie `columns`
/// apart.
template <int first, int last, int R, int V, class D, class T>
HWY_INLINE void add_row(D d, Sums<R, V, D>& sums, const T* HWY_RESTRICT x, const T* HWY_RESTRICT h,
                        const RowTaps<T>& t) {
  const int64_t columns = R == kMostRowsOfOneColumn ? 1 : t.columns;
  const int64_t* HWY_RESTRICT offsets = t.column_offsets;
#if HWY_TARGET == HWY_AVX3
  if constexpr (std::is_floating_point_v<T> && R != kMostRowsOfOneColumn)
    if (t.adjacent && columns > 1) return add_adjacent<first, last>(d, sums, x, h, columns);
#endif
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < columns; ++c) {
    const T* HWY_RESTRICT p = x + offsets[c];
    hn::Vec<D> sample[V];
    for (int i = 0; i < V; ++i) sample[i] = hn::LoadU(d, p + i * lanes);
    for (int j = first; j <= last; ++j) {
      const auto tap = hn::Set(d, h[(j - first) * columns + c]);
      for (int i = 0; i < V; ++i) sums.v[j][i] = add_product(tap, sample[i], sums.v[j][i]);
    }
  }
}

/// Rows of samples that only the last outputs of the block meet, the newest first.
template <int i, int R, int V, class D, class T>
HWY_INLINE void add_head(D d, Sums<R, V, D>& sums, const T* x, const T* h, const RowTaps<T>& t) {
  if constexpr (i >= 1) {
    add_row<i, R - 1>(d, sums, x + (t.rows - 1 + i) * t.row_step, h, t);
    add_head<i - 1, R, V>(d, sums, x, h, t);
  }
}
/// And those that only the first ones meet.
template <int i, int R, int V, class D, class T>
HWY_INLINE void add_tail(D d, Sums<R, V, D>& sums, const T* x, const T* h, const RowTaps<T>& t) {
  if constexpr (i >= 0) {
    add_row<0, i>(d, sums, x + i * t.row_step, h + (t.rows - 1 - i) * t.columns, t);
    add_tail<i - 1, R, V>(d, sums, x, h, t);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_ROW_BLOCKS_INL
