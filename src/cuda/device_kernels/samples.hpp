// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Samples of x beyond its ends, and results: what ExtendedInput and store_row_to are on the
// processor, for one sample at a time.
#pragma once

#include "arguments.hpp"
#include "language.hpp"

namespace faltung::cuda {

template <class T>
FALTUNG_DEVICE T load_real(const void* x, Real type, std::int64_t i) {
  switch (type) {
    case Real::f32: return static_cast<T>(static_cast<const float*>(x)[i]);
    case Real::f64: return static_cast<T>(static_cast<const double*>(x)[i]);
    case Real::u8: return static_cast<T>(static_cast<const std::uint8_t*>(x)[i]);
    case Real::i8: return static_cast<T>(static_cast<const std::int8_t*>(x)[i]);
    case Real::u16: return static_cast<T>(static_cast<const std::uint16_t*>(x)[i]);
    case Real::i16: return static_cast<T>(static_cast<const std::int16_t*>(x)[i]);
    case Real::u32: return static_cast<T>(static_cast<const std::uint32_t*>(x)[i]);
    case Real::i32: return static_cast<T>(static_cast<const std::int32_t*>(x)[i]);
    case Real::u64: return static_cast<T>(static_cast<const std::uint64_t*>(x)[i]);
    case Real::i64: return static_cast<T>(static_cast<const std::int64_t*>(x)[i]);
    case Real::f16: return static_cast<T>(float_of_half(static_cast<const std::uint16_t*>(x)[i]));
  }
  return T(0);
}

/// r in 0 .. period - 1 with p = q period + r.
FALTUNG_DEVICE std::int64_t remainder_of(std::int64_t p, std::int64_t period) {
  const std::int64_t r = p % period;
  return r < 0 ? r + period : r;
}

/// x~[p] = factor x[index] + at_first x[0] + at_last x[n-1] along one axis, as Run has it.
struct Source {
  std::int64_t index;
  std::int64_t factor, at_first, at_last;
};

/// The folds of Boundary::mirror, each shifted by 2 (x[n-1] - x[0]), halves that run down reflected
/// about the ends (odd_run of boundary.cpp).
FALTUNG_DEVICE Source odd_source(std::int64_t n, std::int64_t p) {
  if (n == 1) return {0, 1, 0, 0};
  const std::int64_t half = n - 1, r = remainder_of(p, 2 * half), q = (p - r) / (2 * half);
  if (r == 0) return {0, 1 - 2 * q, 0, 2 * q};
  if (r == half) return {half, 1 + 2 * q, -2 * q, 0};
  if (r < half) return {r, 1, -2 * q, 2 * q};
  return {2 * half - r, -1, -2 * q, 2 * q + 2};
}

/// Where x~[p] is from, of a boundary that is there.
FALTUNG_DEVICE Source source_of(Outside outside, std::int64_t n, std::int64_t p) {
  if (p >= 0 && p < n) return {p, 1, 0, 0};
  std::int64_t index = 0;
  switch (outside) {
    case Outside::constant: break;
    case Outside::edge: index = p < 0 ? 0 : n - 1; break;
    case Outside::wrap: index = remainder_of(p, n); break;
    case Outside::symmetric: {
      const std::int64_t r = remainder_of(p, 2 * n);
      index = r < n ? r : 2 * n - 1 - r;
      break;
    }
    case Outside::mirror: {
      const std::int64_t r = n == 1 ? 0 : remainder_of(p, 2 * (n - 1));
      index = r < n ? r : 2 * (n - 1) - r;
      break;
    }
    case Outside::odd: return odd_source(n, p);
  }
  return {index, 1, 0, 0};
}

/// a + b c, integers modulo 2^64.
template <class T>
FALTUNG_DEVICE T plus_product(T a, T b, T c) {
  return fused(b, c, a);
}
template <>
FALTUNG_DEVICE std::int64_t plus_product(std::int64_t a, std::int64_t b, std::int64_t c) {
  using U = std::uint64_t;
  return static_cast<std::int64_t>(static_cast<U>(a) + static_cast<U>(b) * static_cast<U>(c));
}

/// One batch of x: its samples at any position, and which of them are absent.
template <class T>
struct Samples {
  const Layout& g;
  std::int64_t offset = 0;  ///< of the batch in x, in reals
  int component = 0;
  T scale = T(1);  ///< what stored samples are multiplied by

  FALTUNG_DEVICE T stored(std::int64_t at) const {
    const T v = load_real<T>(g.x, g.x_type, at);
    return scale == T(1) ? v : plus_product(T(0), v, scale);
  }

  /// Whether a position lies beyond an end along any axis.
  FALTUNG_DEVICE bool is_outside(const std::int64_t* position) const {
    for (int i = 0; i < g.spatial_axes; ++i)
      if (position[i] < 0 || position[i] >= g.spatial[i].n) return true;
    return false;
  }

  /// Part 0 (real) or 1 (imaginary) of x~ at a position.
  FALTUNG_DEVICE T at(const std::int64_t* position, int part) const {
    const int which = g.component_axis >= 0 ? component : part;
    const bool zero =
        g.component_axis >= 0 ? g.component_is_zero && component == 1 : part == 1 && !g.x_pairs;
    const bool beyond = g.outside == Outside::constant && is_outside(position);
    if (beyond) return static_cast<T>(g.cval[which]);
    if (zero) return T(0);
    const std::int64_t base = offset + (g.component_axis < 0 ? part : 0);
    return g.outside == Outside::odd ? odd(position, base) : plain(position, base);
  }

