// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transform/transform.hpp"

namespace faltung {

/// The transform of N real samples modulo X^N - 1, taken apart until little is left,
///
///   X^N - 1 = (X^(N/2) + 1) (X^(N/4) + 1) ... (X^h + 1) (X^h - 1),
///
/// by folds: x_low - x_high, the residue modulo X^(N/2) + 1, and x_low + x_high, that modulo
/// X^(N/2) - 1, and so on. Each factor is a packed row of its own (Root::quarter), the last one
/// complex points whose imaginary parts are zero.
///
///   x      [      low      |      high     ]
///   folded [ low - high            | . - . | . + . ]    N/2, N/4, and what is folded again
///
/// Two folds are made at a time. In short rows they go together with the first passes of what they
/// split off, which then never lies in memory as samples, and the units of all factors are run
/// together: one factor has too few of them to keep the processor busy. (In long rows the sixteen
/// streams that such a step reads cost more than it saves.)
///
/// Shape    N as takes() says; numbers() of a spectrum, in lines, factor by factor.
/// Threads  const; writes to the caller's arrays alone; a team shares each step.
template <class T>
class CircularRow {
 public:
  using Team = support::Team;
  static bool takes(std::int64_t length, std::int64_t target) noexcept;
  /// Fails with unsupported where takes() is false. May throw std::bad_alloc.
  static Result<CircularRow> make(std::int64_t length, std::int64_t target);

  std::int64_t bytes() const noexcept;  ///< of the tables
  static std::int64_t bytes_of(std::int64_t length, std::int64_t target);
  /// Numbers of a spectrum: two for each complex point.
  static std::int64_t numbers_of(std::int64_t length, std::int64_t target);
  /// Numbers that a row's folds need beside it.
  static std::int64_t room_of(std::int64_t length, std::int64_t target);

  /// Row, lines and room as RowTransform takes them.
  void forward(const T* row, bool upper_zero, T* lines, T* room) const noexcept;
  /// forward for a kernel, as RowTransform has it.
  void forward_kernel(const T* row, bool upper_zero, double divisor, T* lines,
                      T* room) const noexcept;
  void inverse(T* lines, T* row, T* room) const noexcept;
  void convolve(const T* row, bool upper_zero, const T* h, T* lines, T* y, T* room,
                const Team& team) const noexcept;
  /// As RowTransform::for_parts.
  template <class Body>
  void for_parts(Body&& body) const {
    double folds = 1;
    for (const Factor& f : factors_) {
      if (&f != &factors_.back()) folds *= 2;
      body(f.at, 2 * f.transform.length(), folds * static_cast<double>(f.transform.length()));
    }
  }

 private:
  /// One fold or two, of `length` samples; `fused` with the first passes of two factors.
  struct Step {
    int folds;
    bool fused;
    std::int64_t length;
    std::size_t factor;  ///< the first that it splits off
    std::int64_t room;   ///< where it begins in the room for folds
    std::int64_t left() const { return length >> folds; }
    /// Where what is left to be folded begins in the room.
    std::int64_t sums() const { return fused ? room : room + length - left(); }
  };
  struct Factor {
    Transform<T> transform;
    std::int64_t at;  ///< where its spectrum begins
  };
  CircularRow() = default;
  static std::vector<Step> steps_of(std::int64_t length, std::int64_t target);
  template <class Body>
  static void for_factors(const std::vector<Step>& steps, Body&& body);
  static std::int64_t joint_units_of(std::int64_t length, std::int64_t target);
  void join_units();
  HalfLines<T> halves(const Step& s, T* lines) const {
    return {lines + factors_[s.factor].at, lines + factors_[s.factor + 1].at};
  }
  HalfTwiddles<T> half_twiddles(const Step& s) const {
    return {factors_[s.factor].transform.first_twiddles(),
            factors_[s.factor + 1].transform.first_twiddles()};
  }
  void enter(const T* row, bool upper_zero, T* lines, T* room, const Team& team) const;
  void leave(T* lines, T* row, T* room, const Team& team) const;

  const Butterflies<T>* loops_ = nullptr;
  const Units<T>* units_ = nullptr;
  std::vector<Step> steps_;
  std::vector<Factor> factors_;
  /// Of short rows: the units of all factors, and their twiddles one after the other.
  std::int64_t joint_units_ = 0;
  support::AlignedVector<T> joint_passes_, joint_stages_;
};

}  // namespace faltung
