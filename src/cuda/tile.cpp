// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Which tiles there are, and what they cost.
#include "cuda/tile.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// Of arrays between passes: they then meet the cache of the next GPUs' 40 to 50 MB in part, and
/// fill their multiprocessors by far.
constexpr std::int64_t kWorkBytes = std::int64_t{64} << 20;
/// Points of an array; counted in 31 bits.
constexpr int kMostLog2Volume = 26;
/// From the last thread of a launch to the first of the next.
constexpr double kLaunchSeconds = 3e-6;

std::size_t at(int axis) { return static_cast<std::size_t>(axis); }

int real_bytes(const Geometry& g) { return g.single() ? 4 : 8; }

/// Whether an outer axis has no more than one tap: a tile then may be one output wide along it.
bool is_trivial(const Geometry& g, int axis) {
  return axis + 1 < static_cast<int>(g.spatial.size()) && g.spatial[at(axis)].span == 1;
}

int least_log2(const Geometry& g, int axis) {
  if (is_trivial(g, axis)) return 0;
  return axis + 1 == static_cast<int>(g.spatial.size()) ? kLeastLog2Row : kLeastLog2Column;
}

/// log2 of the points of a long axis that its first pass leaves: half of it, and at least as many
/// as columns are taken at once; 0 where that cannot be.
int log2_second_pass(int log2_points, const LongestLines& longest) {
  constexpr int kLeast = 7;
  static_assert(columns_of(kLeastLog2Column, 4) <= 1 << kLeast);
  const int second = std::min(std::max((log2_points + 1) / 2, kLeast), longest.row);
  const int first = log2_points - second;
  return first >= kLeastLog2Column && first <= longest.column && second >= kLeast ? second : 0;
}

/// Sets the split of a tile of one axis; false where its lines would be too long.
bool fits(Tile& tile, const LongestLines& longest) {
  if (tile.log2_volume() > kMostLog2Volume) return false;
  for (int i = 0; i + 1 < tile.axes; ++i)
    if (tile.size[at(i)].log2_points > longest.column) return false;
  if (tile.last().log2_points <= longest.row) return true;
  if (tile.axes > 1) return false;
  tile.log2_split = log2_second_pass(tile.last().log2_points, longest);
  return tile.log2_split != 0;
}

/// Points of a tile that a pass reads and writes, and what it computes of them.
struct PassCount {
  double points = 0, reals_read = 0, reals_written = 0, log2_points = 0;
  bool both_ways = false;
};

std::vector<PassCount> counts_of(const Geometry& g, const Tile& tile) {
  const double volume = std::ldexp(1.0, tile.log2_volume()), parts = g.complex() ? 2 : 1;
  double stored = parts, outputs = parts;
  for (int i = 0; i < tile.axes; ++i) {
    stored *= static_cast<double>(tile.size[at(i)].stored);
    outputs *= static_cast<double>(tile.size[at(i)].outputs);
  }
  const int last = tile.last().log2_points;
  if (tile.one_pass()) return {{volume, stored, outputs, static_cast<double>(last), true}};
  if (tile.log2_split != 0) {
    const double columns = last - tile.log2_split, rows = tile.log2_split + 2;
    return {{volume, stored, 2 * volume, columns, false},
            {volume, 4 * volume, 2 * volume, rows, true},
            {volume, 2 * volume, outputs, columns, false}};
  }
  // Lines along an axis are as many as there are samples, then outputs, of the axes outside.
  std::vector<PassCount> passes;
  double before = volume / std::ldexp(1.0, last), after = before;
  for (int i = 0; i + 1 < tile.axes; ++i) {
    const double side = std::ldexp(1.0, tile.size[at(i)].log2_points);
    before *= static_cast<double>(std::min(tile.size[at(i)].stored, std::int64_t(side))) / side;
    after *= static_cast<double>(tile.size[at(i)].outputs) / side;
  }
  const double row = std::ldexp(1.0, last);
  passes.push_back({before * row, stored, 2 * before * row, static_cast<double>(last), false});
  for (int i = tile.axes - 2; i >= 0; --i) {
    const TileSize& size = tile.size[at(i)];
    if (size.log2_points == 0) continue;
    const double side = std::ldexp(1.0, size.log2_points);
    const double in = 2 * before * row, out = 2 * after * row;
    before *= side / static_cast<double>(size.stored);
    after *= side / static_cast<double>(size.outputs);
    const bool outermost = std::all_of(tile.size.begin(), tile.size.begin() + i,
                                       [](const TileSize& s) { return s.log2_points == 0; });
    const auto levels = static_cast<double>(size.log2_points);
    if (outermost) {
      // The spectrum is read, too.
      passes.push_back({before * row, in + 2 * volume, out, levels, true});
    } else {
      passes.push_back({before * row, in, 2 * before * row, levels, false});
      passes.push_back({after * row, 2 * after * row, out, levels, false});
    }
  }
  passes.push_back({outputs / parts / static_cast<double>(tile.last().outputs) * row,
                    2 * outputs / parts / static_cast<double>(tile.last().outputs) * row, outputs,
                    static_cast<double>(last), false});
  return passes;
}

