// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The passes of a tile in their order, and their launches (device_kernels/passes.hpp says what they
// are).
#include "cuda/tile_passes.hpp"

#include <algorithm>
#include <cmath>

#include "cuda/unit_tree.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Makes the passes of one plan.
class PassMaker {
 public:
  PassMaker(const PassSource& source, const Tile& tile, const PassTables& tables, bool spectrum)
      : source_(source), tile_(tile), tables_(tables), spectrum_(spectrum) {}

  std::vector<Pass> make() {
    if (tile_.log2_split != 0) make_split();
    else make_axes();
    Pass& last = passes_.back();
    if (spectrum_) last.arguments.leaf_factor = std::ldexp(1.0, -tile_.log2_volume());
    return std::move(passes_);
  }

 private:
  int last_axis() const { return tile_.axes - 1; }
  int points(int axis) const { return 1 << tile_.size[at(axis)].log2_points; }
  /// Samples that a tile reads along an axis.
  int stored(int axis) const {
    const TileAxis& t = source_.axes[at(axis)];
    return static_cast<int>((t.outputs - 1) * source_.step[at(axis)] + t.lead + 1);
  }

  /// A pass along an axis of the array, from the last one added on.
  Pass& add(bool rows, int axis, int log2_points) {
    Pass pass = {};
    const int bytes = source_.single ? 4 : 8;
    const int least = rows ? kLeastLog2Row : kLeastLog2Column;
    const DeviceKernel first =
        rows             ? source_.single ? DeviceKernel::rows_f32_6 : DeviceKernel::rows_f64_6
        : source_.single ? DeviceKernel::columns_f32_4
                         : DeviceKernel::columns_f64_4;
    constexpr int kTypes = 2;  // of each length in kernels.def
    pass.kernel =
        static_cast<DeviceKernel>(static_cast<int>(first) + kTypes * (log2_points - least));
    pass.lines = rows ? rows_of(log2_points) : columns_of(log2_points, bytes);
    pass.threads = pass.lines * lanes_of(log2_points);
    pass.shared_bytes =
        rows ? row_shared_bytes(log2_points, bytes) : column_shared_bytes(log2_points, bytes);
    PassArguments& a = pass.arguments;
    a.volume = std::int64_t{1} << tile_.log2_volume();
    a.leaf_factor = 1;
    a.axis = axis;
    a.inner = a.verdict_lines = a.sample_step = a.row_parts = 1;
    a.units = tables_.plain_units.at();
    for (int i = 0; i < tile_.axes; ++i) {
      a.tile[i] = source_.axes[at(i)];
      a.cut = a.cut || a.tile[i].lead < a.tile[i].span - 1;
    }
    passes_.push_back(pass);
    return passes_.back();
  }

  /// The axes of an array, of which those before `axis` have numbers of one kind.
  void set_axes(PassArguments& a, int axis, Numbers before) const {
    int stride = 1;
    a.item_lines = 1;
    for (int i = last_axis(); i >= 0; --i) {
      const Numbers numbers = i < axis ? before : Numbers::spectrum;
      const int extent = numbers == Numbers::samples ? stored(i)
                         : numbers == Numbers::outputs
                             ? static_cast<int>(source_.axes[at(i)].outputs)
                             : points(i);
      a.axes[i] = {extent, stride, numbers};
      if (i == axis) a.inner = stride;
      else a.item_lines *= extent;
      stride *= points(i);
    }
  }

  void reads_samples(PassArguments& a) const {
    a.reads_x = a.forward = true;
    a.half = source_.complex ? 0 : points(last_axis());
    a.units = tables_.units.at();
  }
  void writes_results(PassArguments& a) const {
    a.writes_y = a.inverse = true;
    a.half = source_.complex ? 0 : points(last_axis());
    a.units = tables_.units.at();
    a.item_verdicts = a.item_lines / a.verdict_lines;
  }

  void make_axes() {
    const int last = last_axis();
    int outermost = 0;
    while (outermost < last && tile_.size[at(outermost)].log2_points == 0) ++outermost;
    PassArguments& rows = add(true, last, tile_.last().log2_points).arguments;
    set_axes(rows, last, Numbers::samples);
    reads_samples(rows);
    rows.item_groups = rows.item_lines;
    if (outermost == last) {
      if (!spectrum_) writes_results(rows);
      return;
    }
    const int groups = rows.item_groups;
    for (int i = last - 1; i >= outermost; --i) {
      if (points(i) == 1) continue;
      PassArguments& a = add(false, i, tile_.size[at(i)].log2_points).arguments;
      set_axes(a, i, Numbers::samples);
      a.forward = true;
      a.item_groups = groups;
      a.group_stride = stored(i);
      a.group_points = passes_.size() == 2 ? 1 : 0;
      a.inverse = i == outermost && !spectrum_;
    }
    if (spectrum_) return;
    for (int i = outermost + 1; i < last; ++i) {
      if (points(i) == 1) continue;
      PassArguments& a = add(false, i, tile_.size[at(i)].log2_points).arguments;
      set_axes(a, i, Numbers::outputs);
      a.inverse = true;
    }
    PassArguments& back = add(true, last, tile_.last().log2_points).arguments;
    set_axes(back, last, Numbers::outputs);
    back.item_groups = groups;
    writes_results(back);
  }

