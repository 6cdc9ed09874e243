// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Tiles through the convolution theorem, a pass along each axis of their arrays.
//
// One axis whose lines a block of threads holds: one pass, in which samples and results meet the
// GPU's memory once.
//
//   x~ [ lead | outputs ] -> look over, scale -> Residues -> times spectrum -> back -> y
//
// Several axes: rows, then columns of the axes within, then those of the outermost axis, there and
// back at once; from axis to axis through the array in the GPU's memory.
//
//   x --rows--> array --columns--> array --columns, product, back--> array --back--> --rows--> y
//
// One long axis of P0 P1 points is an array of two: columns of every P1-th point go down the first
// log2 P0 levels of the tree; what is left of P1 points modulo X^P1 - e(a) becomes modulo X^P1 - 1
// by the factors e(a j / P1), so that all rows share the units of one tree.
//
//   x --columns--> array --factors, rows, product, back, factors--> array --columns--> y
//
// Real samples: z[j] = x~[j] + i x~[j + M] modulo X^M - i, which is the product of 2M real numbers
// modulo X^2M + 1; complex ones: modulo X^M - 1. What wraps around falls before the first output.
//
// The contract: samples that are not finite are left out, and outputs that could meet one, or
// nothing but zeros, are looked at once more by repair.hpp. Lines whose largest magnitude is far
// from 1 are scaled by a power of two of their own; the next pass brings those of a tile together.
#pragma once

#include "line_results.hpp"
#include "line_samples.hpp"

namespace faltung::cuda {

/// Points of the array: those of a line in any order, times the factor of their group.
template <class T, class Row, class Index>
FALTUNG_DEVICE void load_points(const PassArguments& a, const Line& line, const Row&, Point<T>* z,
                                Index&& index_of) {
  const int stride = a.axes[a.axis].stride;
  const Point<T>* const from =
      static_cast<const Point<T>*>(a.work) + line.item * a.volume + line.point;
  int first = 0, last = Row::kPoints;
  if (a.forward && !a.split) {
    // Samples beyond these are absent, and were not written.
    const SpatialAxis& axis = a.layout.spatial[a.axis];
    last = line.stored < last ? line.stored : last;
    if (a.layout.absent_outside) {
      if (line.lo < 0) first = static_cast<int>(-line.lo < last ? -line.lo : last);
      if (axis.n - line.lo < last) last = static_cast<int>(axis.n - line.lo);
    }
  }
  if (!(a.forward ? line.reads : line.writes)) last = 0;
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int j = index_of(i);
    z[i] =
        j >= first && j < last ? from[static_cast<std::int64_t>(j) * stride] : Point<T>{T(0), T(0)};
  }
  if (a.group_points == 0 || a.tile_facts[line.item].rescales == 0) return;
  const GroupFacts* const groups =
      a.groups + line.item * a.item_groups + line.outer * a.group_stride;
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int j = index_of(i);
    if (j < first || j >= last) continue;
    const T factor = static_cast<T>(groups[j / a.group_points].factor);
    z[i] = {z[i].re * factor, z[i].im * factor};
  }
}

/// Leaves, or the points that hold outputs, to the array.
template <class T, class Row>
FALTUNG_DEVICE void store_points(const PassArguments& a, const Line& line, const Row& row,
                                 const Point<T>* z) {
  if (!(a.inverse ? line.writes : line.reads)) return;
  const int stride = a.axes[a.axis].stride;
  const T factor = static_cast<T>(a.leaf_factor);
  Point<T>* const to = static_cast<Point<T>*>(a.work) + line.item * a.volume + line.point;
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    if (a.inverse) {
      const int j = row.first_index(i);
      if (a.split || line.output_of(a, j) >= 0) to[static_cast<std::int64_t>(j) * stride] = z[i];
    } else {
      const int j = row.leaf_index(i);
      to[static_cast<std::int64_t>(j) * stride] =
          a.leaf_factor == 1 ? z[i] : Point<T>{z[i].re * factor, z[i].im * factor};
    }
  }
}