/// Builds with tests may have shorter lines than the device, so that long axes are tested in little
/// time on the emulated one.
int forced_longest() {
#if FALTUNG_EMULATED_DEVICE
  if (const char* const text = std::getenv("FALTUNG_FORCE_LOG2_LINE")) return std::atoi(text);
#endif
  return kMostLog2Volume;
}

}  // namespace

int Tile::log2_volume() const {
  int sum = 0;
  for (int i = 0; i < axes; ++i) sum += size[at(i)].log2_points;
  return sum;
}

std::int64_t Tile::samples(const Geometry& g) const {
  return (std::int64_t{1} << log2_volume()) * (g.complex() ? 1 : 2);
}

std::int64_t Tile::outputs() const {
  std::int64_t all = 1;
  for (int i = 0; i < axes; ++i) all *= size[at(i)].outputs;
  return all;
}

std::int64_t Tile::count() const {
  checked::Int all = 1;
  for (int i = 0; i < axes; ++i) all = all * size[at(i)].tiles;
  return checked::at_most(all);
}

TileSize size_along(const Geometry& g, int axis, int log2_points) {
  const bool last = axis + 1 == static_cast<int>(g.spatial.size());
  TileSize size =
      size_of(g, axis, (std::int64_t{1} << log2_points) * (last && !g.complex() ? 2 : 1));
  size.log2_points = log2_points;
  return size;
}

TileSize size_of(const Geometry& g, int axis, std::int64_t samples) {
  const Axis& a = g.spatial[at(axis)];
  TileSize size;
  // With nothing beyond the ends, one tile may begin with the first sample: what wraps around is
  // the end of the convolution, and has to fall before the first output that is wanted.
  const std::int64_t newest = a.reads_last();
  if (g.absent_outside && a.first >= 0) {
    const std::int64_t origin = std::max<std::int64_t>(0, a.first - (a.span - 1));
    const std::int64_t lead = a.first - origin, present = std::min(a.n - 1, newest) - origin + 1;
    if (samples >= std::max(newest - origin + 1, present + a.span - 1 - lead)) {
      size.outputs = a.count;
      size.tiles = 1;
      size.lead = lead;
      size.stored = newest - origin + 1;
      return size;
    }
  }
  if (samples < a.span) return size;
  size.outputs = std::min(a.count, (samples - a.span) / a.step + 1);
  size.tiles = checked::ceil_div(a.count, size.outputs);
  size.lead = a.span - 1;
  size.stored = (size.outputs - 1) * a.step + a.span;
  return size;
}

LongestLines longest_lines(const DeviceInfo& device, const Geometry& g) {
  const int bytes = real_bytes(g);
  const int forced = std::max(forced_longest(), kLeastLog2Row);
  const std::int64_t shared = device.shared_bytes;
  LongestLines longest = {std::min(forced, kMostLog2Row),
                          std::min(forced, most_log2_column(bytes))};
  while (longest.row > kLeastLog2Row && row_shared_bytes(longest.row, bytes) > shared)
    --longest.row;
  while (longest.column > kLeastLog2Column && column_shared_bytes(longest.column, bytes) > shared)
    --longest.column;
  return longest;
}

std::int64_t tile_bytes(const Geometry& g, const Tile& tile) {
  std::int64_t groups = 1, verdicts = 1;
  for (int i = 0; i + 1 < tile.axes; ++i) {
    groups *= tile.size[at(i)].stored;
    verdicts *= tile.size[at(i)].outputs;
  }
  if (tile.log2_split != 0)
    groups = verdicts = (std::int64_t{1} << tile.log2_split) /
                        columns_of(tile.last().log2_points - tile.log2_split, real_bytes(g));
  const std::int64_t looks = verdicts * static_cast<std::int64_t>(sizeof(int));
  if (tile.one_pass()) return looks;
  return looks + (std::int64_t{2} << tile.log2_volume()) * real_bytes(g) +
         groups * static_cast<std::int64_t>(sizeof(GroupFacts)) +
         static_cast<std::int64_t>(sizeof(TileFacts));
}

