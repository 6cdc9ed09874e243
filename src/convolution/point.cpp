// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/point.hpp"

#include <algorithm>

#include "support/checked.hpp"

namespace faltung {
namespace {

constexpr std::int64_t kChunk = 128;

/// Calls f(tap index, x~ real, x~ imaginary, outside) for every tap whose sample exists, taps
/// ascending along the last axis in reverse: x~ is read forwards, from the last tap to the first.
template <class S, class F>
void for_each_term(const Geometry& g, const ExtendedInput<S>& x, const std::int64_t* out, F&& f) {
  const int last = static_cast<int>(g.spatial.size()) - 1;
  const Axis& inner = g.spatial.back();
  const std::int64_t rows = g.taps() / inner.taps;
  const std::int64_t newest = inner.first + out[last] * inner.step;
  // Taps k with 0 <= newest - k dilation < n exist everywhere; others only beyond a boundary.
  std::int64_t k_first = 0, k_end = inner.taps;
  if (g.absent_outside) {
    if (newest - inner.n >= 0) k_first = (newest - inner.n) / inner.dilation + 1;
    k_end = newest < 0 ? 0 : std::min(inner.taps, newest / inner.dilation + 1);
  }
  std::int64_t position[kMaxRank];
  for (std::int64_t r = 0; r < rows; ++r) {
    bool exists = true;
    std::int64_t rest = r;
    for (int i = last - 1; i >= 0; --i) {
      const Axis& a = g.spatial[static_cast<std::size_t>(i)];
      position[i] = a.first + out[i] * a.step - rest % a.taps * a.dilation;
      rest /= a.taps;
      exists &= position[i] >= 0 && position[i] < a.n;
    }
    if (g.absent_outside && !exists) continue;
    for (std::int64_t k = k_end; k > k_first;) {
      S re[kChunk], im[kChunk];
      const std::int64_t count = std::min(kChunk, k - k_first);
      const std::int64_t lo = newest - (k - 1) * inner.dilation;
      x.read_row(position, lo, inner.dilation, count, 0, re);
      if (g.complex()) x.read_row(position, lo, inner.dilation, count, 1, im);
      for (std::int64_t j = 0; j < count; ++j) {
        const std::int64_t p = lo + j * inner.dilation;
        f(r * inner.taps + k - 1 - j, re[j], g.complex() ? im[j] : S(0),
          !exists || p < 0 || p >= inner.n);
      }
      k -= count;
    }
  }
}

struct Magnitude {
  unsigned __int128 low = 0;
  std::uint64_t high = 0;
  void add(unsigned __int128 value) {
    low += value;
    if (low < value) ++high;
  }
};

}  // namespace

template <class T>
Point evaluate_point(const Geometry& g, const ExtendedInput<long double>& x,
                     const KernelTaps<T>& kernel, const std::int64_t* out) noexcept {
  Point sum;
  for_each_term(g, x, out, [&](std::int64_t tap, long double xr, long double xi, bool) {
    const auto t = static_cast<std::size_t>(tap);
    const long double hr = static_cast<long double>(kernel.re[t]);
    sum.re += hr * xr;
    if (!g.complex()) return;
    const long double hi = static_cast<long double>(kernel.im[t]);
    sum.re -= hi * xi;
    sum.im += hr * xi;
    sum.im += hi * xr;
  });
  return sum;
}

WideSum evaluate_point_wide(const Geometry& g, const ExtendedInput<std::int64_t>& x,
                            const KernelTaps<std::int64_t>& kernel,
                            const std::int64_t* out) noexcept {
  Magnitude positive, negative;
  const bool x_unsigned = g.x_type == ElementType::u64, h_unsigned = g.h_type == ElementType::u64;
  const auto magnitude = [](std::int64_t v, bool is_unsigned, bool& minus) -> std::uint64_t {
    if (is_unsigned || v >= 0) return static_cast<std::uint64_t>(v);
    minus = !minus;
    return ~static_cast<std::uint64_t>(v) + 1;
  };
  const bool constant = g.boundary == Boundary::constant;
  for_each_term(g, x, out, [&](std::int64_t tap, std::int64_t value, std::int64_t, bool outside) {
    bool minus = false;  // cval is signed, whatever x is
    const std::uint64_t a = magnitude(value, x_unsigned && !(constant && outside), minus);
    const std::uint64_t b = magnitude(kernel.re[static_cast<std::size_t>(tap)], h_unsigned, minus);
    (minus ? negative : positive).add(static_cast<unsigned __int128>(a) * b);
  });
  const bool less =
      positive.high != negative.high ? positive.high < negative.high : positive.low < negative.low;
  const Magnitude &big = less ? negative : positive, &small = less ? positive : negative;
  WideSum sum;
  sum.negative = less;
  sum.low = big.low - small.low;
  sum.high = big.high - small.high - (big.low < small.low ? 1 : 0);
  return sum;
}

template Point evaluate_point(const Geometry&, const ExtendedInput<long double>&,
                              const KernelTaps<float>&, const std::int64_t*) noexcept;
template Point evaluate_point(const Geometry&, const ExtendedInput<long double>&,
                              const KernelTaps<double>&, const std::int64_t*) noexcept;

}  // namespace faltung
