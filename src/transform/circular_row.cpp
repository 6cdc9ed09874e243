// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/circular_row.hpp"

#include <algorithm>

namespace faltung {
namespace {

/// Numbers of each part of a fold that are worth handing to a thread.
constexpr std::int64_t kLeastNumbers = 2048;
/// Bytes of a short row, which stays in the nearest cache.
constexpr std::int64_t kShortBytes = 32768;
/// What is left costs next to nothing then, and short rows cost more for each sample.
constexpr std::int64_t kLeastShare = 32;

/// A row whose upper half is not there, in `to`.
template <class T>
const T* with_zeros(const T* x, std::int64_t length, T* to) {
  std::copy_n(x, length / 2, to);
  std::fill_n(to + length / 2, length / 2, T(0));
  return to;
}

}  // namespace

// ------------------------------------------------------------------------------------- layout

template <class T>
bool CircularRow<T>::takes(std::int64_t length, std::int64_t target) noexcept {
  return length % (4 * row_quantum<T>(target)) == 0 && is_transform_length(length / 4);
}

/// As long as the packed half is a transform of whole units.
template <class T>
std::vector<typename CircularRow<T>::Step> CircularRow<T>::steps_of(std::int64_t length,
                                                                    std::int64_t target) {
  const std::int64_t quantum = row_quantum<T>(target), lanes = butterflies<T>(target).lanes;
  const auto folds = [&](std::int64_t n) {
    return n > length / kLeastShare && n % (4 * quantum) == 0 && is_transform_length(n / 4);
  };
  std::vector<Step> steps;
  const bool is_short = length * static_cast<std::int64_t>(sizeof(T)) <= kShortBytes;
  Step step{0, false, length, 0, 0};
  while (folds(step.length)) {
    step.folds = folds(step.length / 2) ? 2 : 1;
    step.fused = is_short && step.folds == 2 && step.length % (16 * std::max(quantum, lanes)) == 0;
    steps.push_back(step);
    step = {0, false, step.left(), step.factor + static_cast<std::size_t>(step.folds), step.sums()};
  }
  return steps;
}

/// Calls body(points, root, radix of the first pass or 1) for each factor.
template <class T>
template <class Body>
void CircularRow<T>::for_factors(const std::vector<Step>& steps, Body&& body) {
  for (const Step& s : steps)
    for (int fold = 1; fold <= s.folds; ++fold)
      body(s.length >> (fold + 1), Root::quarter, s.fused ? 8 >> fold : 1);
  body(steps.back().left(), Root::cyclic, 1);
}

template <class T>
std::int64_t CircularRow<T>::joint_units_of(std::int64_t length, std::int64_t target) {
  const bool is_short = length * static_cast<std::int64_t>(sizeof(T)) <= kShortBytes;
  if (!is_short || units<T>(target).count == 0) return 0;
  return numbers_of(length, target) / 2 / row_quantum<T>(target);
}

template <class T>
std::int64_t CircularRow<T>::bytes_of(std::int64_t length, std::int64_t target) {
  std::int64_t total = joint_units_of(length, target) *
                       (kUnitPassTwiddles + units<T>(target).twiddles) *
                       static_cast<std::int64_t>(sizeof(T));
  for_factors(steps_of(length, target), [&](std::int64_t points, Root, int radix) {
    total += Transform<T>::bytes_of(points, Along::rows, target, false, radix);
  });
  return total;
}

template <class T>
std::int64_t CircularRow<T>::bytes() const noexcept {
  std::size_t total = (joint_passes_.size() + joint_stages_.size()) * sizeof(T);
  for (const Factor& f : factors_) total += static_cast<std::size_t>(f.transform.bytes());
  return static_cast<std::int64_t>(total);
}

template <class T>
std::int64_t CircularRow<T>::numbers_of(std::int64_t length, std::int64_t target) {
  return length + steps_of(length, target).back().left();
}

/// What is folded, and behind it the imaginary parts of the last factor.
template <class T>
std::int64_t CircularRow<T>::room_of(std::int64_t length, std::int64_t target) {
  std::int64_t room = 0;
  for (const Step& s : steps_of(length, target))
    room = std::max(room, s.sums() + (s.fused ? 1 : 2) * s.left());
  return room;
}

template <class T>
Result<CircularRow<T>> CircularRow<T>::make(std::int64_t length, std::int64_t target) {
  if (!takes(length, target))
    return tl::unexpected(Failure{
        Status::unsupported, "no transform of a period of " + std::to_string(length) + " samples"});
  CircularRow row;
  row.loops_ = &butterflies<T>(target);
  row.units_ = &units<T>(target);
  row.steps_ = steps_of(length, target);
  Result<void> made;
  std::int64_t at = 0;
  for_factors(row.steps_, [&](std::int64_t points, Root root, int radix) {
    if (!made) return;
    auto factor = Transform<T>::make(points, root, Along::rows, target, false, radix);
    if (!factor) return void(made = tl::unexpected(factor.error()));
    row.factors_.push_back({std::move(*factor), at});
    at += 2 * points;
  });
  if (!made) return tl::unexpected(made.error());
  if (row.bytes() + at * static_cast<std::int64_t>(sizeof(T)) > Transform<T>::kFarBytes)
    for (Factor& f : row.factors_) f.transform.set_far();
  row.joint_units_ = joint_units_of(length, target);
  if (row.joint_units_ > 0) row.join_units();
  return row;
}

template <class T>
void CircularRow<T>::join_units() {
  for (const Factor& f : factors_) {
    const Transform<T>& t = f.transform;
    const T *passes = t.unit_twiddles(), *stages = t.stage_twiddles();
    joint_passes_.insert(joint_passes_.end(), passes, passes + t.unit_count() * kUnitPassTwiddles);
    joint_stages_.insert(joint_stages_.end(), stages, stages + t.unit_count() * units_->twiddles);
  }
}

// -------------------------------------------------------------------------------- there and back

/// x modulo each factor, and the factors' first passes. A step reads what it writes over.
template <class T>
void CircularRow<T>::enter(const T* row, bool upper_zero, T* lines, T* room,
                           const Team& team) const {
  const T* x = row;
  for (const Step& step : steps_) {
    T* const to = room + step.room;
    if (step.fused) {
      const std::int64_t part = step.length / 16;
      loops_->first_folded[upper_zero ? 1 : 0](x, part, part / loops_->lanes, to, part,
                                               halves(step, lines), half_twiddles(step));
    } else {
      if (upper_zero) x = with_zeros(x, step.length, to);
      team.ranges(step.left(), kLeastNumbers, [&](std::int64_t begin, std::int64_t end) {
        loops_->fold[step.folds](x, step.length, {begin, end}, to);
      });
      const T* from = to;
      for (int fold = 0; fold < step.folds; ++fold) {
        const Factor& f = factors_[step.factor + static_cast<std::size_t>(fold)];
        f.transform.first(from, from + f.transform.length(), lines + f.at, team);
        from += 2 * f.transform.length();
      }
    }
    x = room + step.sums();
    upper_zero = false;
  }
  factors_.back().transform.first(x, nullptr, lines + factors_.back().at, team);
}

/// The way back, with a factor of 2 for each fold.
template <class T>
void CircularRow<T>::leave(T* lines, T* row, T* room, const Team& team) const {
  T* const sums = room + steps_.back().sums();
  factors_.back().transform.last(lines + factors_.back().at, sums, sums + steps_.back().left(),
                                 team);
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const Step& step = steps_[i];
    T *const from = room + step.room, *const to = i == 0 ? row : from;
    if (step.fused) {
      const std::int64_t part = step.length / 16;
      loops_->last_folded(from, part, part / loops_->lanes, halves(step, lines),
                          half_twiddles(step), to, part);
      continue;
    }
    T* part = from;
    for (int fold = 0; fold < step.folds; ++fold) {
      const Factor& f = factors_[step.factor + static_cast<std::size_t>(fold)];
      f.transform.last(lines + f.at, part, part + f.transform.length(), team);
      part += 2 * f.transform.length();
    }
    team.ranges(step.left(), kLeastNumbers, [&](std::int64_t begin, std::int64_t end) {
      loops_->unfold[step.folds](from, step.length, {begin, end}, to);
    });
  }
}