/// Scales the samples of a group, and tells the passes that follow.
template <class T, class Row>
FALTUNG_DEVICE void scale_group(const PassArguments& a, const Line& line, const Row& row,
                                bool tells, const LineFacts& facts, Point<T>* z) {
  const int exponent = exponent_to_take<T>(facts.exponent);
  if (exponent != 0) {
    // Rarely: through the thread's own places in shared memory, in little code.
    const Power<T> power(-exponent);
    FALTUNG_UNROLL
    for (int i = 0; i < kHeld; ++i) row.keep(i, z[i]);
    FALTUNG_ROLLED
    for (int i = 0; i < kHeld; ++i) {
      const Point<T> v = row.kept(i);
      row.keep(i, {power.times(v.re), power.times(v.im)});
    }
    FALTUNG_UNROLL
    for (int i = 0; i < kHeld; ++i) z[i] = row.kept(i);
  }
  if (!tells || a.writes_y) return;
  const int group = a.split ? line.inner / a.verdict_lines : line.outer;
  a.groups[line.item * a.item_groups + group] = {1, facts.exponent, facts.flags, facts.zeros};
}

/// Times the factors between the passes of one long axis, or their conjugates.
template <class T, class Row>
FALTUNG_DEVICE void twist(const PassArguments& a, const Line& line, const Row& row, bool back,
                          Point<T>* z) {
  const Point<T> base =
      static_cast<const Point<T>*>(a.twiddles)[line.outer * Row::kLanes + row.lane];
  const Point<T>* const steps = static_cast<const Point<T>*>(a.twiddle_steps) + line.outer * kHeld;
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const Point<T> s = steps[i], v = z[i];
    const T re = fused(base.re, s.re, -(base.im * s.im)), im = fused(base.re, s.im, base.im * s.re);
    const T sign = back ? -im : im;
    z[i] = {fused(re, v.re, -(sign * v.im)), fused(re, v.im, sign * v.re)};
  }
}

/// Times the spectrum.
template <class T, class Row>
FALTUNG_DEVICE void multiply(const PassArguments& a, const Line& line, const Row& row,
                             Point<T>* z) {
  const int stride = a.axes[a.axis].stride;
  const Point<T>* const spectrum =
      static_cast<const Point<T>*>(a.spectra) + line.kernel * a.volume + line.point;
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const Point<T> h = spectrum[static_cast<std::int64_t>(row.leaf_index(i)) * stride], x = z[i];
    z[i] = {fused(h.re, x.re, -(h.im * x.im)), fused(h.re, x.im, h.im * x.re)};
  }
}

