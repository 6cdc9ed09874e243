// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/separable_layout.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/low_rank.hpp"
#include "microkernels/byte_lines.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

using checked::ceil_div;

/// A tile stays in the second-level cache; over three axes and more, where the halo is most of a
/// small tile, in the third.
constexpr std::int64_t kTileBytes = 256 * 1024, kDeepTileBytes = 2 << 20;
/// Widths of tiles: input and output of the last pass stay in the first-level cache.
constexpr std::int64_t kWidest = 256, kNarrowest = 64;
/// Of samples of one or two bytes, whose rows are otherwise too short for what it takes to begin
/// one.
constexpr std::int64_t kWidestOfBytes = 512, kTileBytesOfBytes = 384 * 1024;
/// Lines of fewer taps, or of taps farther apart, are summed as they lie.
constexpr std::int64_t kFewestTurnedTaps = 5, kWidestTurnedDilation = 4;
/// Outputs of a stream's tile along its own axis.
constexpr std::int64_t kMostStreamed = 128;
/// What loading and looking over a sample costs, and beginning a row of them (another page), in
/// taps of one sample: a choice among tiles that differ little.
constexpr double kLoadTaps = 16, kRowTaps = 4096;

/// Of tiles whose lines roll.
constexpr std::int64_t kWidestRolling = 256, kNarrowestRolling = 64, kRollingGroup = 16;
constexpr std::int64_t kRollingBytes = 48 * 1024, kRollingTileBytes = 512 * 1024;
/// Of bytes, whose rows take longer to begin than they save by what stays near.
constexpr std::int64_t kWidestOfPhases = kLongestByteLine, kPhasesGroup = 64,
                       kPhasesTileBytes = 1024 * 1024;

/// Positions that b outputs read along an outer axis.
std::int64_t dense_rows(const Axis& a, std::int64_t b) { return (b - 1) * a.step + a.span; }
std::int64_t rows_of(const Axis& a, std::int64_t b) {
  return std::min(dense_rows(a, b), b * a.taps);
}

}  // namespace

SeparableLayout::SeparableLayout(const Geometry& geometry, std::int64_t terms,
                                 std::int64_t element_bytes, const AsTheyLie& rows)
    : geometry_(geometry), rows_(rows), rolls_(may_roll(terms, rows.most_taps)) {
  const int last = static_cast<int>(geometry.spatial.size()) - 1;
  choose_block(terms, element_bytes);
  Geometry line = geometry;
  line.spatial = {geometry.spatial.back()};
  line.spatial[0].count = block_[last];
  line.stream = false;
  const DirectLayout row(line, element_bytes);
  segments_ = row.segments();
  inner_offsets_ = row.tap_offsets();
  even_ = row.columns_are_even();
  const Axis& inner = geometry.spatial.back();
  turns_ = even_ && inner.dilation <= kWidestTurnedDilation && inner.taps >= kFewestTurnedTaps;
  halo_ = turns_ ? (std::min(inner.taps, kSeparableChunk) - 1) * inner.dilation : 0;
  // An odd number of cache lines: rows that are summed do not meet in the same lines.
  const std::int64_t line_elements = 64 / element_bytes;
  row_length_ = (ceil_div(row.row_length(), line_elements) | 1) * line_elements;
  std::int64_t pitch = row_length_;
  outer_.resize(static_cast<std::size_t>(last));
  for (int i = last - 1; i >= 0; --i) {
    const Axis& a = geometry.spatial[static_cast<std::size_t>(i)];
    Outer& o = outer_[static_cast<std::size_t>(i)];
    o.block = block_[i];
    o.rows = rows_of(a, o.block);
    o.dense = o.rows == dense_rows(a, o.block);
    o.pitch = pitch;
    o.advance = (o.dense ? a.step : a.taps) * pitch;
    for (std::int64_t k = 0; k < a.taps; ++k)
      o.offsets.push_back((o.dense ? a.span - 1 - k * a.dilation : k) * pitch);
    pitch *= o.rows;
  }
  for (int i = 0; i <= last; ++i)
    tiles_ *= ceil_div(geometry.spatial[static_cast<std::size_t>(i)].count, block_[i]);
}

std::int64_t SeparableLayout::outer_tiles() const {
  return ceil_div(geometry_.spatial[0].count, block_[0]);
}

/// A stream's tiles do not depend on how many there are along its own axis.
bool SeparableLayout::is_streamed(int axis) const { return geometry_.stream && axis == 0; }
std::int64_t SeparableLayout::most_outputs(int axis) const {
  return is_streamed(axis) ? kMostStreamed
                           : geometry_.spatial[static_cast<std::size_t>(axis)].count;
}

/// One product over two axes, whose outputs and taps are neighbours.
bool SeparableLayout::may_roll(std::int64_t terms, std::int64_t most_taps) const {
  const auto dense = [](const Axis& a) { return a.step == 1 && a.dilation == 1; };
  const std::vector<Axis>& axes = geometry_.spatial;
  return geometry_.compute != Compute::integer && terms == 1 && axes.size() == 2 &&
         dense(axes[0]) && dense(axes[1]) && axes[0].taps <= kSeparableChunk &&
         axes[1].taps <= most_taps;
}

