// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a block's results are not finite, and where they are exactly zero: samples are marked, the
// marks are spread over the kernel, and what the transform made there is replaced.
#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>

#include "convolution/block_work.hpp"
#include "convolution/footprint.hpp"
#include "convolution/point.hpp"

namespace faltung {
namespace {

/// Whether `length` zeros stand side by side: the last of them is looked for at every length-th
/// sample, so that few samples are looked at where runs are short.
template <class T>
bool has_run_of_zeros(const T* samples, std::int64_t n, std::int64_t length) {
  for (std::int64_t last = length - 1; last < n;) {
    std::int64_t i = last;
    while (i > last - length && samples[i] == 0) --i;
    if (i == last - length) return true;
    last = i + length;
  }
  return false;
}

/// Outputs looked at together: a word of marks.
constexpr std::int64_t kRun = 64;

}  // namespace

std::int64_t hull_volume(const Geometry& g, const KernelFacts& f) noexcept {
  double volume = 1;
  for (int i = 0; i < f.hull_first.rank(); ++i)
    volume *= static_cast<double>(
        (f.hull_last[i] - f.hull_first[i]) * g.spatial[static_cast<std::size_t>(i)].dilation + 1);
  return volume < 9e18 ? static_cast<std::int64_t>(volume) : INT64_MAX;
}

/// Decides which marks this block needs, sets and spreads them. `row`: the samples of a block of
/// one row, real parts and then imaginary ones; null: rows are read into work.samples. Where no
/// sample can matter, the results' vanishing is all that is said.
template <class T>
void BlockConvolution<T>::prepare_contract(const ExtendedInput<T>& x, const T* row, Work& work,
                                           const Spectrum<T>& kernel) const {
  // Rounding to integers puts all of it right.
  if (geometry_->compute == Compute::integer) return;
  if (work.scan.largest == 0 && work.scan.nonfinite == 0) return;
  const KernelFacts& f = kernel.taps.facts;
  work.one_sign = is_real() && !work.scan.negative && f.nonnegative;  // of the finite ones
  work.marked = marks_needed(work, f);
  const bool gaps = gaps_matter(work, kernel);
  if (work.marked == 0 && !gaps) return;
  if ((work.marked & kNonZero) != 0 && !gaps && !has_long_run(x, row, work, f))
    work.marked = static_cast<std::uint8_t>(work.marked & ~kNonZero);
  if (work.marked == 0 && !gaps) return;
  mark_samples(x, row, work);
  if (gaps) find_hull(work);
  spread(work, f);
  if (!is_all_nan(work)) return;
  work.vanishes = true;
  work.vanished = std::numeric_limits<T>::quiet_NaN();
  work.marked = 0;
}

/// Spreads marks of one kind over the taps along an axis. A team takes ranges of the words of a
/// part for the outermost axis, and of parts for the others.
template <class T>
void BlockConvolution<T>::spread_over(const Work& work, std::uint64_t* marks, int axis,
                                      std::int64_t taps, std::int64_t dilation) const {
  if (is_circular(axis))
    return spread_marks_round(marks, work.room_of_marks, block_, axis, taps, dilation);
  const std::int64_t pitch = mark_pitch(block_.back()), words = rows_inside(0) * pitch / 64;
  if (work.team.threads() == 1 || rows_ == 1 || pitch < 64)
    return spread_marks(marks, block_, axis, taps, dilation);
  if (axis == 0)
    return work.team.ranges(words, 1, [&](std::int64_t begin, std::int64_t end) {
      spread_marks_of_parts(marks, block_[0], words, begin, end, taps, dilation);
    });
  work.team.ranges(block_[0], 1, [&](std::int64_t begin, std::int64_t end) {
    Dims parts = block_;
    parts[0] = end - begin;
    spread_marks(marks + begin * words, parts, axis, taps, dilation);
  });
}

/// Spreads the kinds that are marked over the taps along each axis; zeros over the hull.
template <class T>
void BlockConvolution<T>::spread(const Work& work, const KernelFacts& f) const {
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    if (work.marked & kNaN) spread_over(work, work.nan, i, a.taps, a.dilation);
    if (work.marked & kInfinite) spread_over(work, work.infinite, i, a.taps, a.dilation);
    if (work.marked & kNonZero)
      spread_over(work, work.nonzero, i, (f.hull_last[i] - f.hull_first[i]) * a.dilation + 1, 1);
  }
}