  /// An array of as many lines as the first pass has points, for one long axis.
  PassArguments& add_split(bool rows) {
    const int log2_rows = tile_.last().log2_points - tile_.log2_split;
    Pass& pass = add(rows, rows ? 1 : 0, rows ? tile_.log2_split : log2_rows);
    PassArguments& a = pass.arguments;
    const int row = 1 << tile_.log2_split, columns = 1 << log2_rows;
    a.split = true;
    a.axes[0] = {columns, row, Numbers::spectrum};
    a.axes[1] = {row, 1, Numbers::spectrum};
    a.item_lines = rows ? columns : row;
    a.inner = rows ? 1 : row;
    a.sample_step = row;
    if (!rows) a.verdict_lines = pass.lines;
    a.item_groups = row / columns_of(log2_rows, source_.single ? 4 : 8);
    return a;
  }

  void make_split() {
    passes_.reserve(3);
    PassArguments& columns = add_split(false);
    reads_samples(columns);
    const int group = columns.verdict_lines;
    PassArguments& rows = add_split(true);
    rows.forward = true;
    rows.inverse = !spectrum_;
    rows.group_points = group;
    rows.twiddles = tables_.twiddles.at();
    rows.twiddle_steps = tables_.twiddle_steps.at();
    if (spectrum_) return;
    writes_results(add_split(false));
  }

  const PassSource& source_;
  const Tile& tile_;
  const PassTables& tables_;
  const bool spectrum_;
  std::vector<Pass> passes_;
};

/// size values on the device, rounded to T.
template <class T, class Value>
Result<void> place_table(const Device& device, std::size_t size, Value&& value, Memory& to) {
  std::vector<std::complex<T>> table(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::complex<long double> z = value(i);
    table[i] = {static_cast<T>(z.real()), static_cast<T>(z.imag())};
  }
  auto memory = on_device(device, table.data(), static_cast<std::int64_t>(size));
  if (!memory) return tl::unexpected(memory.error());
  to = std::move(*memory);
  return {};
}

/// The factors between the passes of a long axis.
template <class T>
Result<void> place_factors(const Device& device, const Tile& tile, double root, PassTables& to) {
  const int last = tile.last().log2_points, rows = last - tile.log2_split;
  const std::size_t lines = std::size_t{1} << rows, held = kHeld;
  const auto lanes = static_cast<std::size_t>(lanes_of(tile.log2_split));
  // A thread of a column had the leaves 16 lane .. 16 lane + 15, its i-th one in line i lanes +
  // lane.
  const auto column_lanes = static_cast<std::size_t>(lanes_of(rows));
  const auto factor = [&](std::size_t line, std::size_t j) {
    const std::size_t leaf = line % column_lanes * held + line / column_lanes;
    return pass_factor(last, rows, root, leaf, j);
  };
  const auto of_lane = [&](std::size_t i) { return factor(i / lanes, i % lanes); };
  if (auto done = place_table<T>(device, lines * lanes, of_lane, to.twiddles); !done) return done;
  // Which point is a thread's i-th: Residues::first_index.
  const int first = tile.log2_split % 4 == 0 ? 4 : tile.log2_split % 4;
  const std::size_t radix = std::size_t{1} << first, row = std::size_t{1} << tile.log2_split;
  const auto of_point = [&](std::size_t i) {
    const std::size_t k = i % held;
    return factor(i / held, lanes * (k / radix) + row / radix * (k % radix));
  };
  return place_table<T>(device, lines * held, of_point, to.twiddle_steps);
}

template <class T>
Result<void> place_tables(const Device& device, const Geometry& g, const Tile& tile,
                          PassTables& to) {
  const double root = g.complex() ? 0 : 0.25;
  int longest = tile.log2_split;
  for (int i = 0; i + 1 < tile.axes; ++i) longest = std::max(longest, tile.size[at(i)].log2_points);
  const auto place = [&](const std::vector<std::complex<long double>>& units, Memory& units_there) {
    const auto unit = [&](std::size_t i) { return units[i]; };
    return place_table<T>(device, units.size(), unit, units_there);
  };
  const int first = tile.last().log2_points - tile.log2_split;
  if (auto done = place(unit_tree(first, root), to.units); !done) return done;
  if (longest == 0) return {};
  if (auto done = place(unit_tree(longest, 0), to.plain_units); !done) return done;
  return tile.log2_split == 0 ? Result<void>() : place_factors<T>(device, tile, root, to);
}

}  // namespace

