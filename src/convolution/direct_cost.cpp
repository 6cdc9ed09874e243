// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/direct_cost.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/channels.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "microkernels/targets.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// Bytes of a tile up to which its samples stay in the first-level cache.
constexpr double kNear = 48 * 1024;
/// What a tap of a vector takes where four rows of outputs, or two, share a row of samples, in
/// those of a single row: by the loops alone, in the first cache.
constexpr double kFourRows = 0.7, kTwoRows = 0.85;
/// The same of one row of neighbouring taps with AVX-512 and AVX2 (microkernels/long_row-inl.hpp).
constexpr double kLongRow = 0.58, kLongRowOf32Bytes = 0.7;

bool is_long_row(const Geometry& g) {
  const Axis& a = g.spatial.back();
  return sums_rows(g) && g.taps() == a.taps && a.taps > 1 && a.dilation == 1 && a.step == 1 &&
         active_vector_bytes() >= 32;
}

Work work_of(const Problem& problem, const Geometry& g, const DirectLayout& layout) {
  const bool integer = g.compute == Compute::integer;
  const double element = integer ? integer_bytes(g) : g.single() ? 4 : 8;
  const double lanes = static_cast<double>(active_vector_bytes()) / element;
  const double parts = g.complex() ? 2 : 1;
  const double tiles = static_cast<double>(layout.tiles()) * static_cast<double>(g.batches());
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  const double length = static_cast<double>(g.spatial.back().count);
  const double row = static_cast<double>(layout.block().back());
  // Eight vectors of outputs share a tap's broadcast and wait together; fewer of them wait as long.
  const double blocks = std::ceil(length / row), last = length - (blocks - 1) * row;
  const auto vectors_of = [&](double n) { return std::ceil(n / lanes) * parts; };
  const double vectors = outputs / length * ((blocks - 1) * vectors_of(row) + vectors_of(last));
  const double groups =
      outputs / length *
      ((blocks - 1) * std::ceil(vectors_of(row) / 8) + std::ceil(vectors_of(last) / 8));
  const double taps = static_cast<double>(g.taps()) * parts;
  const double copied = copied_part(g);
  const double loaded = tiles * static_cast<double>(layout.tile_elements());
  const bool near = static_cast<double>(layout.tile_elements()) * element * parts <= kNear;
  // A row of samples that several rows of outputs share is loaded once for them.
  const std::size_t axes = g.spatial.size();
  const bool shares = !g.complex() && axes > 1 && g.spatial[axes - 2].step == 1;
  const double long_row = active_vector_bytes() == 64 ? kLongRow : kLongRowOf32Bytes;
  const double shared = is_long_row(g)                 ? long_row
                        : !shares                      ? 1
                        : g.spatial[axes - 2].taps > 3 ? kFourRows
                        : g.spatial[axes - 2].taps > 1 ? kTwoRows
                                                       : 1;
  Work work;
  work[Primitive::direct_call] = 1;
  work[Primitive::direct_tile] = tiles;
  work[Primitive::direct_row] = outputs / length * blocks * parts;
  work[Primitive::direct_group] = groups * taps;
  work[integer && !fits_32_bits(g) ? Primitive::direct_vector_wide
       : near                      ? Primitive::direct_vector
                                   : Primitive::direct_vector_far] = vectors * taps * shared;
  work[Primitive::direct_load_row] = copied * tiles * static_cast<double>(layout.rows()) *
                                     static_cast<double>(layout.segments().size()) * parts;
  work[Primitive::direct_load] = copied * loaded * parts;
  work[Primitive::direct_store] = outputs * parts;
  add_common_work(problem, g, loaded, work);
  return work;
}

/// Strided or widely dilated taps are listed one by one in a layout. To price millions of them,
/// some are enough.
Geometry with_listed_taps(Geometry g) {
  constexpr std::int64_t kMostListed = 1 << 18;
  Axis& a = g.spatial.back();
  if (a.taps <= kMostListed || (a.step == 1 && a.dilation == 1)) return g;
  a.taps = kMostListed;
  a.span = (a.taps - 1) * a.dilation + 1;
  return g;
}

}  // namespace

double integer_bytes(const Geometry& g) {
  if (size_bytes(g.x_type) <= 2 && size_bytes(g.h_type) == 1 && g.taps() > g.spatial.back().taps)
    return 2;
  const IntegerRange x = extended_range(g, range_of(g.x_type)), h = range_of(g.h_type);
  if (x.unbounded) return 8;
  const double largest = static_cast<double>(std::max(-x.low, x.high)) *
                         static_cast<double>(std::max(-h.low, h.high)) *
                         static_cast<double>(g.taps());
  return largest <= 0x1p24 ? 4 : 8;
}

