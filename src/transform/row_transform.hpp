// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "transform/circular_row.hpp"

namespace faltung {

/// What a row of a block is, and what its products are modulo.
enum class Ring {
  negacyclic,  ///< N real samples, modulo X^N + 1: packed as N/2 complex points modulo X^(N/2) - i
  circular,    ///< N real samples, modulo X^N - 1
  pointwise,  ///< the same, of a row among others with columns across: spectra are multiplied point
              ///< by point
  complex,    ///< N complex points, modulo X^N - 1: a plane of real parts, then the imaginary ones
};

/// The transform of a row of samples, and of a convolution along it.
/// Circular rows are taken apart into packed ones (CircularRow); the others are one Transform.
///
/// Shape    N as takes() says; numbers() of a spectrum, in lines.
/// Threads  const; writes to the caller's arrays alone; a team shares each step.
template <class T>
class RowTransform {
 public:
  using Team = support::Team;
  /// Whether a row is too short for vectors: its transform, and those across it, work on lines of
  /// one point.
  static bool is_narrow(Ring ring, std::int64_t length, std::int64_t target) noexcept;
  /// Whether there is a transform of this ring and N.
  static bool takes(Ring ring, std::int64_t length, std::int64_t target) noexcept;
  /// The smallest N of a negacyclic or complex row that is at least n and not narrow, or `narrow`
  /// whatever it is; n at most 2^60.
  static std::int64_t next(Ring ring, std::int64_t n, std::int64_t target, bool narrow) noexcept;

  /// Fails with unsupported where takes() is false. May throw std::bad_alloc.
  static Result<RowTransform> make(Ring ring, std::int64_t length, std::int64_t target);

  std::int64_t bytes() const noexcept;  ///< of the tables
  static std::int64_t bytes_of(Ring ring, std::int64_t length, std::int64_t target);
  /// Numbers of a spectrum: two for each complex point.
  static std::int64_t numbers_of(Ring ring, std::int64_t length, std::int64_t target);
  /// Numbers that the samples of a row take in memory, and a row's room for folding.
  static std::int64_t samples_of(Ring ring, std::int64_t length) {
    return ring == Ring::complex ? 2 * length : length;
  }
  static std::int64_t room_of(Ring ring, std::int64_t length, std::int64_t target);

  /// `row` as Ring says. `upper_zero`: the second half of its numbers is zeros and not read.
  void forward(const T* row, bool upper_zero, T* lines, T* room) const noexcept;
  /// The spectrum of a kernel: over what the way back multiplies by, and over `divisor`.
  void forward_kernel(const T* row, bool upper_zero, double divisor, T* lines,
                      T* room) const noexcept;
  /// The way back. What lines held is lost.
  void inverse(T* lines, T* row, T* room) const noexcept;
  /// Times the kernel's spectrum; y may be lines.
  void multiply(const T* lines, const T* h, T* y) const noexcept;
  /// forward, multiply and inverse; y may be row. `errand` (`ahead` there: the numbers of a row
  /// that comes next), `short_by` and `aside` as Transform::convolve_entered takes them; not of
  /// circular rows, whose results may lie aside, where they are read at once.
  void convolve(const T* row, bool upper_zero, const T* h, T* lines, T* y, T* room,
                const Team& team = {}, const Errand<T>& errand = {}, std::int64_t short_by = 0,
                T* aside = nullptr) const noexcept;
  /// The two halves of convolve().
  void enter(const T* row, bool upper_zero, T* lines, T* room,
             const Team& team = {}) const noexcept;
  void convolve_entered(const T* h, T* lines, T* y, T* room, const Team& team = {},
                        const Errand<T>& errand = {}, std::int64_t short_by = 0,
                        T* aside = nullptr) const noexcept;
  /// The first, for a thread alone and where scans(), with a look at the row: where samples are
  /// zero, or not finite, no more than that there are some; the latter may end it.
  void enter_and_scan(const T* row, bool upper_zero, T* lines, T* room,
                      Scan<T>& scan) const noexcept;
  bool scans() const noexcept { return !circular_ || circular_->scans(); }
  bool does_errands() const noexcept { return whole_ && whole_->does_errands(); }
  /// What short_by has to be less than.
  std::int64_t may_miss() const noexcept { return whole_ ? whole_->may_miss() : 1; }
  /// Calls body(first number, numbers, f, g) for the parts of a spectrum: f is what the way back
  /// multiplies by, and g times the largest of the numbers no gain of a kernel, nor magnitude of a
  /// sample's spectrum, exceeds.
  template <class Body>
  void for_parts(Body&& body) const {
    if (circular_) circular_->for_parts(body);
    else body(std::int64_t{0}, 2 * whole_->length(), static_cast<double>(whole_->length()), 1.0);
  }

 private:
  RowTransform() = default;

  std::optional<Transform<T>> whole_;
  std::optional<CircularRow<T>> circular_;
};

/// c of |fl(Fx) - Fx|_2 <= c u |Fx|_2 for a row; docs/transform_error.md.
double row_error_coefficient(Ring ring, std::int64_t length) noexcept;

}  // namespace faltung
