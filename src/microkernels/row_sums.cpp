// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/row_sums.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/row_sums.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Rows of outputs that a block has at the most: each row of samples is loaded once for all.
constexpr int kMostRows = 4;

/// Vectors of outputs a row of a block, so that sums, samples and a tap stay in registers.
constexpr int vectors_of(int rows) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON  // 32 of them
  return rows == 1 ? 8 : rows == 2 ? 8 : rows == 3 ? 6 : 4;
#else  // 16
  return rows == 1 ? 8 : rows == 2 ? 4 : rows == 3 ? 3 : 2;
#endif
}

/// The sums of R rows of V vectors.
template <int R, int V, class D>
struct Sums {
  hn::Vec<D> v[R][V];
};

/// What all results of a block tell: the smallest magnitude, and NaN where one is not finite.
template <class D>
struct Watch {
  hn::Vec<D> least, broken;
  HWY_INLINE explicit Watch(D d) : least(hn::Inf(d)), broken(hn::Zero(d)) {}
  HWY_INLINE void look(D d, hn::Vec<D> v) {
    least = hn::Min(least, hn::Abs(v));
    broken = hn::MulAdd(v, hn::Zero(d), broken);
  }
  HWY_INLINE bool doubtful(D d, hn::TFromD<D> tiny) const {
    return !hn::AllTrue(d, hn::And(hn::Ge(least, hn::Set(d, tiny)), hn::Eq(broken, broken)));
  }
};

/// One row of samples, for the output rows first .. last, whose taps begin at h and lie `columns`
/// apart.
template <int first, int last, int R, int V, class D, class T>
HWY_INLINE void add_row(D d, Sums<R, V, D>& sums, const T* HWY_RESTRICT x, const T* HWY_RESTRICT h,
                        int64_t columns, const int64_t* HWY_RESTRICT offsets) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < columns; ++c) {
    const T* HWY_RESTRICT p = x + offsets[c];
    hn::Vec<D> sample[V];
    for (int i = 0; i < V; ++i) sample[i] = hn::LoadU(d, p + i * lanes);
    for (int j = first; j <= last; ++j) {
      const auto tap = hn::Set(d, h[(j - first) * columns + c]);
      for (int i = 0; i < V; ++i) sums.v[j][i] = hn::MulAdd(tap, sample[i], sums.v[j][i]);
    }
  }
}

/// Rows of samples that only the last outputs of the block meet, the newest first.
template <int i, int R, int V, class D, class T>
HWY_INLINE void add_head(D d, Sums<R, V, D>& sums, const T* x, const T* h, const RowTaps<T>& t) {
  if constexpr (i >= 1) {
    add_row<i, R - 1>(d, sums, x + (t.rows - 1 + i) * t.row_step, h, t.columns, t.column_offsets);
    add_head<i - 1, R, V>(d, sums, x, h, t);
  }
}
/// And those that only the first ones meet.
template <int i, int R, int V, class D, class T>
HWY_INLINE void add_tail(D d, Sums<R, V, D>& sums, const T* x, const T* h, const RowTaps<T>& t) {
  if constexpr (i >= 0) {
    add_row<0, i>(d, sums, x + i * t.row_step, h + (t.rows - 1 - i) * t.columns, t.columns,
                  t.column_offsets);
    add_tail<i - 1, R, V>(d, sums, x, h, t);
  }
}

/// R rows of V vectors of outputs. `fresh` of the lanes are new where sums are added: a row's last
/// vector overlaps the one before.
template <int R, int V, class D, class T>
HWY_INLINE void block(D d, const OutputRows<T>& out, T* y, const T* x, const RowTaps<T>& t,
                      int64_t fresh, Watch<D>& watch) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Sums<R, V, D> sums;
  // -0 is what changes no sum, not even one of -0.
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) sums.v[j][i] = hn::Set(d, T(-0.0));
  for (int64_t s = 0; s < t.slices; ++s) {
    const T* from = x + t.slice_offsets[s];
    const T* h = t.h + s * t.rows * t.columns;
    add_head<R - 1, R, V>(d, sums, from, h, t);
    for (int64_t q = t.rows - 1; q >= R - 1; --q)
      add_row<0, R - 1>(d, sums, from + q * t.row_step, h + (t.rows - 1 - q) * t.columns,
                        t.columns, t.column_offsets);
    add_tail<R - 2, R, V>(d, sums, from, h, t);
  }
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) {
      T* to = y + j * out.pitch + i * lanes;
      auto total = sums.v[j][i];
      if (out.accumulate) {
        const auto before = hn::LoadU(d, to);
        total = hn::Add(before, total);
        if (fresh < lanes)
          total = hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(lanes - fresh)), before, total);
      }
      watch.look(d, total);
      hn::StoreU(total, d, to);
    }
}

