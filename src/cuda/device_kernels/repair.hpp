// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What follows on passes: the facts of a tile brought together after the first one, and, after the
// last one, a second look at the outputs that it was not sure of.
#pragma once

#include "direct.hpp"
#include "line_samples.hpp"

namespace faltung::cuda {

/// The facts of each tile, of those of its groups: a block of threads for each.
template <class T>
FALTUNG_DEVICE void gather_facts(const PassArguments& a) {
  GroupFacts* const groups = a.groups + block() * a.item_groups;
  LineFacts* const all = shared<LineFacts>();
  if (thread() == 0) *all = {0, 0, 0, 0};
  barrier();
  LineFacts mine = {0, 0, 0, 0};
  for (int i = thread(); i < a.item_groups; i += threads()) {
    mine.exponent = mine.exponent < groups[i].exponent ? groups[i].exponent : mine.exponent;
    mine.flags |= groups[i].flags;
    mine.zeros += groups[i].zeros;
  }
  shared_max(&all->exponent, mine.exponent);
  shared_or(&all->flags, mine.flags);
  shared_add(&all->zeros, mine.zeros);
  barrier();
  const int taken = exponent_to_take<T>(all->exponent);
  for (int i = thread(); i < a.item_groups; i += threads()) {
    const int own = exponent_to_take<T>(groups[i].exponent);
    if (own == taken || groups[i].exponent == 0) continue;
    groups[i].factor = scaled(1, own - taken);
    shared_or(&all->verdict, 1);
  }
  barrier();
  if (thread() == 0) a.tile_facts[block()] = {all->exponent, all->flags, all->zeros, all->verdict};
}

FALTUNG_DEFINE_KERNEL(gather_f32, PassArguments, kGatherThreads) { gather_facts<float>(a); }
FALTUNG_DEFINE_KERNEL(gather_f64, PassArguments, kGatherThreads) { gather_facts<double>(a); }

template <class T, bool kComplex>
FALTUNG_DEVICE bool is_finite_all(const Output<T>& output) {
  bool finite = true;
  output.for_terms_while([&](std::int64_t, const std::int64_t* position) {
    for (int part = 0; part < (kComplex ? 2 : 1); ++part)
      finite = finite && is_finite(static_cast<double>(output.x.at(position, part)));
    return finite;
  });
  return finite;
}

/// One output once more: writes what it is by its definition, where that says so.
template <class T, bool kComplex>
FALTUNG_DEVICE void repair_output(const PassArguments& a, std::int64_t batch, std::int64_t out,
                                  int verdict) {
  const Layout& g = a.layout;
  const Output<T> output(g, a.kernel_taps, batch * g.outputs + out);
  const Taps<T> h(a.taps, output.kernel);
  constexpr int kParts = kComplex ? 2 : 1;
  // What is known of it by its result; of results of another type nothing is.
  bool beyond = false, small = true;
  constexpr int kSmallest = sizeof(T) == 4 ? -149 : -1074;
  const int exponent = (verdict >> kVerdictBits) - kVerdictBias;
  const double limit = scaled(1, exponent < kSmallest ? kSmallest : exponent);
  for (int part = 0; part < kParts && g.y_type == kRealOf<T>; ++part) {
    const auto v = static_cast<double>(static_cast<const T*>(g.y)[output.y + part]);
    beyond = beyond || !is_finite(v);
    small = small && v <= limit && v >= -limit;
  }
  if (g.y_type != kRealOf<T>) beyond = true;
  T result[2] = {0, 0};
  if (((verdict & kBeyond) != 0 && beyond) ||
      ((verdict & kNotFinite) != 0 && !is_finite_all<T, kComplex>(output)))
    sum_again<T, kComplex>(output, h, result);
  else if ((verdict & (kSmall | kNotFinite)) == 0 || !small || has_product<T, kComplex>(output, h))
    return;
  for (int part = 0; part < kParts; ++part)
    store_result(g, output.y + part, static_cast<double>(result[part]));
}

/// The outputs of a verdict: a row or a part of one, or columns of a long axis.
template <class T, bool kComplex>
FALTUNG_DEVICE void repair_lines(const PassArguments& a, std::int64_t number, int verdict) {
  const std::int64_t item = number / a.item_verdicts;
  const int at = static_cast<int>(number % a.item_verdicts), part = at % a.row_parts;
  const Line line(a, item * a.item_lines + std::int64_t{at / a.row_parts} * a.verdict_lines);
  if (!line.writes) return;
  if (!a.split) {
    const int begin = part * a.part_length;
    const bool last = a.row_parts == 1 || line.outputs - begin < a.part_length;
    const int end = last ? line.outputs : begin + a.part_length;
    for (int out = begin + thread(); out < end; out += threads())
      repair_output<T, kComplex>(a, line.batch, line.output + out, verdict);
    return;
  }
  const int samples = static_cast<int>(a.volume) / a.inner * a.verdict_lines;
  for (int half = 0; half <= a.half; half += a.half != 0 ? a.half : 1)
    for (int i = thread(); i < samples; i += threads()) {
      const int j = i / a.verdict_lines * a.sample_step + line.inner + i % a.verdict_lines;
      const int out = line.output_of(a, j + half);
      if (out >= 0) repair_output<T, kComplex>(a, line.batch, line.output + out, verdict);
    }
}

/// Walks over the verdicts of a launch, so many at a time as a block has threads.
template <class T, bool kComplex>
FALTUNG_DEVICE void repair(const PassArguments& a) {
  const std::int64_t all = a.lines / a.verdict_lines * a.row_parts;
  int* const found = shared<int>();
  for (std::int64_t first = block() * threads(); first < all; first += blocks() * threads()) {
    const std::int64_t mine = first + thread();
    const int verdict = mine < all ? a.verdicts[mine] : 0;
    if (thread() == 0) *found = 0;
    barrier();
    if (verdict != 0) shared_or(found, 1);
    barrier();
    const bool any = *found != 0;
    barrier();
    for (int i = 0; i < threads() && any && first + i < all; ++i)
      if (const int which = a.verdicts[first + i]; which != 0)
        repair_lines<T, kComplex>(a, first + i, which);
  }
}

FALTUNG_DEFINE_KERNEL(repair_f32, PassArguments, kRepairThreads) { repair<float, false>(a); }
FALTUNG_DEFINE_KERNEL(repair_f64, PassArguments, kRepairThreads) { repair<double, false>(a); }
FALTUNG_DEFINE_KERNEL(repair_c64, PassArguments, kRepairThreads) { repair<float, true>(a); }
FALTUNG_DEFINE_KERNEL(repair_c128, PassArguments, kRepairThreads) { repair<double, true>(a); }

}  // namespace faltung::cuda
