// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "convolution/kernel_taps.hpp"

namespace faltung {

/// A kernel as a sum of products of one-dimensional kernels, one along each axis:
/// h[k] = sum_r prod_i factor(r, i)[k_i], up to the residual. A row or column of zeros at the edge
/// of h is exactly zero in the factors.
template <class T>
struct LowRank {
  /// For each term its factors one after another, in the order of the axes.
  std::vector<support::AlignedVector<T>> terms;
  double sum_abs = 0;          ///< sum over terms of the products of sum |factor|, rounded up
  double residual = 0;         ///< sum_k |h[k] - sum of the terms|, rounded up
  bool componentwise = false;  ///< every tap is within kTapRoundings(axes) u |h[k]| of the sum
  bool nonnegative = true;     ///< no factor has a negative number
};

/// Roundings of a tap that its own factors stand for: 2D in finding them (a cross of D fibres
/// through one tap) and D in storing them, and some to spare.
constexpr double kTapRoundings(int axes) { return 4.0 * axes; }

/// sum_abs may be so many times sum|h|: more terms than that cancel each other.
constexpr double kGrowth(std::int64_t terms) {
  return terms == 1 ? 1.25 : 2.0 * static_cast<double>(terms);
}

/// What a decomposition has to meet.
struct RankDemand {
  std::int64_t most_terms = 1;  ///< 0: one, as far as a cross of fibres tells
  bool componentwise = false;   ///< one term, tap by tap
  /// The residual allowed with so many terms, as a part of sum|h|.
  std::function<double(std::int64_t)> residual;
};

/// The fewest terms that meet the demand, or none. A kernel of one term is found from the cross of
/// fibres through its largest tap, more by a singular value decomposition of the kernel as a matrix
/// (further axes one after the other), kept as cheap as the rank is low: time in proportion to
/// most_terms^2 taps. Taps must be finite. May throw std::bad_alloc.
template <class T>
std::optional<LowRank<T>> decompose(const KernelTaps<T>& kernel, const Dims& taps,
                                    const RankDemand& demand);

/// Integers modulo 2^64: one term, exactly, or none. Of the factors only the first one has a common
/// divisor.
template <>
std::optional<LowRank<std::int64_t>> decompose(const KernelTaps<std::int64_t>& kernel,
                                               const Dims& taps, const RankDemand& demand);

/// Sums along one axis run in chunks of so many taps, as those of the direct method.
inline constexpr std::int64_t kSeparableChunk = 128;

/// c of |e| <= c u (|x~| * sum_r |term r|), the rounding error of passes along one axis after the
/// other over so many terms.
double separable_coefficient(const Geometry& geometry, std::int64_t terms);

/// A bound of |y - exact| / (max|x| sum|h|) with so many terms, from shapes and the tolerance.
double separable_error(const Problem& problem, const Geometry& geometry, std::int64_t terms);

/// What the problem demands of a decomposition into at most so many terms.
RankDemand demand_of(const Problem& problem, const Geometry& geometry, std::int64_t most_terms);

/// The extents of the kernel.
Dims kernel_extents(const Geometry& geometry);

/// The most products of one-dimensional kernels that take less work than the kernel itself; 0 where
/// none are looked for.
std::int64_t terms_worth_having(const Geometry& geometry);

/// Whether h is of the problem's type and shape, but for axes of one in front.
bool is_kernel_of(const Problem& problem, const ConstView& h);

/// The smallest number of products of one-dimensional kernels whose sum every kernel of `h` is,
/// within what the problem's tolerance leaves; 0 where there is no such number up to `most` and
/// terms_worth_having(), 1 apart: up to 2^18 taps that one is cheap to see. Takes time in
/// proportion to the taps, many times as much with `most` as without. May throw std::bad_alloc.
Result<std::int64_t> find_rank(const Problem& problem, const Geometry& geometry, const ConstView& h,
                               std::int64_t most);

}  // namespace faltung