/// One pass: of rows (kColumns 0), or of so many neighbouring columns.
template <class T, int A, int kColumns>
FALTUNG_DEVICE void run_pass(const PassArguments& a) {
  constexpr bool kAreColumns = kColumns != 0;
  constexpr int kPitch = kAreColumns ? kColumns : 1;
  using Row = Residues<T, A, kPitch>;
  constexpr int kLines = kAreColumns ? kColumns : rows_of(A), kSpan = padded(1 << A) * kPitch;
  const int mine = kAreColumns ? thread() % kLines : thread() / Row::kLanes;
  const int lane = kAreColumns ? thread() / kLines : thread() % Row::kLanes;
  // Facts of each row, or of all columns; then planes of points: real parts, imaginary parts.
  LineFacts* const facts = shared<LineFacts>() + (kAreColumns ? 0 : mine);
  T* const points = reinterpret_cast<T*>(shared<LineFacts>() + (kAreColumns ? 1 : kLines)) +
                    (kAreColumns ? mine : 2 * kSpan * mine);
  const Row row = {points, points + kSpan, lane, static_cast<const Point<T>*>(a.units)};
  const bool tells = lane == 0 && (!kAreColumns || mine == 0);
  if (tells) *facts = {0, 0, 0, 0};
  // Threads without a line of their own go along, for the barriers.
  std::int64_t number = block() * kLines + mine;
  Line line(a, number < a.lines ? number : a.lines - 1);
  const bool active = number < a.lines;
  if (!active) line.reads = false;
  barrier();

  Point<T> z[kHeld];
  if (a.reads_x) {
    load_samples(a, number, line, row, z);
    look_over(a, line, row, z, facts);
    scale_group(a, line, row, tells && active, *facts, z);
  } else if (a.forward) {
    load_points(a, line, row, z, [&](int i) { return row.first_index(i); });
  } else {
    load_points(a, line, row, z, [&](int i) { return row.leaf_index(i); });
  }
  if (a.twiddles != nullptr) twist(a, line, row, false, z);
  if (a.forward) row.forward(z);
  if (a.spectra != nullptr) multiply(a, line, row, z);
  if (a.inverse) row.inverse(z);
  if (a.twiddles != nullptr && a.inverse) twist(a, line, row, true, z);
  // Places are found anew rather than kept in registers.
  forget(number);
  Line to(a, number < a.lines ? number : a.lines - 1);
  if (!active) to.reads = to.writes = false;
  const Row again = {row.re, row.im, forgotten(lane), row.units};
  if (a.writes_y) store_results(a, to, again, tells && active, facts, z);
  else store_points(a, to, again, z);
}

// So many threads of a multiprocessor share its 65536 registers that a pass has 128 of them, of
// float64 168 (128 where a block has 512 threads): then next to nothing is kept in memory instead,
// as tools/check_spills.py watches.
constexpr int kSinglesBeside = 512, kDoublesBeside = 384;
constexpr int beside(int threads, int real_bytes) {
  const int blocks = (real_bytes == 4 ? kSinglesBeside : kDoublesBeside) / threads;
  return blocks > 1 ? blocks : 1;
}
#define FALTUNG_PASS_KERNEL(name, T, A, columns, threads)                                        \
  FALTUNG_DEFINE_KERNEL_BESIDE(name##_##A, PassArguments, threads, beside(threads, sizeof(T))) { \
    run_pass<T, A, columns>(a);                                                                  \
  }
#define FALTUNG_ROWS(suffix, T, A) \
  FALTUNG_PASS_KERNEL(rows_##suffix, T, A, 0, (rows_of(A) * lanes_of(A)))
#define FALTUNG_COLUMNS(suffix, T, A)                                   \
  FALTUNG_PASS_KERNEL(columns_##suffix, T, A, columns_of(A, sizeof(T)), \
                      (columns_of(A, sizeof(T)) * lanes_of(A)))
#define FALTUNG_PASSES(A)        \
  FALTUNG_ROWS(f32, float, A)    \
  FALTUNG_ROWS(f64, double, A)   \
  FALTUNG_COLUMNS(f32, float, A) \
  FALTUNG_COLUMNS(f64, double, A)
FALTUNG_COLUMNS(f32, float, 4)
FALTUNG_COLUMNS(f64, double, 4)
FALTUNG_COLUMNS(f32, float, 5)
FALTUNG_COLUMNS(f64, double, 5)
FALTUNG_PASSES(6)
FALTUNG_PASSES(7)
FALTUNG_PASSES(8)
FALTUNG_PASSES(9)
FALTUNG_PASSES(10)
FALTUNG_PASSES(11)
FALTUNG_PASSES(12)
FALTUNG_ROWS(f32, float, 13)
FALTUNG_ROWS(f64, double, 13)
FALTUNG_COLUMNS(f32, float, 13)
#undef FALTUNG_PASSES
#undef FALTUNG_COLUMNS
#undef FALTUNG_ROWS
#undef FALTUNG_PASS_KERNEL

}  // namespace faltung::cuda
