// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/circular_row.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "transform/unit_circle.hpp"

namespace faltung {
namespace {

/// Bytes of a short row, which stays in the nearest cache.
constexpr std::int64_t kShortBytes = 32768;
/// What is left costs next to nothing then, and short rows cost more for each sample.
constexpr std::int64_t kLeastShare = 32;
/// Bytes of a row whose first factor begins with a pass of radix 8, where there is one: its nodes
/// then stay in the second cache.
constexpr std::int64_t kWideBytes = std::int64_t{1} << 20;
/// Bytes of a row that is folded as a whole, not tile by tile.
constexpr std::int64_t kNearBytes = std::int64_t{128} << 10;

}  // namespace

template <class T>
bool CircularRow<T>::takes(std::int64_t length, std::int64_t target) noexcept {
  return length % (4 * row_quantum<T>(target)) == 0 && is_transform_length(length / 4);
}

/// As long as the packed half is a transform of whole units. The short ones are fused, with whole
/// units in each part.
template <class T>
std::vector<typename CircularRow<T>::Step> CircularRow<T>::steps_of(std::int64_t length,
                                                                    std::int64_t target) {
  const std::int64_t quantum = row_quantum<T>(target), lanes = butterflies<T>(target).lanes;
  const auto folds = [&](std::int64_t n) {
    return n >= length / kLeastShare && n % (4 * quantum) == 0 && is_transform_length(n / 4);
  };
  std::vector<Step> steps;
  const bool is_short = length * static_cast<std::int64_t>(sizeof(T)) <= kShortBytes;
  const auto radix_of = [&](const Step& s) {
    if (!is_short) return 0;
    if (s.folds == 2 && s.length % (16 * std::max(quantum, lanes)) == 0) return 4;
    const bool is_last = units<T>(target).count > 0 && s.left() == 2 * quantum;
    return is_last ? s.folds : 0;
  };
  const auto is_wide = [&](const Step& s) {
    const auto units = static_cast<std::uint64_t>(s.length / 4 / quantum);
    return butterflies<T>(target).eights && std::has_single_bit(units) &&
           s.length * static_cast<std::int64_t>(sizeof(T)) >= kWideBytes;
  };
  Step step{0, 0, length, false, 0, 0};
  while (folds(step.length)) {
    step.folds = folds(step.length / 2) ? 2 : 1;
    step.fused = radix_of(step);
    step.wide = is_wide(step);
    steps.push_back(step);
    step = {0,          0, step.left(), false, step.factor + static_cast<std::size_t>(step.folds),
            step.sums()};
  }
  return steps;
}

template <class T>
bool CircularRow<T>::pairs_of(const std::vector<Step>& steps, std::int64_t target, bool pointwise) {
  return !pointwise && units<T>(target).count > 0 &&
         steps.back().left() == 2 * row_quantum<T>(target);
}

/// Calls body(points, root, radix of the first pass or 1) for each factor.
template <class T>
template <class Body>
void CircularRow<T>::for_factors(const std::vector<Step>& steps, bool pairs, Body&& body) {
  for (const Step& s : steps)
    for (int fold = 1; fold <= s.folds; ++fold)
      body(s.length >> (fold + 1), Root::quarter,
           s.wide && fold == 1 ? 8 : std::max(1, s.fused >> (fold - 1)));
  body(steps.back().left() / (pairs ? 2 : 1), Root::cyclic, 1);
}

template <class T>
std::int64_t CircularRow<T>::joint_units_of(std::int64_t length, std::int64_t target, bool pairs) {
  const bool is_short = length * static_cast<std::int64_t>(sizeof(T)) <= kShortBytes;
  if (!is_short || units<T>(target).count == 0) return 0;
  return (pairs ? length : numbers_of(length, target)) / 2 / row_quantum<T>(target);
}

template <class T>
std::int64_t CircularRow<T>::bytes_of(std::int64_t length, std::int64_t target, bool pointwise) {
  const std::vector<Step> steps = steps_of(length, target);
  const bool pairs = pairs_of(steps, target, pointwise);
  std::int64_t total = joint_units_of(length, target, pairs) *
                           (kUnitPassTwiddles + units<T>(target).twiddles) *
                           static_cast<std::int64_t>(sizeof(T)) +
                       (pairs ? steps.back().left() * static_cast<std::int64_t>(sizeof(T)) : 0);
  for_factors(steps, pairs, [&](std::int64_t points, Root, int radix) {
    total += Transform<T>::bytes_of(points, Along::rows, target, false, radix);
  });
  return total;
}

template <class T>
std::int64_t CircularRow<T>::bytes() const noexcept {
  std::size_t total =
      (joint_passes_.size() + joint_stages_.size() + half_angles_.size()) * sizeof(T);
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
  for (const Step& s : steps_of(length, target)) room = std::max(room, s.sums() + 2 * s.left());
  return room;
}

template <class T>
Result<CircularRow<T>> CircularRow<T>::make(std::int64_t length, std::int64_t target,
                                            bool pointwise) {
  if (!takes(length, target))
    return tl::unexpected(Failure{
        Status::unsupported, "no transform of a period of " + std::to_string(length) + " samples"});
  CircularRow row;
  row.loops_ = &butterflies<T>(target);
  row.units_ = &units<T>(target);
  const std::vector<Step> steps = steps_of(length, target);
  const bool pairs = pairs_of(steps, target, pointwise);
  Result<void> made;
  std::int64_t at = 0;
  for_factors(steps, pairs, [&](std::int64_t points, Root root, int radix) {
    if (!made) return;
    auto factor = Transform<T>::make(points, root, Along::rows, target, false, radix);
    if (!factor) return void(made = tl::unexpected(factor.error()));
    row.factors_.push_back({std::move(*factor), at});
    at += 2 * points;
  });
  if (!made) return tl::unexpected(made.error());
  const std::int64_t read = row.bytes() + at * static_cast<std::int64_t>(sizeof(T));
  row.far_ = read > Transform<T>::kFarBytes;
  for (Factor& f : row.factors_) f.transform.set_bytes_of_row(read);
  row.joint_units_ = joint_units_of(length, target, pairs);
  if (row.joint_units_ > 0) row.join_units();
  if (pairs) row.add_half_angles();
  row.settle(steps);
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

template <class T>
void CircularRow<T>::settle(std::vector<Step> steps) {
  last_at_ = factors_.back().at;
  last_sums_ = steps.back().sums();
  for (Factor& f : factors_)
    if (f.transform.is_deep()) deep_.push_back(&f);
  const auto first_whole =
      std::find_if(steps.begin(), steps.end(), [](const Step& s) { return s.fused == 0; });
  for (auto s = steps.begin(); s != first_whole; ++s) {
    const Factor &half = factors_[s->factor], &quarter = factors_[s->factor + 1];
    const std::int64_t part = s->length / (4 * s->fused);
    const auto& first = loops_->first_folded[s->fused];
    fused_.push_back({{first[0], first[1]},
                      loops_->last_folded[s->fused],
                      part,
                      part / loops_->lanes,
                      half.at,
                      quarter.at,
                      {half.transform.first_twiddles(), quarter.transform.first_twiddles()}});
  }
  steps_.assign(first_whole, steps.end());
  for (Step& s : steps_) s.pieces = pieces_of(s);
}

/// As many as let the first passes of both factors find their parts in whole ones; 0 where these
/// are short, or too many.
template <class T>
std::int64_t CircularRow<T>::pieces_of(const Step& step) const {
  if (step.folds != 2 || step.length * static_cast<std::int64_t>(sizeof(T)) <= kNearBytes) return 0;
  const std::int64_t pieces =
      std::lcm<std::int64_t>(factors_[step.factor].transform.first_radix(),
                             2 * factors_[step.factor + 1].transform.first_radix());
  return pieces <= Tile::kMost && step.left() % (pieces * loops_->lanes) == 0 ? pieces : 0;
}

/// (1 + Y) / 2 in the order of the last factor's spectrum.
template <class T>
void CircularRow<T>::add_half_angles() {
  const std::int64_t lanes = loops_->lanes, points = kUnitLines * lanes;
  const UnitCircle<T> unit(points);
  half_angles_.resize(static_cast<std::size_t>(2 * points));
  T* to = half_angles_.data();
  for (std::int64_t line = 0; line < kUnitLines; ++line, to += 2 * lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      unit(units_->angle(line, lane), to[lane], to[lanes + lane]);
      to[lane] = (1 + to[lane]) / 2;
      to[lanes + lane] /= 2;
    }
}

template class CircularRow<float>;
template class CircularRow<double>;

}  // namespace faltung
