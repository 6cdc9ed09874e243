// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The passes of a tile, along one axis after the other.
#include <algorithm>

#include "convolution/separable_tile.hpp"
#include "microkernels/samples.hpp"

namespace faltung {
namespace {

constexpr std::int64_t kNowhere = 0;

}  // namespace

/// The passes along `axis` and the axes further in, of one term.
template <class T>
void SeparableTiles<T>::pass(int axis, Tile& tile, const T* from, const Factors& factors,
                             bool accumulate, T* to) const {
  const std::int64_t n = tile.to[axis] - tile.from[axis];
  const SeparableLayout::Outer& outer = layout_.outer()[static_cast<std::size_t>(axis)];
  if (axis + 1 == last()) {
    const std::int64_t group = rows_.lanes;
    for (std::int64_t j = 0; j < n; j += group)
      lines(tile, {from + j * outer.advance, outer.pitch, outer.advance}, std::min(group, n - j),
            factors, accumulate, to + j * tile.stride[axis]);
    return;
  }
  for (std::int64_t j = 0; j < n; ++j) {
    weigh(tile.kernel->narrow >> axis & 1, tile.plane[axis + 1], from + j * outer.advance,
          outer.pitch, outer.offsets, factors.taps, false);
    pass(axis + 1, tile, tile.plane[axis + 1],
         factors.behind(g_.spatial[static_cast<std::size_t>(axis)].taps), accumulate,
         to + j * tile.stride[axis]);
  }
}

/// The last two axes of `count` rows: columns by columns, so that what lies between the passes
/// stays near.
template <class T>
void SeparableTiles<T>::lines(Tile& tile, const Source& source, std::int64_t count,
                              const Factors& factors, bool accumulate, T* to) const {
  const std::int64_t n = tile.to[last()] - tile.from[last()];
  const Factors inner = factors.behind(g_.spatial[static_cast<std::size_t>(last() - 1)].taps);
  if (std::is_integral_v<T> || !layout_.columns_are_even()) {
    down(tile, source, count, 0, layout_.row_length(), factors);
    return along(tile, count, 0, n, inner, accumulate, to);
  }
  const std::int64_t halo = g_.spatial.back().span - 1;
  std::int64_t done = 0;
  for (std::int64_t c = 0, width; c < n; c += width) {
    width = n - c < Tile::kColumns + rows_.lanes ? n - c : Tile::kColumns;
    const std::int64_t end = c + width + halo;
    // A vector at least, since samples in place end where the tile does.
    down(tile, source, count, std::min(done, std::max<std::int64_t>(0, end - rows_.lanes)), end,
         factors);
    done = end;
    along(tile, count, c, width, inner, accumulate, to + c);
  }
}

/// Columns from .. to of `count` lines: sums down the columns.
template <class T>
void SeparableTiles<T>::down(const Tile& tile, const Source& source, std::int64_t count,
                             std::int64_t from, std::int64_t to, const Factors& factors) const {
  const int axis = last() - 1;
  const Axis& a = g_.spatial[static_cast<std::size_t>(axis)];
  const std::vector<std::int64_t>& offsets =
      layout_.outer()[static_cast<std::size_t>(axis)].offsets;
  if constexpr (std::is_integral_v<T>) {
    for (std::int64_t j = 0; j < count; ++j)
      weigh(tile.kernel->narrow >> axis & 1, tile.lines + j * layout_.row_length(),
            source.samples + j * source.advance, to, offsets, factors.taps, false);
  } else {
    OutputRows<T> out{tile.lines + from, layout_.row_length(), count, to - from};
    const bool shares = a.dilation == 1 && source.advance == source.pitch;
    if (shares && a.taps <= kSeparableChunk)
      return lines_.down(out, source.samples + from, source.pitch,
                         {factors.taps, a.taps, 1, *factors.symmetry}, source.soon_from(from));
    for (std::int64_t t = 0; t < a.taps; t += kSeparableChunk) {
      const std::int64_t taps = std::min(kSeparableChunk, a.taps - t);
      out.accumulate = t > 0;
      if (shares) {
        rows_.rows(out, source.samples + from + (a.taps - t - taps) * source.pitch,
                   {factors.taps + t, 1, taps, 1, &kNowhere, source.pitch, &kNowhere});
        continue;
      }
      OutputRows<T> row = out;
      row.rows = 1;
      for (std::int64_t j = 0; j < count; ++j, row.y += row.pitch)
        rows_.rows(row, source.samples + from + j * source.advance,
                   {factors.taps + t, taps, 1, 1, offsets.data() + t, 0, &kNowhere});
    }
  }
}

/// n outputs of `count` lines from column `from` on: sums along them.
template <class T>
void SeparableTiles<T>::along(Tile& tile, std::int64_t count, std::int64_t from, std::int64_t n,
                              const Factors& factors, bool accumulate, T* to) const {
  const std::int64_t pitch = layout_.row_length();
  const std::vector<std::int64_t>& offsets = layout_.inner_offsets();
  if constexpr (std::is_integral_v<T>) {
    for (std::int64_t j = 0; j < count; ++j)
      weigh(tile.kernel->narrow >> last() & 1, to + j * tile.stride[last() - 1],
            tile.lines + j * pitch, n, offsets, factors.taps, accumulate);
  } else {
    const Axis& a = g_.spatial.back();
    const T* x = tile.lines + from;
    const bool whole = a.taps <= kSeparableChunk;
    const bool passes =
        passes_cache_ && tile.kernel->low.terms.size() == 1 && whole && tile.results != tile.slab;
    OutputRows<T> out{to,         tile.stride[last() - 1],           count, n,
                      accumulate, static_cast<T>(tile.kernel->tiny), passes};
    LineTaps<T> line{
        factors.taps, a.taps, a.dilation,
        whole && layout_.turns() && a.dilation == g_.channels ? *factors.symmetry : Symmetry::none};
    bool doubtful = false;
    for (std::int64_t t = 0; t < a.taps; t += line.taps) {
      line.h = factors.taps + t;
      line.taps = std::min(kSeparableChunk, a.taps - t);
      const T* oldest = x + (a.taps - t - line.taps) * a.dilation;
      if (layout_.turns()) doubtful = lines_.across(out, oldest, pitch, line, tile.turned);
      else
        doubtful = rows_.rows(out, x,
                              {line.h, 1, 1, line.taps, &kNowhere, pitch, offsets.data() + t,
                               whole && layout_.columns_are_even() && a.dilation == 1});
      out.accumulate = true;
    }
    if (passes) flush_stores();
    tile.doubtful |= doubtful;
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

#define FALTUNG_SEPARABLE_PASSES(T)                                                                \
  template void SeparableTiles<T>::pass(int, Tile&, const T*, const Factors&, bool, T*) const;     \
  template void SeparableTiles<T>::lines(Tile&, const Source&, std::int64_t, const Factors&, bool, \
                                         T*) const;                                                \
  template void SeparableTiles<T>::weigh(bool, T*, const T*, std::int64_t,                         \
                                         const std::vector<std::int64_t>&, const T*, bool) const;
FALTUNG_SEPARABLE_PASSES(float)
FALTUNG_SEPARABLE_PASSES(double)
FALTUNG_SEPARABLE_PASSES(std::int64_t)
#undef FALTUNG_SEPARABLE_PASSES

}  // namespace faltung
