// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/recurrence.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/recurrence.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Four lanes at most: the sums over x grow with the lanes, and 10^7 samples then take 1.08 times as
// long as their copy, where eight lanes take 1.32 times.
using D = hn::CappedTag<double, 4>;
using V = hn::Vec<D>;
constexpr D kTag;

/// The sums over x of `width` neighbouring vectors: they wait for nothing, and so cover the time
/// that the chain through the states takes.
template <int states, int width>
HWY_INLINE void sum_inputs(const Recurrence& r, const double* x, V (*sum)[states]) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(kTag));
  for (int64_t m = 0; m <= lanes; ++m)
    for (int i = 0; i < states; ++i) {
      const V weight = hn::Set(kTag, r.input[i * (lanes + 1) + m]);
      for (int64_t v = 0; v < width; ++v) {
        const V samples = hn::LoadU(kTag, x + v * lanes - m);
        sum[v][i] = m == 0 ? hn::Mul(weight, samples) : hn::MulAdd(weight, samples, sum[v][i]);
      }
    }
}

/// One vector further: sum becomes the states, the first of which is y.
template <int states>
HWY_INLINE V advance(const Recurrence& r, V* state, V* sum) {
  for (int i = 0; i < states; ++i)
    for (int j = 0; j < states; ++j)
      sum[i] = hn::MulAdd(hn::Set(kTag, r.step[i * states + j]), state[j], sum[i]);
  for (int i = 0; i < states; ++i) state[i] = sum[i];
  return state[0];
}

enum class Write { store, add, stream };

template <Write write>
HWY_INLINE void put(V value, double* y) {
  if constexpr (write == Write::stream) hn::Stream(value, kTag, y);
  else if constexpr (write == Write::add) hn::StoreU(hn::Add(hn::LoadU(kTag, y), value), kTag, y);
  else hn::StoreU(value, kTag, y);
}

template <int states, Write write>
void run_states(const Recurrence& r, const double* x, int64_t vectors, double* kept, double* y) {
  constexpr int kWidth = states == 1 ? 4 : 2;
  const auto lanes = static_cast<int64_t>(hn::Lanes(kTag));
  V state[states];
  for (int i = 0; i < states; ++i) state[i] = hn::LoadU(kTag, kept + i * lanes);
  int64_t v = 0;
  for (; v + kWidth <= vectors; v += kWidth) {
    V sum[kWidth][states];
    sum_inputs<states, kWidth>(r, x + v * lanes, sum);
    for (int64_t w = 0; w < kWidth; ++w)
      put<write>(advance<states>(r, state, sum[w]), y + (v + w) * lanes);
  }
  for (; v < vectors; ++v) {
    V sum[1][states];
    sum_inputs<states, 1>(r, x + v * lanes, sum);
    put<write>(advance<states>(r, state, sum[0]), y + v * lanes);
  }
  for (int i = 0; i < states; ++i) hn::StoreU(state[i], kTag, kept + i * lanes);
}

template <int states>
void run_writing(const Recurrence& r, const double* x, int64_t vectors, double* state, double* y,
                 bool accumulate, bool past_caches) {
  const bool aligned = reinterpret_cast<uintptr_t>(y) % (hn::Lanes(kTag) * sizeof(double)) == 0;
  if (accumulate) return run_states<states, Write::add>(r, x, vectors, state, y);
  if (!past_caches || !aligned) return run_states<states, Write::store>(r, x, vectors, state, y);
  run_states<states, Write::stream>(r, x, vectors, state, y);
  hwy::FlushStream();
}

void run(const Recurrence& r, const double* x, int64_t vectors, double* state, double* y,
         bool accumulate, bool past_caches) noexcept {
  static_assert(kMostStates == 4);
  switch (r.states) {
    case 1: return run_writing<1>(r, x, vectors, state, y, accumulate, past_caches);
    case 2: return run_writing<2>(r, x, vectors, state, y, accumulate, past_caches);
    case 3: return run_writing<3>(r, x, vectors, state, y, accumulate, past_caches);
    default: return run_writing<4>(r, x, vectors, state, y, accumulate, past_caches);
  }
}

constexpr RecurrenceLoops kRecurrence = {static_cast<int64_t>(hn::MaxLanes(kTag)), run};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

const RecurrenceLoops& recurrence_loops(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kRecurrence) }
}

}  // namespace faltung
#endif