/// Whether every output of a block of one row is marked NaN, so that nothing else of it is needed.
template <class T>
bool BlockConvolution<T>::is_all_nan(const Work& work) const {
  const bool told = geometry_->boundary != Boundary::odd && geometry_->spatial[0].step == 1;
  if (rows_ != 1 || last() != 0 || !told || (work.marked & kNaN) == 0) return false;
  const std::int64_t count = work.to[0] - work.from[0], first = index_of(work, 0, work.from[0]);
  if (first + count > block_.back()) return false;  // goes round
  for (std::int64_t i = 0; i < count; i += 64) {
    const std::uint64_t wanted = first_marks(count - i);
    if ((marks_at(work.nan, first + i) & wanted) != wanted) return false;
  }
  return true;
}

/// Whether a transform of the samples as they are is all that this kernel needs of them.
template <class T>
bool BlockConvolution<T>::is_plain(const Work& work, const Spectrum<T>& kernel) const {
  const KernelFacts& f = kernel.taps.facts;
  if (work.scan.largest == 0 || f.nonzeros < 2) return false;
  return geometry_->compute == Compute::integer ||
         (marks_needed(work, f) == 0 && !gaps_matter(work, kernel));
}

/// The kinds of marks without which outputs of this block could be wrong.
template <class T>
std::uint8_t BlockConvolution<T>::marks_needed(const Work& work, const KernelFacts& f) const {
  const int nonfinite = work.scan.nonfinite > 0 ? kNaN | kInfinite : 0;
  const int zeros = f.any_nonzero && zeros_may_cover(work, f) ? kNonZero : 0;
  return static_cast<std::uint8_t>(nonfinite | zeros);
}

/// Whether zeros between the taps may meet all that is not zero in this block.
template <class T>
bool BlockConvolution<T>::gaps_matter(const Work& work, const Spectrum<T>& kernel) {
  return !kernel.counts.empty() && work.scan.zeros > 0;
}

/// Whether outputs of this block may meet nothing but what lies outside of the input: not those of
/// a full result whose kernel begins and ends with a tap.
template <class T>
bool BlockConvolution<T>::may_leave_input(const Work& work, const KernelFacts& f) const {
  if (!geometry_->absent_outside) return false;
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    if (f.hull_first[i] != 0 || f.hull_last[i] != a.taps - 1 ||
        a.reads_last(work.from[i] + 1) < 0 || a.reads_first(work.to[i] - 1) >= a.n)
      return true;
  }
  return false;
}

/// Whether the hull of the kernel can lie on zeros alone for some output of this block. Fewer zeros
/// than the hull has samples cannot cover it; and where all zeros lie beyond the input, every
/// output still meets a sample, unless it leaves the input.
template <class T>
bool BlockConvolution<T>::zeros_may_cover(const Work& work, const KernelFacts& f) const {
  if (work.scan.zeros < hull_volume(*geometry_, f)) return false;
  if (!geometry_->absent_outside || may_leave_input(work, f)) return true;
  double box = 1, inside = 1;
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    box *= static_cast<double>(work.size[i]);
    inside *= static_cast<double>(std::min(a.n, work.lo[i] + work.size[i]) -
                                  std::max<std::int64_t>(0, work.lo[i]));
  }
  const double parts = is_real() ? 1 : 2;
  return static_cast<double>(work.scan.zeros) > parts * (box - inside);
}

/// The samples of a part of the row at `position`, as far as there are any.
template <class T>
const T* BlockConvolution<T>::samples_of(const ExtendedInput<T>& x, const T* row,
                                         const std::int64_t* position, int part,
                                         const Work& work) const {
  if (row != nullptr) return row + part * block_.back();
  const std::int64_t lo = work.origin[last()], n = work.stored[last()];
  const T* there = is_real() ? x.row_in_place(position, lo, n) : nullptr;
  if (there != nullptr) return there;
  x.read_row(position, lo, 1, n, part, work.samples);
  return work.samples;
}

