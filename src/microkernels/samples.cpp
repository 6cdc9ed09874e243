// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/samples.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/samples.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/cache_control.h"
#include "microkernels/extremes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Samples looked at before it is told whether there is a zero, a NaN or an infinity among them.
constexpr int64_t kLook = 2048;

/// Whether all samples are finite and none is zero, as most are: then that is all but the extremes.
/// `copies`: copies them, and looks for the smallest.
template <bool copies, class T>
HWY_INLINE bool scan_plain(const T* x, int64_t n, T* to, Scan<T>& scan) {
  const hn::ScalableTag<T> d;
  using E = Extremes<hn::ScalableTag<T>, kByBits<T>>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < 2 * lanes) return false;
  // Two of each, since one chain would wait for itself.
  E even(d), odd(d);
  const auto look = [&](E& extremes, int64_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, x + i);
    if constexpr (copies) hn::StoreU(v, d, to + i);
    extremes.look(d, v);
  };
  for (int64_t i = 0; i < n;) {
    const int64_t end = std::min(n, i + kLook);
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      look(even, i);
      look(odd, i + lanes);
    }
    if (i + 2 * lanes > n) {  // what is left over is seen with samples before it, again
      if (i < n) look(even, n - lanes);
      if (i + lanes < n) look(odd, n - 2 * lanes);
      i = n;
    }
    Scan<T> so_far;
    E both = even;
    both.merge(odd);
    if (!both.tell(d, i < n ? so_far : scan)) return false;
    if constexpr (copies) scan.smallest = both.least(d);
  }
  return true;
}

/// As far as whole vectors of d go, from i on; returns where it stopped.
template <class D, class T>
HWY_INLINE int64_t scan_part(D d, const T* x, int64_t i, int64_t n, Scan<T>& scan) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  const auto infinity = hn::Inf(d);
  auto largest = zero, lowest = zero;
  int64_t zeros = 0, finite_count = 0;
  const int64_t from = i;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, x + i);
    const auto a = hn::Abs(v);
    const auto finite = hn::Lt(a, infinity);
    largest = hn::Max(largest, hn::IfThenElseZero(finite, a));
    lowest = hn::Min(lowest, hn::IfThenElseZero(finite, v));
    zeros += static_cast<int64_t>(hn::CountTrue(d, hn::Eq(v, zero)));
    finite_count += static_cast<int64_t>(hn::CountTrue(d, finite));
  }
  Scan<T> part;
  part.largest = hn::GetLane(hn::MaxOfLanes(d, largest));
  part.zeros = zeros;
  part.nonfinite = i - from - finite_count;
  part.negative = hn::GetLane(hn::MinOfLanes(d, lowest)) < T(0);
  scan.merge(part);
  return i;
}

template <class T>
bool copy_plain(const T* x, int64_t n, T* to, Scan<T>& scan) noexcept {
  return scan_plain<true>(x, n, to, scan);
}

template <class T>
Scan<T> scan(const T* x, int64_t n) noexcept {
  Scan<T> found;
  if (scan_plain<false, T>(x, n, nullptr, found)) return found;
  found = {};
  const int64_t done = scan_part(hn::ScalableTag<T>(), x, 0, n, found);
  scan_part(hn::CappedTag<T, 1>(), x, done, n, found);
  return found;
}

/// Sets `lanes` bits from the i-th on; bits behind it are not set yet.
template <class D, class M>
HWY_INLINE void put_bits(D d, M mask, int64_t i, uint8_t* HWY_RESTRICT bits) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  if constexpr (kLanes >= 8) {
    hn::StoreMaskBits(d, mask, bits + i / 8);
  } else {
    uint8_t some[8] = {};
    hn::StoreMaskBits(d, mask, some);
    const int found = some[0] & ((1 << kLanes) - 1);
    const int before = i % 8 == 0 ? 0 : bits[i / 8];
    bits[i / 8] = static_cast<uint8_t>(before | (found << (i % 8)));
  }
}

/// Words at a time: small enough for what is written to be near, large enough to be read later.
constexpr int64_t kWords = 16;

/// Marks of n samples, at most 64 kWords of them.
template <class T>
HWY_INLINE void mark_some(const T* x, int64_t n, uint8_t* nan, uint8_t* infinite,
                          uint8_t* nonzero) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto infinity = hn::Inf(d), zero = hn::Zero(d);
  const auto look = [&](const T* at, int64_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, at);
    put_bits(d, hn::IsNaN(v), i, nan);
    put_bits(d, hn::Eq(hn::Abs(v), infinity), i, infinite);
    // Not Ne, which some targets say no to for NaN.
    put_bits(d, hn::Not(hn::Eq(v, zero)), i, nonzero);
  };
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) look(x + i, i);
  if (i == n) return;
  T rest[HWY_MAX_BYTES / sizeof(T)] = {};
  std::copy(x + i, x + n, rest);
  look(rest, i);
}

