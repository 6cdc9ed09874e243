// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/weighted_sum.hpp"

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/weighted_sum.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// How many vectors of outputs one pass over the taps serves. Each tap costs one broadcast for that
// many loads and multiply-adds; eight chains also cover the latency of a multiply-add.
constexpr int kWide = 8;

/// y[0 .. width lanes): `width` chains over all taps.
template <int width, class D, class T>
HWY_INLINE void real_columns(D d, T* HWY_RESTRICT y, const T* HWY_RESTRICT x,
                             const int64_t* HWY_RESTRICT offsets, const T* HWY_RESTRICT h,
                             int64_t taps, bool accumulate) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> sum[width];
  {
    const T* p = x + offsets[0];
    const auto h0 = hn::Set(d, h[0]);
    for (int j = 0; j < width; ++j) sum[j] = hn::Mul(h0, hn::LoadU(d, p + j * lanes));
  }
  for (int64_t t = 1; t < taps; ++t) {
    const T* p = x + offsets[t];
    const auto ht = hn::Set(d, h[t]);
    for (int j = 0; j < width; ++j) sum[j] = hn::MulAdd(ht, hn::LoadU(d, p + j * lanes), sum[j]);
  }
  for (int j = 0; j < width; ++j) {
    const auto total = accumulate ? hn::Add(hn::LoadU(d, y + j * lanes), sum[j]) : sum[j];
    hn::StoreU(total, d, y + j * lanes);
  }
}

/// The last 1 .. kWide vectors of a row at once: alone, a chain waits for its own sums.
template <class D, class T>
HWY_INLINE void real_rest(D d, int64_t vectors, T* y, const T* x, const int64_t* offsets,
                          const T* h, int64_t taps, bool accumulate) {
  switch (vectors) {
    case 8: return real_columns<8>(d, y, x, offsets, h, taps, accumulate);
    case 7: return real_columns<7>(d, y, x, offsets, h, taps, accumulate);
    case 6: return real_columns<6>(d, y, x, offsets, h, taps, accumulate);
    case 5: return real_columns<5>(d, y, x, offsets, h, taps, accumulate);
    case 4: return real_columns<4>(d, y, x, offsets, h, taps, accumulate);
    case 3: return real_columns<3>(d, y, x, offsets, h, taps, accumulate);
    case 2: return real_columns<2>(d, y, x, offsets, h, taps, accumulate);
    case 1: return real_columns<1>(d, y, x, offsets, h, taps, accumulate);
    default: return;
  }
}

template <class T>
void real_sum(T* y, const T* x, int64_t n, const int64_t* offsets, const T* h, int64_t taps,
              bool accumulate) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + kWide * lanes <= n; i += kWide * lanes)
    real_columns<kWide>(d, y + i, x + i, offsets, h, taps, accumulate);
  real_rest(d, (n - i + lanes - 1) / lanes, y + i, x + i, offsets, h, taps, accumulate);
}

template <int width, class D, class T>
HWY_INLINE void complex_columns(D d, T* HWY_RESTRICT y_re, T* HWY_RESTRICT y_im,
                                const T* HWY_RESTRICT x_re, const T* HWY_RESTRICT x_im,
                                const int64_t* HWY_RESTRICT offsets, const T* HWY_RESTRICT h_re,
                                const T* HWY_RESTRICT h_im, int64_t taps, bool accumulate) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> re[width], im[width];
  {
    const auto hr = hn::Set(d, h_re[0]), hi = hn::Set(d, h_im[0]);
    for (int j = 0; j < width; ++j) {
      const auto xr = hn::LoadU(d, x_re + offsets[0] + j * lanes);
      const auto xi = hn::LoadU(d, x_im + offsets[0] + j * lanes);
      re[j] = hn::NegMulAdd(hi, xi, hn::Mul(hr, xr));
      im[j] = hn::MulAdd(hi, xr, hn::Mul(hr, xi));
    }
  }
  for (int64_t t = 1; t < taps; ++t) {
    const int64_t at = offsets[t];
    const auto hr = hn::Set(d, h_re[t]), hi = hn::Set(d, h_im[t]);
    for (int j = 0; j < width; ++j) {
      const auto xr = hn::LoadU(d, x_re + at + j * lanes);
      const auto xi = hn::LoadU(d, x_im + at + j * lanes);
      re[j] = hn::NegMulAdd(hi, xi, hn::MulAdd(hr, xr, re[j]));
      im[j] = hn::MulAdd(hi, xr, hn::MulAdd(hr, xi, im[j]));
    }
  }
  for (int j = 0; j < width; ++j) {
    T* to_re = y_re + j * lanes;
    T* to_im = y_im + j * lanes;
    hn::StoreU(accumulate ? hn::Add(hn::LoadU(d, to_re), re[j]) : re[j], d, to_re);
    hn::StoreU(accumulate ? hn::Add(hn::LoadU(d, to_im), im[j]) : im[j], d, to_im);
  }
}