std::int64_t tiles_at_once(const Geometry& g, const Tile& tile) {
  const std::int64_t all = tile.count() * g.batches();
  return std::clamp<std::int64_t>(kWorkBytes / tile_bytes(g, tile), 1, all);
}

TileCost cost_of(const DeviceInfo& device, const Geometry& g, const Tile& tile) {
  const double tiles = static_cast<double>(tile.count()) * static_cast<double>(g.batches());
  const double rate = device.multiply_adds_per_second / (g.single() ? 1 : device.double_slowdown);
  const double launches = std::ceil(tiles / static_cast<double>(tiles_at_once(g, tile)));
  TileCost cost;
  // A level is three multiply-adds a point each way; half of the memory's speed is what passes
  // with so much to compute.
  const std::vector<PassCount> passes = counts_of(g, tile);
  for (const PassCount& pass : passes) {
    const double ways = pass.both_ways ? 2 : 1;
    const double flop = tiles * pass.points * (6 * ways * pass.log2_points + (ways > 1 ? 6 : 0));
    const double bytes = tiles * real_bytes(g) * (pass.reals_read + pass.reals_written);
    cost.flop += flop;
    cost.bytes += bytes;
    cost.seconds += std::max(flop / rate, 2 * bytes / device.memory_bytes_per_second);
  }
  // Facts are gathered after the first of several, and every launch is looked at once more.
  const double each = static_cast<double>(passes.size()) + (passes.size() > 1 ? 2 : 1);
  cost.seconds += launches * each * kLaunchSeconds;
  return cost;
}

std::optional<Tile> whole_tile(const DeviceInfo& device, const Geometry& g) {
  Tile tile;
  tile.axes = static_cast<int>(g.spatial.size());
  for (int i = 0; i < tile.axes; ++i) {
    int log2_points = least_log2(g, i);
    if (log2_points == 0 && g.spatial[at(i)].count > 1) log2_points = kLeastLog2Column;
    do tile.size[at(i)] = size_along(g, i, log2_points);
    while (tile.size[at(i)].tiles != 1 && log2_points++ < kMostLog2Volume);
    if (tile.size[at(i)].tiles != 1) return {};
  }
  const LongestLines longest = longest_lines(device, g);
  // Lengths just beyond a line are none of two passes.
  while (!fits(tile, longest)) {
    if (tile.axes > 1 || tile.log2_volume() >= kMostLog2Volume) return {};
    tile.size[0] = size_along(g, 0, tile.last().log2_points + 1);
  }
  return tile;
}

std::optional<Tile> cheapest_tile(const DeviceInfo& device, const Geometry& g,
                                  const std::array<std::int64_t, kMaxAxes>& asked) {
  const LongestLines longest = longest_lines(device, g);
  Tile tile;
  tile.axes = static_cast<int>(g.spatial.size());
  const bool free = std::all_of(asked.begin(), asked.end(), [](std::int64_t a) { return a == 0; });
  for (int i = 0; i < tile.axes; ++i) {
    TileSize& size = tile.size[at(i)];
    const bool doubled = i + 1 == tile.axes && !g.complex();
    for (int l = least_log2(g, i); l <= kMostLog2Volume; l = std::max(l + 1, kLeastLog2Column)) {
      size = size_along(g, i, l);
      const bool enough = (std::int64_t{1} << l) * (doubled ? 2 : 1) >= asked[at(i)];
      if (size.outputs != 0 && enough && (tile.axes > 1 || fits(tile, longest))) break;
    }
    if (size.outputs == 0) return {};
  }
  if (!fits(tile, longest)) return {};
  if (!free) return tile;
  // From the smallest on, along whichever axis it pays most, while it pays.
  double least = cost_of(device, g, tile).seconds;
  for (;;) {
    std::optional<Tile> better;
    for (int i = 0; i < tile.axes; ++i)
      for (int more = 1; more < kMostLog2Volume; ++more) {
        Tile other = tile;
        const TileSize& now = tile.size[at(i)];
        if (now.log2_points == 0 || now.tiles == 1) break;
        other.size[at(i)] = size_along(g, i, now.log2_points + more);
        other.log2_split = 0;
        if (!fits(other, longest)) continue;
        const double seconds = cost_of(device, g, other).seconds;
        if (seconds >= least) continue;
        least = seconds;
        better = other;
      }
    if (!better) return tile;
    tile = *better;
  }
}

}  // namespace faltung::cuda
