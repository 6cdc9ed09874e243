// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/block_convolution.hpp"
#include "convolution/footprint.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"
#include "support/team.hpp"

namespace faltung {

/// Samples of the hull of a kernel's non-zero taps, the holes of a dilation included.
std::int64_t hull_volume(const Geometry& geometry, const KernelFacts& facts) noexcept;

/// What one block needs.
template <class T>
struct BlockConvolution<T>::Work {
  Work(support::Carver& carver, const BlockConvolution& b)
      : lines(carver.take<T>(b.size_)),
        kept(carver.take<T>(b.shares_ ? b.size_ : 0)),
        nan(carver.take<std::uint64_t>(mark_words(b.rows_, b.block_.back()))),
        infinite(carver.take<std::uint64_t>(mark_words(b.rows_, b.block_.back()))),
        nonzero(carver.take<std::uint64_t>(mark_words(b.rows_, b.block_.back()))),
        room_of_marks(
            carver.take<std::uint64_t>(b.goes_round() ? mark_words(b.rows_, b.block_.back()) : 0)) {
    take_rows(carver, b);
  }

  /// Room for one row on its way.
  void take_rows(support::Carver& carver, const BlockConvolution& b) {
    samples = carver.take<T>(RowTransform<T>::samples_of(b.ring_, b.block_.back()));
    room = carver.take<T>(b.room_);
    row[0] = carver.take<T>(row_outputs(b));
    row[1] = carver.take<T>(b.is_real() ? 0 : row_outputs(b));
  }

  static std::int64_t row_outputs(const BlockConvolution& b) {
    return std::min(b.geometry_->spatial.back().count, b.axes_[b.last()].outputs);
  }

  Errand<T>* unstored = nullptr;            ///< as compute() takes it
  std::int64_t stride = 0;                  ///< blocks to the one that this thread does next
  support::Team team;                       ///< that computes the block together
  std::byte* of_members = nullptr;          ///< what its threads have of their own
  T* lines;                                 ///< the block's spectrum, row by row
  T* kept;                                  ///< the spectrum that kernels of a bank share
  T* samples;                               ///< one row of samples, or of results
  T* room;                                  ///< of the row's transform
  T* row[2];                                ///< one row of outputs
  std::uint64_t *nan, *infinite, *nonzero;  ///< marks of the block's samples, row by row, then
                                            ///< spread; valid where `marked` says so
  std::uint64_t* room_of_marks;
  std::int64_t from[kMaxRank], to[kMaxRank];  ///< outputs
  std::int64_t lo[kMaxRank], size[kMaxRank];  ///< the box of x~ that is read
  std::int64_t origin[kMaxRank];              ///< position of the block's index 0
  std::int64_t stored[kMaxRank];              ///< samples from there on that are not zeros outside
  Scan<T> scan;                               ///< of the box
  std::uint8_t marked = 0;                    ///< kinds of Mark
  int exponent = 0;       ///< results are 2^exponent of what the inverse transform gives
  bool vanishes = false;  ///< every finite product is zero, or all outputs are NaN: no transform
                          ///< was made, and outputs are `vanished`
  T vanished = 0;
  bool one_tap = false;   ///< the kernel is a scaled and shifted impulse: no transform was made
  bool has_hull = false;  ///< hull_first and hull_last are set
  std::int64_t hull_first[kMaxRank],
      hull_last[kMaxRank];  ///< of the non-zero samples, in the block
  bool one_sign = false;    ///< neither the samples nor the taps are ever negative
  T least = 0;              ///< and no result of theirs is below this, but for known zeros

  /// Samples go into the transform as they are.
  bool clean() const { return scan.nonfinite == 0 && exponent == 0; }
};

/// What a thread of a team has of its own, before the room for its rows.
template <class T>
struct BlockConvolution<T>::Member {
  Scan<T> scan;
};

/// Calls body(work, begin, end) for ranges that cover the parts 0 .. count of a block of several
/// rows. Each thread of a team has room and a scan of its own there. `scans`: body looks at
/// samples, and what it finds is put together.
template <class T>
template <class Body>
void BlockConvolution<T>::for_ranges(Work& work, std::int64_t count, bool scans,
                                     Body&& body) const {
  constexpr std::int64_t kRangesAThread = 16;
  const int threads = work.team.threads();
  if (threads == 1 || rows_ == 1) return body(work, 0, count);
  const std::int64_t each = member_bytes();
  const auto member_of = [&](int thread, Work& own) {
    support::Carver carver(work.of_members + thread * each);
    Member* const member = carver.take<Member>(1);
    own.take_rows(carver, *this);
    return member;
  };
  Work own = work;
  for (int thread = 0; thread < threads && scans; ++thread) *member_of(thread, own) = {};
  const std::int64_t ranges = std::min(count, kRangesAThread * threads);
  work.team.each(ranges, [&](std::int64_t i, int thread) {
    Work mine = work;
    Member* const member = member_of(thread, mine);
    mine.team = {};
    if (scans) mine.scan = member->scan;
    body(mine, count * i / ranges, count * (i + 1) / ranges);
    if (scans) member->scan = mine.scan;
  });
  for (int thread = 0; thread < threads && scans; ++thread)
    work.scan.merge(member_of(thread, own)->scan);
}

/// Row after row of the parts [begin, end) of the outermost axis, with its position; `inside` where
/// it holds samples.
template <class T>
template <class Body>
void BlockConvolution<T>::for_rows(const Work& work, std::int64_t begin, std::int64_t end,
                                   Body&& body) const {
  std::int64_t j[kMaxRank] = {begin}, position[kMaxRank];
  const std::int64_t rows = rows_ / parts();
  for (std::int64_t row = begin * rows; row < end * rows; ++row) {
    bool inside = true;
    for (int i = 0; i < last(); ++i) {
      position[i] = work.origin[i] + j[i];
      inside &= j[i] < work.stored[i];
    }
    body(row, inside, position);
    for (int i = last() - 1; i >= 0 && ++j[i] == block_[i]; --i) j[i] = 0;
  }
}

}  // namespace faltung