Result<PassTables> make_tables(const Device& device, const Geometry& g, const Tile& tile) {
  PassTables tables;
  auto made = g.single() ? place_tables<float>(device, g, tile, tables)
                         : place_tables<double>(device, g, tile, tables);
  if (!made) return tl::unexpected(made.error());
  return tables;
}

PassSource source_of(const Geometry& g, const Tile& tile) {
  PassSource source;
  source.single = g.single();
  source.complex = g.complex();
  source.spatial_axes = tile.axes;
  for (int i = 0; i < tile.axes; ++i) {
    const TileSize& size = tile.size[at(i)];
    source.axes[at(i)] = {size.outputs, size.tiles, size.lead, g.spatial[at(i)].span};
    source.step[at(i)] = g.spatial[at(i)].step;
  }
  return source;
}

PassArguments joined(const PassArguments& own, const PassArguments& common) noexcept {
  PassArguments a = own;
  a.layout = common.layout;
  a.taps[0] = common.taps[0];
  a.taps[1] = common.taps[1];
  a.facts = common.facts;
  a.work = common.work;
  a.groups = common.groups;
  a.tile_facts = common.tile_facts;
  a.verdicts = common.verdicts;
  a.kernel_taps = common.kernel_taps;
  a.tiles = common.tiles;
  a.first_item = common.first_item;
  // The product comes where a pass goes both ways.
  if (own.forward && own.inverse) a.spectra = common.spectra;
  return a;
}

Passes passes_of(const PassSource& source, const Tile& tile, const PassTables& tables,
                 bool spectrum) {
  Passes passes;
  passes.list = PassMaker(source, tile, tables, spectrum).make();
  passes.gather = source.single ? DeviceKernel::gather_f32 : DeviceKernel::gather_f64;
  passes.single = source.single;
  passes.complex = source.complex;
  return passes;
}

WorkParts work_parts(const Passes& passes, std::int64_t tiles, int real_bytes) {
  constexpr std::int64_t kAlign = 256;
  const PassArguments &first = passes.list.front().arguments, &last = passes.list.back().arguments;
  const std::int64_t several = passes.list.size() > 1 ? tiles : 0;
  const auto after = [](std::int64_t begin, std::int64_t count, std::size_t bytes) {
    return checked::round_up(begin + count * static_cast<std::int64_t>(bytes), kAlign);
  };
  WorkParts parts;
  parts.groups = after(0, several * first.volume * 2, static_cast<std::size_t>(real_bytes));
  parts.tile_facts = after(parts.groups, several * first.item_groups, sizeof(GroupFacts));
  parts.verdicts = after(parts.tile_facts, several, sizeof(TileFacts));
  parts.bytes = after(parts.verdicts, tiles * last.item_verdicts, sizeof(int));
  return parts;
}

Status launch_passes(const Device& device, const Passes& passes, const PassArguments& common,
                     std::int64_t tiles, void* stream) noexcept {
  PassArguments a = {};
  for (const Pass& pass : passes.list) {
    a = joined(pass.arguments, common);
    a.lines = tiles * a.item_lines;
    const Grid grid = {checked::ceil_div(a.lines, std::int64_t{pass.lines}), pass.threads,
                       pass.shared_bytes};
    Status s = device.launch(pass.kernel, grid, &a, stream);
    if (s == Status::ok && &pass == &passes.list.front() && passes.list.size() > 1)
      s = device.launch(passes.gather, {tiles, kGatherThreads, sizeof(LineFacts)}, &a, stream);
    if (s != Status::ok) return s;
  }
  if (!a.writes_y) return Status::ok;
  return launch_repair(device, passes.single, passes.complex, a, stream);
}

Status launch_repair(const Device& device, bool single, bool complex, const PassArguments& last,
                     void* stream) noexcept {
  const DeviceKernel kernel = complex
                                  ? single ? DeviceKernel::repair_c64 : DeviceKernel::repair_c128
                              : single ? DeviceKernel::repair_f32
                                       : DeviceKernel::repair_f64;
  // A small grid walks over the verdicts: mostly there is nothing to do.
  constexpr std::int64_t kBesideEachOther = 4;
  const std::int64_t verdicts = last.lines / last.verdict_lines * last.row_parts;
  const std::int64_t blocks = checked::ceil_div(verdicts, std::int64_t{kRepairThreads});
  return device.launch(kernel,
                       {std::min(blocks, kBesideEachOther * device.info().multiprocessors),
                        kRepairThreads, sizeof(int)},
                       &last, stream);
}

}  // namespace faltung::cuda