/// Whether, of some row, as many zeros stand side by side along the last axis as the kernel's hull
/// is long: outputs that are zero elsewhere than beyond the input need that. Zeros at an end of the
/// block go on there: outside of the input, or round.
template <class T>
bool BlockConvolution<T>::has_long_run(const ExtendedInput<T>& x, const T* row, Work& work,
                                       const KernelFacts& f) const {
  const int z = last();
  const Axis& a = geometry_->spatial.back();
  if (!is_real() || may_leave_input(work, f)) return true;
  const bool open_begin = geometry_->absent_outside && a.reads_first(work.from[z]) < 0;
  const bool open_end = geometry_->absent_outside && a.reads_last(work.to[z]) >= a.n;
  const std::int64_t length = (f.hull_last[z] - f.hull_first[z]) * a.dilation + 1;
  const std::int64_t stored = work.stored[z];
  std::atomic<bool> found = false;
  const auto look = [&](const Work& mine, const std::int64_t* position) {
    const T* samples = samples_of(x, row, position, 0, mine);
    const bool begins = samples[0] == 0, ends = samples[stored - 1] == 0;
    return (begins && (open_begin || (ends && is_circular(z)))) || (ends && open_end) ||
           has_run_of_zeros(samples, stored, length);
  };
  for_ranges(work, parts(), false, [&](Work& mine, std::int64_t begin, std::int64_t end) {
    for_rows(mine, begin, end, [&](std::int64_t, bool inside, const std::int64_t* position) {
      if (inside && !found.load(std::memory_order_relaxed) && look(mine, position))
        found.store(true, std::memory_order_relaxed);
    });
  });
  return found;
}

template <class T>
void BlockConvolution<T>::mark_samples(const ExtendedInput<T>& x, const T* row, Work& work) const {
  const std::int64_t pitch = mark_pitch(block_.back()), stored = work.stored[last()];
  const std::int64_t words = mark_words(rows_, block_.back());
  for (std::uint64_t* kind : {work.nan, work.infinite, work.nonzero}) std::fill_n(kind, words, 0);
  const auto mark = [&](const Work& mine, std::int64_t r, const std::int64_t* position) {
    const std::int64_t word = r * pitch / 64, bit = r * pitch % 64;
    for (int part = 0; part < (is_real() ? 1 : 2); ++part) {
      const T* samples = samples_of(x, row, position, part, mine);
      if (pitch >= 64) {
        loops_->mark(samples, stored, part == 1, work.nan + word, work.infinite + word,
                     work.nonzero + word);
        continue;
      }
      std::uint64_t nan, infinite, nonzero;
      loops_->mark(samples, stored, false, &nan, &infinite, &nonzero);
      work.nan[word] |= nan << bit;
      work.infinite[word] |= infinite << bit;
      work.nonzero[word] |= nonzero << bit;
    }
  };
  const auto mark_parts = [&](const Work& mine, std::int64_t begin, std::int64_t end) {
    for_rows(mine, begin, end, [&](std::int64_t r, bool inside, const std::int64_t* position) {
      if (inside) mark(mine, r, position);
    });
  };
  // Short rows share words.
  if (pitch < 64) mark_parts(work, 0, parts());
  else for_ranges(work, parts(), false, mark_parts);
}

/// Where the marks are that the outputs of one row meet; the last index is taken modulo the block
/// where that goes round.
template <class T>
struct BlockConvolution<T>::RowMarks {
  std::int64_t row;       ///< first bit: of marks spread over all taps
  std::int64_t hull_row;  ///< of those spread over the hull, as if its first tap were tap 0; -1
                          ///< where the hull lies before the block's first row
  std::int64_t shift;     ///< from an index to the hull's
};

template <class T>
typename BlockConvolution<T>::RowMarks BlockConvolution<T>::marks_of(
    const Spectrum<T>& kernel, const Work& work, const std::int64_t* out) const {
  std::int64_t row = 0, hull_row = 0;
  bool inside = true;
  const auto hull_shift = [&](int i) {
    return kernel.taps.facts.hull_first[i] *
           geometry_->spatial[static_cast<std::size_t>(i)].dilation;
  };
  for (int i = 0; i < last(); ++i) {
    const std::int64_t index = index_of(work, i, out[i]);
    std::int64_t at = index - hull_shift(i);
    if (at < 0 && is_circular(i)) at += geometry_->spatial[static_cast<std::size_t>(i)].n;
    inside &= at >= 0;
    row = row * block_[i] + index;
    hull_row = hull_row * block_[i] + at;
  }
  const std::int64_t pitch = mark_pitch(block_.back());
  return {row * pitch, inside ? hull_row * pitch : -1, hull_shift(last())};
}

