// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/line_sums.hpp"

#include "hwy/cache_control.h"
#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/line_sums.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/column_blocks-inl.hpp"
#include "microkernels/row_blocks-inl.hpp"
#include "microkernels/row_phases-inl.hpp"
#include "microkernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Of a lambda whose vectors are to stay in registers.
#ifndef FALTUNG_INLINED
#define FALTUNG_INLINED HWY_ATTR __attribute__((always_inline))
#endif

template <int R>
HWY_INLINE void fetch(const Soon& soon, int64_t row, int64_t column) {
  if (soon.first == nullptr) return;
  const std::byte* p = soon.first + row * soon.pitch + column * soon.step;
  for (int j = 0; j < R; ++j) hwy::Prefetch(p + j * soon.pitch);
}

/// R rows of outputs. Where that is the same for all rows, each vector of samples lies within one
/// cache line from the second on. Calls put(sums, where they belong).
template <int R, Symmetry symmetry, class Y, class T, class Put>
HWY_INLINE void down_rows(const OutputRows<Y>& out, int64_t row, const T* from, int64_t row_step,
                          const LineTaps<T>& t, const Soon& soon, const Put& put) {
  const T* x = from + row * row_step;
  Y* y = out.y + row * out.pitch;
  const int64_t n = out.n, pitch = out.pitch;  // which what is stored may change, else
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto beyond = static_cast<int64_t>(reinterpret_cast<uintptr_t>(x) / sizeof(T)) % lanes;
  const auto block = [&](int64_t at) FALTUNG_INLINED {
    column_block<R, symmetry>(d, x + at, row_step, t.h, t.taps,
                              [&](int j, hn::Vec<decltype(d)> sum)
                                  FALTUNG_INLINED { put(sum, y + j * pitch + at); });
  };
  int64_t i = 0;
  if (beyond != 0 && row_step % lanes == 0 && n > 2 * lanes) {
    block(0);
    i = lanes - beyond;
  }
  for (; i < n; i += lanes) {  // the last overlaps the one before
    const int64_t at = HWY_MAX(int64_t{0}, HWY_MIN(i, n - lanes));
    fetch<R>(soon, row, at);
    block(at);
  }
}

template <Symmetry symmetry, class Y, class T, class Put>
HWY_INLINE void down_all(const OutputRows<Y>& out, const T* x, int64_t row_step,
                         const LineTaps<T>& t, const Soon& soon, const Put& put) {
  constexpr int64_t R = kColumnOutputs;
  if (out.rows < R) {
    for (int64_t j = 0; j < out.rows; ++j)
      down_rows<1, symmetry>(out, j, x, row_step, t, soon, put);
    return;
  }
  for (int64_t j = 0; j < out.rows; j += R)  // the last overlap those before
    down_rows<R, symmetry>(out, HWY_MIN(j, out.rows - R), x, row_step, t, soon, put);
}

template <class Y, class T, class Put>
HWY_INLINE void sum_down_into(const OutputRows<Y>& out, const T* x, int64_t row_step,
                              const LineTaps<T>& t, const Soon& soon, const Put& put) {
  switch (t.symmetry) {
    case Symmetry::even: return down_all<Symmetry::even>(out, x, row_step, t, soon, put);
    case Symmetry::odd: return down_all<Symmetry::odd>(out, x, row_step, t, soon, put);
    default: return down_all<Symmetry::none>(out, x, row_step, t, soon, put);
  }
}

template <class T>
void sum_down(const OutputRows<T>& out, const T* x, int64_t row_step, const LineTaps<T>& t,
              const Soon& soon) noexcept {
  const hn::ScalableTag<T> d;
  sum_down_into(out, x, row_step, t, soon,
                [&](hn::Vec<decltype(d)> sum, T* to) FALTUNG_INLINED { hn::StoreU(sum, d, to); });
}

/// Whether rows may go past the caches: whole vectors that are aligned.
template <class T>
bool may_pass(const OutputRows<T>& out) {
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  return out.passes_cache && !out.accumulate && out.n % kLanes == 0 && out.pitch % kLanes == 0 &&
         reinterpret_cast<uintptr_t>(out.y) % (kLanes * sizeof(T)) == 0;
}