 private:
  FALTUNG_DEVICE T plain(const std::int64_t* position, std::int64_t base) const {
    for (int i = 0; i < g.spatial_axes; ++i)
      base += source_of(g.outside, g.spatial[i].n, position[i]).index * g.spatial[i].x_stride;
    return stored(base);
  }

  /// Axes multiply: a sum over one of up to three sources along each of them.
  FALTUNG_DEVICE T odd(const std::int64_t* position, std::int64_t base) const {
    int term[kMaxAxes];
    for (int i = 0; i < g.spatial_axes; ++i) term[i] = 0;
    T sum = T(0);
    for (;;) {
      std::int64_t at = base;
      T factor = T(1);
      bool there = true;
      for (int i = 0; i < g.spatial_axes; ++i) {
        const Source s = odd_source(g.spatial[i].n, position[i]);
        const std::int64_t c = term[i] == 0 ? s.factor : term[i] == 1 ? s.at_first : s.at_last;
        const std::int64_t index = term[i] == 0 ? s.index : term[i] == 1 ? 0 : g.spatial[i].n - 1;
        there = there && c != 0;
        factor = plus_product(T(0), factor, static_cast<T>(c));
        at += index * g.spatial[i].x_stride;
      }
      // A coefficient of 0 is no term: 0 NaN would be NaN.
      if (there) sum = plus_product(sum, factor, stored(at));
      int i = 0;
      for (; i < g.spatial_axes && ++term[i] == 3; ++i) term[i] = 0;
      if (i == g.spatial_axes) return sum;
    }
  }
};

/// The ends of an integer type, as the 64 bits of a sum.
FALTUNG_DEVICE std::int64_t lowest_of(Real type) {
  switch (type) {
    case Real::i8: return -128;
    case Real::i16: return -32768;
    case Real::i32: return -2147483647 - 1;
    case Real::i64: return -9223372036854775807 - 1;
    default: return 0;
  }
}
FALTUNG_DEVICE std::uint64_t highest_of(Real type) {
  switch (type) {
    case Real::u8: return 255;
    case Real::i8: return 127;
    case Real::u16: return 65535;
    case Real::i16: return 32767;
    case Real::u32: return 4294967295;
    case Real::i32: return 2147483647;
    case Real::i64: return 9223372036854775807;
    default: return ~std::uint64_t{0};
  }
}

/// Writes the low bits of an integer.
FALTUNG_DEVICE void store_bits(void* y, Real type, std::int64_t i, std::uint64_t bits) {
  switch (type) {
    case Real::u8:
    case Real::i8: static_cast<std::uint8_t*>(y)[i] = static_cast<std::uint8_t>(bits); return;
    case Real::u16:
    case Real::i16: static_cast<std::uint16_t*>(y)[i] = static_cast<std::uint16_t>(bits); return;
    case Real::u32:
    case Real::i32: static_cast<std::uint32_t*>(y)[i] = static_cast<std::uint32_t>(bits); return;
    default: static_cast<std::uint64_t*>(y)[i] = bits;
  }
}

/// A real sum as the nearest integer, ties to even ones, NaN to 0, clamped.
FALTUNG_DEVICE std::uint64_t rounded_bits(double v, Real type) {
  if (is_nan(v)) return 0;
  const double whole = nearest_even(v);
  const std::uint64_t high = highest_of(type), half = high / 2 + 1;
  if (whole < static_cast<double>(lowest_of(type)))
    return static_cast<std::uint64_t>(lowest_of(type));
  // A power of two: the end above the last integer.
  if (whole >= 2 * static_cast<double>(half)) return high;
  return whole < 0 ? static_cast<std::uint64_t>(static_cast<std::int64_t>(whole))
                   : static_cast<std::uint64_t>(whole);
}

/// A sum that is stored as f16 is a float.
FALTUNG_DEVICE void store_result(const Layout& g, std::int64_t i, double sum) {
  if (g.y_type == Real::f32) static_cast<float*>(g.y)[i] = static_cast<float>(sum);
  else if (g.y_type == Real::f16)
    static_cast<std::uint16_t*>(g.y)[i] = half_of(static_cast<float>(sum));
  else if (g.y_type == Real::f64) static_cast<double*>(g.y)[i] = sum;
  else store_bits(g.y, g.y_type, i, rounded_bits(sum, g.y_type));
}

FALTUNG_DEVICE void store_result(const Layout& g, std::int64_t i, std::int64_t sum) {
  auto bits = static_cast<std::uint64_t>(sum);
  if (g.storing == Storing::clamped_signed) {
    if (sum < lowest_of(g.y_type)) bits = static_cast<std::uint64_t>(lowest_of(g.y_type));
    else if (sum > 0 && bits > highest_of(g.y_type)) bits = highest_of(g.y_type);
  } else if (g.storing == Storing::clamped_unsigned && bits > highest_of(g.y_type)) {
    bits = highest_of(g.y_type);
  }
  store_bits(g.y, g.y_type, i, bits);
}

}  // namespace faltung::cuda
