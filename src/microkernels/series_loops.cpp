// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/series_loops.hpp"

#include <utility>

#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/series_loops.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<double, kSeriesLanes>;

/// Reinsch's form of Clenshaw's sum keeps d = b_k - b_(k+1), so that near the end nothing cancels:
/// d_k = c_k + d_(k+1) - 2 (gap + low) b_(k+1),  b_k = b_(k+1) + d_k.
/// On the other side of the interval the c_k of odd k change their signs.
template <int width>
struct ClenshawBlock {
  using V = hn::Vec<Lanes>;
  V sum[width], step[width], high[width], rest[width], side[width];

  HWY_INLINE ClenshawBlock(const double* HWY_RESTRICT sides, const double* HWY_RESTRICT gap,
                           const double* HWY_RESTRICT low) {
    const Lanes d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int j = 0; j < width; ++j) {
      sum[j] = step[j] = hn::Zero(d);
      high[j] = hn::Mul(hn::Set(d, -2.0), hn::LoadU(d, gap + j * lanes));
      rest[j] = hn::Mul(hn::Set(d, -2.0), hn::LoadU(d, low + j * lanes));
      side[j] = hn::LoadU(d, sides + j * lanes);
    }
  }
  HWY_INLINE void add(int j, V before) {
    step[j] = hn::MulAdd(high[j], sum[j], hn::MulAdd(rest[j], sum[j], before));
    sum[j] = hn::Add(sum[j], step[j]);
  }
  HWY_INLINE void even(double c) {
    const V ck = hn::Set(Lanes(), c);
    for (int j = 0; j < width; ++j) add(j, hn::Add(ck, step[j]));
  }
  HWY_INLINE void odd(double c) {
    const V ck = hn::Set(Lanes(), c);
    for (int j = 0; j < width; ++j) add(j, hn::MulAdd(ck, side[j], step[j]));
  }
  HWY_INLINE void store(double c, double* HWY_RESTRICT y) {
    const Lanes d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const V c0 = hn::Set(d, c), half = hn::Set(d, 0.5);
    for (int j = 0; j < width; ++j) {
      const V s = hn::MulAdd(hn::Mul(half, rest[j]), sum[j], hn::Add(c0, step[j]));
      hn::StoreU(hn::MulAdd(hn::Mul(half, high[j]), sum[j], s), d, y + j * lanes);
    }
  }
};

void clenshaw(const double* c, int64_t terms, const double* side, const double* gap,
              const double* low, double* y, int64_t points) noexcept {
  constexpr int kWide = 4;  // chains of an addition and a multiply-add to cover their latencies
  const auto width = static_cast<int64_t>(kWide * hn::Lanes(Lanes()));
  for (int64_t i = 0; i < points; i += width) {
    ClenshawBlock<kWide> block(side + i, gap + i, low + i);
    int64_t k = terms - 1;
    if (k > 0 && k % 2 == 0) block.even(c[k--]);
    for (; k > 0; k -= 2) {
      block.odd(c[k]);
      if (k > 1) block.even(c[k - 1]);
    }
    block.store(c[0], y + i);
  }
}

void add_scaled(double* HWY_RESTRICT y, double factor, const double* HWY_RESTRICT a,
                int64_t n) noexcept {
  const Lanes d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto f = hn::Set(d, factor);
  int64_t k = 0;
  for (; k + lanes <= n; k += lanes)
    hn::StoreU(hn::MulAdd(f, hn::LoadU(d, a + k), hn::LoadU(d, y + k)), d, y + k);
  for (; k < n; ++k) y[k] += factor * a[k];
}

void add_product(double* HWY_RESTRICT y, double factor, const double* HWY_RESTRICT a,
                 const double* HWY_RESTRICT b, int64_t n) noexcept {
  const Lanes d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto f = hn::Set(d, factor);
  int64_t k = 0;
  for (; k + lanes <= n; k += lanes) {
    const auto product = hn::Mul(f, hn::LoadU(d, a + k));
    hn::StoreU(hn::MulAdd(product, hn::LoadU(d, b + k), hn::LoadU(d, y + k)), d, y + k);
  }
  for (; k < n; ++k) y[k] += factor * a[k] * b[k];
}