template <int R, class D, class T>
HWY_INLINE void row_group(D d, const OutputRows<T>& out, T* y, const T* x, const RowTaps<T>& t,
                          Watch<D>& watch) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  constexpr int V = vectors_of(R);
  int64_t i = 0;
  for (; i + V * lanes <= out.n; i += V * lanes) block<R, V>(d, out, y + i, x + i, t, lanes, watch);
  if constexpr (V > 2)
    for (; i + 2 * lanes <= out.n; i += 2 * lanes)
      block<R, 2>(d, out, y + i, x + i, t, lanes, watch);
  for (; i + lanes <= out.n; i += lanes) block<R, 1>(d, out, y + i, x + i, t, lanes, watch);
  if (i == out.n) return;
  const int64_t at = HWY_MAX(int64_t{0}, out.n - lanes);
  block<R, 1>(d, out, y + at, x + at, t, at == 0 ? lanes : out.n - i, watch);
}

template <class T>
bool sum_rows(const OutputRows<T>& out, const T* x, const RowTaps<T>& t) noexcept {
  const hn::ScalableTag<T> d;
  Watch<hn::ScalableTag<T>> watch(d);
  const int64_t most = HWY_MIN(t.rows, int64_t{kMostRows});
  for (int64_t j = 0; j < out.rows;) {
    T* y = out.y + j * out.pitch;
    const T* from = x + j * t.row_step;
    const int64_t rows = HWY_MIN(most, out.rows - j);
    switch (rows) {
      case 4: row_group<4>(d, out, y, from, t, watch); break;
      case 3: row_group<3>(d, out, y, from, t, watch); break;
      case 2: row_group<2>(d, out, y, from, t, watch); break;
      default: row_group<1>(d, out, y, from, t, watch); break;
    }
    j += rows;
  }
  return watch.doubtful(d, out.tiny);
}

/// Columns `first` .. `first + lanes` of rows of samples become vectors.
template <class D, class T>
HWY_INLINE void turn_over(D d, const T* x, int64_t x_pitch, T* HWY_RESTRICT to) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  hn::Vec<D> v[kLanes];
  for (int l = 0; l < kLanes; ++l) v[l] = hn::LoadU(d, x + l * x_pitch);
  transpose_square(d, v);
  for (int l = 0; l < kLanes; ++l) hn::Store(v[l], d, to + l * kLanes);
}

/// `lanes` columns of outputs, each a vector across the rows.
template <class D, class T>
HWY_INLINE void columns_of(D d, const T* HWY_RESTRICT turned, const T* HWY_RESTRICT h, int64_t taps,
                           int64_t dilation, hn::Vec<D>* v) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  hn::Vec<D> sum[kLanes];
  for (int i = 0; i < kLanes; ++i) sum[i] = hn::Set(d, T(-0.0));
  const T* HWY_RESTRICT p = turned + (taps - 1) * dilation * kLanes;
  for (int64_t k = 0; k < taps; ++k, p -= dilation * kLanes) {
    const auto tap = hn::Set(d, h[k]);
    for (int i = 0; i < kLanes; ++i) sum[i] = hn::MulAdd(tap, hn::Load(d, p + i * kLanes), sum[i]);
  }
  for (int i = 0; i < kLanes; ++i) v[i] = sum[i];
}

template <class T>
bool sum_across(const OutputRows<T>& out, const T* x, int64_t x_pitch, const T* h, int64_t taps,
                int64_t dilation, T* scratch) noexcept {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
  Watch<hn::ScalableTag<T>> watch(d);
  const int64_t columns = out.n + (taps - 1) * dilation;
  for (int64_t i = 0; i < columns; i += kLanes) {
    const int64_t at = HWY_MIN(i, columns - kLanes);
    turn_over(d, x + at, x_pitch, scratch + at * kLanes);
  }
  for (int64_t i = 0; i < out.n; i += kLanes) {
    const int64_t at = HWY_MIN(i, out.n - kLanes), fresh = out.n - i;
    hn::Vec<hn::ScalableTag<T>> v[kLanes];
    columns_of(d, scratch + at * kLanes, h, taps, dilation, v);
    transpose_square(d, v);
    for (int l = 0; l < kLanes; ++l) {
      T* to = out.y + l * out.pitch + at;
      auto total = v[l];
      if (out.accumulate) {
        const auto before = hn::LoadU(d, to);
        total = hn::Add(before, total);
        if (fresh < kLanes)
          total = hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(kLanes - fresh)), before, total);
      }
      watch.look(d, total);
      hn::StoreU(total, d, to);
    }
  }
  return watch.doubtful(d, out.tiny);
}

template <class T>
constexpr RowSums<T> row_loops() {
  return {sum_rows<T>, sum_across<T>, static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()))};
}

constexpr RowSums<float> kRowSumsF32 = row_loops<float>();
constexpr RowSums<double> kRowSumsF64 = row_loops<double>();

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const RowSums<float>& row_sums<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kRowSumsF32) }
}
template <>
const RowSums<double>& row_sums<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kRowSumsF64) }
}

}  // namespace faltung
#endif
