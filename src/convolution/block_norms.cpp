// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What error bounds ask of a block: norms of its samples and of spectra.
#include <algorithm>
#include <cmath>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"

namespace faltung {
namespace {

/// Covers the rounding of a norm or of a computed spectrum that enters a bound.
constexpr double kUp = 1.0001;

/// max |z| over `numbers` of lines of V points; line by line, which compilers turn into vectors.
template <class T>
double largest_magnitude(const T* z, std::int64_t numbers, std::int64_t lanes) {
  constexpr std::int64_t kMostLanes = 64;
  double largest[kMostLanes] = {};
  for (const T* end = z + numbers; z < end; z += 2 * lanes)
    for (std::int64_t i = 0; i < lanes; ++i) {
      const double a = static_cast<double>(z[i]), b = static_cast<double>(z[lanes + i]);
      const double square = a * a + b * b;
      largest[i] = largest[i] < square ? square : largest[i];
    }
  return std::sqrt(*std::max_element(largest, largest + lanes)) * kUp;
}

}  // namespace

template <class T>
long double BlockConvolution<T>::largest_gain(const Spectrum<T>& s) const noexcept {
  const std::int64_t line = 2 * lanes(), count = numbers_ / line;
  double largest = 0;
  const T* h = s.lines.data();
  // What the numbers [from, end) of `rows` rows, which lie side by side in h, were divided by
  // depends on their place in the row.
  const auto look = [&](std::int64_t from, std::int64_t end, std::int64_t rows) {
    row_->for_parts([&](std::int64_t first, std::int64_t numbers, double divisor, double most) {
      const std::int64_t begin = std::max(first, from), stop = std::min(first + numbers, end);
      for (std::int64_t r = 0; r < rows && begin < stop; ++r)
        largest = std::max(largest, divisor * most *
                                        largest_magnitude(h + r * (end - from) + begin - from,
                                                          stop - begin, lanes()));
    });
    h += rows * (end - from);
  };
  if (rows_ == 1) look(0, numbers_, 1);
  for (std::int64_t r = 0; r < rows_inside(0) && rows_ > 1; ++r)
    columns_[0]->for_strips(count, [&](std::int64_t at, std::int64_t lines) {
      look(at * line, (at + lines) * line, block_[0]);
    });
  return std::ldexp(static_cast<long double>(largest) * static_cast<long double>(rows_),
                    s.exponent);
}

/// Scans, scales and measures; the norm is that of the samples before they were scaled.
template <class T>
long double BlockConvolution<T>::load_norm2(const ExtendedInput<T>& x, const std::int64_t* from,
                                            const std::int64_t* to, Work& work) const {
  place(from, to, work);
  scan_rows(x, work);
  work.exponent = exponent_to_divide<T>(static_cast<double>(work.scan.largest));
  long double squares = 0;
  for_rows(work, 0, parts(), [&](std::int64_t, bool inside, const std::int64_t* position) {
    if (!inside) return;
    const T* samples = cleaned(read_samples(x, position, work, false), work);
    for (std::int64_t i = 0; i < samples_read(work); ++i)
      squares += static_cast<long double>(samples[i]) * samples[i];
  });
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
  transform(x, work, work.lines, false);
  forward_columns(0, work.lines);
  double largest = 0;
  for (std::int64_t r = 0; r < rows_; ++r)
    row_->for_parts([&](std::int64_t first, std::int64_t numbers, double, double most) {
      const T* const part = work.lines + offset_of(r) + first;
      largest = std::max(largest, most * largest_magnitude(part, numbers, lanes()));
    });
  return {norm, std::ldexp(static_cast<long double>(largest), work.exponent)};
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
