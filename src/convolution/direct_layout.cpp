// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/direct_layout.hpp"

#include <algorithm>

#include "support/checked.hpp"

namespace faltung {
namespace {

using checked::ceil_div;
using checked::floor_div;
using checked::round_up;

/// Outputs of a row computed at once: input and output stay in the first-level cache.
constexpr std::int64_t kBlock = 4096;
/// The same of a single row and so few taps that one pass over it is short: twice as many, that
/// what a tile takes beside its sums is less of it, and no tile of some last outputs.
constexpr std::int64_t kLongBlock = 2 * kBlock, kFewTaps = 64;
/// Outputs that AVX-512 computes at once (microkernels/long_row-inl.hpp): none are left in a tile.
constexpr std::int64_t kTogether = 160;
/// The same of a stream, which waits for a tile.
constexpr std::int64_t kStreamBlock = 2048;
/// Rows of a tile are added until it is this large: it stays in the second-level cache.
/// Over three axes and more, where the halo is much of it, it takes more of that.
constexpr std::int64_t kTileBytes = 256 * 1024, kDeepTileBytes = 512 * 1024;
/// Taps that lie wide apart each have a block of their own in a row; blocks become smaller, down to
/// kSmallestBlock, before a tile of one output row grows beyond this.
constexpr std::int64_t kLargestTileBytes = 32 * 1024 * 1024;
constexpr std::int64_t kSmallestBlock = 64;
/// Segments begin at a cache line of floats.
constexpr std::int64_t kLine = 16;

/// Rows that microkernels sum together.
constexpr std::int64_t kRowsOfBlocks = 4;

/// Shorter broadcasting axes, such as the channels of a picture, stay outside.
constexpr std::int64_t kLongAxis = 16;

bool moves_last_batch_axis(const Geometry& g) {
  if (g.batch.empty() || g.x_components || g.h_components) return false;
  const Axis& a = g.batch.back();
  return a.index > g.spatial.back().index && a.taps == 1 && a.n >= kLongAxis;
}

Dims without_last(const Dims& dims) {
  Dims shorter;
  for (int i = 0; i + 1 < dims.rank(); ++i) shorter.push_back(dims[i]);
  return shorter;
}

}  // namespace

Geometry rows_along_memory(const Geometry& geometry) {
  Geometry g = geometry;
  if (!moves_last_batch_axis(g)) return g;
  g.spatial.push_back(g.batch.back());
  g.batch.pop_back();
  return g;
}

Strides rows_along_memory(const Geometry& geometry, const Strides& strides) {
  Strides moved = strides;
  if (!moves_last_batch_axis(geometry)) return moved;
  moved.spatial.push_back(moved.batch.back());
  moved.batch = without_last(moved.batch);
  return moved;
}

DirectLayout::DirectLayout(const Geometry& geometry, std::int64_t element_bytes)
    : geometry_(geometry) {
  const auto& axes = geometry.spatial;
  const int last = static_cast<int>(axes.size()) - 1;
  block_ = Dims(last + 1, 1);
  for (int i = 0; i < last; ++i) {
    const Axis& a = axes[static_cast<std::size_t>(i)];
    // Widely dilated or decimated rows are listed one by one, for one output at a time.
    dense_.push_back(a.step == 1 && a.span <= 2 * a.taps);
  }
  choose_row_block(axes.back(), kLargestTileBytes / element_bytes / rows_of(Dims(last + 1, 1)));
  const std::int64_t most = (last > 1 ? kDeepTileBytes : kTileBytes) / element_bytes;
  grow_block(std::max<std::int64_t>(1, most / row_length_));
  rows_ = std::min(rows_of(block_), checked::kBeyondMemory / row_length_);
  for (int i = 0; i <= last; ++i)
    tiles_ *= ceil_div(axes[static_cast<std::size_t>(i)].count, block_[i]);
}

/// Rows of the tile for a block of outputs.
std::int64_t DirectLayout::rows_of(const Dims& block) const {
  checked::Int rows = 1;
  for (int i = 0; i + 1 < block.rank(); ++i) rows = rows * axis_rows(i, block[i]);
  return checked::at_most(rows);
}

/// As many rows as fit: the outer axis grows whose outputs read most beside their own places.
void DirectLayout::grow_block(std::int64_t most_rows) {
  if (block_.rank() == 2 && dense_[0]) {
    const std::int64_t fit = most_rows - (geometry_.spatial[0].span - 1);
    block_[0] = std::clamp<std::int64_t>(
        fit < kRowsOfBlocks ? fit : fit / kRowsOfBlocks * kRowsOfBlocks, 1, most_outputs(0));
  }
  while (block_.rank() > 2) {
    int best = -1;
    double worst = 0;
    std::int64_t larger = 0;
    for (int i = 0; i + 1 < block_.rank(); ++i) {
      const std::int64_t b = std::min(most_outputs(i), block_[i] + 1 + block_[i] / 8);
      if (b == block_[i] || !dense_[static_cast<std::size_t>(i)]) continue;
      double rows = 1;
      for (int k = 0; k + 1 < block_.rank(); ++k)
        rows *= static_cast<double>(axis_rows(k, k == i ? b : block_[k]));
      const double halo =
          static_cast<double>(axis_rows(i, block_[i])) / static_cast<double>(block_[i]);
      if (rows > static_cast<double>(most_rows) || halo <= worst) continue;
      best = i;
      worst = halo;
      larger = b;
    }
    if (best < 0) return;
    block_[best] = larger;
  }
}

/// Of a tile along an axis; a stream's tiles do not depend on how many there are.
std::int64_t DirectLayout::most_outputs(int axis) const {
  return geometry_.stream && axis == 0 ? kStreamBlock
                                       : geometry_.spatial[static_cast<std::size_t>(axis)].count;
}

std::int64_t DirectLayout::outer_tiles() const {
  return ceil_div(geometry_.spatial[0].count, block_[0]);
}

std::int64_t DirectLayout::axis_rows(int axis, std::int64_t b) const {
  const Axis& a = geometry_.spatial[static_cast<std::size_t>(axis)];
  return dense_[static_cast<std::size_t>(axis)] ? b + a.span - 1 : a.taps;
}

std::int64_t DirectLayout::row_position(int axis, std::int64_t from, std::int64_t j) const {
  const Axis& a = geometry_.spatial[static_cast<std::size_t>(axis)];
  const std::int64_t newest = a.first + from * a.step;
  return dense_[static_cast<std::size_t>(axis)] ? newest - (a.span - 1) + j
                                                : newest - j * a.dilation;
}

/// Smaller blocks, while that makes rows shorter by a quarter or more and they are too large.
void DirectLayout::choose_row_block(const Axis& a, std::int64_t most_columns) {
  std::int64_t block = std::min(most_outputs(block_.rank() - 1), kBlock);
  if (block_.rank() == 1 && !geometry_.stream && a.taps <= kFewTaps) {
    const std::int64_t tiles = std::max<std::int64_t>(1, (a.count + kBlock) / kLongBlock);
    block = std::min(a.count, round_up(ceil_div(a.count, tiles), kTogether));
  }
  cut_segments(a, block);
  while (block / 2 >= kSmallestBlock && row_length_ > most_columns) {
    const std::int64_t before = row_length_;
    block /= 2;
    cut_segments(a, block);
    if (row_length_ > before / 4 * 3) break;
  }
  block_[block_.rank() - 1] = block;
}

/// Tap k of output i reads position newest - k dilation + i step. With -k dilation = q step + r,
/// 0 <= r < step, taps of one r share a segment, unless they lie farther apart than a block.
void DirectLayout::cut_segments(const Axis& a, std::int64_t block) {
  segments_.clear();
  inner_offsets_.clear();
  row_length_ = 0;
  if (a.step == 1 && a.dilation <= block) {  // the common case: one segment, the oldest tap first
    segments_.push_back({-(a.span - 1), block + a.span - 1, 0});
    row_length_ = round_up(block + a.span - 1, kLine);
    return;
  }
  struct Place {
    std::int64_t residue, quotient, tap;
  };
  std::vector<Place> places;
  for (std::int64_t k = 0; k < a.taps; ++k) {
    const std::int64_t q = floor_div(-k * a.dilation, a.step);
    places.push_back({-k * a.dilation - q * a.step, q, k});
  }
  std::sort(places.begin(), places.end(), [](const Place& l, const Place& r) {
    return l.residue != r.residue ? l.residue < r.residue : l.quotient < r.quotient;
  });
  inner_offsets_.resize(static_cast<std::size_t>(a.taps));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& p = places[i];
    const bool joins =
        i > 0 && places[i - 1].residue == p.residue && p.quotient - places[i - 1].quotient <= block;
    if (!joins) {
      row_length_ = round_up(row_length_, kLine);
      segments_.push_back({p.residue + p.quotient * a.step, 0, row_length_});
    }
    Segment& s = segments_.back();
    const std::int64_t within = (p.residue + p.quotient * a.step - s.lo) / a.step;
    s.count = within + block;
    inner_offsets_[static_cast<std::size_t>(p.tap)] = s.at + within;
    row_length_ = s.at + s.count;
  }
  row_length_ = round_up(row_length_, kLine);
}