void barycentric(const double* v, const int64_t* start, const double* offset, const double* weight,
                 double* y, int64_t points) noexcept {
  const Lanes d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  static_assert(kSeriesNeighbours % kSeriesLanes == 0);
  constexpr int64_t kFirst = 1 - kSeriesNeighbours / 2;
  for (int64_t i = 0; i < points; ++i) {
    auto above = hn::Zero(d), below = hn::Zero(d);
    const auto at = hn::Set(d, offset[i]);
    // Places are whole numbers, so that each distance is rounded once.
    auto place = hn::Iota(d, static_cast<double>(kFirst));
    for (int64_t j = 0; j < kSeriesNeighbours; j += lanes) {
      const auto term = hn::Div(hn::LoadU(d, weight + j), hn::Sub(at, place));
      above = hn::MulAdd(term, hn::LoadU(d, v + start[i] + j), above);
      below = hn::Add(below, term);
      place = hn::Add(place, hn::Set(d, static_cast<double>(lanes)));
    }
    y[i] = hn::GetLane(hn::SumOfLanes(d, above)) / hn::GetLane(hn::SumOfLanes(d, below));
  }
}

/// Rows from .. to of one column, and what they add to y; returns the sum over rows of the column
/// times `mirror` where that is asked for.
template <bool mirrored, class V>
HWY_INLINE V column_rows(const double* HWY_RESTRICT now, double* HWY_RESTRICT before,
                         const double* HWY_RESTRICT mirror, const double* HWY_RESTRICT r, V step,
                         V hn_, int64_t from, int64_t to, double* HWY_RESTRICT y, V sum) {
  const Lanes d;
  V low = hn::LoadU(d, now + (from - 1) * kSeriesLanes);
  V mid = hn::LoadU(d, now + from * kSeriesLanes);
  for (int64_t k = from; k < to; ++k) {
    const int64_t at = k * kSeriesLanes;
    const V high = hn::LoadU(d, now + at + kSeriesLanes);
    const V change = hn::Mul(step, hn::Sub(low, high));
    const V s = hn::MulAdd(change, hn::Set(d, r[k]), hn::LoadU(d, before + at));
    hn::StoreU(s, d, before + at);
    hn::StoreU(hn::MulAdd(s, hn_, hn::LoadU(d, y + at)), d, y + at);
    if (mirrored) sum = hn::MulAdd(s, hn::LoadU(d, mirror + at), sum);
    low = mid;
    mid = high;
  }
  return sum;
}

void half_convolution(double* now, double* before, const double* h, const double* mirror,
                      const double* r, int64_t m, int64_t n, double* y) noexcept {
  const Lanes d;
  using V = hn::Vec<Lanes>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t v = 0; v < kSeriesLanes; v += lanes) {
    double *p = before + v, *q = now + v, *out = y + v;
    const V h0 = hn::LoadU(d, h + v);
    V across = hn::Zero(d);
    for (int64_t k = 0; k < m + n + 4; ++k) {
      const V s = hn::LoadU(d, q + k * kSeriesLanes);
      hn::StoreU(hn::Neg(s), d, p + k * kSeriesLanes);
      if (k < m + n + 2) hn::StoreU(hn::Mul(s, h0), d, out + k * kSeriesLanes);
      if (k > 0 && k <= n)
        across = hn::MulAdd(s, hn::LoadU(d, mirror + v + k * kSeriesLanes), across);
    }
    hn::StoreU(hn::Add(hn::LoadU(d, out), across), d, out);
    for (int64_t c = 1; c <= n; ++c) {
      const V step = hn::Set(d, static_cast<double>(2 * c - 1));
      const V hc = hn::LoadU(d, h + v + c * kSeriesLanes);
      // The first row by itself: it is the diagonal, which does not count twice.
      const V zero = hn::Zero(d);
      column_rows<false>(q, p, mirror + v, r, step, hc, c, c + 1, out, zero);
      across = column_rows<true>(q, p, mirror + v, r, step, hc, c + 1, n + 1, out, zero);
      column_rows<false>(q, p, mirror + v, r, step, hc, n + 1, m + c + 2, out, zero);
      double* diagonal = out + c * kSeriesLanes;
      const V sum = hn::LoadU(d, diagonal);
      hn::StoreU(c % 2 == 0 ? hn::Add(sum, across) : hn::Sub(sum, across), d, diagonal);
      std::swap(p, q);
    }
  }
}

constexpr SeriesLoops kSeriesLoops = {clenshaw, add_scaled, add_product, barycentric,
                                      half_convolution};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

const SeriesLoops& series_loops(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kSeriesLoops) }
}

}  // namespace faltung
#endif
