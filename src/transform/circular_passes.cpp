// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The ways of a period from samples to the spectra of its factors, and back.
#include <algorithm>

#include "microkernels/samples.hpp"
#include "support/copy.hpp"
#include "transform/circular_row.hpp"

namespace faltung {
namespace {

/// Numbers of each part of a fold that are worth handing to a thread.
constexpr std::int64_t kLeastNumbers = 2048;
/// A row whose upper half is not there, in `to`.
template <class T>
const T* with_zeros(const T* x, std::int64_t length, T* to) {
  support::copy(x, length / 2, to);
  std::fill_n(to + length / 2, length / 2, T(0));
  return to;
}

}  // namespace

template <class T>
template <class Body>
void CircularRow<T>::for_tiles(const Step& step, const Team& team, Body&& body) const {
  const std::int64_t tiles = (step.left() / step.pieces + Tile::kWidth - 1) / Tile::kWidth;
  team.ranges(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
    alignas(64) T differences[3 * Tile::kMost * Tile::kWidth];
    for (std::int64_t at = begin * Tile::kWidth; at < end * Tile::kWidth; at += Tile::kWidth)
      body({differences, at, std::min(Tile::kWidth, step.left() / step.pieces - at), step.pieces});
    flush_stores();
  });
}

template <class T>
void CircularRow<T>::enter_tile(const Step& step, const T* x, T* lines, T* room, Tile tile,
                                Scan<T>* scan) const {
  const std::int64_t left = step.left(), piece = left / tile.pieces;
  for (std::int64_t p = 0; p < tile.pieces; ++p) {
    const std::int64_t at = p * piece + tile.at;
    T *const differences = tile.differences + p * Tile::kWidth, *const sums =
                                                                    room + step.sums() + at;
    const T* const ahead = tile.next(step, x, p);
    if (scan == nullptr) {
      loops_->fold[2](x + at, left, differences, tile.part(), sums, tile.n, ahead);
      continue;
    }
    loops_->fold_and_scan(x + at, left, differences, tile.part(), sums, tile.n, ahead, *scan);
    if (scan->nonfinite > 0) return;
  }
  const auto first = [&](const Factor& f, const T* from, std::int64_t pieces) {
    const int radix = f.transform.first_radix();
    const std::int64_t inside = pieces / radix;  // pieces of a part
    for (std::int64_t p = 0; p < inside; ++p, from += Tile::kWidth)
      loops_->first[radix](from, from + pieces * Tile::kWidth, inside * Tile::kWidth,
                           lines + f.at + 2 * (p * piece + tile.at), inside * piece,
                           tile.n / loops_->lanes, f.transform.first_twiddles());
  };
  first(factors_[step.factor], tile.differences, tile.pieces);
  first(factors_[step.factor + 1], tile.differences + 2 * tile.part(), tile.pieces / 2);
}

template <class T>
void CircularRow<T>::leave_tile(const Step& step, const T* room, const T* lines, T* y, Tile tile,
                                typename Butterflies<T>::Unfold unfold) const {
  const std::int64_t left = step.left(), piece = left / tile.pieces;
  const auto last = [&](const Factor& f, T* to, std::int64_t pieces) {
    const int radix = f.transform.first_radix();
    const std::int64_t inside = pieces / radix;
    for (std::int64_t p = 0; p < inside; ++p, to += Tile::kWidth)
      loops_->last[radix](lines + f.at + 2 * (p * piece + tile.at), inside * piece, to,
                          to + pieces * Tile::kWidth, inside * Tile::kWidth, tile.n / loops_->lanes,
                          f.transform.first_twiddles());
  };
  last(factors_[step.factor], tile.differences, tile.pieces);
  last(factors_[step.factor + 1], tile.differences + 2 * tile.part(), tile.pieces / 2);
  for (std::int64_t p = 0; p < tile.pieces; ++p) {
    const std::int64_t at = p * piece + tile.at;
    unfold(tile.differences + p * Tile::kWidth, tile.part(), room + step.sums() + at, y + at, left,
           tile.n);
  }
}

/// x modulo each factor, and the factors' first passes. A step reads what it writes over.
template <class T>
void CircularRow<T>::enter(const T* x, bool upper_zero, T* lines, T* room, const Team& team,
                           Scan<T>* scan) const noexcept {
  for (const Fused& f : fused_) {
    f.first[upper_zero ? 1 : 0](x, f.part, f.vectors, room, {lines + f.half, lines + f.quarter},
                                f.twiddles);
    x = room;
    upper_zero = false;
  }
  for (const Step& step : steps_) {
    T* const to = room + step.room;
    if (upper_zero) x = with_zeros(x, step.length, to);
    upper_zero = false;
    if (step.pieces > 0) {
      for_tiles(step, team, [&](Tile tile) {
        if (scan == nullptr || scan->nonfinite == 0) enter_tile(step, x, lines, room, tile, scan);
      });
      if (scan != nullptr && scan->nonfinite > 0) return;
      x = room + step.sums();
      scan = nullptr;
      continue;
    }
    team.ranges(step.left(), kLeastNumbers, [&](std::int64_t begin, std::int64_t end) {
      loops_->fold[step.folds](x + begin, step.left(), to + begin, step.left(),
                               room + step.sums() + begin, end - begin, nullptr);
    });
    const T* from = to;
    for (int fold = 0; fold < step.folds; ++fold) {
      const Factor& f = factors_[step.factor + static_cast<std::size_t>(fold)];
      f.transform.first(from, from + f.transform.length(), lines + f.at, team);
      from += 2 * f.transform.length();
    }
    x = room + step.sums();
  }
  if (has_pairs()) units_->split(x, lines + last_at_);
  else factors_.back().transform.first(x, nullptr, lines + last_at_, team);
}

