// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// When kernels kept apart give the zeros and signs of the full kernel (docs/accuracy.md).
//
// Each convolution of a chain or sum keeps the contract for its own operands. What is left:
//
//   signs   a full kernel that is nowhere negative may come from kernels that are somewhere; then
//           rounding could make a result negative.
//   zeros   an output is 0 where no non-zero tap of h meets the input's hull, or where the input
//           vanishes over the hull of h. A tap of h that is 0 because terms cancelled promises
//           more than the terms do. In a chain a * b, no tap of a that is not 0 may lie in the box
//           of b about a tap of h that is 0: then all of the intermediate result that b meets is 0,
//           too, wherever the contract asks for a 0.
//   range   intermediate results leave the range only where those of the full kernel nearly do.
#include <cmath>

#include "planner/filter_choice.hpp"

namespace faltung {
namespace {

/// Sums of |taps| between these leave the data's own range all the room it has (filter_plan.cpp).
constexpr long double kSmallestSum = 0x1p-30L, kLargestSum = 0x1p30L;
/// Looking for cancelled taps takes no longer than a small convolution.
constexpr double kMostChecks = 1 << 22;

/// Where taps are not 0, in the box of the tight kernel.
struct Pattern {
  Dims shape, origin;
  std::vector<signed char> sign;
  long double sum_abs = 0;
  bool negative = false;  ///< a tap is below 0
};

Pattern pattern_of(const Filter& filter, ElementType type) {
  const Taps taps = taps_of(filter);
  Pattern p{taps.shape, taps.origin, {}, 0, false};
  for (const long double v : taps.values) {
    const double rounded = type == ElementType::f32 ? static_cast<double>(static_cast<float>(v))
                                                    : static_cast<double>(v);
    p.sign.push_back(static_cast<signed char>((rounded > 0) - (rounded < 0)));
    p.sum_abs += std::abs(static_cast<long double>(rounded));
    p.negative |= rounded < 0;
  }
  return p;
}

bool moderate(const Pattern& p) { return p.sum_abs >= kSmallestSum && p.sum_abs <= kLargestSum; }

/// Whether the box [low, low + extents of `window`) of `p` holds a tap that is not 0.
bool any_tap(const Pattern& p, const Dims& low, const Dims& window) {
  Dims at = low, end = low;
  for (int i = 0; i < at.rank(); ++i) {
    end[i] = std::min(low[i] + window[i], p.shape[i]);
    at[i] = std::max<std::int64_t>(low[i], 0);
    if (at[i] >= end[i]) return false;
  }
  const Dims from = at, strides = dense_strides(p.shape);
  while (true) {
    std::int64_t offset = 0;
    for (int i = 0; i < at.rank(); ++i) offset += at[i] * strides[i];
    if (p.sign[static_cast<std::size_t>(offset)] != 0) return true;
    int i = at.rank() - 1;
    for (; i >= 0 && ++at[i] == end[i]; --i) at[i] = from[i];
    if (i < 0) return false;
  }
}

/// The index of a dense position.
Dims index_of(std::size_t position, const Dims& shape) {
  Dims index(shape.rank(), 0);
  auto rest = static_cast<std::int64_t>(position);
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[i] = rest % shape[i];
    rest /= shape[i];
  }
  return index;
}

/// Whether a tap of a * b is 0 though a tap of a that is not 0 lies in the box of b about it.
bool cancels(const Pattern& a, const Pattern& b, const Pattern& product) {
  double checks = 0;
  for (std::size_t i = 0; i < product.sign.size(); ++i) {
    if (product.sign[i] != 0) continue;
    checks += static_cast<double>(b.sign.size());
    Dims low = index_of(i, product.shape);
    for (int axis = 0; axis < low.rank(); ++axis) low[axis] -= b.shape[axis] - 1;
    if (checks > kMostChecks || any_tap(a, low, b.shape)) return true;
  }
  return false;
}

/// The sign of a pattern at an offset from the origin; 0 outside.
int sign_at(const Pattern& p, const Dims& offset) {
  const Dims strides = dense_strides(p.shape);
  std::int64_t at = 0;
  for (int i = 0; i < offset.rank(); ++i) {
    const std::int64_t index = offset[i] + p.origin[i];
    if (index < 0 || index >= p.shape[i]) return 0;
    at += index * strides[i];
  }
  return p.sign[static_cast<std::size_t>(at)];
}

}  // namespace

bool keeps_contract_as_chain(std::span<const Filter> kernels, ElementType type) {
  Filter so_far = kernels[0];
  Pattern left = pattern_of(so_far, type);
  bool in_range = moderate(left), negative = left.negative;
  for (const Filter& kernel : kernels.subspan(1)) {
    const Pattern right = pattern_of(kernel, type);
    in_range = in_range && moderate(right);
    negative = negative || right.negative;
    auto both = product(so_far, kernel);
    if (!both) return false;
    so_far = std::move(*both);
    const Pattern next = pattern_of(so_far, type);
    if (cancels(left, right, next)) return false;
    left = next;
  }
  return in_range && moderate(left) && left.negative == negative;
}

bool keeps_contract_as_sum(std::span<const Filter> kernels, ElementType type) {
  std::vector<Pattern> parts;
  Result<Filter> total = kernels[0];
  bool in_range = true, negative = false;
  for (const Filter& kernel : kernels) {
    parts.push_back(pattern_of(kernel, type));
    in_range = in_range && moderate(parts.back());
    negative = negative || parts.back().negative;
    if (parts.size() > 1) total = sum(*total, kernel);
    if (!total) return false;
  }
  const Pattern all = pattern_of(*total, type);
  for (std::size_t i = 0; i < all.sign.size(); ++i) {
    if (all.sign[i] != 0) continue;
    Dims offset = index_of(i, all.shape);
    for (int axis = 0; axis < offset.rank(); ++axis) offset[axis] -= all.origin[axis];
    for (const Pattern& part : parts)
      if (sign_at(part, offset) != 0) return false;
  }
  return in_range && moderate(all) && all.negative == negative;
}

}  // namespace faltung
