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
/// X^(N/2) - 1, and so on. Each factor but the last is a packed row of its own (Root::quarter).
///
/// The last one, of few samples, is one unit of even and odd samples (Units::split), which has as
/// many points as it has to: `pairs`. Where it is longer, or spectra have to be multiplied point by
/// point, it is complex points whose imaginary parts are zero.
///
///   x      [      low      |      high     ]
///   folded [ low - high            | . - . | . + . ]    N/2, N/4, and what is folded again
///
/// Two folds are made at a time. In short rows they go together with the first passes of what they
/// split off, which then never lies in memory as samples, and the units of all factors are run
/// together: one factor has too few of them to keep the processor busy. In long rows, where the
/// sixteen streams that such a step reads cost more than it saves, they go together tile by tile.
///
/// Shape    N as takes() says; numbers() of a spectrum, in lines, factor by factor. With pairs, the
///          last of a kernel's are B of Units::pair_kernel, and those of samples are zero.
/// Threads  const; writes to the caller's arrays alone; a team shares each step.
template <class T>
class CircularRow {
 public:
  using Team = support::Team;
  CircularRow(CircularRow&&) noexcept = default;  // fused steps point into the factors' tables
  CircularRow& operator=(CircularRow&&) noexcept = default;
  static bool takes(std::int64_t length, std::int64_t target) noexcept;
  /// Fails with unsupported where takes() is false. May throw std::bad_alloc.
  /// `pointwise`: without pairs.
  static Result<CircularRow> make(std::int64_t length, std::int64_t target, bool pointwise);

  std::int64_t bytes() const noexcept;  ///< of the tables
  static std::int64_t bytes_of(std::int64_t length, std::int64_t target, bool pointwise);
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
  void multiply(const T* lines, const T* h, T* y) const noexcept;
  /// The two halves of a convolution. `past`: nobody reads y soon, so that of long rows it is
  /// stored past the caches.
  void enter(const T* row, bool upper_zero, T* lines, T* room, const Team& team,
             Scan<T>* scan = nullptr) const noexcept;
  void convolve_entered(const T* h, T* lines, T* y, T* room, const Team& team,
                        bool past) const noexcept;
  /// The first with a look at the row: where samples are zero, or not finite, no more than that
  /// there are some. The latter end it, and what was done is in vain.
  void enter_and_scan(const T* row, T* lines, T* room, Scan<T>& scan) const noexcept;
  /// Whether there is such a way, on which the row is read once in place of twice.
  bool scans() const noexcept { return !steps_.empty() && fused_.empty() && steps_[0].pieces > 0; }
  /// As RowTransform::for_parts.
  template <class Body>
  void for_parts(Body&& body) const {
    double folds = 1;
    for (const Factor& f : factors_) {
      if (&f != &factors_.back()) folds *= 2;
      const auto points = static_cast<double>(f.transform.length());
      if (has_pairs() && &f == &factors_.back())
        body(f.at, 4 * f.transform.length(), folds * points, 2);
      else body(f.at, 2 * f.transform.length(), folds * points, 1);
    }
  }

 private:
  /// One fold or two, of `length` samples; `fused` with the first passes of two factors, the first
  /// of which has this radix, or 0.
  struct Step {
    int folds;
    int fused;
    std::int64_t length;
    bool wide;                ///< the first pass of the first factor is of radix 8
    std::size_t factor;       ///< the first that it splits off
    std::int64_t room;        ///< where it begins in the room for folds
    std::int64_t pieces = 0;  ///< of each quarter, where both folds are made tile by tile
    std::int64_t left() const { return length >> folds; }
    /// Where what is left to be folded begins in the room.
    std::int64_t sums() const { return fused > 0 ? room : room + length - left(); }
  };
  /// Two folds and the first passes of what they split off, tile by tile: what lies between is seen
  /// by no cache but the nearest, and no more than a few streams of memory are read at a time, as
  /// many of which would meet in the same cache sets.
  ///
  ///   x   | .#...... | .#...... | .#...... | .#...... |   four quarters, each in pieces: those
  ///   that
  ///          a tile's part of a piece, folded one after the other     meet in the first passes
  struct Tile {
    T* differences;              ///< three parts, each `kWidth` numbers of all pieces
    std::int64_t at, n, pieces;  ///< numbers from `at` on of each piece
    static constexpr std::int64_t kWidth = 1024 / sizeof(T);
    static constexpr std::int64_t kMost = 16;  ///< pieces
    std::int64_t part() const { return pieces * kWidth; }
    /// What is folded next.
    const T* next(const Step& step, const T* row, std::int64_t piece) const {
      const bool is_last = piece + 1 == pieces;
      return row + (is_last ? at + kWidth : (piece + 1) * (step.left() / pieces) + at);
    }
  };
  struct Factor {
    Transform<T> transform;
    std::int64_t at;  ///< where its spectrum begins
  };
  CircularRow() = default;
  static std::vector<Step> steps_of(std::int64_t length, std::int64_t target);
  /// Whether what is left has pairs.
  static bool pairs_of(const std::vector<Step>& steps, std::int64_t target, bool pointwise);
  template <class Body>
  static void for_factors(const std::vector<Step>& steps, bool pairs, Body&& body);
  static std::int64_t joint_units_of(std::int64_t length, std::int64_t target, bool pairs);
  void join_units();
  void add_half_angles();
  bool has_pairs() const { return !half_angles_.empty(); }
  /// A fused step, settled: a short row takes less time than looking at what it is made of.
  struct Fused {
    typename Butterflies<T>::FirstFolded first[2];
    typename Butterflies<T>::LastFolded last;
    std::int64_t part, vectors;  ///< as they take them
    std::int64_t half, quarter;  ///< where the lines of the factors begin
    HalfTwiddles<T> twiddles;
  };
  void settle(std::vector<Step> steps);
  std::int64_t pieces_of(const Step& step) const;
  template <class Body>
  void for_tiles(const Step& step, const Team& team, Body&& body) const;
  /// `scan`: where x is looked at, or null.
  void enter_tile(const Step& step, const T* x, T* lines, T* to, Tile tile, Scan<T>* scan) const;
  void leave_tile(const Step& step, const T* from, const T* lines, T* y, Tile tile,
                  typename Butterflies<T>::Unfold unfold) const;
  void leave(T* lines, T* row, T* room, const Team& team, bool past) const;

  const Butterflies<T>* loops_ = nullptr;
  const Units<T>* units_ = nullptr;
  std::vector<Fused> fused_;  ///< steps, and those that come after them; the sums of all these lie
                              ///< where the room begins
  std::vector<Step> steps_;
  std::vector<Factor> factors_;
  std::vector<Factor*> deep_;                 ///< with passes between the first and the units
  std::int64_t last_at_ = 0, last_sums_ = 0;  ///< of the last factor: its lines, and what is left
                                              ///< in the room
  /// Of short rows: the units of all factors, and their twiddles one after the other.
  std::int64_t joint_units_ = 0;
  bool far_ = false;  ///< tables and spectra are too long for the caches
  support::AlignedVector<T> joint_passes_, joint_stages_;
  support::AlignedVector<T> half_angles_;  ///< as Units::pair_kernel takes them; empty: no pairs
};

}  // namespace faltung