std::int64_t layout_bytes(const Geometry& g) {
  if (g.compute == Compute::integer) return static_cast<std::int64_t>(integer_bytes(g));
  return g.single() ? 4 : 8;
}

Geometry direct_geometry(const Geometry& geometry) {
  return rows_along_memory(with_channels_in_rows(geometry));
}

double copied_part(const Geometry& g) {
  if (!sums_rows(g) || g.x_type != (g.single() ? ElementType::f32 : ElementType::f64) ||
      g.spatial.back().step != 1 || row_stride(g) != 1)
    return 1;
  double inside = 1;
  for (const Axis& a : g.spatial) {
    const std::int64_t from =
        std::max<std::int64_t>(0, checked::ceil_div(a.span - 1 - a.first, a.step));
    const std::int64_t to = std::min(a.count, checked::floor_div(a.n - 1 - a.first, a.step) + 1);
    inside *=
        static_cast<double>(std::max<std::int64_t>(0, to - from)) / static_cast<double>(a.count);
  }
  return 1 - inside;
}

std::int64_t direct_scratch_bytes(const Geometry& g, const DirectLayout& layout) noexcept {
  support::Carver carver(nullptr), rows(nullptr);
  if (!g.complex() && g.single()) RowScratch<float>(rows, g, layout);
  if (!g.complex() && !g.single()) RowScratch<double>(rows, g, layout);  // no less than of float
  if (!sums_rows(g) && g.single()) DirectScratch<float>(carver, layout, g.complex());
  if (!sums_rows(g) && !g.single()) DirectScratch<std::int64_t>(carver, layout, g.complex());
  return std::max(carver.used(), rows.used());
}

bool sums_rows(const Geometry& g) noexcept { return !g.complex() && g.compute != Compute::integer; }

std::int64_t direct_table_bytes(const Geometry& g) noexcept {
  const std::int64_t listed = sums_rows(g) ? 0 : g.taps();
  const checked::Int entries = checked::Int(g.spatial.back().taps) * 2 + RowOrder::slices_of(g);
  return checked::at_most((entries + listed) * 8);
}

std::int64_t direct_kernel_bytes(const Geometry& g) noexcept {
  return checked::at_most(checked::Int(g.kernels()) * g.taps() * (g.single() ? 4 : 8) *
                          (g.complex() ? 2 : 1));
}

std::int64_t direct_scratch_bytes(const Geometry& geometry) {
  std::int64_t bytes = 0;
  for (const Geometry& g : {direct_geometry(geometry), rows_along_memory(geometry)})
    bytes = std::max(bytes, direct_scratch_bytes(g, DirectLayout(g, layout_bytes(g))));
  return bytes;
}

std::int64_t direct_scratch_estimate(const Geometry& geometry) {
  double bytes = 0;
  for (const Geometry& whole : {direct_geometry(geometry), rows_along_memory(geometry)}) {
    const Geometry g = with_listed_taps(whole);
    const double ratio =
        static_cast<double>(whole.spatial.back().taps) / static_cast<double>(g.spatial.back().taps);
    bytes = std::max(bytes, ratio * static_cast<double>(
                                        direct_scratch_bytes(g, DirectLayout(g, layout_bytes(g)))));
  }
  return bytes < 9e18 ? static_cast<std::int64_t>(bytes) : std::numeric_limits<std::int64_t>::max();
}

Estimate estimate_direct(const Problem& problem, const Geometry& geometry) {
  const Geometry g = direct_geometry(geometry);
  const Geometry listed = with_listed_taps(g);
  const DirectLayout layout(listed, layout_bytes(g));
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  const double parts = g.complex() ? 2 : 1, element = g.single() ? 4 : 8;
  Estimate e;
  e.flop = 2 * parts * parts * outputs * static_cast<double>(g.taps());
  e.work = work_of(problem, g, layout);
  e.bytes = element * (e.work[Primitive::direct_load] + outputs * parts);
  e.memory_bytes =
      checked::at_most(checked::Int(direct_scratch_estimate(geometry)) +
                       direct_table_bytes(g) * (g.channels > 1 ? 2 : 1) + direct_kernel_bytes(g));
  e.error = g.compute == Compute::integer ? 0 : direct_coefficient(g) * unit_roundoff(g);
  return e;
}

}  // namespace faltung