/// As wide as lets the lines of a group of outputs stay in the first-level cache, and so high that
/// the lines at its beginning, which the tile above has summed as well, are few.
Dims SeparableLayout::rolling_block(std::int64_t element_bytes) const {
  const Axis &outer = geometry_.spatial[0], &inner = geometry_.spatial[1];
  const std::int64_t near = in_phases() ? 2 * kRollingBytes : kRollingBytes;
  std::int64_t width = in_phases() ? kWidestOfPhases : kWidestRolling;
  while (width > kNarrowestRolling && (outer.taps + kRollingGroup) * width * element_bytes > near)
    width /= 2;
  width = std::min(width, inner.count);
  const std::int64_t rows = (in_phases() ? kPhasesTileBytes : kRollingTileBytes) /
                            (rows_of(inner, width) * element_bytes);
  const std::int64_t high =
      std::clamp(rows - outer.taps, std::min(kNarrowest, most_outputs(0)), most_outputs(0));
  const auto equal = [](std::int64_t n, std::int64_t block, std::int64_t unit) {
    return std::min(n, ceil_div(ceil_div(n, ceil_div(n, block)), unit) * unit);
  };
  return {is_streamed(0) ? high : equal(outer.count, high, kRollingGroup),
          equal(inner.count, width, in_phases() ? kPhasesGroup : 64 / element_bytes)};
}

/// The cheapest of some widths, each with as many rows as fit; then tiles of equal size.
void SeparableLayout::choose_block(std::int64_t terms, std::int64_t element_bytes) {
  const std::int64_t count = geometry_.spatial.back().count;
  const bool deep = geometry_.spatial.size() > 2, bytes = size_bytes(geometry_.x_type) <= 2;
  const std::int64_t elements = (deep    ? kDeepTileBytes
                                 : bytes ? kTileBytesOfBytes
                                         : kTileBytes) /
                                element_bytes;
  if (rolls_) {
    block_ = rolling_block(element_bytes);
    return;
  }
  double least = HUGE_VAL;
  for (std::int64_t width = std::min(count, bytes && !deep ? kWidestOfBytes : kWidest);;
       width = std::max(width / 2, kNarrowest)) {
    const Dims block = grow(width, elements);
    if (const double c = cost(block, terms); c < least) {
      least = c;
      block_ = block;
    }
    if (width <= kNarrowest) break;
  }
  for (int i = 0; i < block_.rank(); ++i) {
    const std::int64_t n = geometry_.spatial[static_cast<std::size_t>(i)].count;
    if (!is_streamed(i)) block_[i] = ceil_div(n, ceil_div(n, block_[i]));
  }
}

/// The block of that width which reads at most so many elements: the outer axis with the largest
/// halo for its outputs grows first.
Dims SeparableLayout::grow(std::int64_t width, std::int64_t elements) const {
  const int last = static_cast<int>(geometry_.spatial.size()) - 1;
  Dims block(last + 1, 1);
  block[last] = width;
  const auto axis = [&](int i) -> const Axis& {
    return geometry_.spatial[static_cast<std::size_t>(i)];
  };
  for (;;) {
    int best = -1;
    double worst = 0;
    std::int64_t larger = 0;
    for (int i = 0; i < last; ++i) {
      const std::int64_t b = std::min(most_outputs(i), block[i] + 1 + block[i] / 4);
      const auto halo = static_cast<double>(rows_of(axis(i), block[i])) / block[i];
      double size = static_cast<double>(rows_of(axis(last), width));
      for (int k = 0; k < last; ++k)
        size *= static_cast<double>(rows_of(axis(k), k == i ? b : block[k]));
      if (b == block[i] || size > static_cast<double>(elements) || halo <= worst) continue;
      best = i;
      worst = halo;
      larger = b;
    }
    if (best < 0) return block;
    block[best] = larger;
  }
}

/// Taps of all passes and the load, for each output.
double SeparableLayout::cost(const Dims& block, std::int64_t terms) const {
  double taps = 0, halo = 1;  // samples read along the axes further in, for each output
  for (int i = block.rank() - 1; i >= 0; --i) {
    const Axis& a = geometry_.spatial[static_cast<std::size_t>(i)];
    taps += static_cast<double>(terms * a.taps) * halo;
    halo *= static_cast<double>(rows_of(a, block[i])) / static_cast<double>(block[i]);
  }
  return taps + (kLoadTaps + kRowTaps / static_cast<double>(block.back())) * halo;
}

void SeparableLayout::box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const {
  for (int i = block_.rank() - 1; i >= 0; --i) {
    const std::int64_t count = geometry_.spatial[static_cast<std::size_t>(i)].count;
    const std::int64_t blocks = ceil_div(count, block_[i]);
    from[i] = tile % blocks * block_[i];
    to[i] = std::min(count, from[i] + block_[i]);
    tile /= blocks;
  }
}

std::int64_t SeparableLayout::row_position(int axis, std::int64_t j) const {
  const Axis& a = geometry_.spatial[static_cast<std::size_t>(axis)];
  if (outer_[static_cast<std::size_t>(axis)].dense) return j - (a.span - 1);
  return j / a.taps * a.step - j % a.taps * a.dilation;
}

std::int64_t SeparableLayout::rows_read(std::int64_t b) const {
  const Axis& a = geometry_.spatial[0];
  return outer_[0].dense ? dense_rows(a, b) : b * a.taps;
}

std::int64_t SeparableLayout::elements(int axis) const {
  return axis == 0 ? outer_[0].rows * outer_[0].pitch
                   : outer_[static_cast<std::size_t>(axis - 1)].pitch;
}

}  // namespace faltung
