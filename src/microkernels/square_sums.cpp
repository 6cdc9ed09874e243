// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/square_sums.hpp"

#include "hwy/cache_control.h"
#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/square_sums.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/row_blocks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Rows of outputs of a block, and vectors a row: sums, samples and a tap stay in registers. Each
/// sample is loaded once for four rows, so that loads across the ends of cache lines do no harm.
constexpr int kSquareRows = 4;
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON  // 32 of them
constexpr int kSquareVectors = 4;
#else  // 16
constexpr int kSquareVectors = 2;
#endif

/// Taps as they are broadcast: two short ones are one number of 32 bits, which needs no more than
/// the load.
template <class T>
struct Broadcast {
  using Type = T;
  static T of(T tap) { return tap; }
};
template <>
struct Broadcast<int16_t> {
  using Type = uint32_t;
  static uint32_t of(int16_t tap) { return static_cast<uint16_t>(tap) * uint32_t{0x10001}; }
};
template <class D, class B>
HWY_INLINE hn::Vec<D> tap_of(D d, B tap) {
  if constexpr (sizeof(B) != sizeof(hn::TFromD<D>))
    return hn::BitCast(d, hn::Set(hn::RepartitionToWide<hn::RebindToUnsigned<D>>(), tap));
  else return hn::Set(d, tap);
}

template <class D, class S>
HWY_INLINE hn::Vec<D> take(D d, const S* x) {
  if constexpr (sizeof(S) == sizeof(hn::TFromD<D>)) return hn::LoadU(d, x);
  else return hn::PromoteTo(d, hn::LoadU(hn::Rebind<S, D>(), x));
}

template <bool clamps, class D, class O>
HWY_INLINE void put(D d, hn::Vec<D> v, O* y) {
  if constexpr (sizeof(O) == sizeof(hn::TFromD<D>)) {
    hn::StoreU(v, d, y);
  } else {
    if constexpr (!clamps) v = hn::And(v, hn::Set(d, hn::TFromD<D>(255)));
    const hn::Rebind<O, D> narrow;
    hn::StoreU(hn::DemoteTo(narrow, v), narrow, y);
  }
}

/// A row of samples for V vectors of outputs: those of column c, the newest first.
template <int K, bool near, int V, class D, class S>
struct RowSamples {
  const S* HWY_RESTRICT row;  ///< the oldest sample of the first output
  const int64_t* HWY_RESTRICT columns;

  HWY_INLINE RowSamples(D, const S* x, const int64_t* offsets) : row(nearby(x)), columns(offsets) {}
  HWY_INLINE hn::Vec<D> column(D d, int c, int i) const {
    constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
    return in_register(take(d, row + (near ? K - 1 - c : columns[c]) + i * kLanes));
  }
};

#if HWY_TARGET == HWY_AVX3
/// Adjacent columns are shifted out of the middle one and its neighbours to both sides, of which
/// nothing is read but samples of the taps. In `same` results the middle lies within cache lines
/// where x and y begin alike: what lies across two of them takes twice the requests to memory.
template <int K, int V, class D, class S>
  requires std::is_floating_point_v<S>
struct RowSamples<K, true, V, D, S> {
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D())), kSide = K / 2;
  hn::Vec<D> v[V + 2];

  HWY_INLINE RowSamples(D d, const S* x, const int64_t*) {
    const S* middle = x + kSide;
    v[0] = hn::MaskedLoad(hn::Not(hn::FirstN(d, kLanes - kSide)), d, middle - kLanes);
    for (int i = 0; i < V; ++i) v[i + 1] = hn::LoadU(d, middle + i * kLanes);
    v[V + 1] = hn::MaskedLoad(hn::FirstN(d, kSide), d, middle + V * kLanes);
    for (auto& samples : v) samples = in_register(samples);
  }
  template <int c>
  HWY_INLINE hn::Vec<D> column(D, int i) const {
    if constexpr (c < kSide) return in_register(shifted<kSide - c>(v[i + 2], v[i + 1]));
    else if constexpr (c > kSide) return in_register(shifted<kLanes + kSide - c>(v[i + 1], v[i]));
    else return v[i + 1];
  }
};
#endif

