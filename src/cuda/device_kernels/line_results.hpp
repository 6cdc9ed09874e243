// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Results of a line on their way out of a transform, and what has to be looked at once more.
#pragma once

#include "line_samples.hpp"

namespace faltung::cuda {

/// A result where not a float or double of T's size is wanted.
FALTUNG_DEVICE_CALL void store_converted(const Layout& g, std::int64_t i, double v) {
  store_result(g, i, v);
}

/// What the contract makes of a tile's results.
template <class T>
struct ResultFacts {
  int exponent;      ///< results were divided by this power of two
  int small;         ///< what is below 2^small before that may be exactly 0; where some can be
  bool nonnegative;  ///< none is below 0
  bool zero;         ///< all are 0
  bool some_zero;    ///< some may be

  FALTUNG_DEVICE ResultFacts(const PassArguments& a, const TapFacts& taps, int tile_exponent,
                             int flags, int zeros) {
    const int taken = exponent_to_take<T>(tile_exponent);
    exponent = taken + taps.exponent;
    small = taps.small + tile_exponent - kBias + 1 - taken;
    zero = tile_exponent == 0;
    nonnegative = a.half != 0 && (flags & kNegative) == 0 && taps.nonnegative != 0;
    // Fewer zeros than there are taps cannot meet them all.
    some_zero = !zero && (a.cut || zeros >= taps.nonzeros);
  }
};

/// Whether a sample that is not finite lies where the outputs of a row can meet it: by the rows of
/// the box that they read.
FALTUNG_DEVICE bool may_meet(const PassArguments& a, const Line& line, int lane, int lanes) {
  if (a.reads_x || a.split) return true;
  const int outer_axes = a.layout.spatial_axes - 1;
  int rows = 1;
  for (int s = 0; s < outer_axes; ++s) rows *= static_cast<int>(a.tile[s].span);
  for (int at = lane; at < rows; at += lanes) {
    int rest = at, number = line.outer, group = 0, all = 1;
    bool within = true;
    for (int s = outer_axes - 1; s >= 0; --s) {
      const TileAxis& t = a.tile[s];
      const int extent = a.axes[s].extent, back = rest % static_cast<int>(t.span);
      const auto newest = t.lead + number % extent * a.layout.spatial[s].step;
      within = within && newest >= back;
      group += static_cast<int>(newest - back) * all;
      all *= static_cast<int>((t.outputs - 1) * a.layout.spatial[s].step + t.lead + 1);
      rest /= static_cast<int>(t.span);
      number /= extent;
    }
    if (within && (a.groups[line.item * a.item_groups + group].flags & kNotFinite) != 0)
      return true;
  }
  return false;
}

/// What v becomes, and whether it is to be looked at.
template <class T>
FALTUNG_DEVICE T finished(const ResultFacts<T>& facts, const Power<T>& power, T small, T v,
                          int* verdict) {
  if (facts.zero || (facts.nonnegative && v < 0)) v = 0;
  if (facts.some_zero && v < small && v > -small) *verdict |= kSmall;
  if (facts.exponent != 0) v = power.times(v);
  if (!is_finite(static_cast<double>(v))) *verdict |= kBeyond;
  return v;
}

/// Writes the results that a thread holds, and the verdict on all of the line's.
template <class T, class Row>
FALTUNG_DEVICE void store_results(const PassArguments& a, const Line& line, const Row& row,
                                  bool tells, LineFacts* facts, Point<T>* z) {
  const Layout& g = a.layout;
  const bool real = a.half != 0, plain = g.y_type == kRealOf<T>;
  TileFacts tile = {facts->exponent, facts->flags, facts->zeros, 0};
  if (!a.reads_x) tile = a.tile_facts[line.item];
  const ResultFacts<T> result(a, a.facts[line.kernel], tile.exponent, tile.flags, tile.zeros);
  const Power<T> power(result.exponent);
  const T small = static_cast<T>(scaled(1, result.small));
  const std::int64_t stride = g.spatial[g.spatial_axes - 1].y_stride;
  int verdict = 0;
  // A part's output along the line; -1: none.
  const auto output = [&](int i, int part) {
    const int j = row.first_index(i) * a.sample_step + (a.split ? line.inner : 0);
    return line.writes ? line.output_of(a, real ? j + part * a.half : j) : -1;
  };
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    FALTUNG_UNROLL
    for (int part = 0; part < 2; ++part) {
      const int out = output(i, part);
      T& v = part == 0 ? z[i].re : z[i].im;
      if (out < 0) continue;
      v = finished(result, power, small, v, &verdict);
      if (plain) static_cast<T*>(g.y)[line.y + out * stride + (real ? 0 : part)] = v;
      else (part == 0 ? row.re : row.im)[row.slot(row.first_index(i))] = v;
    }
  }
  FALTUNG_ROLLED
  for (int i = 0; i < kHeld && !plain; ++i)
    for (int part = 0; part < 2; ++part) {
      const int out = output(i, part);
      if (out < 0) continue;
      const T v = (part == 0 ? row.re : row.im)[row.slot(row.first_index(i))];
      store_converted(g, line.y + out * stride + (real ? 0 : part), static_cast<double>(v));
    }
  if ((tile.flags & kNotFinite) != 0 && may_meet(a, line, row.lane, Row::kLanes))
    verdict |= kNotFinite;
  if (verdict != 0) shared_or(&facts->verdict, verdict);
  barrier();
  if (!tells) return;
  const int at = (line.outer * a.inner + line.inner) / a.verdict_lines;
  a.verdicts[line.item * a.item_verdicts + at] =
      facts->verdict == 0
          ? 0
          : ((result.small + result.exponent + kVerdictBias) << kVerdictBits) | facts->verdict;
}

}  // namespace faltung::cuda
