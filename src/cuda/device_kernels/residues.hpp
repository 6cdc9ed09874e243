// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The transform of a block that a block of threads keeps to itself: residues modulo the factors of
// X^M - e(a), as transform.hpp has them, M = 2^A points in the registers of M/16 threads.
//
//   level 0          X^M - e(a)                     u + w v, u - w v with w = e(a/2)
//                  /            \                   of points u and v that lie M/2 apart
//   level 1   X^(M/2) - e(a/2)   X^(M/2) - e(a/2 + 1/2)
//
// Four levels at a time happen in the registers of each thread, which holds 16 points S apart; then
// points go through shared memory to where the next four levels want them. The first pass has the
// levels that are no multiple of four, and takes its points from the caller; the last one, 16
// leaves side by side, is followed by the product and the first inverse pass without an exchange.
//
//   S = M/2, M/4, M/8 or M/16 -> exchange -> ... -> S = 16 -> exchange -> S = 1
//
// Forward an error of |e|_2 <= 2.75 u |x|_2 a level, inverse 3.75 u (docs/transform_error.md).
#pragma once

#include "language.hpp"
#include "pass_arguments.hpp"

namespace faltung::cuda {

/// Of float32 read as a whole; of float64 that would take registers that some passes do not have.
template <class T>
struct alignas(8) Point {
  T re, im;
};

/// u + w v and u - w v.
template <class T>
FALTUNG_DEVICE void split(Point<T>& u, Point<T>& v, Point<T> w) {
  const Point<T> a = u, b = v;
  u = {fused(w.re, b.re, fused(-w.im, b.im, a.re)), fused(w.re, b.im, fused(w.im, b.re, a.im))};
  v = {fused(-w.re, b.re, fused(w.im, b.im, a.re)), fused(-w.re, b.im, fused(-w.im, b.re, a.im))};
}

/// Twice u and v of their residues.
template <class T>
FALTUNG_DEVICE void join(Point<T>& u, Point<T>& v, Point<T> w) {
  const Point<T> sum = {u.re + v.re, u.im + v.im}, d = {u.re - v.re, u.im - v.im};
  u = sum;
  v = {fused(w.re, d.re, w.im * d.im), fused(w.re, d.im, -(w.im * d.re))};
}

/// The factor of node p of a level; its neighbour's, where p is odd, is i times that of p - 1.
template <class T>
FALTUNG_DEVICE Point<T> unit_of(const Point<T>* units, int level, int p) {
  const Point<T> w = units[(1 << level) + (p & ~1)];
  return p & 1 ? Point<T>{-w.im, w.re} : w;
}

/// kLevels levels of the tree from `level` on, under node `node`, of 2^kLevels points in order.
template <int kLevels, class T>
FALTUNG_DEVICE void split_levels(Point<T>* z, const Point<T>* units, int level, int node) {
  FALTUNG_UNROLL
  for (int l = 0; l < kLevels; ++l) FALTUNG_UNROLL
  for (int p = 0; p < 1 << l; ++p) {
    const int half = 1 << (kLevels - l - 1);
    const Point<T> w = unit_of(units, level + l, (node << l) + p);
    FALTUNG_UNROLL
    for (int j = 0; j < half; ++j) split(z[2 * half * p + j], z[2 * half * p + half + j], w);
  }
}

template <int kLevels, class T>
FALTUNG_DEVICE void join_levels(Point<T>* z, const Point<T>* units, int level, int node) {
  FALTUNG_UNROLL
  for (int l = kLevels - 1; l >= 0; --l) FALTUNG_UNROLL
  for (int p = 0; p < 1 << l; ++p) {
    const int half = 1 << (kLevels - l - 1);
    const Point<T> w = unit_of(units, level + l, (node << l) + p);
    FALTUNG_UNROLL
    for (int j = 0; j < half; ++j) join(z[2 * half * p + j], z[2 * half * p + half + j], w);
  }
}

/// A line of 2^A points in M/16 threads; `lane` is the thread's place among them. In shared memory
/// kPitch lines lie side by side, point by point.
template <class T, int A, int kPitch = 1>
struct Residues {
  static constexpr int kPoints = 1 << A, kLanes = kPoints / kHeld;
  /// Levels of the first pass.
  static constexpr int kFirst = A % 4 == 0 ? 4 : A % 4;
  static constexpr int kRadix = 1 << kFirst, kGroups = kHeld / kRadix;
  T* re;  ///< the line in shared memory
  T* im;
  int lane;
  const Point<T>* units;

