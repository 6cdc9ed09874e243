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
#include <optional>

#include "planner/filter_choice.hpp"

namespace faltung {
namespace {

/// Sums of |taps| between these leave the data's own range all the room it has (filter_plan.cpp).
constexpr long double kSmallestSum = 0x1p-30L, kLargestSum = 0x1p30L;
/// Looking for cancelled taps takes no longer than a small convolution.
constexpr double kMostChecks = 1 << 22;

/// Where taps are not 0, in the box of the tight kernel.
struct Pattern {
  TapBox box;
  std::vector<signed char> sign;
  long double sum_abs = 0;
  bool negative = false;  ///< a tap is below 0
};

/// Nothing where the taps leave the range.
std::optional<Pattern> pattern_of(const FilterPart& kernel, ElementType type) {
  const auto taps = kernel.taps();
  if (!taps) return std::nullopt;
  Pattern p{kernel.box(), {}, 0, false};
  p.sign.reserve((*taps)->values.size());
  for (const long double v : (*taps)->values) {
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
    end[i] = std::min(low[i] + window[i], p.box.shape[i]);
    at[i] = std::max<std::int64_t>(low[i], 0);
    if (at[i] >= end[i]) return false;
  }
  const Dims from = at, strides = dense_strides(p.box.shape);
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
    Dims low = index_of(i, product.box.shape);
    for (int axis = 0; axis < low.rank(); ++axis) low[axis] -= b.box.shape[axis] - 1;
    if (checks > kMostChecks || any_tap(a, low, b.box.shape)) return true;
  }
  return false;
}

/// Marks in `any`, a dense box, the taps of `part` that are not 0.
void mark(const Pattern& part, const TapBox& box, std::vector<signed char>& any) {
  const auto length = static_cast<std::size_t>(part.box.shape.back());
  for (const TapRow& row : rows_of(part.box, box))
    for (std::size_t i = 0; i < length; ++i) any[row.to + i] |= part.sign[row.from + i];
}

}  // namespace

bool keeps_contract_as_chain(std::span<const FilterPart> kernels, ElementType type) {
  FilterPart so_far = kernels[0];
  auto left = pattern_of(so_far, type);
  if (!left) return false;
  bool in_range = moderate(*left), negative = left->negative;
  for (const FilterPart& kernel : kernels.subspan(1)) {
    so_far = product(so_far, kernel);
    const auto right = pattern_of(kernel, type);
    auto next = pattern_of(so_far, type);
    if (!right || !next || cancels(*left, *right, *next)) return false;
    in_range = in_range && moderate(*right);
    negative = negative || right->negative;
    left = std::move(next);
  }
  return in_range && moderate(*left) && left->negative == negative;
}

bool keeps_contract_as_sum(std::span<const FilterPart> kernels, ElementType type) {
  FilterPart total = kernels[0];
  for (const FilterPart& kernel : kernels.subspan(1)) total = sum(total, kernel);
  const auto all = pattern_of(total, type);
  if (!all) return false;
  std::vector<signed char> any(all->sign.size());
  bool in_range = moderate(*all), negative = false;
  for (const FilterPart& kernel : kernels) {
    const auto part = pattern_of(kernel, type);
    if (!part) return false;
    mark(*part, all->box, any);
    in_range = in_range && moderate(*part);
    negative = negative || part->negative;
  }
  for (std::size_t i = 0; i < any.size(); ++i)
    if (any[i] != 0 && all->sign[i] == 0) return false;
  return in_range && all->negative == negative;
}

}  // namespace faltung
