// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Boxes for cuFFT: how large they are, what they cost and what the launches beside it need.
#include "cuda/cufft_box.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "convolution/error_bound.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// Of arrays that are transformed at once; and points of one, which are counted in 31 bits.
constexpr std::int64_t kWorkBytes = std::int64_t{64} << 20, kMostPoints = std::int64_t{1} << 28;
/// Work areas of a library begin at a multiple of it.
constexpr std::int64_t kAlign = 256;
/// From the last thread of a launch to the first of the next.
constexpr double kLaunchSeconds = 3e-6;
/// Points of a block of threads in the product.
constexpr int kProductPoints = 2048;
/// Instructions of a sample on its way into a box, and of a result out of it.
constexpr double kSampleInstructions = 40, kResultInstructions = 25;

std::size_t at(int axis) { return static_cast<std::size_t>(axis); }

int axes_of(const Geometry& g) { return static_cast<int>(g.spatial.size()); }

/// The fewest samples of one box that gives all outputs along an axis (size_of).
std::int64_t whole_samples(const Geometry& g, int axis) {
  const Axis& a = g.spatial[at(axis)];
  const std::int64_t overlapping = checked::at_most((checked::Int(a.count) - 1) * a.step + a.span);
  if (!g.absent_outside || a.first < 0) return overlapping;
  const std::int64_t origin = std::max<std::int64_t>(0, a.first - (a.span - 1));
  const std::int64_t newest = a.reads_last();
  const std::int64_t present = std::min(a.n - 1, newest) - origin + 1;
  return std::min(overlapping,
                  std::max(newest - origin + 1, present + a.span - 1 - (a.first - origin)));
}

/// Trips of an array through memory that a transform takes along an axis.
int trips_of(std::int64_t length) {
  constexpr double kLevelsAtOnce = 12;
  return length == 1
             ? 0
             : static_cast<int>(std::ceil(std::log2(static_cast<double>(length)) / kLevelsAtOnce));
}

/// Rows of a box, and verdicts and groups of one box.
struct Rows {
  std::int64_t all = 1, stored = 1, outputs = 1;
};
Rows rows_of(const Geometry& g, const PaddedBox& box) {
  Rows rows;
  for (int i = 0; i + 1 < axes_of(g); ++i) {
    rows.all *= box.length[at(i)];
    rows.stored *= box.size[at(i)].stored;
    rows.outputs *= box.size[at(i)].outputs;
  }
  return rows;
}

/// Builds with tests may have fewer boxes at once.
std::int64_t most_bytes() {
#if FALTUNG_EMULATED_DEVICE
  if (const char* const text = std::getenv("FALTUNG_FORCE_BOX_BYTES")) return std::atoll(text);
#endif
  return kWorkBytes;
}

/// Where a library's work area begins.
void* aligned(void* at) {
  const auto beyond = reinterpret_cast<std::uintptr_t>(at) % kAlign;
  return static_cast<std::byte*>(at) + (beyond == 0 ? 0 : kAlign - beyond);
}

/// A row's numbers that some threads of a block take together.
int part_length_of(std::int64_t row) {
  constexpr int kLeastLanes = 32;
  int lanes = kLeastLanes;
  while (lanes < kBoxThreads && lanes * kBoxHeld < row) lanes *= 2;
  return lanes * kBoxHeld;
}

}  // namespace

std::int64_t PaddedBox::samples() const {
  std::int64_t all = 1;
  for (int i = 0; i < shape.axes; ++i) all *= shape.length[at(i)];
  return all;
}

std::int64_t PaddedBox::count(const Geometry& g) const {
  checked::Int all = 1;
  for (int i = 0; i < axes_of(g); ++i) all = all * size[at(i)].tiles;
  return checked::at_most(all);
}

std::int64_t smooth_length(std::int64_t least, bool even) {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t p7 = 1; p7 < 7 * least; p7 *= 7)
    for (std::int64_t p5 = p7; p5 < 5 * least; p5 *= 5)
      for (std::int64_t p3 = p5; p3 < 3 * least; p3 *= 3) {
        std::int64_t product = even ? 2 * p3 : p3;
        while (product < least) product *= 2;
        best = std::min(best, product);
      }
  return best;
}

Result<PaddedBox> padded_box(const Geometry& g) {
  const auto refuse = [](std::string why) {
    return tl::unexpected(Failure{Status::unsupported, std::move(why)});
  };
  PaddedBox box;
  box.length.fill(1);
  box.shape.single = g.single();
  box.shape.complex = g.complex();
  box.shape.axes = 0;
  double points = 1;
  for (int i = 0; i < axes_of(g); ++i) {
    const bool last = i + 1 == axes_of(g);
    if (last || g.spatial[at(i)].span > 1) {
      if (box.shape.axes == TransformShape::kMostAxes)
        return refuse("cuFFT has blocks of no more than three axes");
      const std::int64_t least = whole_samples(g, i);
      points *= static_cast<double>(least);
      if (points <= static_cast<double>(kMostPoints))
        box.length[at(i)] = smooth_length(least, last && !g.complex());
      box.shape.length[at(box.shape.axes++)] = box.length[at(i)];
    }
    box.size[at(i)] = size_of(g, i, box.length[at(i)]);
  }
  // Each length may have grown by some.
  if (points > static_cast<double>(kMostPoints) || box.shape.points() > kMostPoints)
    return refuse("all that the outputs read is more than its largest block, 2^28 points");
  return box;
}

