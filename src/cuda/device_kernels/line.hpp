// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a line of a tile's array lies in the array, in x and in y.
#pragma once

#include "pass_arguments.hpp"
#include "samples.hpp"

namespace faltung::cuda {

/// Where one batch lies.
struct BatchPlace {
  std::int64_t x = 0, y = 0;  ///< offsets in reals
  std::int64_t kernel = 0;
  int component = 0;

  FALTUNG_DEVICE BatchPlace(const Layout& g, std::int64_t batch) {
    for (int i = g.batch_axes - 1; i >= 0; --i) {
      const BatchAxis& axis = g.batch[i];
      const std::int64_t at = batch % axis.count;
      batch /= axis.count;
      x += at * axis.x_stride;
      y += at * axis.y_stride;
      kernel += at * axis.kernel_stride;
      if (i == g.component_axis) component = static_cast<int>(at);
    }
  }
};

/// A tile along one axis.
struct TileSide {
  std::int64_t first;  ///< output
  std::int64_t lo;     ///< position of its first sample
  int outputs, stored;

  FALTUNG_DEVICE TileSide(const SpatialAxis& axis, const TileAxis& t, std::int64_t tile) {
    first = tile * t.outputs;
    const std::int64_t left = axis.count - first;
    outputs = static_cast<int>(left < t.outputs ? left : t.outputs);
    lo = axis.first + first * axis.step - t.lead;
    stored = static_cast<int>((outputs - 1) * axis.step + t.lead + 1);
  }
};

struct Line {
  std::int64_t item;  ///< its array, of those here
  std::int64_t batch, kernel;
  std::int64_t x = 0, y = 0;   ///< offsets of position 0 and of the tile's first output along it
  std::int64_t output = 0;     ///< number of that output in its batch
  std::int64_t lo = 0, n = 0;  ///< along the line: position of the first sample, samples of x
  int point = 0;               ///< offset of its first point in the array
  int inner, outer;            ///< its number, in two
  int stored = 0, outputs = 0;
  bool reads = true;      ///< whether any of its samples is there
  bool writes = true;     ///< whether it has outputs
  bool constant = false;  ///< all samples are cval
  bool folded = false;    ///< samples are sums of some of x (boundary=odd)

  FALTUNG_DEVICE Line(const PassArguments& a, std::int64_t line) {
    item = line / a.item_lines;
    const int rest = static_cast<int>(line - item * a.item_lines);
    inner = rest % a.inner;
    outer = rest / a.inner;
    point = inner;
    batch = (a.first_item + item) / a.tiles;
    std::int64_t tile = (a.first_item + item) % a.tiles;
    const BatchPlace at(a.layout, batch);
    x = at.x;
    y = at.y;
    kernel = at.kernel;
    const int own = a.split ? a.layout.spatial_axes - 1 : a.axis;
    if (a.split && a.axis == 1) point += outer * a.axes[0].stride;
    int beside = outer;
    std::int64_t all = 1;
    for (int s = a.layout.spatial_axes - 1; s >= 0; --s) {
      const SpatialAxis& axis = a.layout.spatial[s];
      const TileSide side(axis, a.tile[s], tile % a.tile[s].tiles);
      tile /= a.tile[s].tiles;
      if (s == own) {
        lo = side.lo;
        n = axis.n;
        stored = side.stored;
        outputs = side.outputs;
        y += side.first * axis.y_stride;
        output += side.first * all;
      } else if (s < own) {
        const int extent = a.axes[s].extent;
        step_aside(a, s, side, beside % extent, all);
        beside /= extent;
      }
      all *= axis.count;
    }
    if (constant) n = 0;
  }

  /// The positions of its sample j.
  FALTUNG_DEVICE static void positions(const PassArguments& a, std::int64_t line, int j,
                                       std::int64_t* position) {
    const std::int64_t item = line / a.item_lines;
    std::int64_t tile = (a.first_item + item) % a.tiles;
    const int own = a.split ? a.layout.spatial_axes - 1 : a.axis;
    int beside = static_cast<int>(line - item * a.item_lines) / a.inner;
    for (int s = a.layout.spatial_axes - 1; s >= 0; --s) {
      const TileSide side(a.layout.spatial[s], a.tile[s], tile % a.tile[s].tiles);
      tile /= a.tile[s].tiles;
      position[s] = side.lo + j;
      if (s == own) continue;
      const int extent = a.axes[s].extent;
      position[s] = side.lo + beside % extent;
      beside /= extent;
    }
  }

  /// Whether output `out` along the line is its sample j; and which.
  FALTUNG_DEVICE int output_of(const PassArguments& a, int j) const {
    const int own = a.split ? a.layout.spatial_axes - 1 : a.axis;
    const int step = static_cast<int>(a.layout.spatial[own].step);
    int out = j - static_cast<int>(a.tile[own].lead);
    if (step != 1) {
      if (out < 0 || out % step != 0) return -1;
      out /= step;
    }
    return out < outputs ? out : -1;
  }

 private:
  /// Takes the number `at` along another axis.
  FALTUNG_DEVICE void step_aside(const PassArguments& a, int s, const TileSide& side, int at,
                                 std::int64_t outputs_within) {
    const SpatialAxis& axis = a.layout.spatial[s];
    const Numbers numbers = a.axes[s].numbers;
    const int at_point =
        numbers == Numbers::outputs ? static_cast<int>(a.tile[s].lead + at * axis.step) : at;
    point += at_point * a.axes[s].stride;
    if (numbers == Numbers::outputs || a.writes_y) {
      writes = writes && at < side.outputs;
      y += (side.first + at) * axis.y_stride;
      output += (side.first + at) * outputs_within;
    }
    if (numbers != Numbers::samples) return;
    const std::int64_t position = side.lo + at;
    const bool outside = position < 0 || position >= axis.n;
    reads = reads && at < side.stored && !(outside && a.layout.absent_outside);
    if (!outside) x += position * axis.x_stride;
    else if (a.layout.outside == Outside::constant) constant = true;
    else if (a.layout.outside == Outside::odd) folded = true;
    else x += source_of(a.layout.outside, axis.n, position).index * axis.x_stride;
  }
};

}  // namespace faltung::cuda
