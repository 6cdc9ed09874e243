// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines of samples on their way into a transform: read with their boundary, looked over, scaled.
#pragma once

#include "line.hpp"
#include "residues.hpp"

namespace faltung::cuda {

/// As exponent_to_divide() on the processor.
template <class T>
inline constexpr int kSafeExponent = sizeof(T) == 4 ? 30 : 300;

/// The type that T's samples are stored in.
template <class T>
inline constexpr Real kRealOf = sizeof(T) == 4 ? Real::f32 : Real::f64;

template <class T>
FALTUNG_DEVICE int exponent_of(T v) {
  int e;
  fraction_of(static_cast<double>(v), &e);
  return e - 1;  // ilogb
}

/// The same number, which the compiler does not know to be: what depends on it is computed anew.
FALTUNG_DEVICE int forgotten(int number) {
  forget(number);
  return number;
}

/// The power of two that numbers of an exponent, kBias added, are divided by.
template <class T>
FALTUNG_DEVICE int exponent_to_take(int biased) {
  const int exponent = biased == 0 ? 0 : biased - kBias;
  return exponent >= -kSafeExponent<T> && exponent <= kSafeExponent<T> ? 0 : exponent;
}

/// A power of two beyond the range of T: in three factors.
template <class T>
struct Power {
  T third, rest;
  FALTUNG_DEVICE explicit Power(int exponent)
      : third(static_cast<T>(scaled(1, exponent / 3))),
        rest(static_cast<T>(scaled(1, exponent - exponent / 3 * 2))) {}
  FALTUNG_DEVICE T times(T v) const { return v * third * third * rest; }
};

/// Any sample of a line, by all that a boundary and a type can mean.
template <class T>
FALTUNG_DEVICE_CALL T sample_of(const PassArguments& a, std::int64_t line, std::int64_t batch,
                                int j, int part) {
  std::int64_t position[kMaxAxes];
  Line::positions(a, line, j, position);
  const BatchPlace at(a.layout, batch);
  return Samples<T>{a.layout, at.x, at.component}.at(position, part);
}

/// Reads the samples of a line into the points of a thread. Those that are not simply there go
/// through the thread's own places in shared memory, in a loop of their own: a call among the loads
/// would cost registers.
template <class T, class Row>
FALTUNG_DEVICE void load_samples(const PassArguments& a, std::int64_t number, const Line& line,
                                 const Row& row, Point<T>* z) {
  const Layout& g = a.layout;
  const bool real = a.half != 0;
  const bool plain =
      g.x_type == kRealOf<T> && g.component_axis < 0 && g.x_pairs != real && !line.folded;
  const bool constant = g.outside == Outside::constant;
  const bool within = line.lo >= 0 && line.lo + line.stored <= line.n;
  const auto place = [&](const Row& at, int i) {
    return at.first_index(i) * a.sample_step + (a.split ? line.inner : 0);
  };
  const auto is_plain = [&](int j) {
    const std::int64_t position = line.lo + j;
    return plain && position >= 0 && position < line.n;
  };
  const int stored = line.reads ? line.stored : 0;
  const bool fetches = !plain || !(within || constant);
  FALTUNG_ROLLED
  for (int i = 0; i < kHeld && fetches; ++i)
    for (int part = 0; part < 2; ++part) {
      const int j = place(row, i) + part * a.half;
      if (j >= stored || is_plain(j)) continue;
      (part == 0 ? row.re : row.im)[row.slot(row.first_index(i))] =
          sample_of<T>(a, number, line.batch, j, real ? 0 : part);
    }
  const Row again = {row.re, row.im, forgotten(row.lane), row.units};
  const T* const in_place = static_cast<const T*>(g.x) + line.x;
  const std::int64_t stride = g.spatial[g.spatial_axes - 1].x_stride;
  const auto sample = [&](int i, int part) {
    const int j = place(again, i) + part * a.half, which = real ? 0 : part;
    if (j >= stored) return T(0);
    if (is_plain(j)) return in_place[(line.lo + j) * stride + which];
    if (!fetches) return static_cast<T>(g.cval[which]);
    return (part == 0 ? row.re : row.im)[row.slot(again.first_index(i))];
  };
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) z[i] = {sample(i, 0), sample(i, 1)};
}

/// Looks over the samples that a thread holds, of a line of which `stored` are stored, sets those
/// that are not finite to 0, and tells the others.
template <class T, class Row>
FALTUNG_DEVICE void look_over(const PassArguments& a, const Line& line, const Row& row, Point<T>* z,
                              LineFacts* facts) {
  const Row again = {row.re, row.im, forgotten(row.lane), row.units};
  T largest = 0;
  int flags = 0, zeros = 0;
  const auto look = [&](T& v, bool counts) {
    if (!is_finite(static_cast<double>(v))) {
      flags |= kNotFinite;
      v = 0;
    }
    if (v == 0 && counts) ++zeros;
    if (v < 0) flags |= kNegative;
    const T size = v < 0 ? -v : v;
    largest = largest < size ? size : largest;
  };
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int j = again.first_index(i) * a.sample_step + (a.split ? line.inner : 0);
    look(z[i].re, j < line.stored);
    look(z[i].im, j + a.half < line.stored);
  }
  if (largest != 0) shared_max(&facts->exponent, exponent_of(largest) + kBias);
  if (flags != 0) shared_or(&facts->flags, flags);
  if (zeros != 0) shared_add(&facts->zeros, zeros);
  barrier();
}

}  // namespace faltung::cuda