template <class T>
void mark(const T* x, int64_t n, bool add, uint64_t* nan, uint64_t* infinite,
          uint64_t* nonzero) noexcept {
  uint64_t* const to[3] = {nan, infinite, nonzero};
  for (int64_t word = 0; 64 * word < n; word += kWords) {
    const int64_t count = std::min(64 * kWords, n - 64 * word);
    alignas(8) uint8_t found[3][8 * kWords] = {};
    mark_some(x + 64 * word, count, found[0], found[1], found[2]);
    for (int kind = 0; kind < 3; ++kind)
      for (int64_t w = 0; 64 * w < count; ++w) {
        uint64_t bits;
        std::memcpy(&bits, found[kind] + 8 * w, 8);
        to[kind][word + w] = add ? to[kind][word + w] | bits : bits;
      }
  }
}

template <class D, class T>
HWY_INLINE int64_t clean_part(D d, const T* x, int64_t i, int64_t n, T* to) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, x + i);
    hn::StoreU(hn::IfThenElseZero(hn::Lt(hn::Abs(v), hn::Inf(d)), v), d, to + i);
  }
  return i;
}

template <class T>
void clean(const T* x, int64_t n, T* to) noexcept {
  const int64_t done = clean_part(hn::ScalableTag<T>(), x, 0, n, to);
  clean_part(hn::CappedTag<T, 1>(), x, done, n, to);
}

template <class T>
void replace(T* y, int64_t n, uint64_t nan, uint64_t nonzero) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const T kNaN = std::numeric_limits<T>::quiet_NaN();
  int64_t i = 0;
  const auto mask_of = [&](uint64_t bits) HWY_ATTR {
    uint8_t bytes[8];
    bits >>= i;
    std::memcpy(bytes, &bits, 8);
    return hn::LoadMaskBits(d, bytes);
  };
  for (; i + lanes <= n; i += lanes) {
    const auto kept = hn::IfThenElseZero(mask_of(nonzero), hn::LoadU(d, y + i));
    hn::StoreU(hn::IfThenElse(mask_of(nan), hn::Set(d, kNaN), kept), d, y + i);
  }
  for (; i < n; ++i) y[i] = (nan >> i & 1) != 0 ? kNaN : (nonzero >> i & 1) != 0 ? y[i] : T(0);
}

/// Loads as many values as d has doubles.
template <class D>
HWY_INLINE hn::Vec<D> load_doubles(D d, const double* x) {
  return hn::LoadU(d, x);
}
template <class D>
HWY_INLINE hn::Vec<D> load_doubles(D d, const float* x) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), x));
}

template <class D, class T>
HWY_INLINE int64_t sums_part(D d, const T* x, int64_t i, int64_t n, double* magnitudes,
                             double* squares) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  // Two of each, since one chain would wait for itself.
  hn::Vec<D> sum[2] = {hn::Zero(d), hn::Zero(d)}, square[2] = {hn::Zero(d), hn::Zero(d)};
  const auto add = [&](int k, int64_t at) HWY_ATTR {
    const auto a = hn::Abs(load_doubles(d, x + at));
    const auto finite = hn::IfThenElseZero(hn::Lt(a, hn::Inf(d)), a);
    sum[k] = hn::Add(sum[k], finite);
    square[k] = hn::MulAdd(finite, finite, square[k]);
  };
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    add(0, i);
    add(1, i + lanes);
  }
  for (; i + lanes <= n; i += lanes) add(0, i);
  *magnitudes += hn::GetLane(hn::SumOfLanes(d, hn::Add(sum[0], sum[1])));
  *squares += hn::GetLane(hn::SumOfLanes(d, hn::Add(square[0], square[1])));
  return i;
}

template <class T>
void sums(const T* x, int64_t n, double* magnitudes, double* squares) noexcept {
  *magnitudes = *squares = 0;
  const int64_t done = sums_part(hn::ScalableTag<double>(), x, 0, n, magnitudes, squares);
  sums_part(hn::CappedTag<double, 1>(), x, done, n, magnitudes, squares);
}

/// Whole vectors from where y is aligned on.
template <class T>
void store_past(const T* x, int64_t n, void* y, int64_t /*stride*/) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (reinterpret_cast<uintptr_t>(y) % sizeof(T) != 0) {
    std::memcpy(y, x, static_cast<size_t>(n) * sizeof(T));
    return;
  }
  T* const to = static_cast<T*>(y);
  int64_t i = 0;
  for (; i < n && reinterpret_cast<uintptr_t>(to + i) % (lanes * sizeof(T)) != 0; ++i) to[i] = x[i];
  for (; i + lanes <= n; i += lanes) hn::Stream(hn::LoadU(d, x + i), d, to + i);
  for (; i < n; ++i) to[i] = x[i];
}

template <class T>
constexpr SampleLoops<T> loops_over_samples() {
  return {scan<T>, mark<T>, clean<T>, replace<T>, sums<T>, copy_plain<T>, store_past<T>};
}
constexpr SampleLoops<float> kSamplesF32 = loops_over_samples<float>();
constexpr SampleLoops<double> kSamplesF64 = loops_over_samples<double>();

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const SampleLoops<float>& sample_loops<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kSamplesF32) }
}
template <>
const SampleLoops<double>& sample_loops<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kSamplesF64) }
}

void flush_stores() noexcept { hwy::FlushStream(); }

}  // namespace faltung
#endif
