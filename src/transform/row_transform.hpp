// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transform/transform.hpp"

namespace faltung {

/// What a row of a block is, and what its products are modulo.
enum class Ring {
  negacyclic,  ///< N real samples, modulo X^N + 1: packed as N/2 complex points modulo X^(N/2) - i
  circular,    ///< N real samples, modulo X^N - 1
  complex,     ///< N complex points, modulo X^N - 1: a plane of real parts, then the imaginary ones
};

/// The transform of a row of samples, and of a convolution along it.
///
/// A circular row is taken apart until little is left,
///
///   X^N - 1 = (X^(N/2) + 1) (X^(N/4) + 1) ... (X^h + 1) (X^h - 1),
///
/// by x -> x_low - x_high, the residue modulo X^(N/2) + 1, and x_low + x_high, that modulo
/// X^(N/2) - 1, and so on: each factor is a packed row of its own, the last one complex points
/// whose imaginary parts are zero.
///
///   x      [      low      |      high     ]
///   folded [ low - high            | . - . | . + . ]    negacyclic N/2, N/4, circular N/4
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
  /// The way back. What lines held is lost.
  void inverse(T* lines, T* row, T* room) const noexcept;
  /// forward, times the kernel's spectrum, inverse; y may be row. `ahead` (the numbers of a row
  /// that comes next), `short_by` and `aside` as Transform::convolve takes them; not of circular
  /// rows.
  void convolve(const T* row, bool upper_zero, const T* h, T* lines, T* y, T* room,
                const Team& team = {}, const T* ahead = nullptr, std::int64_t short_by = 0,
                T* aside = nullptr) const noexcept;
  /// What short_by has to be less than.
  std::int64_t may_miss() const noexcept {
    return ring_ == Ring::negacyclic ? parts_[0].may_miss() : 1;
  }
  /// Calls body(first number, numbers, f) for the parts of a spectrum: over f, which is what the
  /// way back multiplies by, it is that of a kernel.
  template <class Body>
  void for_parts(Body&& body) const {
    std::int64_t at = 0;
    double folds = 1;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (ring_ == Ring::circular && i + 1 < parts_.size()) folds *= 2;
      const std::int64_t numbers = 2 * parts_[i].length();
      body(at, numbers, folds * static_cast<double>(parts_[i].length()));
      at += numbers;
    }
  }

 private:
  RowTransform() = default;
  void fold(const T* row, bool upper_zero, T* room, const Team& team) const noexcept;
  void unfold(T* room, T* row, const Team& team) const noexcept;

  Ring ring_ = Ring::negacyclic;
  std::int64_t length_ = 0;
  const Butterflies<T>* loops_ = nullptr;
  std::vector<Transform<T>> parts_;  ///< one, or those of a circular row
};

/// c of |fl(Fx) - Fx|_2 <= c u |Fx|_2 for a row; docs/transform_error.md.
double row_error_coefficient(Ring ring, std::int64_t length) noexcept;

}  // namespace faltung
