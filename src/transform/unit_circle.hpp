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
  std::complex<T> operator()(std::int64_t numerator) const {
    T re, im;
    (*this)(numerator, re, im);
    return {re, im};
  }
  /// The same into two places. Here, and with parts in tables of their own, since a plan asks for
  /// millions: pairs would be packed and taken apart again in memory.
  void operator()(std::int64_t n, T& re, T& im) const {
    if (n >= denominator_) n %= denominator_;
    const auto high = static_cast<std::size_t>(n >> shift_);
    const auto low = static_cast<std::size_t>(n & ((std::int64_t{1} << shift_) - 1));
    re = static_cast<T>(high_re_[high] * low_re_[low] - high_im_[high] * low_im_[low]);
    im = static_cast<T>(high_re_[high] * low_im_[low] + high_im_[high] * low_re_[low]);
    if (n == 0 || 4 * n == denominator_ || 2 * n == denominator_ || 4 * n == 3 * denominator_)
      exact(4 * n / denominator_, re, im);
  }

 private:
  using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
  static void exact(std::int64_t quarter, T& re, T& im) {
    constexpr T kRe[] = {1, 0, -1, 0}, kIm[] = {0, 1, 0, -1};
    re = kRe[quarter];
    im = kIm[quarter];
  }

  std::int64_t denominator_;
  int shift_;
  std::vector<Wide> low_re_, low_im_, high_re_, high_im_;
};

}  // namespace faltung
