// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes before, between and behind the transforms of a library: boxes of samples with all that
// their outputs read, one array each.
//
//   x --pad--> [ samples | zeros ] --library--> times spectrum --library--> --finish--> y
//
// Rows are taken in parts, some of them by a block of threads, each by as many threads as suit its
// length. The contract is kept as by passes.hpp: samples that are not finite are left out, a part
// whose largest magnitude is far from 1 is divided by a power of two of its own, and a second
// launch brings the parts of a box together, mostly with nothing to do. Each part of a row of
// results has a verdict, which repair.hpp looks at.
//
// Boxes beyond the last one of a launch are zeros: the library transforms as many as it was asked
// for.
#pragma once

#include "line_results.hpp"
#include "line_samples.hpp"

namespace faltung::cuda {

/// A part of a row, and the thread's place among those that share it.
struct Part {
  int number;  ///< of the parts of a block of threads
  int lane, lanes;
  std::int64_t row;
  int in_row;  ///< its number in the row
  bool active;

  FALTUNG_DEVICE explicit Part(const PassArguments& a) {
    lanes = a.part_length / kBoxHeld;
    number = thread() / lanes;
    lane = thread() % lanes;
    const std::int64_t at = block() * (threads() / lanes) + number;
    active = at < a.lines * a.row_parts;
    row = active ? at / a.row_parts : 0;
    in_row = active ? static_cast<int>(at % a.row_parts) : 0;
  }
  /// The i-th number of this thread.
  FALTUNG_DEVICE int index(int i) const { return (in_row * kBoxHeld + i) * lanes + lane; }
};

/// Whether a box is one of the problem's.
FALTUNG_DEVICE bool is_there(const PassArguments& a, std::int64_t item) {
  return a.first_item + item < a.tiles * a.layout.batches;
}

/// A row's number among those that hold samples; -1: it is padding.
FALTUNG_DEVICE int stored_row(const PassArguments& a, const Line& line) {
  int at = line.outer, number = 0, all = 1;
  for (int s = a.layout.spatial_axes - 2; s >= 0; --s) {
    const TileAxis& t = a.tile[s];
    const int extent = a.axes[s].extent, here = at % extent;
    const auto stored = static_cast<int>((t.outputs - 1) * a.layout.spatial[s].step + t.lead + 1);
    if (here >= stored) return -1;
    number += here * all;
    all *= stored;
    at /= extent;
  }
  return number;
}

/// Sample j of a row, real or imaginary part; zero where it is padding.
template <class T>
FALTUNG_DEVICE T boxed_sample(const PassArguments& a, std::int64_t row, const Line& line, int j,
                              int part) {
  const Layout& g = a.layout;
  if (!line.reads || j >= line.stored) return T(0);
  const bool plain =
      g.x_type == kRealOf<T> && g.component_axis < 0 && g.x_pairs != (a.half != 0) && !line.folded;
  const std::int64_t position = line.lo + j;
  if (plain && position >= 0 && position < line.n)
    return static_cast<const T*>(
        g.x)[line.x + position * g.spatial[g.spatial_axes - 1].x_stride + part];
  if (plain && g.outside == Outside::constant) return static_cast<T>(g.cval[part]);
  return sample_of<T>(a, row, line.batch, j, part);
}

/// Calls f(number) for what a thread has of a part of a row of an array.
template <class T, class F>
FALTUNG_DEVICE void for_numbers(const PassArguments& a, const Part& part, const Line& line, F&& f) {
  const int reals = a.half != 0 ? 1 : 2;
  T* const row = static_cast<T*>(a.work) + 2 * (line.item * a.volume + line.point);
  for (int i = 0; i < kBoxHeld; ++i) {
    const int j = part.index(i);
    if (j >= a.axes[a.axis].extent) break;
    for (int k = 0; k < reals; ++k) f(row[j * std::int64_t{reals} + k], j, k);
  }
}

/// Brings the parts of a box together.
template <class T>
FALTUNG_DEVICE void level(const PassArguments& a) {
  const Part part(a);
  if (!part.active) return;
  const Line line(a, part.row);
  if (a.tile_facts[line.item].rescales == 0) return;
  const int row = stored_row(a, line);
  if (row < 0) return;
  const double factor =
      a.groups[line.item * a.item_groups + std::int64_t{row} * a.row_parts + part.in_row].factor;
  if (factor == 1) return;
  for_numbers<T>(a, part, line, [&](T& v, int, int) { v *= static_cast<T>(factor); });
}

/// Samples, looked over, into arrays.
template <class T>
FALTUNG_DEVICE void pad(const PassArguments& a) {
  const Part part(a);
  LineFacts* const facts = shared<LineFacts>() + part.number;
  if (part.lane == 0) *facts = {0, 0, 0, 0};
  barrier();
  Line line(a, part.row);
  line.reads = line.reads && is_there(a, line.item);
  const int row = stored_row(a, line);
  T largest = 0;
  int flags = 0, zeros = 0;
  if (part.active)
    for_numbers<T>(a, part, line, [&](T& to, int j, int k) {
      T v = row < 0 ? T(0) : boxed_sample<T>(a, part.row, line, j, k);
      if (!is_finite(static_cast<double>(v))) {
        flags |= kNotFinite;
        v = 0;
      }
      if (v == 0 && row >= 0 && j < line.stored) ++zeros;
      if (v < 0) flags |= kNegative;
      const T size = v < 0 ? -v : v;
      largest = largest < size ? size : largest;
      to = v;
    });
  if (largest != 0) shared_max(&facts->exponent, exponent_of(largest) + kBias);
  if (flags != 0) shared_or(&facts->flags, flags);
  if (zeros != 0) shared_add(&facts->zeros, zeros);
  barrier();
  if (!part.active || row < 0) return;
  if (const int exponent = exponent_to_take<T>(facts->exponent); exponent != 0) {
    const Power<T> power(-exponent);
    for_numbers<T>(a, part, line, [&](T& v, int, int) { v = power.times(v); });
  }
  if (part.lane == 0)
    a.groups[line.item * a.item_groups + std::int64_t{row} * a.row_parts + part.in_row] = {
        1, facts->exponent, facts->flags, facts->zeros};
}

/// Spectra of boxes times those of their kernels; a block of threads has part_length points.
template <class T>
FALTUNG_DEVICE void multiply_spectra(const PassArguments& a) {
  const std::int64_t parts = (a.volume + a.part_length - 1) / a.part_length;
  const std::int64_t item = block() / parts, first = block() % parts * a.part_length;
  if (!is_there(a, item)) return;
  const BatchPlace at(a.layout, (a.first_item + item) / a.tiles);
  Point<T>* const box = static_cast<Point<T>*>(a.work) + item * a.volume;
  const Point<T>* const spectrum = static_cast<const Point<T>*>(a.spectra) + at.kernel * a.volume;
  for (int i = thread(); i < a.part_length && first + i < a.volume; i += threads()) {
    const Point<T> h = spectrum[first + i], x = box[first + i];
    box[first + i] = {fused(h.re, x.re, -(h.im * x.im)), fused(h.re, x.im, h.im * x.re)};
  }
}

/// Whether a sample that is not finite lies where the outputs of a part can meet it: by the parts
/// of the rows that they read.
FALTUNG_DEVICE bool may_meet_part(const PassArguments& a, const Line& line, const Part& part) {
  const int last_axis = a.layout.spatial_axes - 1;
  const TileAxis& along = a.tile[last_axis];
  const auto step = static_cast<int>(a.layout.spatial[last_axis].step);
  const int out = part.in_row * a.part_length;
  int end = out + a.part_length;
  if (end > line.outputs) end = line.outputs;
  int oldest = static_cast<int>(along.lead - (along.span - 1)) + out * step;
  if (oldest < 0) oldest = 0;
  const int newest = static_cast<int>(along.lead) + (end - 1) * step;
  const int from = oldest / a.part_length, to = newest / a.part_length;
  int rows = 1;
  for (int s = 0; s < last_axis; ++s) rows *= static_cast<int>(a.tile[s].span);
  for (int at = part.lane; at < rows; at += part.lanes) {
    int rest = at, number = line.outer, row = 0, all = 1;
    bool within = true;
    for (int s = last_axis - 1; s >= 0; --s) {
      const TileAxis& t = a.tile[s];
      const int extent = a.axes[s].extent, back = rest % static_cast<int>(t.span);
      const auto last = static_cast<int>(t.lead + number % extent * a.layout.spatial[s].step);
      within = within && last >= back;
      row += (last - back) * all;
      all *= static_cast<int>((t.outputs - 1) * a.layout.spatial[s].step + t.lead + 1);
      rest /= static_cast<int>(t.span);
      number /= extent;
    }
    if (!within) continue;
    const GroupFacts* const groups =
        a.groups + line.item * a.item_groups + std::int64_t{row} * a.row_parts;
    for (int p = from; p <= to && p < a.row_parts; ++p)
      if ((groups[p].flags & kNotFinite) != 0) return true;
  }
  return false;
}

/// Results out of arrays, and the verdicts on them.
template <class T>
FALTUNG_DEVICE void finish(const PassArguments& a) {
  const Layout& g = a.layout;
  const Part part(a);
  LineFacts* const facts = shared<LineFacts>() + part.number;
  if (part.lane == 0) *facts = {0, 0, 0, 0};
  barrier();
  const Line line(a, part.row);
  const TileFacts tile = a.tile_facts[line.item];
  const ResultFacts<T> result(a, a.facts[line.kernel], tile.exponent, tile.flags, tile.zeros);
  const Power<T> power(result.exponent);
  const T small = static_cast<T>(scaled(1, result.small));
  const bool plain = g.y_type == kRealOf<T>;
  const int last_axis = g.spatial_axes - 1, reals = a.half != 0 ? 1 : 2;
  const std::int64_t stride = g.spatial[last_axis].y_stride;
  const TileAxis& along = a.tile[last_axis];
  const T* const row = static_cast<const T*>(a.work) + 2 * (line.item * a.volume + line.point);
  int verdict = 0;
  for (int i = 0; i < kBoxHeld && part.active && line.writes; ++i) {
    const int out = part.index(i);
    if (out >= line.outputs) break;
    const std::int64_t j = along.lead + out * g.spatial[last_axis].step;
    for (int k = 0; k < reals; ++k) {
      const T v = finished(result, power, small, row[j * reals + k], &verdict);
      const std::int64_t to = line.y + out * stride + k;
      if (plain) static_cast<T*>(g.y)[to] = v;
      else store_converted(g, to, static_cast<double>(v));
    }
  }
  const bool looks = part.active && part.in_row * a.part_length < line.outputs;
  if ((tile.flags & kNotFinite) != 0 && looks && may_meet_part(a, line, part))
    verdict |= kNotFinite;
  if (verdict != 0) shared_or(&facts->verdict, verdict);
  barrier();
  if (part.lane != 0 || !part.active) return;
  const std::int64_t at =
      std::int64_t{static_cast<int>(part.row % a.item_lines)} * a.row_parts + part.in_row;
  a.verdicts[line.item * a.item_verdicts + at] =
      facts->verdict == 0
          ? 0
          : ((result.small + result.exponent + kVerdictBias) << kVerdictBits) | facts->verdict;
}

#define FALTUNG_BOX_KERNELS(suffix, T)                                                            \
  FALTUNG_DEFINE_KERNEL(pad_##suffix, PassArguments, kBoxThreads) {                               \
    if (a.reads_x) pad<T>(a);                                                                     \
    else level<T>(a);                                                                             \
  }                                                                                               \
  FALTUNG_DEFINE_KERNEL(product_##suffix, PassArguments, kBoxThreads) { multiply_spectra<T>(a); } \
  FALTUNG_DEFINE_KERNEL(finish_##suffix, PassArguments, kBoxThreads) { finish<T>(a); }
FALTUNG_BOX_KERNELS(f32, float)
FALTUNG_BOX_KERNELS(f64, double)
#undef FALTUNG_BOX_KERNELS

}  // namespace faltung::cuda
