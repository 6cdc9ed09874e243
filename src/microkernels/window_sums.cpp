// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows are cut into blocks of as many as there are taps. A window begins in one block and ends in
// the next, so that it is the end of the one and the beginning of the other:
//
//   block b             block b + 1
//   +---+---+---+---+   +---+---+---+---+
//   |   |   | <-sum |   | sum-> |   |   |        two sums of each block, one from either end
//   +---+---+---+---+   +---+---+---+---+
//           [ window      ]
//
// M. van Herk, A fast algorithm for local minimum and maximum filters, Pattern Recognition Letters
// 13 (1992), with sums in place of minima. Nothing is subtracted again: what one window meets is
// gone in the next.
//
// With a cosine, cos(w (p - c - i)) = cos(w (p - c)) cos(w i) + sin(w (p - c)) sin(w i): a sum over
// p of samples times either factor, which grows sample by sample, and two products for each output.
#include "microkernels/window_sums.hpp"

#include "hwy/cache_control.h"
#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/window_sums.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::ScalableTag<WindowNumber<T>>;

template <class T>
HWY_INLINE hn::Vec<Tag<T>> load(const T* from) {
  const Tag<T> d;
  if constexpr (std::is_same_v<T, WindowNumber<T>>) return hn::LoadU(d, from);
  else return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, Tag<T>>(), from));
}
template <class T>
HWY_INLINE void store(hn::Vec<Tag<T>> v, T* to) {
  const Tag<T> d;
  if constexpr (std::is_same_v<T, WindowNumber<T>>) {
    hn::StoreU(v, d, to);
  } else {
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
    // DemoteTo makes the largest number of what is larger, and of infinity.
    for (size_t i = 0; i < hn::Lanes(d); ++i) to[i] = static_cast<T>(hn::ExtractLane(v, i));
#else
    hn::StoreU(hn::DemoteTo(hn::Rebind<T, Tag<T>>(), v), hn::Rebind<T, Tag<T>>(), to);
#endif
  }
}

/// Sums of `states` products over the samples of one column vector that were met so far.
///
/// Of doubles, which are no wider than what is asked, in chunks that are added up.
template <class T, int states>
struct Sums {
  using V = hn::Vec<Tag<T>>;
  static constexpr bool kChunks = std::is_same_v<T, double>;
  V sum[states], total[states];

  HWY_INLINE Sums() {
    for (int i = 0; i < states; ++i) sum[i] = total[i] = hn::Zero(Tag<T>());
  }
  HWY_INLINE V state(int i) const {
    if constexpr (kChunks) return hn::Add(total[i], sum[i]);
    else return sum[i];
  }
  HWY_INLINE void end_chunk() {
    if constexpr (kChunks)
      for (int i = 0; i < states; ++i) {
        total[i] = hn::Add(total[i], sum[i]);
        sum[i] = hn::Zero(Tag<T>());
      }
  }
  /// One more sample. Towards newer ones the sines count the other way.
  template <bool newer>
  HWY_INLINE void add(V x, const double* factor) {
    const Tag<T> d;
    sum[0] = hn::Add(sum[0], x);
    if constexpr (states > 1)
      for (int i = 1; i < states; ++i) {
        const V f = hn::Set(d, factor[i]);
        if (newer && i % 2 == 0) sum[i] = hn::NegMulAdd(f, x, sum[i]);
        else sum[i] = hn::MulAdd(f, x, sum[i]);
      }
  }
  /// What they come to, `shift` samples away, added to `before`.
  HWY_INLINE V output(const WindowTaps<T>& w, const double* shift, V before) const {
    const Tag<T> d;
    if constexpr (std::is_integral_v<T>) {
      return hn::Add(before, state(0));
    } else if constexpr (states == 1) {
      return hn::MulAdd(hn::Set(d, w.weight), state(0), before);
    } else {
      for (int i = 0; i < states; ++i) before = hn::MulAdd(hn::Set(d, shift[i]), state(i), before);
      return before;
    }
  }
};

/// The numbers of a table that belong to place i; a box has none.
template <int states>
HWY_INLINE const double* entry(const double* table, int64_t i) {
  return states == 1 ? nullptr : table + i * states;
}

/// From the last row of a block up: its first `outputs` rows become the sums from there to the end.
template <class T, int states, int W>
HWY_INLINE void sum_up(T* block, int64_t pitch, int64_t outputs, const WindowTaps<T>& w) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Tag<T>()));
  Sums<T, states> sums[W];
  for (int64_t p = w.taps, end; p > 0; p = end) {
    end = HWY_MAX(int64_t{0}, p - kWindowChunk);
    for (int64_t i = p - 1; i >= end; --i) {
      T* row = block + i * pitch;
      for (int v = 0; v < W; ++v)
        sums[v].template add<false>(load(row + v * lanes), entry<states>(w.sample, i));
      if (i >= outputs) continue;
      for (int v = 0; v < W; ++v)
        store<T>(sums[v].output(w, entry<states>(w.shift, i), hn::Zero(Tag<T>())), row + v * lanes);
    }
    for (int v = 0; v < W; ++v) sums[v].end_chunk();
  }
}

