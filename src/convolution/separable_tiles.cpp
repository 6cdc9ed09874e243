// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/separable_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/point.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"

namespace faltung {
/// What one task works on. A slab is the outputs at one place of the first axis.
///
///   x~ tile --> plane (one place of axis 0 done) --> ... --> row --> += slab     for each term
template <class T>
struct SeparableTiles<T>::Tile {
  Tile(support::Carver& carver, const SeparableLayout& layout) {
    samples = carver.take<T>(layout.elements(0) + kRowSlack);
    const Dims& block = layout.block();
    for (int i = 1; i < block.rank(); ++i)
      plane[i] = carver.take<T>(layout.elements(i) + kRowSlack);
    std::int64_t size = 1;
    for (int i = block.rank() - 1; i > 0; --i) {
      slab_stride[i] = size;
      size *= i + 1 == block.rank() ? block[i] + kRowSlack : block[i];
    }
    slab = carver.take<T>(size);
  }
  /// Whole vectors are read: what lies behind the samples by chance may be denormal, and slow.
  void clear_slack(const SeparableLayout& layout) {
    std::fill_n(samples + layout.elements(0), kRowSlack, T(0));
    for (int i = 1; i < layout.block().rank(); ++i)
      std::fill_n(plane[i] + layout.elements(i), kRowSlack, T(0));
  }