std::vector<std::int64_t> DirectLayout::column_offsets() const {
  if (!inner_offsets_.empty()) return inner_offsets_;
  const Axis& a = geometry_.spatial.back();
  std::vector<std::int64_t> offsets;
  offsets.reserve(static_cast<std::size_t>(a.taps));
  for (std::int64_t k = 0; k < a.taps; ++k) offsets.push_back((a.taps - 1 - k) * a.dilation);
  return offsets;
}

std::vector<std::int64_t> DirectLayout::tap_offsets() const {
  const int last = static_cast<int>(geometry_.spatial.size()) - 1;
  const std::int64_t taps = geometry_.taps();
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(taps));
  for (std::int64_t t = 0; t < taps; ++t) {
    const std::int64_t inner_taps = geometry_.spatial.back().taps;
    std::int64_t rest = t / inner_taps, stride = row_length_;
    const std::int64_t k = t % inner_taps;
    std::int64_t offset = inner_offsets_.empty()
                              ? (inner_taps - 1 - k) * geometry_.spatial.back().dilation
                              : inner_offsets_[static_cast<std::size_t>(k)];
    for (int i = last - 1; i >= 0; --i) {
      const Axis& a = geometry_.spatial[static_cast<std::size_t>(i)];
      const std::int64_t k = rest % a.taps;
      rest /= a.taps;
      offset += stride * (dense_[static_cast<std::size_t>(i)] ? a.span - 1 - k * a.dilation : k);
      stride *= axis_rows(i, block_[i]);
    }
    offsets[static_cast<std::size_t>(t)] = offset;
  }
  return offsets;
}

void DirectLayout::box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const {
  for (int i = static_cast<int>(geometry_.spatial.size()) - 1; i >= 0; --i) {
    const std::int64_t count = geometry_.spatial[static_cast<std::size_t>(i)].count;
    const std::int64_t blocks = ceil_div(count, block_[i]);
    from[i] = tile % blocks * block_[i];
    to[i] = std::min(count, from[i] + block_[i]);
    tile /= blocks;
  }
}

}  // namespace faltung