template <class T>
void complex_sum(T* y_re, T* y_im, const T* x_re, const T* x_im, int64_t n, const int64_t* offsets,
                 const T* h_re, const T* h_im, int64_t taps, bool accumulate) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  constexpr int kHalf = kWide / 2;
  int64_t i = 0;
  for (; i + kHalf * lanes <= n; i += kHalf * lanes)
    complex_columns<kHalf>(d, y_re + i, y_im + i, x_re + i, x_im + i, offsets, h_re, h_im, taps,
                           accumulate);
  switch ((n - i + lanes - 1) / lanes) {
    case 4:
      return complex_columns<4>(d, y_re + i, y_im + i, x_re + i, x_im + i, offsets, h_re, h_im,
                                taps, accumulate);
    case 3:
      return complex_columns<3>(d, y_re + i, y_im + i, x_re + i, x_im + i, offsets, h_re, h_im,
                                taps, accumulate);
    case 2:
      return complex_columns<2>(d, y_re + i, y_im + i, x_re + i, x_im + i, offsets, h_re, h_im,
                                taps, accumulate);
    case 1:
      return complex_columns<1>(d, y_re + i, y_im + i, x_re + i, x_im + i, offsets, h_re, h_im,
                                taps, accumulate);
    default: return;
  }
}

/// `count` outputs of integers modulo 2^bits, the last of them perhaps not wanted. Highway has no
/// 64-bit product everywhere; the compiler turns this loop into what the target has.
template <int64_t count, class U, class T>
HWY_INLINE void modular_columns(T* HWY_RESTRICT y, int64_t wanted, const T* HWY_RESTRICT x,
                                const int64_t* HWY_RESTRICT offsets, const T* HWY_RESTRICT h,
                                int64_t taps, bool accumulate) {
  U sum[count] = {};
  for (int64_t t = 0; t < taps; ++t) {
    const T* p = x + offsets[t];
    const U ht = static_cast<U>(h[t]);
    for (int64_t j = 0; j < count; ++j) sum[j] += ht * static_cast<U>(p[j]);
  }
  for (int64_t j = 0; j < HWY_MIN(count, wanted); ++j)
    y[j] = static_cast<T>(accumulate ? static_cast<U>(y[j]) + sum[j] : sum[j]);
}

template <class U, class T>
void modular_sum(T* y, const T* x, int64_t n, const int64_t* offsets, const T* h, int64_t taps,
                 bool accumulate) noexcept {
  // Four vectors of the widest target, then one: a short row has no more to do.
  constexpr int64_t kMany = 32, kFew = 8;
  int64_t i = 0;
  for (; n - i > kMany - kFew; i += kMany)
    modular_columns<kMany, U>(y + i, n - i, x + i, offsets, h, taps, accumulate);
  for (; i < n; i += kFew)
    modular_columns<kFew, U>(y + i, n - i, x + i, offsets, h, taps, accumulate);
}

#if HWY_TARGET == HWY_SCALAR  // one lane has no halves
constexpr auto narrow_sum = modular_sum<uint64_t, int64_t>;
#else
/// The same where samples and taps fit 32 bits: one widening product instead of three.
template <int width, class D>
HWY_INLINE void narrow_columns(D d, int64_t* HWY_RESTRICT y, const int64_t* HWY_RESTRICT x,
                               const int64_t* HWY_RESTRICT offsets, const int64_t* HWY_RESTRICT h,
                               int64_t taps, bool accumulate) {
  const hn::RepartitionToNarrow<D> half;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<D> sum[width];
  for (int j = 0; j < width; ++j) sum[j] = hn::Zero(d);
  for (int64_t t = 0; t < taps; ++t) {
    const int64_t* p = x + offsets[t];
    const auto ht = hn::BitCast(half, hn::Set(d, h[t]));
    for (int j = 0; j < width; ++j)
      sum[j] = hn::Add(sum[j], hn::MulEven(ht, hn::BitCast(half, hn::LoadU(d, p + j * lanes))));
  }
  for (int j = 0; j < width; ++j) {
    const auto total = accumulate ? hn::Add(hn::LoadU(d, y + j * lanes), sum[j]) : sum[j];
    hn::StoreU(total, d, y + j * lanes);
  }
}

void narrow_sum(int64_t* y, const int64_t* x, int64_t n, const int64_t* offsets, const int64_t* h,
                int64_t taps, bool accumulate) noexcept {
  const hn::ScalableTag<int64_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + kWide * lanes <= n; i += kWide * lanes)
    narrow_columns<kWide>(d, y + i, x + i, offsets, h, taps, accumulate);
  for (; i < n; i += 2 * lanes) narrow_columns<2>(d, y + i, x + i, offsets, h, taps, accumulate);
}
#endif

