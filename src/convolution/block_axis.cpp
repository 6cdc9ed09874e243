// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_axis.hpp"

#include <algorithm>

#include "microkernels/targets.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// The least padded block; 0 where the axis cannot be padded.
///
/// Samples at 0 .. m-1 of the block give a product at 0 .. m+span-2, of which index q >= B falls on
/// q - B: that may happen before the first output, p, and beyond the last nothing is read.
std::int64_t padded_length(const Geometry& g, const Axis& a) noexcept {
  if (!g.absent_outside || g.stream) return 0;
  const std::int64_t begin = std::max<std::int64_t>(0, a.reads_first());
  const std::int64_t samples = std::min(a.n - 1, a.reads_last()) - begin + 1;
  const std::int64_t first = a.first - begin, last = a.reads_last() - begin;
  if (samples < 1 || first < 0) return 0;
  return std::max({last + 1, samples + a.span - 1 - first, samples, a.span});
}

bool is_last(const Geometry& g, int axis) { return axis + 1 == static_cast<int>(g.spatial.size()); }

bool takes(const Geometry& g, Ring ring, std::int64_t length) {
  const std::int64_t target = active_target_bit().value_or(0);
  return g.single() ? RowTransform<float>::takes(ring, length, target)
                    : RowTransform<double>::takes(ring, length, target);
}

/// Whether all outputs come from one period of an input that goes round, and there is a transform
/// of that length.
bool is_periodic(const Geometry& g, int axis) noexcept {
  const Axis& a = g.spatial[static_cast<std::size_t>(axis)];
  if (g.boundary != Boundary::wrap || g.stream || a.span > a.n || (a.count - 1) * a.step >= a.n)
    return false;
  return is_last(g, axis) ? takes(g, g.complex() ? Ring::complex : Ring::circular, a.n)
                          : is_transform_length(a.n);
}

}  // namespace

BlockAxis block_axis(const Geometry& g, int axis, std::int64_t block) noexcept {
  const Axis& a = g.spatial[static_cast<std::size_t>(axis)];
  if (block == a.n && is_periodic(g, axis)) return {BlockAxis::Kind::circular, a.count, a.n, 1};
  const std::int64_t padded = padded_length(g, a);
  if (padded != 0 && block >= padded)
    return {BlockAxis::Kind::padded, a.count, std::min(a.n, block), 1};
  const std::int64_t outputs = (block - a.span) / a.step + 1;
  return {BlockAxis::Kind::overlap, outputs, block, checked::ceil_div(a.count, outputs)};
}

namespace {

/// The least length of a row: in vectors, unless other axes would repeat what that adds many times.
template <class T>
std::int64_t row_length(const Geometry& g, std::int64_t at_least) {
  constexpr std::int64_t kWaste = 4;
  const std::int64_t target = active_target_bit().value_or(0);
  const Ring ring = g.complex() ? Ring::complex : Ring::negacyclic;
  const std::int64_t wide = RowTransform<T>::next(ring, at_least, target, false);
  return g.spatial.size() > 1 && wide > kWaste * at_least
             ? RowTransform<T>::next(ring, at_least, target, true)
             : wide;
}

}  // namespace

std::int64_t block_length(const Geometry& g, int axis, std::int64_t at_least) noexcept {
  if (at_least > (std::int64_t{1} << 40)) return 0;
  if (!is_last(g, axis)) return next_length(at_least);
  return g.single() ? row_length<float>(g, at_least) : row_length<double>(g, at_least);
}

std::int64_t whole_length(const Geometry& g, int axis) noexcept {
  const Axis& a = g.spatial[static_cast<std::size_t>(axis)];
  if (is_periodic(g, axis)) return a.n;
  const std::int64_t all = a.reads_last() - a.reads_first() + 1, padded = padded_length(g, a);
  return block_length(g, axis, padded == 0 ? all : std::min(all, padded));
}

Ring row_ring(const Geometry& g, std::int64_t block) noexcept {
  if (g.complex()) return Ring::complex;
  const int last = static_cast<int>(g.spatial.size()) - 1;
  if (block_axis(g, last, block).kind != BlockAxis::Kind::circular) return Ring::negacyclic;
  return last == 0 ? Ring::circular : Ring::pointwise;
}

}  // namespace faltung
