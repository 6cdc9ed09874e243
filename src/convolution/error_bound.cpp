// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/error_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/extended_input.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// max |v| and sum of squares of the finite samples of a view.
struct Sums {
  double largest = 0;
  long double squares = 0;
};

Sums sums_of(const ConstView& x) {
  const ElementType real = real_part_of(x.type);
  const CopyRow<double> copy = copy_row_from<double>(real);
  const std::int64_t bytes = size_bytes(real), parts = is_complex(x.type) ? 2 : 1;
  const int last = x.shape.rank() - 1;
  const std::int64_t rows = element_count(x.shape) / x.shape[last];
  // An axis of one sample stands still, whatever its stride says.
  const std::int64_t stride = x.shape[last] == 1 ? 0 : x.strides[last] * parts;
  Sums sums;
  constexpr std::int64_t kChunk = 512;
  double chunk[kChunk];
  for (std::int64_t r = 0; r < rows * parts; ++r) {
    std::int64_t rest = r / parts, offset = 0;
    for (int i = last - 1; i >= 0; --i) {
      offset += rest % x.shape[i] * x.strides[i];
      rest /= x.shape[i];
    }
    for (std::int64_t done = 0; done < x.shape[last]; done += kChunk) {
      const std::int64_t count = std::min(kChunk, x.shape[last] - done);
      const std::int64_t at = offset * parts + done * stride + r % parts;
      copy(static_cast<const std::byte*>(x.data) + at * bytes, stride, count, chunk);
      for (std::int64_t i = 0; i < count; ++i) {
        if (!std::isfinite(chunk[i])) continue;
        sums.largest = std::max(sums.largest, std::abs(chunk[i]));
        sums.squares += static_cast<long double>(chunk[i]) * chunk[i];
      }
    }
  }
  return sums;
}

}  // namespace

InputNorms input_norms(const Geometry& g, const ConstView& x) {
  const Sums sums = sums_of(read_box(g, x));
  InputNorms norms;
  long double growth = 1;
  for (const Axis& a : g.spatial)
    growth *= extension_growth(g.boundary, a.n, a.reads_first(), a.reads_last());
  norms.largest = sums.largest * growth;
  for (double c : {g.cval.real(), g.cval.imag()})  // like samples, only finite ones count
    if (std::isfinite(c)) norms.largest = std::max<long double>(norms.largest, std::abs(c));
  norms.norm2 = std::sqrt(sums.squares) * (1 + 1e-12L);
  return norms;
}

double unit_roundoff(const Geometry& g) noexcept {
  if (g.compute == Compute::integer) return 0;
  return g.single() ? 0x1p-24 : 0x1p-53;
}

double input_roundings(const Geometry& g) noexcept {
  const auto converts = [](ElementType t) {
    return t == ElementType::i64 || t == ElementType::u64;
  };
  double roundings = (converts(g.x_type) ? 1 : 0) + (converts(g.h_type) ? 1 : 0);
  if (g.boundary == Boundary::odd) roundings += 4 * static_cast<double>(g.spatial.size());
  if (g.cval != 0.0) roundings += 1;
  return roundings;
}

namespace {

/// Of taps that lie as slices x rows x columns.
std::int64_t chunks_of(std::int64_t slices, std::int64_t rows, std::int64_t columns) {
  if (columns > kDirectChunk) return slices * rows * checked::ceil_div(columns, kDirectChunk);
  const std::int64_t together = kDirectChunk / columns;
  if (rows > together) return slices * checked::ceil_div(rows, together);
  return checked::ceil_div(slices, together / rows);
}

}  // namespace