/// The way back, with a factor of 2 for each fold. `past`: nobody reads the row soon.
template <class T>
void CircularRow<T>::leave(T* lines, T* row, T* room, const Team& team, bool past) const {
  constexpr std::uintptr_t kVectorBytes = 64;
  past = past && far_ && reinterpret_cast<std::uintptr_t>(row) % kVectorBytes == 0;
  T *const sums = room + last_sums_, *const last = lines + last_at_;
  if (has_pairs()) units_->join(last, sums);
  else factors_.back().transform.last(last, sums, sums + factors_.back().transform.length(), team);
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const Step& step = steps_[i];
    T *const from = room + step.room, *const to = i == 0 && fused_.empty() ? row : from;
    if (step.pieces > 0) {
      const auto unfold = past && to == row ? loops_->unfold_past : loops_->unfold[2];
      for_tiles(step, team, [&](Tile tile) { leave_tile(step, room, lines, to, tile, unfold); });
      continue;
    }
    T* part = from;
    for (int fold = 0; fold < step.folds; ++fold) {
      const Factor& f = factors_[step.factor + static_cast<std::size_t>(fold)];
      f.transform.last(lines + f.at, part, part + f.transform.length(), team);
      part += 2 * f.transform.length();
    }
    team.ranges(step.left(), kLeastNumbers, [&](std::int64_t begin, std::int64_t end) {
      loops_->unfold[step.folds](from + begin, step.left(), room + step.sums() + begin, to + begin,
                                 step.left(), end - begin);
    });
  }
  for (std::size_t i = fused_.size(); i-- > 0;) {
    const Fused& f = fused_[i];
    f.last(room, f.part, f.vectors, {lines + f.half, lines + f.quarter}, f.twiddles,
           i == 0 ? row : room);
  }
}

template <class T>
void CircularRow<T>::forward(const T* row, bool upper_zero, T* lines, T* room) const noexcept {
  enter(row, upper_zero, lines, room, {});
  for (const Factor& f : factors_) f.transform.forward_lines(lines + f.at);
  if (has_pairs()) std::fill_n(lines + last_at_ + half_angles_.size(), half_angles_.size(), T(0));
}

template <class T>
void CircularRow<T>::forward_kernel(const T* row, bool upper_zero, double divisor, T* lines,
                                    T* room) const noexcept {
  enter(row, upper_zero, lines, room, {});
  const Factor* f = factors_.data();
  for_parts([&](std::int64_t first, std::int64_t, double back, double) {
    f++->transform.forward_lines(lines + first, static_cast<T>(1 / (back * divisor)));
  });
  if (has_pairs()) units_->pair_kernel(lines + last_at_, half_angles_.data());
}

template <class T>
void CircularRow<T>::inverse(T* lines, T* row, T* room) const noexcept {
  for (const Factor& f : factors_) f.transform.inverse_lines(lines + f.at);
  leave(lines, row, room, {}, false);
}

template <class T>
void CircularRow<T>::multiply(const T* lines, const T* h, T* y) const noexcept {
  const std::int64_t end = last_at_ + (has_pairs() ? 0 : 2 * factors_.back().transform.length());
  loops_->multiply(lines, h, {.count = end / (2 * loops_->lanes)}, y);
  if (has_pairs()) units_->multiply_pairs(lines + last_at_, h + last_at_, y + last_at_);
}

template <class T>
void CircularRow<T>::enter_and_scan(const T* row, T* lines, T* room, Scan<T>& scan) const noexcept {
  enter(row, false, lines, room, {}, &scan);
}

template <class T>
void CircularRow<T>::convolve_entered(const T* h, T* lines, T* y, T* room, const Team& team,
                                      bool past) const noexcept {
  if (joint_units_ > 0) {
    for (const Factor* f : deep_) f->transform.passes_to_units(lines + f->at);
    const T *const passes = joint_passes_.data(), *const stages = joint_stages_.data();
    if (has_pairs()) units_->convolve_pairs(lines, h, joint_units_, passes, stages);
    else units_->convolve[0](lines, h, {}, joint_units_, passes, stages);
    for (const Factor* f : deep_) f->transform.passes_from_units(lines + f->at);
  } else {
    for (const Factor& f : factors_) {
      const Transform<T>& t = f.transform;
      if (has_pairs() && &f == &factors_.back())
        units_->convolve_pairs(lines + f.at, h + f.at, 1, t.unit_twiddles(), t.stage_twiddles());
      else t.convolve_lines(lines + f.at, h + f.at, team);
    }
  }
  leave(lines, y, room, team, past);
}

#define FALTUNG_INSTANTIATE(T)                                                                 \
  template void CircularRow<T>::forward(const T*, bool, T*, T*) const noexcept;                \
  template void CircularRow<T>::forward_kernel(const T*, bool, double, T*, T*) const noexcept; \
  template void CircularRow<T>::inverse(T*, T*, T*) const noexcept;                            \
  template void CircularRow<T>::multiply(const T*, const T*, T*) const noexcept;               \
  template void CircularRow<T>::enter(const T*, bool, T*, T*, const Team&, Scan<T>*)           \
      const noexcept;                                                                          \
  template void CircularRow<T>::enter_and_scan(const T*, T*, T*, Scan<T>&) const noexcept;     \
  template void CircularRow<T>::convolve_entered(const T*, T*, T*, T*, const Team&, bool)      \
      const noexcept;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
