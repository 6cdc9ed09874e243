// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "faltung/problem.hpp"
#include "reference/quad.hpp"
#include "reference/wide_integer.hpp"

namespace faltung::reference {

/// One output by its definition.
struct Cell {
  Quad re = 0, im = 0;  ///< NaN and infinities as the direct sum over existing taps
  Quad sum_abs_re = 0;  ///< sum of the magnitudes of the terms of re
  Quad sum_abs_im = 0;
  std::int64_t terms = 0;  ///< taps that exist
  WideInteger integer;     ///< integer problems: the exact sum
};

/// What a Problem means for its data, from the definition and nothing else: slow, and no code of
/// the engine. Takes the element accessors from the views, so any strides will do.
///
///   convolve:   y[m] = sum_k h[k] x~[m - k d]
///   correlate:  y[m] = sum_k conj(h[k]) x~[l + k d],  l = m - (K-1) d, the lag of index m
///
/// x~ is x continued by the boundary, one reflection at a time. Absent terms (outside a constant
/// boundary of value 0) are left out; the holes of a dilated kernel are never visited.
/// An operand that is real multiplies each component of the other alone.
///
/// With nan=omit a sample that is NaN counts as the mean of those under the kernel that are not,
/// weighted by |h|; with nan=interpolate it is first replaced by such a mean about it. Then x must
/// not have strides of 0.
class Reference {
 public:
  Reference(const Problem& problem, const ConstView& x, const ConstView& h);

  /// The shape of y. Does not ask the engine.
  const Dims& shape() const { return shape_; }
  /// Whether the problem is one of whole numbers.
  bool integer() const { return integer_; }
  /// One output; `index` has the rank of y.
  Cell at(const Dims& index) const;
  /// All outputs in row-major order.
  std::vector<Cell> all() const;
  /// The largest |x~| * sum |h| over all outputs of an integer problem: a bound on every sum.
  WideInteger integer_bound() const;
  /// Whether the contract asks for an exact zero at `index`: the input vanishes over the hull of
  /// the kernel's non-zero taps, or (zero boundary) the kernel vanishes over the hull of the
  /// input's non-zero samples.
  bool vanishes(const Dims& index) const;

 private:
  struct Axis {
    bool convolved = false;
    std::int64_t n = 1, taps = 1, dilation = 1, span = 1, first = 0, count = 1, step = 1;
    std::int64_t x_stride = 0, h_stride = 0;
  };
  struct Sample {
    Quad re = 0, im = 0;          ///< the value
    Quad abs_re = 0, abs_im = 0;  ///< sum of magnitudes it was made from (odd boundary)
    Int128 whole = 0;
  };

  static bool is_zero(const Sample& s);
  Sample load(const ConstView& view, std::int64_t offset) const;
  std::optional<Sample> extended(const Dims& position, const Dims& index) const;
  Sample continued(std::size_t axis, Dims& position, const Dims& index, std::int64_t offset) const;
  bool outside(const Dims& position) const;
  /// Calls f(tap index along each axis, position in x~ along each axis).
  template <class F>
  void for_each_tap(const Dims& index, F&& f) const;
  Cell without_missing(const Dims& index) const;
  void fill_missing();
  Sample tap(const Dims& tap, const Dims& index) const;

  /// The box of the non-zero taps, and of the non-zero samples, of one batch.
  struct Hull {
    Dims low, high;
    bool any = false;
    void extend(const Dims& at);
    bool holds(const Dims& at) const;
  };
  struct Hulls {
    Dims batch;  ///< the index of y, convolved axes 0
    Hull taps, samples;
  };
  const Hulls& hulls(const Dims& index) const;
  mutable std::optional<Hulls> hulls_;  ///< of the batch asked for last

  Problem problem_;
  ConstView x_, h_;
  std::vector<Axis> axes_;
  std::map<std::int64_t, std::pair<Quad, Quad>> fills_;  ///< of x, by its offset
  Dims shape_;
  bool integer_ = false, x_complex_ = false, h_complex_ = false;
};

/// Visits every index of a shape in row-major order.
template <class F>
void for_each_index(const Dims& shape, F&& f) {
  for (std::int64_t extent : shape)
    if (extent <= 0) return;
  Dims index(shape.rank(), 0);
  for (;;) {
    f(static_cast<const Dims&>(index));
    int i = shape.rank() - 1;
    for (; i >= 0; --i) {
      if (++index[i] < shape[i]) break;
      index[i] = 0;
    }
    if (i < 0) return;
  }
}

}  // namespace faltung::reference