double box_coefficient(const Geometry& g, const PaddedBox& box) {
  // Forward of samples and of taps, and back; of reals each has one more.
  constexpr double kLevel = 12, kWays = 3, kSpectrum = 2, kProduct = 3, kStore = 1, kUp = 1.01;
  const double levels = std::log2(static_cast<double>(box.samples())) + (g.complex() ? 0 : 1);
  return kUp * (kWays * kLevel * levels + kSpectrum + kProduct + kStore) + 2 * input_roundings(g);
}

TransformFacts facts_of(const Geometry& g, const PaddedBox& box) {
  return {box_coefficient(g, box), box.samples(), box.count(g), cover_of(g, box.size)};
}

std::int64_t box_bytes(const Geometry& g, const PaddedBox& box) {
  const Rows rows = rows_of(g, box);
  const std::int64_t row = box.length[at(axes_of(g) - 1)];
  const std::int64_t parts = checked::ceil_div(row, std::int64_t{part_length_of(row)});
  return box.shape.points() * 2 * (g.single() ? 4 : 8) +
         rows.stored * parts * static_cast<std::int64_t>(sizeof(GroupFacts)) +
         rows.outputs * parts * static_cast<std::int64_t>(sizeof(int)) +
         static_cast<std::int64_t>(sizeof(TileFacts));
}

std::int64_t boxes_at_once(const Geometry& g, const PaddedBox& box, std::int64_t all) {
  const std::int64_t most = std::clamp<std::int64_t>(most_bytes() / box_bytes(g, box), 1, all);
  return checked::ceil_div(all, checked::ceil_div(all, most));
}

TileCost cost_of(const DeviceInfo& device, const Geometry& g, const PaddedBox& box,
                 std::int64_t all) {
  const double boxes = static_cast<double>(all), real = g.single() ? 4 : 8;
  const double points = static_cast<double>(box.shape.points()), parts = g.complex() ? 2 : 1;
  double stored = parts, outputs = parts, levels = 0;
  int trips = 0;
  for (int i = 0; i < axes_of(g); ++i) {
    stored *= static_cast<double>(box.size[at(i)].stored);
    outputs *= static_cast<double>(box.size[at(i)].outputs);
    levels += std::log2(static_cast<double>(box.length[at(i)]));
    trips += trips_of(box.length[at(i)]);
  }
  const double rate = device.multiply_adds_per_second / (g.single() ? 1 : device.double_slowdown);
  TileCost cost;
  // As of tiles, half of the memory's speed passes.
  const auto add = [&](double reals, double flop) {
    cost.bytes += boxes * real * reals;
    cost.flop += boxes * flop;
    cost.seconds +=
        boxes * std::max(flop / rate, 2 * real * reals / device.memory_bytes_per_second);
  };
  add(stored + 2 * points, kSampleInstructions * parts * static_cast<double>(box.samples()));
  for (int way = 0; way < 2; ++way) add(4 * points * trips, 6 * points * levels);
  add(6 * points, 4 * points);
  add(2 * outputs, kResultInstructions * outputs);
  // Padding, facts, the second look at each, product, results, repair.
  constexpr double kOwnLaunches = 6;
  const double times = std::ceil(boxes / static_cast<double>(boxes_at_once(g, box, all)));
  cost.seconds += times * (kOwnLaunches + 2 * trips) * kLaunchSeconds;
  return cost;
}

PassSource source_of(const Geometry& g, const PaddedBox& box) {
  PassSource source;
  source.single = g.single();
  source.complex = g.complex();
  for (int i = 0; i < axes_of(g); ++i) {
    const TileSize& size = box.size[at(i)];
    source.axes[at(i)] = {size.outputs, size.tiles, size.lead, g.spatial[at(i)].span};
    source.step[at(i)] = g.spatial[at(i)].step;
  }
  source.spatial_axes = axes_of(g);
  return source;
}