/// What column c of the samples of row q adds.
template <int K, int q, int R, int V, class D, class B>
HWY_INLINE void add_column(D d, Sums<R, V, D>& sums, const hn::Vec<D>* sample,
                           const B* HWY_RESTRICT taps, int c) {
  constexpr int first = HWY_MAX(0, q - (K - 1)), last = HWY_MIN(R - 1, q);
  for (int j = first; j <= last; ++j) {
    const auto tap = in_register(tap_of(d, taps[(j + K - 1 - q) * K + c]));
    for (int i = 0; i < V; ++i) {
      sums.v[j][i] = add_product(tap, sample[i], sums.v[j][i]);
      // A compiler may otherwise form all products of integers first, in more registers than
      // there are.
      if constexpr (std::is_integral_v<hn::TFromD<D>>) sums.v[j][i] = in_register(sums.v[j][i]);
    }
  }
}

/// What all columns add.
template <int q, int K, bool near, int R, int V, class D, class S, class B>
HWY_INLINE void add_columns(D d, Sums<R, V, D>& sums, const RowSamples<K, near, V, D, S>& samples,
                            const B* HWY_RESTRICT taps) {
  for (int c = 0; c < K; ++c) {
    hn::Vec<D> sample[V];
    for (int i = 0; i < V; ++i) sample[i] = samples.column(d, c, i);
    add_column<K, q>(d, sums, sample, taps, c);
  }
}

#if HWY_TARGET == HWY_AVX3
/// From c on: shifts are constants.
template <int q, int c = 0, int K, int R, int V, class D, class S, class B>
  requires std::is_floating_point_v<S>
HWY_INLINE void add_columns(D d, Sums<R, V, D>& sums, const RowSamples<K, true, V, D, S>& samples,
                            const B* HWY_RESTRICT taps) {
  if constexpr (c < K) {
    hn::Vec<D> sample[V];
    for (int i = 0; i < V; ++i) sample[i] = samples.template column<c>(d, i);
    add_column<K, q>(d, sums, sample, taps, c);
    add_columns<q, c + 1>(d, sums, samples, taps);
  }
}
#endif

/// What the samples of row q of the block add to its outputs, and those of the rows before it.
template <int K, bool near, int q, int R, int V, class D, class S, class B>
HWY_INLINE void add_sample_rows(D d, Sums<R, V, D>& sums, const S* HWY_RESTRICT x, int64_t step,
                                const int64_t* HWY_RESTRICT columns, const B* HWY_RESTRICT h) {
  if constexpr (q >= 0) {
    const RowSamples<K, near, V, D, S> samples(d, x + q * step, columns);
    add_columns<q>(d, sums, samples, nearby(h));
    add_sample_rows<K, near, q - 1>(d, sums, x, step, columns, h);
  }
}

template <int K, bool near, int R, int V, bool clamps, class O, class D, class S, class T, class B>
HWY_INLINE void square_block(D d, const ResultRows<T>& out, O* y, const S* x, const RowTaps<T>& t,
                             const B* h, bool passes, Watch<D>& watch) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  Sums<R, V, D> sums;
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) sums.v[j][i] = nothing(d);
  for (int64_t s = 0; s < t.slices; ++s)
    add_sample_rows<K, near, K + R - 2>(d, sums, x + t.slice_offsets[s], t.row_step,
                                        t.column_offsets, h + s * K * K);
  for (int j = 0; j < R; ++j)
    for (int i = 0; i < V; ++i) {
      watch.look(sums.v[j][i]);
      if constexpr (std::is_floating_point_v<T>)
        if (passes) {
          hn::Stream(sums.v[j][i], d, y + j * out.pitch + i * kLanes);
          continue;
        }
      put<clamps>(d, sums.v[j][i], y + j * out.pitch + i * kLanes);
    }
}

/// Rows of samples that the next rows of outputs meet for the first time.
template <int K, int R, int V, class D, class S, class T>
HWY_INLINE void fetch_rows_below(D, const S* x, const RowTaps<T>& t) {
  constexpr int64_t kLine = 64 / sizeof(S);
  constexpr int64_t samples = V * static_cast<int64_t>(hn::MaxLanes(D()));
  const S* p = x + t.slice_offsets[0] + (K - 1 + R) * t.row_step;
  for (int j = 0; j < R; ++j)
    for (int64_t i = 0; i < samples; i += kLine) hwy::Prefetch(p + j * t.row_step + i);
}