template <class T>
void CircularRow<T>::forward(const T* row, bool upper_zero, T* lines, T* room) const noexcept {
  enter(row, upper_zero, lines, room, {});
  for (const Factor& f : factors_) f.transform.forward_lines(lines + f.at);
}

template <class T>
void CircularRow<T>::forward_kernel(const T* row, bool upper_zero, double divisor, T* lines,
                                    T* room) const noexcept {
  enter(row, upper_zero, lines, room, {});
  const Factor* f = factors_.data();
  for_parts([&](std::int64_t first, std::int64_t /*numbers*/, double back) {
    f++->transform.forward_lines(lines + first, static_cast<T>(1 / (back * divisor)));
  });
}

template <class T>
void CircularRow<T>::inverse(T* lines, T* row, T* room) const noexcept {
  for (const Factor& f : factors_) f.transform.inverse_lines(lines + f.at);
  leave(lines, row, room, {});
}

template <class T>
void CircularRow<T>::convolve(const T* row, bool upper_zero, const T* h, T* lines, T* y, T* room,
                              const Team& team) const noexcept {
  enter(row, upper_zero, lines, room, team);
  if (joint_units_ > 0) {
    for (const Factor& f : factors_) f.transform.passes_to_units(lines + f.at);
    units_->convolve[0](lines, h, nullptr, joint_units_, joint_passes_.data(),
                        joint_stages_.data());
    for (const Factor& f : factors_) f.transform.passes_from_units(lines + f.at);
  } else {
    for (const Factor& f : factors_) f.transform.convolve_lines(lines + f.at, h + f.at, team);
  }
  leave(lines, y, room, team);
}

template class CircularRow<float>;
template class CircularRow<double>;

}  // namespace faltung