/// Down the block behind it: adds the sums from its beginning to all but the first of the outputs.
template <class T, int states, int W>
HWY_INLINE void sum_on(T* block, int64_t pitch, int64_t outputs, const WindowTaps<T>& w) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Tag<T>()));
  const T* behind = block + w.taps * pitch;
  Sums<T, states> sums[W];
  for (int64_t p = 1, end; p < outputs; p = end) {
    end = HWY_MIN(outputs, p + kWindowChunk);
    for (int64_t i = p; i < end; ++i) {
      T* row = block + i * pitch;
      for (int v = 0; v < W; ++v) {
        sums[v].template add<true>(load(behind + (i - 1) * pitch + v * lanes),
                                   entry<states>(w.sample, i - 1));
        store<T>(sums[v].output(w, entry<states>(w.shift, w.taps - i), load(row + v * lanes)),
                 row + v * lanes);
      }
    }
    for (int v = 0; v < W; ++v) sums[v].end_chunk();
  }
}

template <class T, int states>
void slide(T* rows, int64_t pitch, int64_t count, int64_t width, const WindowTaps<T>& w) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag<T>()));
  constexpr int kLine = static_cast<int>(kWindowLines<T>) / kLanes;  // vectors of a cache line
  // As many columns as there are registers for.
#if HWY_TARGET == HWY_AVX3
  constexpr int W = kLine;
#else
  constexpr int W = states == 1 ? HWY_MIN(kLine, 4) : 1;
#endif
  for (int64_t column = 0; column < width; column += kWindowLines<T>)
    for (int v = 0; v < kLine; v += W)
      for (int64_t b = 0; b < count; b += w.taps) {
        T* block = rows + b * pitch + column + v * kLanes;
        const int64_t outputs = HWY_MIN(w.taps, count - b);
        sum_up<T, states, W>(block, pitch, outputs, w);
        sum_on<T, states, W>(block, pitch, outputs, w);
      }
}

template <class T>
void slide_down(T* rows, int64_t pitch, int64_t count, int64_t width,
                const WindowTaps<T>& w) noexcept {
  static_assert(kMostCosines == 7);
  if constexpr (std::is_floating_point_v<T>) {
    switch (w.cosines) {
      case 2: return slide<T, 3>(rows, pitch, count, width, w);
      case 3: return slide<T, 5>(rows, pitch, count, width, w);
      case 4: return slide<T, 7>(rows, pitch, count, width, w);
      case 5: return slide<T, 9>(rows, pitch, count, width, w);
      case 6: return slide<T, 11>(rows, pitch, count, width, w);
      case 7: return slide<T, 13>(rows, pitch, count, width, w);
      default: break;
    }
  }
  slide<T, 1>(rows, pitch, count, width, w);
}

/// A square of as many rows as a vector has lanes.
template <class T>
HWY_INLINE void turn_square(const T* from, int64_t pitch, T* to, int64_t to_pitch) {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
  hn::Vec<hn::ScalableTag<T>> v[kLanes];
  for (int l = 0; l < kLanes; ++l) v[l] = hn::LoadU(d, from + l * pitch);
  transpose_square(d, v);
  for (int l = 0; l < kLanes; ++l) hn::StoreU(v[l], d, to + l * to_pitch);
}

template <class T>
void turn_lines_over(const T* lines, int64_t pitch, int64_t n, T* to) noexcept {
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr int64_t kLines = kWindowLines<T>;
  for (int64_t i = 0; i < n; i += kLanes)
    for (int64_t l = 0; l < kLines; l += kLanes)
      turn_square(lines + l * pitch + i, pitch, to + i * kLines + l, kLines);
}

template <class T>
void turn_lines_back(const T* from, int64_t n, T* lines, int64_t pitch) noexcept {
  constexpr auto kLanes = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr int64_t kLines = kWindowLines<T>;
  for (int64_t i = 0; i < n; i += kLanes)
    for (int64_t l = 0; l < kLines; l += kLanes)
      turn_square(from + i * kLines + l, kLines, lines + l * pitch + i, pitch);
}

template <class T>
void copy_row_past(const T* from, int64_t n, T* to) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  while (i < n &&
         reinterpret_cast<uintptr_t>(to + i) % (static_cast<size_t>(lanes) * sizeof(T)) != 0) {
    to[i] = from[i];
    ++i;
  }
  for (; i + lanes <= n; i += lanes) hn::Stream(hn::LoadU(d, from + i), d, to + i);
  for (; i < n; ++i) to[i] = from[i];
}

void flush_stream() noexcept { hwy::FlushStream(); }

template <class T>
constexpr WindowSums<T> window_loops() {
  return {slide_down<T>, turn_lines_over<T>, turn_lines_back<T>, copy_row_past<T>, flush_stream};
}

constexpr WindowSums<float> kWindowSumsF32 = window_loops<float>();
constexpr WindowSums<double> kWindowSumsF64 = window_loops<double>();
constexpr WindowSums<int64_t> kWindowSumsI64 = window_loops<int64_t>();

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const WindowSums<float>& window_sums<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kWindowSumsF32) }
}
template <>
const WindowSums<double>& window_sums<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kWindowSumsF64) }
}
template <>
const WindowSums<std::int64_t>& window_sums<std::int64_t>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kWindowSumsI64) }
}

}  // namespace faltung
#endif
