// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/unit_circle.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace faltung {
namespace {

/// e(n/d), 0 <= n < d, by symmetry from an angle of at most an eighth of the circle.
template <class W>
std::complex<W> unit(std::int64_t n, std::int64_t d) {
  if (8 * n > 4 * d) return std::conj(unit<W>(d - n, d));  // the lower half
  if (4 * n > d) {                                         // the second quarter
    const std::complex<W> mirrored = unit<W>(d - 2 * n, 2 * d);
    return {-mirrored.real(), mirrored.imag()};
  }
  if (8 * n > d) {  // the second eighth: swap
    const std::complex<W> swapped = unit<W>(d - 4 * n, 4 * d);
    return {swapped.imag(), swapped.real()};
  }
  const W angle = 2 * std::numbers::pi_v<W> * static_cast<W>(n) / static_cast<W>(d);
  return {std::cos(angle), std::sin(angle)};
}

}  // namespace

template <class T>
UnitCircle<T>::UnitCircle(std::int64_t denominator) : denominator_(denominator) {
  shift_ = std::bit_width(static_cast<std::uint64_t>(denominator)) / 2;
  const std::int64_t low = std::int64_t{1} << shift_;
  for (std::int64_t i = 0; i < low; ++i) low_.push_back(unit<Wide>(i % denominator, denominator));
  for (std::int64_t i = 0; i < denominator; i += low) high_.push_back(unit<Wide>(i, denominator));
}

template <class T>
std::complex<T> UnitCircle<T>::operator()(std::int64_t n) const {
  n %= denominator_;
  if (4 * n % denominator_ == 0) {
    constexpr T kRe[] = {1, 0, -1, 0}, kIm[] = {0, 1, 0, -1};
    const std::int64_t quarter = 4 * n / denominator_;
    return {kRe[quarter], kIm[quarter]};
  }
  const std::complex<Wide> a = high_[static_cast<std::size_t>(n >> shift_)];
  const std::complex<Wide> b =
      low_[static_cast<std::size_t>(n & ((std::int64_t{1} << shift_) - 1))];
  return {static_cast<T>(a.real() * b.real() - a.imag() * b.imag()),
          static_cast<T>(a.real() * b.imag() + a.imag() * b.real())};
}

template class UnitCircle<float>;
template class UnitCircle<double>;

}  // namespace faltung
