// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/row_sums.hpp"

#include "hwy/cache_control.h"
#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/row_sums.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/long_row-inl.hpp"
#include "microkernels/row_blocks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Adds what is in y to the sums; of a row's last vector, `fresh` of the lanes are new, and others
/// were added to before.
template <int R, int V, class D, class T>
HWY_INLINE void add_before(D d, const OutputRows<T>& out, const T* y, int64_t fresh,
                           Sums<R, V, D>& sums) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto old = hn::FirstN(d, static_cast<size_t>(lanes - fresh));
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) {
      const auto before = hn::LoadU(d, y + j * out.pitch + i * lanes);
      const auto total = hn::Add(before, sums.v[j][i]);
      sums.v[j][i] = fresh < lanes ? hn::IfThenElse(old, before, total) : total;
    }
}

/// R rows of V vectors of outputs. `fresh` of the lanes are new where sums are added: a row's last
/// vector overlaps the one before. Of rows that pass the caches y is aligned.
template <int R, int V, class D, class T>
HWY_INLINE void block(D d, const OutputRows<T>& out, T* y, const T* x, const RowTaps<T>& t,
                      int64_t fresh, bool passes, Watch<D>& watch) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Sums<R, V, D> sums;
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) sums.v[j][i] = nothing(d);
  for (int64_t s = 0; s < t.slices; ++s) {
    const T* from = x + t.slice_offsets[s];
    const T* h = t.h + s * t.rows * t.columns;
    add_head<R - 1, R, V>(d, sums, from, h, t);
    for (int64_t q = t.rows - 1; q >= R - 1; --q)
      add_row<0, R - 1>(d, sums, from + q * t.row_step, h + (t.rows - 1 - q) * t.columns, t);
    add_tail<R - 2, R, V>(d, sums, from, h, t);
  }
  if (passes) {
    for (int j = 0; j < R; ++j)
      for (int i = 0; i < V; ++i) {
        watch.look(sums.v[j][i]);
        hn::Stream(sums.v[j][i], d, y + j * out.pitch + i * lanes);
      }
    return;
  }
  if (out.accumulate) add_before<R, V>(d, out, y, fresh, sums);
  const bool ends = V == 1 && out.n < lanes;  // what lies beyond short rows tells nothing
  const auto row = hn::FirstN(d, static_cast<size_t>(out.n));
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) {
      const auto sum = sums.v[j][i];
      watch.look(ends ? hn::IfThenElse(row, sum, hn::Set(d, T(1))) : sum);
      hn::StoreU(sums.v[j][i], d, y + j * out.pitch + i * lanes);
    }
}

/// Rows of samples that the next rows of outputs meet for the first time.
template <int R, int V, class D, class T>
HWY_INLINE void fetch_next(D d, const T* x, const RowTaps<T>& t) {
  constexpr auto kLine = static_cast<int64_t>(64 / sizeof(T));
  const auto samples = V * static_cast<int64_t>(hn::Lanes(d));
  const T* p = x + t.slice_offsets[t.slices - 1] + (t.rows - 1 + R) * t.row_step;
  for (int j = 0; j < R; ++j)
    for (int64_t i = 0; i < samples; i += kLine) hwy::Prefetch(p + j * t.row_step + i);
}

template <int R, class D, class T>
HWY_INLINE void row_group(D d, const OutputRows<T>& out, T* y, const T* x, const RowTaps<T>& t,
                          Watch<D>& watch) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  constexpr int V = vectors_of(R);
  const bool passes = out.passes_cache;
  int64_t i = 0;
  // From the second vector on y is aligned where it passes the caches, else x where each of its
  // vectors is read once for a tap.
  const bool aligns_x = R == kMostRowsOfOneColumn && !out.accumulate && t.row_step % lanes == 0;
  if ((passes || aligns_x) && out.n > 2 * lanes) {
    const auto* p = passes ? y : x + t.slice_offsets[0];
    const auto beyond = static_cast<int64_t>(reinterpret_cast<uintptr_t>(p) / sizeof(T)) % lanes;
    if (beyond != 0 || passes) {
      block<R, 1>(d, out, y, x, t, lanes, false, watch);
      i = lanes - beyond;
    }
  }
  for (; i + V * lanes <= out.n; i += V * lanes) {
    if (t.row_step != 0) fetch_next<R, V>(d, x + i, t);
    block<R, V>(d, out, y + i, x + i, t, lanes, passes, watch);
  }
  if constexpr (V > 4)
    for (; i + 2 * lanes <= out.n; i += 2 * lanes)
      block<R, 2>(d, out, y + i, x + i, t, lanes, passes, watch);
  for (; i < out.n; i += lanes) {  // the last overlaps the one before
    const int64_t at = HWY_MAX(int64_t{0}, HWY_MIN(i, out.n - lanes));
    block<R, 1>(d, out, y + at, x + at, t, at == 0 ? lanes : out.n - i, passes && at == i, watch);
  }
}

template <class T>
bool sum_rows(const OutputRows<T>& given, const T* x, const RowTaps<T>& t) noexcept {
  const hn::ScalableTag<T> d;
  OutputRows<T> out = given;
  const auto bytes = static_cast<int64_t>(hn::Lanes(d) * sizeof(T));
  const auto step = out.pitch * static_cast<int64_t>(sizeof(T));
  if (out.accumulate || out.n * static_cast<int64_t>(sizeof(T)) < 4 * bytes || step % bytes != 0)
    out.passes_cache = false;
  Watch<hn::ScalableTag<T>> watch(d);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  if constexpr (std::is_floating_point_v<T>)
    if (t.adjacent && t.slices * t.rows == 1 && t.columns > 1 &&
        out.n * static_cast<int64_t>(sizeof(T)) >= bytes)
      return long_rows(out, x, t);
#endif
  const int64_t most = HWY_MIN(t.rows, int64_t{kMostRows});
  const bool many = std::is_floating_point_v<T> && t.columns == 1 && t.rows >= kMostRowsOfOneColumn;
  for (int64_t j = 0; j < out.rows;) {
    T* y = out.y + j * out.pitch;
    const T* from = x + j * t.row_step;
    const int64_t rows = many && out.rows - j >= kMostRowsOfOneColumn ? kMostRowsOfOneColumn
                                                                      : HWY_MIN(most, out.rows - j);
    switch (rows) {
      case 8:
        if constexpr (std::is_floating_point_v<T>) row_group<8>(d, out, y, from, t, watch);
        break;
      case 4: row_group<4>(d, out, y, from, t, watch); break;
      case 3: row_group<3>(d, out, y, from, t, watch); break;
      case 2: row_group<2>(d, out, y, from, t, watch); break;
      default: row_group<1>(d, out, y, from, t, watch); break;
    }
    j += rows;
  }
  return watch.doubtful(d, out.tiny);
}

template <class T>
constexpr RowSums<T> row_loops() {
  return {sum_rows<T>, static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()))};
}

constexpr RowSums<float> kRowSumsF32 = row_loops<float>();
constexpr RowSums<double> kRowSumsF64 = row_loops<double>();
constexpr RowSums<int16_t> kRowSumsI16 = {
    sum_rows<int16_t>, static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<int16_t>()))};

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
template <>
const RowSums<std::int16_t>& row_sums<std::int16_t>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kRowSumsI16) }
}

}  // namespace faltung
#endif
