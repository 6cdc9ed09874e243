// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What sums over windows get wrong, put right.
#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/point.hpp"
#include "convolution/recursive_tile.hpp"

namespace faltung {

template <class T>
Scan<T> RecursiveTiles<T>::scan_samples(const Tile& tile) const
  requires std::is_floating_point_v<T>
{
  const ExtendedInput<T> x = input(tile);
  const std::int64_t all = tile.outputs(last()) + axis(last()).taps - 1;
  const std::int64_t length = kWindowLines<T> * layout_.line_length();
  Scan<T> found;
  for_each_read_row(tile, [&](const std::int64_t* rows) {
    for (std::int64_t from = 0; from < all; from += length) {
      const std::int64_t count = std::min(length, all - from);
      read(x, tile, rows, from, count, tile.lines);
      found.merge(loops_.scan(tile.lines, count));
    }
  });
  return found;
}

/// An output that meets a sample that is not finite is not finite either, and no other is, unless
/// it overflowed on the way. Where none can, marks tell what the outputs are; else they are summed
/// again. So are outputs that may owe more than rounding to products below the normal numbers.
template <class T>
bool RecursiveTiles<T>::repair(Tile& tile) const
  requires std::is_floating_point_v<T>
{
  const SplitKernel<T>& k = tile.kernel->split;
  const bool clamps = tile.kernel->clamps;
  const std::int64_t outputs = tile.outputs(last());
  Scan<T> found;
  for_each_row(tile, [&](T* row) { found.merge(loops_.scan(row, outputs)); });
  const bool small = found.zeros > 0 || (found.smallest != 0 && found.smallest < k.tiny);
  if (found.nonfinite == 0 && !small && !(clamps && found.negative)) return false;
  const Scan<T> samples = scan_samples(tile);
  const auto largest = static_cast<double>(samples.largest);
  const bool underflows =
      largest != 0 && (componentwise_ ? static_cast<double>(samples.smallest) * k.least <
                                            static_cast<double>(std::numeric_limits<T>::min())
                                      : largest * tile.taps->facts.sum_abs < k.tiny);
  const bool one_sign = clamps && !samples.negative;
  const bool in_range = largest * tile.kernel->reach < std::numeric_limits<T>::max() / 2 &&
                        g_.boundary != Boundary::odd;
  const bool marks = found.nonfinite > 0 && samples.nonfinite > 0 && in_range;
  const bool again = found.nonfinite > 0 && !marks;
  if (!again && !underflows && !one_sign) return marks;
  const ExtendedInput<long double> x(g_, run_.x, run_.x_strides, *tile.at);
  for_each_row(tile, [&](T* row) {
    for (std::int64_t i = 0; i < outputs; ++i, ++tile.out[last()]) {
      T& v = row[i];
      if (one_sign && v < 0) v = 0;
      const bool finite = std::isfinite(v);
      if (finite ? underflows && static_cast<double>(std::abs(v)) < k.tiny : again)
        v = static_cast<T>(evaluate_point(g_, x, *tile.taps, tile.out).re);
    }
  });
  return marks;
}

/// Sums of samples that are not finite are what any sum with taps of one sign is that meets them.
template <class T>
void RecursiveTiles<T>::store_marks(Tile& tile) const
  requires std::is_floating_point_v<T>
{
  pass_all(tile, true);
  const std::int64_t outputs = tile.outputs(last());
  for_each_row(tile, [&](const T* row) {
    for (std::int64_t i = 0; i < outputs; ++i, ++tile.out[last()]) {
      if (row[i] == 0) continue;
      const T value = tile.kernel->negative ? -row[i] : row[i];
      store_(&value, 1, place_of(tile), 1);
    }
  });
}

#define FALTUNG_RECURSIVE_REPAIR(T)                          \
  template bool RecursiveTiles<T>::repair(Tile&) const;      \
  template void RecursiveTiles<T>::store_marks(Tile&) const; \
  template Scan<T> RecursiveTiles<T>::scan_samples(const Tile&) const;
FALTUNG_RECURSIVE_REPAIR(float)
FALTUNG_RECURSIVE_REPAIR(double)
#undef FALTUNG_RECURSIVE_REPAIR

}  // namespace faltung