template <class D, class T>
HWY_INLINE int64_t scan_part(D d, const T* x, int64_t i, int64_t n, Scan<T>& scan) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  const auto infinity = hn::Inf(d);
  auto largest = zero, smallest = infinity, lowest = zero;
  int64_t zeros = 0, finite_count = 0;
  const int64_t from = i;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, x + i);
    const auto a = hn::Abs(v);
    const auto finite = hn::Lt(a, infinity);
    const auto is_zero = hn::Eq(v, zero);
    largest = hn::Max(largest, hn::IfThenElseZero(finite, a));
    smallest = hn::Min(smallest, hn::IfThenElse(hn::AndNot(is_zero, finite), a, infinity));
    lowest = hn::Min(lowest, hn::IfThenElseZero(finite, v));
    zeros += static_cast<int64_t>(hn::CountTrue(d, is_zero));
    finite_count += static_cast<int64_t>(hn::CountTrue(d, finite));
  }
  const T found = hn::GetLane(hn::MaxOfLanes(d, largest));
  const T least = hn::GetLane(hn::MinOfLanes(d, smallest));
  const int64_t seen = i - from;
  Scan<T> part;
  part.largest = found;
  part.smallest = least <= hwy::HighestValue<T>() ? least : T(0);
  part.zeros = zeros;
  part.nonfinite = seen - finite_count;
  part.negative = hn::GetLane(hn::MinOfLanes(d, lowest)) < T(0);
  scan.merge(part);
  return i;
}

/// Whether all samples are finite and none is zero, as most are: then that is all but the extremes.
template <class T>
HWY_INLINE bool scan_plain(const T* x, int64_t n, Scan<T>& scan) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < 2 * lanes) return false;
  using V = hn::Vec<hn::ScalableTag<T>>;
  // Two of each, since one chain would wait for itself. v - v is NaN where v is not finite.
  V highest[2], lowest[2], nearest[2], broken[2];
  for (int k = 0; k < 2; ++k) {
    highest[k] = lowest[k] = hn::LoadU(d, x);
    nearest[k] = hn::Abs(highest[k]);
    broken[k] = hn::Zero(d);
  }
  const auto look = [&](int k, int64_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, x + i);
    highest[k] = hn::Max(highest[k], v);
    lowest[k] = hn::Min(lowest[k], v);
    nearest[k] = hn::Min(nearest[k], hn::Abs(v));
    broken[k] = hn::Or(broken[k], hn::Sub(v, v));
  };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    look(0, i);
    look(1, i + lanes);
  }
  // What is left over is seen with samples before it, again.
  if (i < n) look(0, n - lanes);
  if (i + lanes < n) look(1, n - 2 * lanes);
  const auto broke = hn::Or(broken[0], broken[1]);
  if (!hn::AllTrue(d, hn::Eq(broke, broke))) return false;
  const T nearest_zero = hn::GetLane(hn::MinOfLanes(d, hn::Min(nearest[0], nearest[1])));
  if (nearest_zero == T(0)) return false;
  const T high = hn::GetLane(hn::MaxOfLanes(d, hn::Max(highest[0], highest[1])));
  const T low = hn::GetLane(hn::MinOfLanes(d, hn::Min(lowest[0], lowest[1])));
  scan.largest = HWY_MAX(high, -low);
  scan.smallest = nearest_zero;
  scan.negative = low < T(0);
  return true;
}

template <class T>
Scan<T> scan_floats(const T* x, int64_t n) noexcept {
  Scan<T> scan;
  if (scan_plain(x, n, scan)) return scan;
  const int64_t done = scan_part(hn::ScalableTag<T>(), x, 0, n, scan);
  scan_part(hn::CappedTag<T, 1>(), x, done, n, scan);
  return scan;
}

template <class T>
constexpr WeightedSum<T> float_loops() {
  return {real_sum<T>, nullptr, complex_sum<T>, scan_floats<T>};
}

constexpr WeightedSum<float> kWeightedSumF32 = float_loops<float>();
constexpr WeightedSum<double> kWeightedSumF64 = float_loops<double>();
constexpr WeightedSum<int64_t> kWeightedSumI64 = {modular_sum<uint64_t, int64_t>, narrow_sum,
                                                  nullptr, nullptr};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

template <>
const WeightedSum<float>& weighted_sum<float>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kWeightedSumF32) }
}
template <>
const WeightedSum<double>& weighted_sum<double>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kWeightedSumF64) }
}
template <>
const WeightedSum<std::int64_t>& weighted_sum<std::int64_t>(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kWeightedSumI64) }
}

}  // namespace faltung
#endif