/// Outputs from the i-th on whose marks lie side by side, up to kRun of `count`: neither they nor
/// those of the hull go round, and all of the hull's are there, or none.
template <class T>
std::int64_t BlockConvolution<T>::neighbours(std::int64_t index, std::int64_t shift,
                                             std::int64_t count) const {
  if (geometry_->spatial.back().step != 1) return 1;
  std::int64_t n = std::min({count, kRun, block_.back() - index});
  if (is_circular(last())) n = std::min(n, geometry_->spatial.back().n - index);
  return index < shift ? std::min(n, shift - index) : n;
}

template <class T>
void BlockConvolution<T>::apply_marks(const ExtendedInput<long double>& x_exact,
                                      const Spectrum<T>& kernel, const Work& work,
                                      const std::int64_t* out, T* const* parts) const {
  const RowMarks marks = marks_of(kernel, work, out);
  const std::int64_t count = work.to[last()] - work.from[last()];
  std::int64_t where[kMaxRank];
  std::copy_n(out, last() + 1, where);
  for (std::int64_t i = 0, n = 0; i < count; i += n) {
    where[last()] = work.from[last()] + i;
    const std::int64_t index = index_of(work, last(), where[last()]);
    std::int64_t at = index - marks.shift;
    if (at < 0 && is_circular(last())) at += geometry_->spatial.back().n;
    n = neighbours(index, marks.shift, count - i);
    Run run = {0, 0, ~std::uint64_t{0}};
    if (work.marked & kNaN) run.nan = marks_at(work.nan, marks.row + index);
    if (work.marked & kInfinite) run.infinite = marks_at(work.infinite, marks.row + index);
    if (work.marked & kNonZero)
      run.nonzero =
          marks.hull_row >= 0 && at >= 0 ? marks_at(work.nonzero, marks.hull_row + at) : 0;
    T* const results[2] = {parts[0] + i, is_real() ? nullptr : parts[1] + i};
    apply_run(x_exact, kernel, run, n, where, results);
  }
}

/// Replaces the outputs of a run: NaN is told by its mark, zeros by those of the hull; an infinity
/// takes the exact sum. So does every mark of the odd boundary, whose reflections can leave the
/// range of finite samples: only that sum tells whether the mark is true.
template <class T>
void BlockConvolution<T>::apply_run(const ExtendedInput<long double>& x_exact,
                                    const Spectrum<T>& kernel, Run run, std::int64_t n,
                                    std::int64_t* where, T* const* parts) const {
  const std::uint64_t some = first_marks(n);
  const std::uint64_t nan = run.nan & some, infinite = run.infinite & some;
  if ((nan | infinite) == 0 && (run.nonzero & some) == some) return;
  const int components = is_real() ? 1 : 2;
  for (int part = 0; part < components; ++part) loops_->replace(parts[part], n, nan, run.nonzero);
  std::uint64_t exact = geometry_->boundary != Boundary::odd ? infinite & ~nan : infinite | nan;
  const std::int64_t first = where[last()];
  for (; exact != 0; exact &= exact - 1) {
    const std::int64_t i = std::countr_zero(exact);
    where[last()] = first + i;
    const Point point = evaluate_point(*geometry_, x_exact, kernel.taps, where);
    parts[0][i] = static_cast<T>(point.re);
    if (components == 2) parts[1][i] = static_cast<T>(point.im);
  }
}

#define FALTUNG_INSTANTIATE(T)                                                                  \
  template void BlockConvolution<T>::prepare_contract(const ExtendedInput<T>&, const T*, Work&, \
                                                      const Spectrum<T>&) const;                \
  template bool BlockConvolution<T>::is_plain(const Work&, const Spectrum<T>&) const;           \
  template bool BlockConvolution<T>::zeros_may_cover(const Work&, const KernelFacts&) const;    \
  template void BlockConvolution<T>::apply_marks(const ExtendedInput<long double>&,             \
                                                 const Spectrum<T>&, const Work&,               \
                                                 const std::int64_t*, T* const*) const;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
