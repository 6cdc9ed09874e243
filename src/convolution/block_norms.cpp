// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What error bounds ask of a block: norms of its samples and of spectra.
#include <algorithm>
#include <cmath>

#include "convolution/block_work.hpp"

namespace faltung {
namespace {

/// Covers the rounding of a norm or of a computed spectrum that enters a bound.
constexpr double kUp = 1.0001;

/// In lanes of their own, which compilers turn into vectors.
template <class T>
double largest_magnitude(const T* re, const T* im, std::int64_t n) {
  constexpr std::int64_t kLanes = 8;
  double lanes[kLanes] = {};
  const auto look = [&](std::int64_t lane, std::int64_t i) {
    const double a = static_cast<double>(re[i]), b = static_cast<double>(im[i]);
    const double square = a * a + b * b;
    lanes[lane] = lanes[lane] < square ? square : lanes[lane];
  };
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane) look(lane, i + lane);
  for (; i < n; ++i) look(0, i);
  return std::sqrt(*std::max_element(lanes, lanes + kLanes)) * kUp;
}

}  // namespace

template <class T>
long double BlockConvolution<T>::largest_gain(const Spectrum<T>& s) const noexcept {
  const long double largest = largest_magnitude(s.re.data(), s.im.data(), rows_ * pitch_);
  return std::ldexp(largest * static_cast<long double>(rows_ * width_), s.exponent);
}

/// Loads, scales and measures; the norm is that of the samples before they were scaled.
template <class T>
long double BlockConvolution<T>::load_norm2(const ExtendedInput<T>& x, const std::int64_t* from,
                                            const std::int64_t* to, Work& work) const {
  place(from, to, work);
  load(x, work);
  clear_nonfinite(work);
  scale(work);
  long double squares = 0;
  for (const T* plane : {work.re, work.im})
    for (std::int64_t i = 0; i < rows_ * pitch_; ++i)
      squares += static_cast<long double>(plane[i]) * plane[i];
  return std::ldexp(std::sqrt(squares) * kUp, work.exponent);
}

template <class T>
long double BlockConvolution<T>::norm2(const ExtendedInput<T>& x, const std::int64_t* from,
                                       const std::int64_t* to, std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Work work(carver, *this);
  return load_norm2(x, from, to, work);
}

template <class T>
BlockNorms BlockConvolution<T>::measure(const ExtendedInput<T>& x, const std::int64_t* from,
                                        const std::int64_t* to, std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Work work(carver, *this);
  const long double norm = load_norm2(x, from, to, work);
  forward(work.re, work.im);
  const long double largest = largest_magnitude(work.re, work.im, rows_ * pitch_);
  return {norm, std::ldexp(largest, work.exponent)};
}

#define FALTUNG_INSTANTIATE(T)                                                                     \
  template long double BlockConvolution<T>::largest_gain(const Spectrum<T>&) const noexcept;       \
  template long double BlockConvolution<T>::norm2(const ExtendedInput<T>&, const std::int64_t*,    \
                                                  const std::int64_t*, std::byte*) const noexcept; \
  template BlockNorms BlockConvolution<T>::measure(const ExtendedInput<T>&, const std::int64_t*,   \
                                                   const std::int64_t*, std::byte*)                \
      const noexcept;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