  T* samples = nullptr;
  T* plane[kMaxRank + 1] = {};
  T* slab = nullptr;
  std::int64_t slab_stride[kMaxRank + 1] = {};
  std::int64_t from[kMaxRank], to[kMaxRank];
  std::int64_t out[kMaxRank];  ///< an output of the slab
  const BatchOffsets* at = nullptr;
  const KernelTaps<T>* taps = nullptr;
  const SplitKernel<T>* kernel = nullptr;
  bool scanned = false;
  Scan<T> scan;  ///< of the samples, once something is doubtful
  /// The box of positions of the samples that are not zero, where that matters; empty: last <
  /// first.
  std::int64_t hull_first[kMaxRank], hull_last[kMaxRank];
};

template <class T>
std::int64_t SeparableTiles<T>::scratch_bytes(const SeparableLayout& layout) {
  support::Carver carver(nullptr);
  Tile(carver, layout);
  return carver.used();
}

template <class T>
void SeparableTiles<T>::compute(const BatchOffsets& at, std::int64_t index,
                                const KernelTaps<T>& taps, const SplitKernel<T>& kernel,
                                std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Tile tile(carver, layout_);
  tile.clear_slack(layout_);
  tile.at = &at;
  tile.taps = &taps;
  tile.kernel = &kernel;
  layout_.box(index, tile.from, tile.to);
  load(ExtendedInput<T>(g_, run_.x, run_.x_strides, at), tile);
  const SeparableLayout::Outer& first = layout_.outer()[0];
  for (std::int64_t j = 0; j < tile.to[0] - tile.from[0]; ++j) {
    bool accumulate = false;
    for (const auto& factors : kernel.low.terms) {
      weigh(kernel.narrow & 1, tile.plane[1], tile.samples + j * first.advance, first.pitch,
            first.offsets, factors.data(), false);
      pass(1, tile, tile.plane[1], factors.data() + g_.spatial[0].taps, accumulate, tile.slab);
      accumulate = true;
    }
    tile.out[0] = tile.from[0] + j;
    if constexpr (std::is_floating_point_v<T>) repair(tile);
    store(tile);
  }
}

/// Fills the tile. Tiles at the end of the outputs read on into x~ as if they were full.
template <class T>
void SeparableTiles<T>::load(const ExtendedInput<T>& x, Tile& tile) const {
  const Axis& inner = g_.spatial.back();
  const std::int64_t origin = inner.first + tile.from[last()] * inner.step;
  const auto& segments = layout_.segments();
  for_each_loaded_row(tile, [&](T* row, const std::int64_t* position) {
    for (std::size_t s = 0; s < segments.size(); ++s) {
      x.read_row(position, origin + segments[s].lo, inner.step, segments[s].count, 0,
                 row + segments[s].at);
      const bool ends = s + 1 == segments.size();
      std::fill(row + segments[s].at + segments[s].count,
                row + (ends ? layout_.row_length() : segments[s + 1].at), T(0));
    }
  });
}

template <class T>
template <class F>
void SeparableTiles<T>::for_each_loaded_row(const Tile& tile, F&& f) const {
  std::int64_t j[kMaxRank] = {}, position[kMaxRank];
  for (T* row = tile.samples;; row += layout_.row_length()) {
    for (int i = 0; i < last(); ++i) {
      const Axis& a = g_.spatial[static_cast<std::size_t>(i)];
      position[i] = a.first + tile.from[i] * a.step + layout_.row_position(i, j[i]);
    }
    f(row, position);
    int i = last() - 1;
    for (; i >= 0 && ++j[i] == layout_.outer()[static_cast<std::size_t>(i)].rows; --i) j[i] = 0;
    if (i < 0) return;
  }
}

/// The passes along `axis` and the axes further in, of one term.
template <class T>
void SeparableTiles<T>::pass(int axis, const Tile& tile, const T* from, const T* factors,
                             bool accumulate, T* to) const {
  const std::int64_t n = tile.to[axis] - tile.from[axis];
  const bool narrow = tile.kernel->narrow >> axis & 1;
  if (axis == last())
    return weigh(narrow, to, from, n, layout_.inner_offsets(), factors, accumulate);
  const SeparableLayout::Outer& outer = layout_.outer()[static_cast<std::size_t>(axis)];
  for (std::int64_t j = 0; j < n; ++j) {
    weigh(narrow, tile.plane[axis + 1], from + j * outer.advance, outer.pitch, outer.offsets,
          factors, false);
    pass(axis + 1, tile, tile.plane[axis + 1],
         factors + g_.spatial[static_cast<std::size_t>(axis)].taps, accumulate,
         to + j * tile.slab_stride[axis]);
  }
}

template <class T>
void SeparableTiles<T>::weigh(bool narrow, T* to, const T* from, std::int64_t n,
                              const std::vector<std::int64_t>& offsets, const T* factor,
                              bool accumulate) const {
  const auto sum = narrow ? loops_.narrow : loops_.real;
  const auto taps = static_cast<std::int64_t>(offsets.size());
  for (std::int64_t t = 0; t < taps; t += kSeparableChunk)
    sum(to, from, n, offsets.data() + t, factor + t, std::min(kSeparableChunk, taps - t),
        accumulate || t > 0);
}

template <class T>
template <class F>
void SeparableTiles<T>::for_each_row(Tile& tile, F&& f) const {
  std::copy_n(tile.from + 1, last(), tile.out + 1);
  T* row = tile.slab;
  for (;;) {
    f(row, tile.to[last()] - tile.from[last()]);
    tile.out[last()] = tile.from[last()];
    int i = last() - 1;
    for (; i > 0; --i) {
      row += tile.slab_stride[i];
      if (++tile.out[i] < tile.to[i]) break;
      row -= (tile.to[i] - tile.from[i]) * tile.slab_stride[i];
      tile.out[i] = tile.from[i];
    }
    if (i <= 0) return;
  }
}

/// Puts right what passes get wrong. An output that meets a sample that is not finite is not finite
/// either, whatever the factors are, and no other is, unless it overflowed on the way: those that
/// no NaN explains are summed again. So are outputs that may owe more than rounding to products
/// below the normal numbers.
template <class T>
void SeparableTiles<T>::repair(Tile& tile) const
  requires std::is_floating_point_v<T>
{
  const SplitKernel<T>& k = *tile.kernel;
  Scan<T> found;
  for_each_row(tile, [&](T* row, std::int64_t n) { found.merge(loops_.scan(row, n)); });
  const bool small = found.zeros > 0 || (found.smallest != 0 && found.smallest < k.tiny);
  if (found.nonfinite == 0 && !small && !k.gaps && !(k.clamps && found.negative)) return;
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
  for_each_loaded_row(tile, [&](T* row, std::int64_t* position) {
    for (const auto& s : layout_.segments())
      for (std::int64_t i = 0; i < s.count; ++i) {
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

template <class T>
void SeparableTiles<T>::store(Tile& tile) const {
  const std::int64_t bytes = size_bytes(real_part_of(g_.y_type));
  for_each_row(tile, [&](const T* row, std::int64_t n) {
    std::int64_t offset = tile.at->y;
    for (int i = 0; i <= last(); ++i) offset += tile.out[i] * run_.y_strides.spatial[i];
    store_(row, n, static_cast<std::byte*>(run_.y) + offset * bytes, run_.y_strides.spatial.back());
  });
}

template class SeparableTiles<float>;
template class SeparableTiles<double>;
template class SeparableTiles<std::int64_t>;

}  // namespace faltung