template <int K, bool near, int R, bool clamps, class O, class S, class T, class B, class D>
HWY_INLINE void square_rows(D d, const ResultRows<T>& out, O* y, const S* x, const RowTaps<T>& t,
                            const B* h, Watch<D>& watch) {
  constexpr int64_t lanes = hn::MaxLanes(D());
  constexpr int V = kSquareVectors;
  int64_t i = 0;
  const auto beyond = static_cast<int64_t>(reinterpret_cast<uintptr_t>(y) / sizeof(O)) % lanes;
  if (out.passes_cache && beyond != 0) {  // from the second vector on y is aligned
    square_block<K, near, R, 1, clamps>(d, out, y, x, t, h, false, watch);
    i = lanes - beyond;
  }
  for (; i + V * lanes <= out.n; i += V * lanes) {
    fetch_rows_below<K, R, V>(d, x + i, t);
    square_block<K, near, R, V, clamps>(d, out, y + i, x + i, t, h, out.passes_cache, watch);
  }
  if (i + lanes < out.n && out.n >= V * lanes) {  // what is left, with outputs before it
    i = out.n - V * lanes;
    return square_block<K, near, R, V, clamps>(d, out, y + i, x + i, t, h, false, watch);
  }
  for (; i < out.n; i += lanes) {
    const int64_t at = HWY_MIN(i, out.n - lanes);
    square_block<K, near, R, 1, clamps>(d, out, y + at, x + at, t, h, out.passes_cache && at == i,
                                        watch);
  }
}

/// With `near` the columns are adjacent, which leaves the places of samples to the compiler:
/// floating point is faster by half then.
template <int K, bool near, class S, class T, class O, bool clamps>
bool sum_near_squares(const ResultRows<T>& given, const void* samples,
                      const RowTaps<T>& t) noexcept {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
  using B = Broadcast<T>;
  typename B::Type h[kMostSquareTaps];
  for (int64_t k = 0; k < t.slices * K * K; ++k) h[k] = B::of(t.h[k]);
  ResultRows<T> out = given;
  const S* x = static_cast<const S*>(samples);
  O* y = static_cast<O*>(out.y);
  if (out.pitch % lanes != 0 || out.n < 4 * lanes || !std::is_floating_point_v<T>)
    out.passes_cache = false;
  Watch<hn::ScalableTag<T>> watch(d);
  const bool few = out.rows < kSquareRows;
  for (int64_t j = 0; few && j < out.rows; ++j)
    square_rows<K, near, 1, clamps>(d, out, y + j * out.pitch, x + j * t.row_step, t, h, watch);
  for (int64_t j = 0; !few && j < out.rows; j += kSquareRows) {  // the last overlap those before
    const int64_t at = HWY_MIN(j, out.rows - kSquareRows);
    square_rows<K, near, kSquareRows, clamps>(d, out, y + at * out.pitch, x + at * t.row_step, t, h,
                                              watch);
  }
  if (out.passes_cache) hwy::FlushStream();
  return watch.doubtful(d, out.tiny);
}

template <int K, class S, class T, class O, bool clamps>
bool sum_squares(const ResultRows<T>& out, const void* samples, const RowTaps<T>& t) noexcept {
  if constexpr (std::is_floating_point_v<T>)
    if (t.adjacent) return sum_near_squares<K, true, S, T, O, clamps>(out, samples, t);
  return sum_near_squares<K, false, S, T, O, clamps>(out, samples, t);
}

template <class S, class T, class O, bool clamps>
constexpr typename SquareSums<T>::Sizes sizes() {
  return {sum_squares<3, S, T, O, clamps>, sum_squares<5, S, T, O, clamps>,
          sum_squares<7, S, T, O, clamps>};
}

constexpr SquareSums<float> kSquareSumsF32 = {sizes<float, float, float, false>(), {}, {}, {}};
constexpr SquareSums<double> kSquareSumsF64 = {sizes<double, double, double, false>(), {}, {}, {}};
constexpr SquareSums<int16_t> kSquareSumsI16 = {
    sizes<int16_t, int16_t, int16_t, false>(), sizes<uint8_t, int16_t, uint8_t, true>(),
    sizes<uint8_t, int16_t, uint8_t, false>(), sizes<uint8_t, int16_t, int16_t, false>()};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const SquareSums<float>& square_sums<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kSquareSumsF32) }
}
template <>
const SquareSums<double>& square_sums<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kSquareSumsF64) }
}
template <>
const SquareSums<std::int16_t>& square_sums<std::int16_t>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kSquareSumsI16) }
}

}  // namespace faltung
#endif
