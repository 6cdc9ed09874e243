// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/row_transform.hpp"

#include <algorithm>
#include <numbers>

namespace faltung {
namespace {

bool goes_round(Ring ring) { return ring == Ring::circular || ring == Ring::pointwise; }

}  // namespace

template <class T>
bool RowTransform<T>::is_narrow(Ring ring, std::int64_t length, std::int64_t target) noexcept {
  const std::int64_t points = ring == Ring::complex ? length : length / 2;
  return !goes_round(ring) && points % row_quantum<T>(target) != 0;
}

template <class T>
bool RowTransform<T>::takes(Ring ring, std::int64_t length, std::int64_t target) noexcept {
  if (ring == Ring::complex) return is_transform_length(length);
  if (ring == Ring::negacyclic) return length % 2 == 0 && is_transform_length(length / 2);
  return CircularRow<T>::takes(length, target);
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
  if (goes_round(ring)) {
    auto circular = CircularRow<T>::make(length, target, ring == Ring::pointwise);
    if (!circular) return tl::unexpected(circular.error());
    row.circular_ = std::move(*circular);
    return row;
  }
  const bool packed = ring == Ring::negacyclic;
  auto whole =
      Transform<T>::make(packed ? length / 2 : length, packed ? Root::quarter : Root::cyclic,
                         Along::rows, target, is_narrow(ring, length, target));
  if (!whole) return tl::unexpected(whole.error());
  row.whole_ = std::move(*whole);
  return row;
}

template <class T>
std::int64_t RowTransform<T>::bytes() const noexcept {
  return circular_ ? circular_->bytes() : whole_->bytes();
}

template <class T>
std::int64_t RowTransform<T>::bytes_of(Ring ring, std::int64_t length, std::int64_t target) {
  if (goes_round(ring)) return CircularRow<T>::bytes_of(length, target, ring == Ring::pointwise);
  return Transform<T>::bytes_of(ring == Ring::complex ? length : length / 2, Along::rows, target,
                                is_narrow(ring, length, target));
}

template <class T>
std::int64_t RowTransform<T>::numbers_of(Ring ring, std::int64_t length, std::int64_t target) {
  return goes_round(ring) ? CircularRow<T>::numbers_of(length, target) : samples_of(ring, length);
}

template <class T>
std::int64_t RowTransform<T>::room_of(Ring ring, std::int64_t length, std::int64_t target) {
  return goes_round(ring) ? CircularRow<T>::room_of(length, target) : 0;
}

template <class T>
void RowTransform<T>::forward(const T* row, bool upper_zero, T* lines, T* room) const noexcept {
  if (circular_) return circular_->forward(row, upper_zero, lines, room);
  whole_->forward(row, upper_zero ? nullptr : row + whole_->length(), lines);
}
template <class T>
void RowTransform<T>::forward_kernel(const T* row, bool upper_zero, double divisor, T* lines,
                                     T* room) const noexcept {
  if (circular_) return circular_->forward_kernel(row, upper_zero, divisor, lines, room);
  whole_->forward(row, upper_zero ? nullptr : row + whole_->length(), lines,
                  static_cast<T>(1 / (static_cast<double>(whole_->length()) * divisor)));
}

template <class T>
void RowTransform<T>::inverse(T* lines, T* row, T* room) const noexcept {
  if (circular_) return circular_->inverse(lines, row, room);
  whole_->inverse(lines, row, row + whole_->length());
}

template <class T>
void RowTransform<T>::multiply(const T* lines, const T* h, T* y) const noexcept {
  if (circular_) circular_->multiply(lines, h, y);
  else whole_->multiply(lines, h, y);
}

template <class T>
void RowTransform<T>::convolve(const T* row, bool upper_zero, const T* h, T* lines, T* y, T* room,
                               const Team& team, const Errand<T>& errand, std::int64_t short_by,
                               T* aside) const noexcept {
  enter(row, upper_zero, lines, room, team);
  convolve_entered(h, lines, y, room, team, errand, short_by, aside);
}

template <class T>
void RowTransform<T>::enter(const T* row, bool upper_zero, T* lines, T* room,
                            const Team& team) const noexcept {
  if (circular_) return circular_->enter(row, upper_zero, lines, room, team);
  whole_->first(row, upper_zero ? nullptr : row + whole_->length(), lines, team);
}

template <class T>
void RowTransform<T>::enter_and_scan(const T* row, bool upper_zero, T* lines, T* room,
                                     Scan<T>& scan) const noexcept {
  if (circular_) return circular_->enter_and_scan(row, lines, room, scan);
  whole_->first_and_scan(row, upper_zero ? nullptr : row + whole_->length(), lines, scan);
}

template <class T>
void RowTransform<T>::convolve_entered(const T* h, T* lines, T* y, T* room, const Team& team,
                                       const Errand<T>& errand, std::int64_t short_by,
                                       T* aside) const noexcept {
  if (circular_) return circular_->convolve_entered(h, lines, y, room, team, y != aside);
  whole_->convolve_entered(h, lines, y, y + whole_->length(), team, errand, short_by, aside);
}

namespace {

/// Of the pairs of a period whose transform and folds have the coefficient f: that of a factor with
/// a bound which is no smaller (docs/transform_error.md).
double pairs_error_coefficient(double f) {
  constexpr double kProducts = 18, kProduct = 4.5;
  constexpr double kRoot2 = std::numbers::sqrt2;
  return std::max(kRoot2 * f, ((2 + kRoot2) * f + kProducts - kProduct) / 3);
}

}  // namespace

/// A fold is a pass of radix 2 whose twiddles are 1: one rounding for each.
double row_error_coefficient(Ring ring, std::int64_t length) noexcept {
  if (ring == Ring::complex) return transform_error_coefficient(length);
  if (ring == Ring::negacyclic) return transform_error_coefficient(length / 2);
  double largest = 0, folds = 1;
  // Whatever the quantum is, the factors are among these: the last one has n points, the others
  // n/2, whose one more level of radix 2 (where two folds and first passes go together) is less
  // than what n points have more than n/2.
  for (std::int64_t n = length; n % 2 == 0; ++folds) {
    n /= 2;
    largest = std::max(largest, folds + transform_error_coefficient(n));
    // What is left in the end may be pairs, as many as the largest unit of any target has points.
    constexpr std::int64_t kMostPairs = 64;
    if (ring == Ring::circular && n % 2 == 0 && n / 2 <= kMostPairs && 32 * n >= length)
      largest =
          std::max(largest, pairs_error_coefficient(folds + transform_error_coefficient(n / 2)));
  }
  return largest;
}

template class RowTransform<float>;
template class RowTransform<double>;

}  // namespace faltung
