// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace faltung {

/// e(n/d) = exp(2 pi i n/d) for many n and one d, rounded to T from a wider type: the product of
/// two tables of about sqrt(d) entries, each entry from the sine and cosine of an angle that was
/// first reduced, exactly, to an eighth of the circle.
template <class T>
class UnitCircle {
 public:
  explicit UnitCircle(std::int64_t denominator);
  /// Multiples of a quarter circle are exact.
  std::complex<T> operator()(std::int64_t numerator) const;

 private:
  using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
  std::int64_t denominator_;
  int shift_;
  std::vector<std::complex<Wide>> low_, high_;
};

}  // namespace faltung