template <class T>
bool finish_down(const OutputRows<T>& out, const T* x, int64_t row_step,
                 const LineTaps<T>& t) noexcept {
  const hn::ScalableTag<T> d;
  using D = hn::ScalableTag<T>;
  Watch<D> watch(d);
  const auto store = [&](hn::Vec<D> sum, T* to) FALTUNG_INLINED {
    watch.look(sum);
    hn::StoreU(sum, d, to);
  };
  const auto stream = [&](hn::Vec<D> sum, T* to) FALTUNG_INLINED {
    watch.look(sum);
    hn::Stream(sum, d, to);
  };
  // Vectors are aligned as the samples are.
  const bool aligned = reinterpret_cast<uintptr_t>(x) % (hn::MaxLanes(d) * sizeof(T)) == 0;
  if (aligned && may_pass(out)) sum_down_into(out, x, row_step, t, Soon{}, stream);
  else sum_down_into(out, x, row_step, t, Soon{}, store);
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
template <Symmetry symmetry, class D, class T>
HWY_INLINE void spread_columns(D d, const T* HWY_RESTRICT turned, const LineTaps<T>& t,
                               T* HWY_RESTRICT to) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  hn::Vec<D> sum[kLanes];
  for (int i = 0; i < kLanes; ++i) sum[i] = nothing(d);
  const int64_t step = t.dilation * kLanes;
  const T* HWY_RESTRICT newer = turned + (t.taps - 1) * step;
  const T* HWY_RESTRICT older = turned;
  for (int64_t k = 0; k < (symmetry == Symmetry::none ? t.taps : t.taps / 2); ++k) {
    const auto tap = hn::Set(d, t.h[k]);
    for (int i = 0; i < kLanes; ++i) {
      auto sample = hn::Load(d, newer + i * kLanes);
      if constexpr (symmetry == Symmetry::even)
        sample = hn::Add(sample, hn::Load(d, older + i * kLanes));
      if constexpr (symmetry == Symmetry::odd)
        sample = hn::Sub(sample, hn::Load(d, older + i * kLanes));
      sum[i] = hn::MulAdd(tap, sample, sum[i]);
    }
    newer -= step;
    older += step;
  }
  if (symmetry != Symmetry::none && t.taps % 2 != 0) {
    const auto tap = hn::Set(d, t.h[t.taps / 2]);
    for (int i = 0; i < kLanes; ++i)
      sum[i] = hn::MulAdd(tap, hn::Load(d, newer + i * kLanes), sum[i]);
  }
  for (int i = 0; i < kLanes; ++i) hn::Store(sum[i], d, to + i * kLanes);
}

/// The same of neighbouring taps.
template <Symmetry symmetry, class D, class T>
HWY_INLINE void columns(D d, const T* turned, const LineTaps<T>& t, T* to) {
  if (t.dilation != 1) return spread_columns<symmetry>(d, turned, t, to);
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  constexpr int R = HWY_MIN(kLanes, kColumnOutputs);
  for (int i = 0; i < kLanes; i += R)
    column_block<R, symmetry>(d, turned + i * kLanes, kLanes, t.h, t.taps,
                              [&](int j, hn::Vec<D> sum)
                                  FALTUNG_INLINED { hn::Store(sum, d, to + (i + j) * kLanes); });
}

template <class D, class T>
HWY_INLINE void columns_of(D d, const T* turned, const LineTaps<T>& t, T* to) {
  switch (t.symmetry) {
    case Symmetry::even: return columns<Symmetry::even>(d, turned, t, to);
    case Symmetry::odd: return columns<Symmetry::odd>(d, turned, t, to);
    default: return columns<Symmetry::none>(d, turned, t, to);
  }
}