  /// Which point of the line the thread's i-th is: before the first pass, and in passes of 16
  /// points that lie S apart.
  FALTUNG_DEVICE int first_index(int i) const {
    return lane + kLanes * (i / kRadix) + (kPoints / kRadix) * (i % kRadix);
  }
  FALTUNG_DEVICE int index(int stride, int i) const {
    return lane / stride * stride * kHeld + lane % stride + stride * i;
  }

  /// Where a leaf, the thread's i-th, is kept: a line's threads have their i-th ones side by side.
  FALTUNG_DEVICE int leaf_index(int i) const { return i * kLanes + lane; }
  /// Where a point lies in shared memory, from re or im.
  FALTUNG_DEVICE static int slot(int index) { return padded(index) * kPitch; }

  /// The thread's i-th point in its own place there, while no exchange is under way.
  FALTUNG_DEVICE void keep(int i, Point<T> v) const {
    re[slot(first_index(i))] = v.re;
    im[slot(first_index(i))] = v.im;
  }
  FALTUNG_DEVICE Point<T> kept(int i) const {
    return {re[slot(first_index(i))], im[slot(first_index(i))]};
  }

  template <class Index>
  FALTUNG_DEVICE void put(const Point<T>* z, Index&& index_of) const {
    FALTUNG_UNROLL
    for (int i = 0; i < kHeld; ++i) {
      const int at = slot(index_of(i));
      re[at] = z[i].re;
      im[at] = z[i].im;
    }
    barrier();
  }
  template <class Index>
  FALTUNG_DEVICE void take(Point<T>* z, Index&& index_of) const {
    FALTUNG_UNROLL
    for (int i = 0; i < kHeld; ++i) {
      const int at = slot(index_of(i));
      z[i] = {re[at], im[at]};
    }
    barrier();
  }

  /// From points in order (first_index) to leaves, of which the thread then holds 16 lane .. 16
  /// lane + 15.
  FALTUNG_DEVICE void forward(Point<T>* z) const {
    FALTUNG_UNROLL
    for (int group = 0; group < kGroups; ++group)
      split_levels<kFirst>(z + group * kRadix, units, 0, 0);
    if (kFirst == A) return;
    put(z, [&](int i) { return first_index(i); });
    FALTUNG_UNROLL
    for (int level = kFirst; level < A; level += 4) {
      const int stride = kPoints >> (level + 4);
      take(z, [&](int i) { return index(stride, i); });
      split_levels<4>(z, units, level, lane / stride);
      if (level + 4 < A) put(z, [&](int i) { return index(stride, i); });
    }
  }

  /// And back, times M.
  FALTUNG_DEVICE void inverse(Point<T>* z) const {
    FALTUNG_UNROLL
    for (int level = A - 4; level >= kFirst; level -= 4) {
      const int stride = kPoints >> (level + 4);
      join_levels<4>(z, units, level, lane / stride);
      put(z, [&](int i) { return index(stride, i); });
      if (level - 4 >= kFirst) take(z, [&](int i) { return index(stride * kHeld, i); });
    }
    if (kFirst != A) take(z, [&](int i) { return first_index(i); });
    FALTUNG_UNROLL
    for (int group = 0; group < kGroups; ++group)
      join_levels<kFirst>(z + group * kRadix, units, 0, 0);
  }
};

}  // namespace faltung::cuda
