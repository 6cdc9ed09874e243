// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/boundary.hpp"
#include "convolution/geometry.hpp"

namespace faltung {

/// Copies `count` samples, `stride` elements apart, into dense `to`, converting the type.
template <class T>
using CopyRow = void (*)(const void* from, std::int64_t stride, std::int64_t count, T* to) noexcept;
/// The copier from one real element type (complex data is two reals).
template <class T>
CopyRow<T> copy_row_from(ElementType real_type) noexcept;

/// The real element type inside a type: f32 for c64.
ElementType real_part_of(ElementType type) noexcept;

/// One batch of x beyond its ends: reads rows of x~ as the boundary defines them, converted to T.
/// T is float, double, long double, int64_t or int16_t (integers modulo 2^bits).
///
/// A row is `count` positions lo, lo + step, ... of the last convolved axis at fixed positions of
/// the others. `part` is 0 for the real part and 1 for the imaginary one of complex arithmetic.
template <class T>
class ExtendedInput {
 public:
  ExtendedInput(const Geometry& geometry, const void* x, const Strides& strides,
                const BatchOffsets& offsets) noexcept;

  void read_row(const std::int64_t* outer, std::int64_t lo, std::int64_t step, std::int64_t count,
                int part, T* to) const noexcept;
  /// Where a row of real samples lies in x as read_row would give it, if it does: `count` positions
  /// from lo on.
  const T* row_in_place(const std::int64_t* outer, std::int64_t lo,
                        std::int64_t count) const noexcept;
  /// Asks for the samples of a row that is read soon, where they lie side by side.
  void fetch_row(const std::int64_t* outer, std::int64_t lo, std::int64_t count) const noexcept;
  /// The same samples without their signs.
  ExtendedInput magnitudes() const noexcept {
    ExtendedInput copy = *this;
    copy.magnitudes_ = true;
    return copy;
  }
  bool has_magnitudes() const noexcept { return magnitudes_; }
  /// Reads by this copier, one of x's type.
  void read_by(CopyRow<T> copy) noexcept { copy_ = copy; }

 private:
  void read_signed(const std::int64_t* outer, std::int64_t lo, std::int64_t step,
                   std::int64_t count, int part, T* to) const noexcept;
  const std::byte* at(std::int64_t offset) const noexcept {
    return x_ + (base_ + offset) * element_bytes_;
  }
  void read_zeros(const std::int64_t* outer, std::int64_t lo, std::int64_t step, std::int64_t count,
                  T outside, T* to) const noexcept;
  void read_inner(std::int64_t offset, std::int64_t lo, std::int64_t step, std::int64_t count,
                  T outside, T* to) const noexcept;
  void read_pixels(std::int64_t offset, std::int64_t lo, std::int64_t step, std::int64_t count,
                   T outside, T* to) const noexcept;
  void read_run(const Run& run, std::int64_t offset, std::int64_t step, std::int64_t count,
                T* to) const noexcept;
  void add_odd(int axis, const std::int64_t* outer, std::int64_t offset, T factor, std::int64_t lo,
               std::int64_t step, std::int64_t count, T* to) const noexcept;
  T sample(std::int64_t offset) const noexcept;

  const Geometry& geometry_;
  const std::byte* x_;
  std::int64_t base_;  ///< of the batch's sample 0, in elements from x_; not in memory in a stream
  Dims strides_;
  std::int64_t element_bytes_;
  CopyRow<T> copy_;
  bool imaginary_exists_;
  bool imaginary_of_real_;  ///< this batch is the imaginary part of a real x: zeros within
  bool magnitudes_ = false;
  T cval_[2];
};

}  // namespace faltung
