// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/problem.hpp"
#include "planner/work.hpp"

namespace faltung {

/// The index of the axis of real and imaginary parts: beyond every aligned axis.
inline constexpr int kComponentAxis = kMaxRank;

/// One axis of the aligned problem, correlation already turned into convolution: index m of the
/// full result of correlate(x, h) is index m of convolve(x, reversed conj(h)).
struct Axis {
  int index = 0;             ///< which aligned axis, or kComponentAxis
  int order = 0;             ///< its place in the problem's lists over convolved axes
  bool convolved = false;    ///< else it broadcasts
  std::int64_t n = 1;        ///< samples of x
  std::int64_t taps = 1;     ///< samples of h; after lowering those that can meet a sample of x
  std::int64_t skipped = 0;  ///< samples of h, in its own order, before the first that is a tap
  std::int64_t dilation = 1;
  std::int64_t span = 1;   ///< (taps - 1) dilation + 1
  std::int64_t first = 0;  ///< index of the full result of output 0
  std::int64_t count = 1;  ///< outputs
  std::int64_t step = 1;   ///< index distance of outputs

  /// First and last position of the extended input that any output of [from, to) reads.
  std::int64_t reads_first(std::int64_t from = 0) const { return first + from * step - (span - 1); }
  std::int64_t reads_last(std::int64_t to) const { return first + (to - 1) * step; }
  std::int64_t reads_last() const { return reads_last(count); }
};

/// Every axis of a problem that has a meaning, in aligned order.
struct Resolved {
  std::vector<Axis> axes;
  std::vector<int> convolved;  ///< aligned axes in the order of Problem::axes
  Dims y_shape;
};
Result<Resolved> resolve(const Problem& problem);

/// Whether results of a type are computed in float32: those of f16 are, and rounded when they are
/// stored.
inline bool is_single(ElementType type) noexcept {
  return type == ElementType::f32 || type == ElementType::c64 || type == ElementType::f16;
}
/// The type that samples or results are computed with: f32 for f16, itself for every other.
inline ElementType computed_as(ElementType type) noexcept {
  return type == ElementType::f16 ? ElementType::f32 : type;
}

/// What the arithmetic runs on.
enum class Compute : std::int8_t { f32, f64, c64, c128, integer };

/// The problem as algorithms see it: batch axes outside, convolved axes inside.
///
/// A complex operand beside a real one is two real problems, its real and imaginary parts: an
/// extra batch axis (`components`) over which the real operand stands still. Two real operands
/// with a complex result (asked for, or because cval is complex) are such problems too: x then
/// has an imaginary part of zeros within and cval's beyond.
struct Geometry {
  Compute compute = Compute::f32;
  std::vector<Axis> batch;    ///< n, taps: extents of x and h (1 where they stand still)
  std::vector<Axis> spatial;  ///< at least one
  bool x_components = false;  ///< x is complex, or taken so, and seen as two reals
  bool h_components = false;
  bool reversed = false;  ///< correlation: h is read backwards and conjugated
  Boundary boundary = Boundary::constant;
  std::complex<double> cval;
  bool absent_outside = false;  ///< constant boundary with cval 0: nothing is there
  /// Channels that lie interleaved along the last axis, whose numbers count all of them: positions
  /// p channels .. p channels + channels - 1 are those of pixel p (channels.hpp).
  std::int64_t channels = 1;
  bool stream = false;  ///< nothing but n and count may depend on the input's length
  ElementType x_type, h_type, y_type;
  Policy policy = Policy::exact;

  /// Whether real sums are rounded to the integers of y.
  bool rounds() const { return compute != Compute::integer && is_integer(y_type); }
  bool complex() const { return compute == Compute::c64 || compute == Compute::c128; }
  /// Whether x in memory has a pair of reals for each element that the component axis steps over.
  bool x_pairs_split() const { return x_components && is_complex(x_type); }
  Arithmetic arithmetic() const {
    return compute == Compute::integer ? Arithmetic::i64
           : single()                  ? Arithmetic::f32
                                       : Arithmetic::f64;
  }
  bool single() const { return compute == Compute::f32 || compute == Compute::c64; }
  std::int64_t batches() const;  ///< product of broadcast batch extents
  std::int64_t kernels() const;  ///< product of h's own batch extents
  std::int64_t bank() const;     ///< batches that meet the same samples of x: a bank of kernels
  std::int64_t taps() const;     ///< taps of one kernel
  std::int64_t outputs() const;  ///< outputs of one batch
};
Result<Geometry> lower(const Problem& problem);

/// A view over the axes of a Geometry: strides counted in elements of `type`, where complex data
/// seen as two reals counts reals.
struct Strides {
  Dims batch;
  Dims spatial;
};
Strides strides_for(const Geometry& geometry, const Dims& strides, const Dims& shape,
                    bool components);

/// The part of x that outputs read: what a few lags cost does not grow with the input. Axes whose
/// reads leave the input are kept whole, unless nothing lies outside.
ConstView read_box(const Geometry& geometry, const ConstView& x) noexcept;

/// Element offsets of one batch in x, h and y.
struct BatchOffsets {
  std::int64_t x = 0, h = 0, y = 0;
  std::int64_t kernel = 0;  ///< dense index of the kernel
  int component = 0;        ///< 0 real part, 1 imaginary part, where x has components
};
BatchOffsets batch_offsets(const Geometry& geometry, const Strides& x, const Strides& h,
                           const Strides& y, std::int64_t batch);

/// The batch that member `member` of the bank gives of input `input`, of batches() / bank() inputs.
std::int64_t batch_of(const Geometry& geometry, std::int64_t input, std::int64_t member) noexcept;

}  // namespace faltung