BoxPasses passes_of(const PassSource& source, const PaddedBox& box) {
  const int last = source.spatial_axes - 1;
  PassArguments a = {};
  a.volume = box.shape.points();
  a.leaf_factor = 1;
  a.axis = last;
  a.inner = a.verdict_lines = a.sample_step = 1;
  a.half = source.complex ? 0 : 1;
  a.part_length = part_length_of(box.length[at(last)]);
  a.row_parts =
      static_cast<int>(checked::ceil_div(box.length[at(last)], std::int64_t{a.part_length}));
  std::int64_t stored_rows = 1;
  for (int i = 0; i <= last; ++i) {
    a.tile[i] = source.axes[at(i)];
    const TileAxis& t = a.tile[i];
    a.cut = a.cut || t.lead < t.span - 1;
    if (i < last) stored_rows *= (t.outputs - 1) * source.step[at(i)] + t.lead + 1;
  }
  a.item_groups = static_cast<int>(stored_rows * a.row_parts);
  const auto set_axes = [&](PassArguments& to, Numbers numbers) {
    int stride = 1;
    to.item_lines = 1;
    for (int i = last; i >= 0; --i) {
      const auto length = static_cast<int>(box.length[at(i)]);
      const int extent =
          numbers == Numbers::samples ? length : static_cast<int>(to.tile[i].outputs);
      to.axes[i] = {extent, stride, i == last ? Numbers::spectrum : numbers};
      if (i != last) to.item_lines *= extent;
      stride *= i == last ? static_cast<int>(box.shape.row_points()) : length;
    }
  };
  BoxPasses passes;
  passes.single = source.single;
  passes.complex = source.complex;
  passes.pad = passes.product = passes.finish = a;
  set_axes(passes.pad, Numbers::samples);
  passes.level = passes.pad;
  passes.pad.reads_x = true;
  passes.product.part_length = kProductPoints;
  passes.product.forward = passes.product.inverse = true;  // spectra
  set_axes(passes.finish, Numbers::outputs);
  passes.finish.writes_y = true;
  passes.finish.item_verdicts = passes.finish.item_lines * a.row_parts;
  return passes;
}

BoxParts work_parts(const BoxPasses& passes, std::int64_t boxes, std::int64_t library_bytes) {
  const auto after = [](std::int64_t begin, std::int64_t count, std::size_t bytes) {
    return checked::round_up(begin + count * static_cast<std::int64_t>(bytes), kAlign);
  };
  BoxParts parts;
  parts.groups = after(0, boxes * passes.pad.volume * 2, passes.single ? 4 : 8);
  parts.tile_facts = after(parts.groups, boxes * passes.pad.item_groups, sizeof(GroupFacts));
  parts.verdicts = after(parts.tile_facts, boxes, sizeof(TileFacts));
  parts.library = after(parts.verdicts, boxes * passes.finish.item_verdicts, sizeof(int));
  // A caller's own work area may begin at less.
  parts.bytes = parts.library + library_bytes + kAlign;
  return parts;
}

namespace {

/// Parts of rows of so many boxes, several of them by a block.
Grid grid_of_parts(const PassArguments& a, std::int64_t boxes) {
  const std::int64_t beside = kBoxThreads / (a.part_length / kBoxHeld);
  return {checked::ceil_div(boxes * a.item_lines * a.row_parts, beside), kBoxThreads,
          static_cast<int>(beside * static_cast<std::int64_t>(sizeof(LineFacts)))};
}

}  // namespace

Status launch_forward(const Device& device, const BoxPasses& passes, const Transform& transform,
                      const PassArguments& common, std::int64_t boxes, void* library_work,
                      void* stream) noexcept {
  const DeviceKernel kernel = passes.single ? DeviceKernel::pad_f32 : DeviceKernel::pad_f64;
  const DeviceKernel gather = passes.single ? DeviceKernel::gather_f32 : DeviceKernel::gather_f64;
  PassArguments a = joined(passes.pad, common);
  a.lines = boxes * a.item_lines;
  const Grid grid = grid_of_parts(a, boxes);
  Status s = device.launch(kernel, grid, &a, stream);
  if (s == Status::ok)
    s = device.launch(gather, {boxes, kGatherThreads, sizeof(LineFacts)}, &a, stream);
  if (s != Status::ok) return s;
  a = joined(passes.level, common);
  a.lines = boxes * a.item_lines;
  s = device.launch(kernel, grid, &a, stream);
  return s == Status::ok ? transform.forward(common.work, aligned(library_work), stream) : s;
}

Status launch_back(const Device& device, const BoxPasses& passes, const Transform& transform,
                   const PassArguments& common, std::int64_t boxes, std::int64_t there,
                   void* library_work, void* stream) noexcept {
  const DeviceKernel product =
      passes.single ? DeviceKernel::product_f32 : DeviceKernel::product_f64;
  const DeviceKernel finish = passes.single ? DeviceKernel::finish_f32 : DeviceKernel::finish_f64;
  PassArguments a = joined(passes.product, common);
  const std::int64_t parts = checked::ceil_div(a.volume, std::int64_t{a.part_length});
  Status s = device.launch(product, {boxes * parts, kBoxThreads, 0}, &a, stream);
  if (s == Status::ok) s = transform.back(common.work, aligned(library_work), stream);
  if (s != Status::ok) return s;
  a = joined(passes.finish, common);
  a.lines = there * a.item_lines;
  s = device.launch(finish, grid_of_parts(a, there), &a, stream);
  if (s != Status::ok) return s;
  return launch_repair(device, passes.single, passes.complex, a, stream);
}

}  // namespace faltung::cuda
