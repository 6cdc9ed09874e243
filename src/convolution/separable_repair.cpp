// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What separable passes get wrong, put right.
#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/point.hpp"
#include "convolution/separable_tile.hpp"
#include "support/checked.hpp"

namespace faltung {

/// Puts right what passes get wrong. An output that meets a sample that is not finite is not finite
/// either, whatever the factors are, and no other is, unless it overflowed on the way: those that
/// no NaN explains are summed again. So are outputs that may owe more than rounding to products
/// below the normal numbers.
template <class T>
void SeparableTiles<T>::repair(Tile& tile) const
  requires std::is_floating_point_v<T>
{
  const SplitKernel<T>& k = *tile.kernel;
  if (!tile.doubtful && !k.gaps && !k.clamps) return;
  Scan<T> found;
  for_each_row(tile, [&](T* row, std::int64_t n) { found.merge(loops_.scan(row, n)); });
  const bool small = found.zeros > 0 || (found.smallest != 0 && found.smallest < k.tiny);
  if (found.nonfinite == 0 && !small && !k.gaps && !(k.clamps && found.negative)) return;
  if (!tile.loaded) load(tile);
  if (!tile.scanned) look_over(tile);
  const auto largest = static_cast<double>(tile.scan.largest);
  const bool underflows =
      largest != 0 && (componentwise_ ? static_cast<double>(tile.scan.smallest) * k.least <
                                            static_cast<double>(std::numeric_limits<T>::min())
                                      : largest * tile.taps->facts.sum_abs < k.tiny);
  const bool zeros = k.gaps && g_.absent_outside && tile.scan.zeros > 0;
  const bool one_sign = k.clamps && !tile.scan.negative;
  if (found.nonfinite == 0 && !underflows && !zeros && !one_sign) return;
  const double noise = std::max(k.noise * largest, k.tiny);
  const ExtendedInput<long double> x(g_, run_.x, run_.x_strides, *tile.at);
  for_each_row(tile, [&](T* row, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i, ++tile.out[last()]) {
      T& v = row[i];
      if (one_sign && v < 0) v = 0;
      const auto size = static_cast<double>(std::abs(v));
      if (std::isfinite(v)) {
        if (zeros && size <= noise && vanishes(tile)) v = 0;
        if (!underflows || size >= k.tiny) continue;
      } else if (meets_nan(tile)) {
        v = std::numeric_limits<T>::quiet_NaN();
        continue;
      }
      v = static_cast<T>(evaluate_point(g_, x, *tile.taps, tile.out).re);
    }
  });
}

/// Scans the tile; for a kernel with gaps, finds the hull of its non-zero samples as well.
template <class T>
void SeparableTiles<T>::look_over(Tile& tile) const
  requires std::is_floating_point_v<T>
{
  tile.scan = loops_.scan(tile.samples, layout_.elements(0));
  tile.scanned = true;
  if (!tile.kernel->gaps || tile.scan.zeros == 0) return;
  std::fill_n(tile.hull_first, kMaxRank, std::numeric_limits<std::int64_t>::max());
  std::fill_n(tile.hull_last, kMaxRank, std::numeric_limits<std::int64_t>::min());
  const Axis& inner = g_.spatial.back();
  const std::int64_t origin = inner.first + tile.from[last()] * inner.step;
  const std::int64_t missing = layout_.block()[last()] - (tile.to[last()] - tile.from[last()]);
  for_each_loaded_row(tile, [&](T* row, std::int64_t* position) {
    for (const auto& s : layout_.segments())
      for (std::int64_t i = 0; i < s.count - missing; ++i) {
        if (row[s.at + i] == 0) continue;
        position[last()] = origin + s.lo + i * inner.step;
        for (int a = 0; a <= last(); ++a) {
          tile.hull_first[a] = std::min(tile.hull_first[a], position[a]);
          tile.hull_last[a] = std::max(tile.hull_last[a], position[a]);
        }
      }
  });
}

/// Whether no non-zero tap meets the hull of the non-zero samples: the exact sum is zero, though
/// terms that cancel may not be.
template <class T>
bool SeparableTiles<T>::vanishes(const Tile& tile) const
  requires std::is_floating_point_v<T>
{
  std::int64_t first[kMaxRank], end[kMaxRank], k[kMaxRank];
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = g_.spatial[static_cast<std::size_t>(i)];
    const std::int64_t newest = a.first + tile.out[i] * a.step;
    if (tile.hull_last[i] < tile.hull_first[i] || newest < tile.hull_first[i]) return true;
    first[i] =
        std::max<std::int64_t>(0, -checked::floor_div(tile.hull_last[i] - newest, a.dilation));
    end[i] = std::min(a.taps, (newest - tile.hull_first[i]) / a.dilation + 1);
    if (end[i] <= first[i]) return true;
  }
  std::copy_n(first, last() + 1, k);
  for (;;) {
    std::int64_t tap = 0;
    for (int i = 0; i <= last(); ++i)
      tap = tap * g_.spatial[static_cast<std::size_t>(i)].taps + k[i];
    if (tile.taps->re[static_cast<std::size_t>(tap)] != 0) return false;
    int i = last();
    for (; i >= 0 && ++k[i] == end[i]; --i) k[i] = first[i];
    if (i < 0) return true;
  }
}

/// Whether a sample that the output reads is NaN: then so is the output, unless reflections made
/// the NaN out of infinities that the wider type does not have.
template <class T>
bool SeparableTiles<T>::meets_nan(const Tile& tile) const
  requires std::is_floating_point_v<T>
{
  if (g_.boundary == Boundary::odd) return false;
  const T* base = tile.samples + tile.out[last()] - tile.from[last()];
  for (int i = 0; i < last(); ++i)
    base += (tile.out[i] - tile.from[i]) * layout_.outer()[static_cast<std::size_t>(i)].advance;
  std::int64_t k[kMaxRank] = {};
  for (;;) {
    const T* row = base;
    for (int i = 0; i < last(); ++i)
      row += layout_.outer()[static_cast<std::size_t>(i)].offsets[static_cast<std::size_t>(k[i])];
    for (std::int64_t offset : layout_.inner_offsets())
      if (std::isnan(row[offset])) return true;
    int i = last() - 1;
    for (; i >= 0 && ++k[i] == g_.spatial[static_cast<std::size_t>(i)].taps; --i) k[i] = 0;
    if (i < 0) return false;
  }
}

#define FALTUNG_SEPARABLE_REPAIR(T)                             \
  template void SeparableTiles<T>::repair(Tile&) const;         \
  template void SeparableTiles<T>::look_over(Tile&) const;      \
  template bool SeparableTiles<T>::vanishes(const Tile&) const; \
  template bool SeparableTiles<T>::meets_nan(const Tile&) const;
FALTUNG_SEPARABLE_REPAIR(float)
FALTUNG_SEPARABLE_REPAIR(double)
#undef FALTUNG_SEPARABLE_REPAIR

}  // namespace faltung
