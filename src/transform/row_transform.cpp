// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/row_transform.hpp"

#include <algorithm>

namespace faltung {
namespace {

/// Numbers of each part of a fold that are worth handing to a thread.
constexpr std::int64_t kLeastNumbers = 2048;

/// A circular row's folds, and h of the last factor.
struct Folds {
  int count = 0;
  std::int64_t last = 0;
};

/// As long as the packed half is a transform of whole units; `quantum` in complex points.
Folds folds_of(std::int64_t length, std::int64_t quantum) {
  Folds folds{0, length};
  while (folds.last % (4 * quantum) == 0 && is_transform_length(folds.last / 4)) {
    folds.last /= 2;
    ++folds.count;
    // What is left costs next to nothing, and short rows cost more for each sample.
    if (folds.last <= length / 32) break;
  }
  return folds;
}

}  // namespace

template <class T>
bool RowTransform<T>::is_narrow(Ring ring, std::int64_t length, std::int64_t target) noexcept {
  const std::int64_t points = ring == Ring::complex ? length : length / 2;
  return ring != Ring::circular && points % row_quantum<T>(target) != 0;
}

template <class T>
bool RowTransform<T>::takes(Ring ring, std::int64_t length, std::int64_t target) noexcept {
  if (ring == Ring::complex) return is_transform_length(length);
  if (ring == Ring::negacyclic) return length % 2 == 0 && is_transform_length(length / 2);
  return length % (4 * row_quantum<T>(target)) == 0 && is_transform_length(length / 4);
}

template <class T>
std::int64_t RowTransform<T>::next(Ring ring, std::int64_t n, std::int64_t target,
                                   bool narrow) noexcept {
  // Multiples of a power of two in the family are the family times it.
  const std::int64_t quantum =
      (ring == Ring::complex ? 1 : 2) * (narrow ? 1 : row_quantum<T>(target));
  return quantum * next_length((std::max<std::int64_t>(n, 1) + quantum - 1) / quantum);
}

template <class T>
Result<RowTransform<T>> RowTransform<T>::make(Ring ring, std::int64_t length, std::int64_t target) {
  RowTransform row;
  row.ring_ = ring;
  row.length_ = length;
  row.loops_ = &butterflies<T>(target);
  const auto add = [&](std::int64_t points, Root root) -> Result<void> {
    auto part =
        Transform<T>::make(points, root, Along::rows, target, is_narrow(ring, length, target));
    if (!part) return tl::unexpected(part.error());
    row.parts_.push_back(std::move(*part));
    return {};
  };
  Result<void> made;
  if (ring == Ring::complex) made = add(length, Root::cyclic);
  if (ring == Ring::negacyclic) made = add(length / 2, Root::quarter);
  if (ring == Ring::circular) {
    const Folds folds = folds_of(length, row_quantum<T>(target));
    for (int fold = 1; fold <= folds.count && made; ++fold)
      made = add(length >> (fold + 1), Root::quarter);
    if (made) made = add(folds.last, Root::cyclic);
  }
  if (!made) return tl::unexpected(made.error());
  return row;
}

template <class T>
std::int64_t RowTransform<T>::bytes() const noexcept {
  std::int64_t total = 0;
  for (const Transform<T>& part : parts_) total += part.bytes();
  return total;
}

template <class T>
std::int64_t RowTransform<T>::bytes_of(Ring ring, std::int64_t length, std::int64_t target) {
  const auto of = [&](std::int64_t points) {
    return Transform<T>::bytes_of(points, Along::rows, target, is_narrow(ring, length, target));
  };
  if (ring != Ring::circular) return of(ring == Ring::complex ? length : length / 2);
  const Folds folds = folds_of(length, row_quantum<T>(target));
  std::int64_t total = of(folds.last);
  for (int fold = 1; fold <= folds.count; ++fold) total += of(length >> (fold + 1));
  return total;
}

template <class T>
std::int64_t RowTransform<T>::numbers_of(Ring ring, std::int64_t length, std::int64_t target) {
  if (ring != Ring::circular) return samples_of(ring, length);
  return length + folds_of(length, row_quantum<T>(target)).last;
}

/// The folded row, and the imaginary parts of its last factor.
template <class T>
std::int64_t RowTransform<T>::room_of(Ring ring, std::int64_t length, std::int64_t target) {
  return ring == Ring::circular ? numbers_of(ring, length, target) : 0;
}

/// x modulo each factor, two folds at a time where there are two. A step reads what it writes over.
template <class T>
void RowTransform<T>::fold(const T* row, bool upper_zero, T* room,
                           const Team& team) const noexcept {
  const std::size_t folds = parts_.size() - 1;
  std::int64_t n = length_;
  if (upper_zero) {  // x_low - 0 and x_low + 0
    std::copy_n(row, n / 2, room);
    std::copy_n(row, n / 2, room + n / 2);
    row = room += n / 2;
    n /= 2;
  }
  for (std::size_t done = upper_zero ? 1 : 0; done < folds;) {
    const int step = done + 2 <= folds ? 2 : 1;
    team.ranges(n >> step, kLeastNumbers, [&](std::int64_t begin, std::int64_t end) {
      loops_->fold[step](row, n, {begin, end}, room);
    });
    n >>= step;
    done += static_cast<std::size_t>(step);
    room += (n << step) - n;
    row = room;
  }
}

template <class T>
void RowTransform<T>::unfold(T* room, T* row, const Team& team) const noexcept {
  const std::size_t folds = parts_.size() - 1;
  std::int64_t n = parts_.back().length();
  T* sums = room + length_ - n;
  for (std::size_t left = folds; left > 0;) {
    const int step = left % 2 == 1 ? 1 : 2;
    T* from = sums - ((n << step) - n);
    n <<= step;
    left -= static_cast<std::size_t>(step);
    team.ranges(n >> step, kLeastNumbers, [&](std::int64_t begin, std::int64_t end) {
      loops_->unfold[step](from, n, {begin, end}, left == 0 ? row : from);
    });
    sums = from;
  }
}

template <class T>
void RowTransform<T>::forward(const T* row, bool upper_zero, T* lines, T* room) const noexcept {
  if (ring_ != Ring::circular) {
    const std::int64_t m = parts_[0].length();
    return parts_[0].forward(row, upper_zero ? nullptr : row + m, lines);
  }
  fold(row, upper_zero, room, {});
  for (const Transform<T>& part : parts_) {
    const bool last = &part == &parts_.back();
    part.forward(room, last ? nullptr : room + part.length(), lines);
    room += 2 * part.length();
    lines += 2 * part.length();
  }
}

template <class T>
void RowTransform<T>::inverse(T* lines, T* row, T* room) const noexcept {
  if (ring_ != Ring::circular) return parts_[0].inverse(lines, row, row + parts_[0].length());
  T* to = room;
  for (const Transform<T>& part : parts_) {
    part.inverse(lines, to, to + part.length());
    to += 2 * part.length();
    lines += 2 * part.length();
  }
  unfold(room, row, {});
}

template <class T>
void RowTransform<T>::convolve(const T* row, bool upper_zero, const T* h, T* lines, T* y, T* room,
                               const Team& team, const T* ahead, std::int64_t short_by,
                               T* aside) const noexcept {
  if (ring_ != Ring::circular) {
    const std::int64_t m = parts_[0].length();
    return parts_[0].convolve(row, upper_zero ? nullptr : row + m, h, lines, y, y + m, team, ahead,
                              short_by, aside);
  }
  fold(row, upper_zero, room, team);
  T* at = room;
  for (const Transform<T>& part : parts_) {
    const std::int64_t m = part.length();
    const bool last = &part == &parts_.back();
    part.convolve(at, last ? nullptr : at + m, h, lines, at, at + m, team);
    at += 2 * m;
    h += 2 * m;
  }
  unfold(room, y, team);
}

/// A fold is a pass of radix 2 whose twiddles are 1: one rounding for each.
double row_error_coefficient(Ring ring, std::int64_t length) noexcept {
  if (ring == Ring::complex) return transform_error_coefficient(length);
  if (ring == Ring::negacyclic) return transform_error_coefficient(length / 2);
  double largest = 0, folds = 1;
  // Whatever the quantum is, the factors are among these.
  for (std::int64_t n = length; n % 2 == 0; ++folds) {
    n /= 2;
    largest = std::max(largest, folds + transform_error_coefficient(n));
  }
  return largest;
}

template class RowTransform<float>;
template class RowTransform<double>;

}  // namespace faltung