/// An axis of one tap behind the others (rows_along_memory) makes columns of what were rows, so
/// both count.
std::int64_t direct_chunks(const Geometry& g) noexcept {
  if (g.complex()) return checked::ceil_div(g.taps(), kDirectChunk);
  std::size_t axes = g.spatial.size();
  while (axes > 1 && g.spatial[axes - 1].taps == 1) --axes;
  const std::int64_t columns = g.spatial[axes - 1].taps;
  const std::int64_t rows = axes > 1 ? g.spatial[axes - 2].taps : 1;
  const std::int64_t slices = g.taps() / columns / rows;
  return std::max(chunks_of(slices, rows, columns), chunks_of(slices * rows, columns, 1));
}

double direct_coefficient(const Geometry& g) noexcept {
  const std::int64_t taps = g.taps();
  const double chain = static_cast<double>(std::min(kDirectChunk, taps)) * (g.complex() ? 2 : 1);
  return chain + static_cast<double>(direct_chunks(g)) + 1 + input_roundings(g);
}

double componentwise_tolerance(const Problem& problem, const Geometry& g) noexcept {
  if (problem.accuracy != Accuracy::componentwise || g.compute == Compute::integer) return 0;
  return problem.tolerance != 0 ? problem.tolerance : direct_coefficient(g) * unit_roundoff(g);
}

ErrorBound direct_bound(const Geometry& g, double c, const InputNorms& x,
                        long double kernel_sum_abs) noexcept {
  // gamma_c: the terms of higher order
  return linear_bound(g, c / (1 - c * unit_roundoff(g)), x, kernel_sum_abs);
}

ErrorBound linear_bound(const Geometry& g, double c, const InputNorms& x,
                        long double kernel_sum_abs) noexcept {
  ErrorBound bound;
  bound.unit_roundoff = unit_roundoff(g);
  bound.coefficient = c;
  // A complex output is off by both of its components.
  const long double both = g.complex() || g.x_components || g.h_components ? std::sqrt(2.0L) : 1;
  const long double smallest = g.single() ? std::numeric_limits<float>::denorm_min()
                                          : std::numeric_limits<double>::denorm_min();
  const long double cu = both * c * bound.unit_roundoff;
  const long double outputs = static_cast<long double>(g.outputs()) * g.batches();
  const long double maximum = cu * x.largest * kernel_sum_abs + smallest;
  long double l2 = std::sqrt(outputs) * maximum;
  long double norm2 = std::sqrt(outputs) * x.largest * kernel_sum_abs;  // of exact results
  if (g.absent_outside) {
    long double x_batches = 1;
    for (const Axis& a : g.batch) x_batches *= static_cast<long double>(a.n);
    const long double repeats = std::sqrt(static_cast<long double>(g.batches()) / x_batches);
    l2 = std::min(l2, cu * x.norm2 * repeats * kernel_sum_abs + std::sqrt(outputs) * smallest);
    norm2 = std::min(norm2, x.norm2 * repeats * kernel_sum_abs);
  }
  set_bound(bound, maximum, l2);
  add_storing(bound, g, x.largest * kernel_sum_abs, norm2);
  return bound;
}

void add_storing(ErrorBound& bound, const Geometry& g, long double largest,
                 long double norm2) noexcept {
  if (g.y_type != ElementType::f16) return;
  constexpr long double kRounding = 0x1p-11L, kSmallest = 0x1p-25L, kLargest = 65504;
  const long double count = static_cast<long double>(g.outputs()) * g.batches();
  const long double all = std::sqrt(count);
  const long double size = std::min(largest + bound.maximum, kLargest);
  const long double sizes = std::min(norm2 + bound.l2, all * kLargest);
  set_bound(bound, bound.maximum + kRounding * size + kSmallest,
            bound.l2 + kRounding * sizes + all * kSmallest);
}

void set_bound(ErrorBound& bound, long double maximum, long double l2) noexcept {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto up = [](long double v) {
    if (!(v <= std::numeric_limits<double>::max())) return kInfinity;
    const auto rounded = static_cast<double>(v);
    return rounded < v ? std::nextafter(rounded, kInfinity) : rounded;
  };
  bound.maximum = up(maximum);
  bound.l2 = up(l2);
}

}  // namespace faltung
