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
  const auto add = [denominator](std::int64_t n, std::vector<Wide>& re, std::vector<Wide>& im) {
    const std::complex<Wide> w = unit<Wide>(n, denominator);
    re.push_back(w.real());
    im.push_back(w.imag());
  };
  for (std::int64_t i = 0; i < low; ++i) add(i % denominator, low_re_, low_im_);
  for (std::int64_t i = 0; i < denominator; i += low) add(i, high_re_, high_im_);
}

template class UnitCircle<float>;
template class UnitCircle<double>;

}  // namespace faltung