/// Columns `at` .. `at + lanes` of the rows of outputs, whose last `fresh` are new.
template <class D, class T>
HWY_INLINE void put_columns(D d, const OutputRows<T>& out, const T* HWY_RESTRICT sums, int64_t at,
                            int64_t fresh, bool passes, Watch<D>& watch) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  hn::Vec<D> v[kLanes];
  for (int l = 0; l < kLanes; ++l) v[l] = hn::Load(d, sums + l * kLanes);
  transpose_square(d, v);
  const auto old = hn::FirstN(d, static_cast<size_t>(HWY_MAX(int64_t{0}, kLanes - fresh)));
  for (int l = 0; l < kLanes; ++l) {
    if (l >= out.rows) break;
    T* to = out.y + l * out.pitch + at;
    auto total = v[l];
    if (out.accumulate) {
      const auto before = hn::LoadU(d, to);
      total = hn::IfThenElse(old, before, hn::Add(before, total));
    }
    watch.look(total);
    if (passes) hn::Stream(total, d, to);
    else hn::StoreU(total, d, to);
  }
}

#if HWY_TARGET == HWY_AVX3
template <class T>
void sum_along(const OutputRows<T>& out, const T* x, int64_t x_pitch, const LineTaps<T>& t,
               const Soon& soon) noexcept {
  const hn::ScalableTag<T> d;
  phase_rows(d, out, x, x_pitch, t, soon,
             [&](hn::Vec<decltype(d)> sum, T* to, int64_t)
                 FALTUNG_INLINED { hn::StoreU(sum, d, to); });
}

/// Folded taps of no more than a vector: fewer steps than it takes to turn rows over, and the same
/// chain of pairs, so that channels apart have the bits of those in one row. More taps come phase
/// by phase.
template <class T>
bool near_rows(const OutputRows<T>& out, const T* x, int64_t x_pitch, const LineTaps<T>& t,
               bool passes) {
  using D = hn::ScalableTag<T>;
  const D d;
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
  Watch<D> watch(d);
  phase_rows(d, out, x, x_pitch, t, Soon{},
             [&](hn::Vec<D> sum, T* to, int64_t fresh) FALTUNG_INLINED {
               if (out.accumulate) {
                 const auto before = hn::LoadU(d, to);
                 const auto old = hn::FirstN(d, static_cast<size_t>(kLanes - fresh));
                 sum = hn::IfThenElse(old, before, hn::Add(before, sum));
               }
               watch.look(sum);
               if (passes) hn::Stream(sum, d, to);
               else hn::StoreU(sum, d, to);
             });
  if (passes) hwy::FlushStream();
  return watch.doubtful(d, out.tiny);
}
#endif

template <class T>
bool sum_across(const OutputRows<T>& out, const T* x, int64_t x_pitch, const LineTaps<T>& t,
                T* scratch) noexcept {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
  Watch<hn::ScalableTag<T>> watch(d);
  const int64_t n = HWY_MAX(out.n, int64_t{kLanes}), read = n + (t.taps - 1) * t.dilation;
  const bool passes = may_pass(out);
#if HWY_TARGET == HWY_AVX3
  if (t.symmetry != Symmetry::none && t.dilation == 1 && t.taps > 1 && t.taps <= kLanes)
    return near_rows(out, x, x_pitch, t, passes);
#endif
  for (int64_t i = 0; i < read; i += kLanes) {
    const int64_t at = HWY_MIN(i, read - kLanes);
    turn_over(d, x + at, x_pitch, scratch + at * kLanes);
  }
  HWY_ALIGN T sums[kLanes * kLanes];
  for (int64_t i = 0; i < n; i += kLanes) {
    const int64_t at = HWY_MIN(i, n - kLanes);
    columns_of(d, scratch + at * kLanes, t, sums);
    put_columns(d, out, sums, at, n - i, passes, watch);
  }
  if (passes) hwy::FlushStream();
  return watch.doubtful(d, out.tiny);
}

template <class T>
constexpr LineSums<T> line_loops() {
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
#if HWY_TARGET == HWY_AVX3
  return {sum_down<T>, sum_across<T>, sum_along<T>, finish_down<T>, kMostPhaseVectors * kLanes,
          kLanes};
#else
  return {sum_down<T>, sum_across<T>, nullptr, finish_down<T>, 0, kLanes};
#endif
}

constexpr LineSums<float> kLineSumsF32 = line_loops<float>();
constexpr LineSums<double> kLineSumsF64 = line_loops<double>();

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const LineSums<float>& line_sums<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kLineSumsF32) }
}
template <>
const LineSums<double>& line_sums<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kLineSumsF64) }
}

}  // namespace faltung
#endif
