// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a transform spoils and this puts right, row by row: exact zeros of kernels with gaps, the
// sign of data of one sign, whole numbers, the range; block_marks.cpp has the places of non-finite
// results and of zeros.
#include <algorithm>
#include <bit>
#include <cmath>

#include "convolution/block_work.hpp"
#include "convolution/footprint.hpp"
#include "convolution/point.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

/// Outputs that are worth handing to a thread.
constexpr std::int64_t kLeastOutputs = 8192;

/// Rows of y are asked for before they are written, since they are too short for the processor to
/// do so by itself.
constexpr std::int64_t kRowsAhead = 6;
void ask_for(const std::byte* to, std::int64_t bytes) {
  constexpr std::int64_t kLineBytes = 64;
  for (std::int64_t i = 0; i < bytes; i += kLineBytes) __builtin_prefetch(to + i, 1);
}

}  // namespace
/// The box of the non-zero samples: where it is smaller than the kernel, or only a corner of it is
/// met, every tap that meets it may be zero.
template <class T>
void BlockConvolution<T>::find_hull(Work& work) const {
  std::fill_n(work.hull_first, last() + 1, INT64_MAX);
  std::fill_n(work.hull_last, last() + 1, -1);
  const std::int64_t n = block_.back();
  std::int64_t j[kMaxRank] = {};
  for (std::int64_t r = 0, at = 0; r < rows_; ++r, at += mark_pitch(n)) {
    std::int64_t first = -1, end = 0;
    for (std::int64_t i = 0; i < n; i += 64) {
      const std::uint64_t marks = marks_at(work.nonzero, at + i) & first_marks(n - i);
      if (marks == 0) continue;
      if (first < 0) first = i + std::countr_zero(marks);
      end = i + 64 - std::countl_zero(marks);
    }
    j[last()] = first;
    for (int i = 0; i <= last() && first >= 0; ++i) {
      work.hull_first[i] = std::min(work.hull_first[i], j[i]);
      work.hull_last[i] = std::max(work.hull_last[i], i == last() ? end - 1 : j[i]);
    }
    for (int i = last() - 1; i >= 0 && ++j[i] == block_[i]; --i) j[i] = 0;
  }
  work.has_hull = work.hull_last[0] >= 0;
}

/// Whether no non-zero tap of the output at `index` meets the box of the non-zero samples: tap k
/// reads index - k dilation, circular: modulo the block, so that a box is met from either end.
template <class T>
bool BlockConvolution<T>::meets_none(const Spectrum<T>& kernel, const Work& work,
                                     const std::int64_t* index) const {
  unsigned circular = 0;
  for (int i = 0; i <= last(); ++i) circular |= is_circular(i) ? 1U << i : 0;
  for (unsigned image = circular;; image = (image - 1) & circular) {  // its subsets, down to none
    std::int64_t first[kMaxRank], end[kMaxRank];
    for (int i = 0; i <= last(); ++i) {
      const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
      const std::int64_t p = index[i] + ((image >> i & 1) != 0 ? a.n : 0);
      const std::int64_t low = p - work.hull_last[i], high = p - work.hull_first[i];
      first[i] = low <= 0 ? 0 : (low + a.dilation - 1) / a.dilation;
      end[i] = high < 0 ? -1 : std::min(high / a.dilation, a.taps - 1);
    }
    if (kernel.counts.count(first, end) != 0) return false;
    if (image == 0) return true;
  }
}

/// Zero where no non-zero tap meets a sample that is not.
template <class T>
void BlockConvolution<T>::clear_uncounted(const Spectrum<T>& kernel, const Work& work,
                                          const std::int64_t* out, T* const* parts) const {
  const KernelFacts& f = kernel.taps.facts;
  std::int64_t index[kMaxRank];
  // Whether all non-zero taps meet the box along an axis.
  const auto meets_all = [&](int i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    return index[i] - work.hull_last[i] <= f.hull_first[i] * a.dilation &&
           index[i] - work.hull_first[i] >= f.hull_last[i] * a.dilation;
  };
  bool outer_meets_all = true;
  for (int i = 0; i < last(); ++i) {
    index[i] = index_of(work, i, out[i]);
    outer_meets_all &= meets_all(i);
  }
  for (std::int64_t o = work.from[last()]; o < work.to[last()]; ++o) {
    index[last()] = index_of(work, last(), o);
    if ((outer_meets_all && meets_all(last())) || !meets_none(kernel, work, index)) continue;
    parts[0][o - work.from[last()]] = T(0);
    if (!is_real()) parts[1][o - work.from[last()]] = T(0);
  }
}

/// Where one row of outputs is, parts[0] and parts[1]: in work.samples where they are neighbours
/// there, else copied to work.row.
template <class T>
void BlockConvolution<T>::gather(const std::int64_t* out, Work& work, T** parts) const {
  const std::int64_t step = geometry_->spatial.back().step, n = block_.back();
  const std::int64_t count = work.to[last()] - work.from[last()];
  const std::int64_t first = index_of(work, last(), out[last()]);
  for (int part = 0; part < (is_real() ? 1 : 2); ++part) {
    T* from = work.samples + part * n;
    parts[part] = from + first;
    if (step == 1 && first + count <= n) continue;
    T* to = parts[part] = work.row[part];
    work.team.ranges(count, kLeastOutputs, [=](std::int64_t begin, std::int64_t end) {
      std::int64_t p = (first + begin * step) % n;
      for (; step == 1 && begin < end; p = 0) {  // up to the end of the period, and on
        const std::int64_t run = std::min(end - begin, n - p);
        support::copy(from + p, run, to + begin);
        begin += run;
      }
      for (; begin < end; ++begin, p += step) {
        if (p >= n) p -= n;  // of one period
        to[begin] = from[p];
      }
    });
  }
}

/// A kernel with one non-zero tap scales and shifts; a copy does that without any rounding but
/// the product's own.
template <class T>
void BlockConvolution<T>::compute_one_tap(const ExtendedInput<T>& x, const Spectrum<T>& kernel,
                                          Work& work, const std::int64_t* out) const {
  std::int64_t tap = 0, position[kMaxRank];
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    const std::int64_t k = kernel.taps.facts.hull_first[i];
    tap = tap * a.taps + k;
    position[i] = a.first + out[i] * a.step - k * a.dilation;
  }
  const auto t = static_cast<std::size_t>(tap);
  const std::int64_t count = work.to[last()] - work.from[last()];
  for (int part = 0; part < (is_real() ? 1 : 2); ++part)
    x.read_row(position, position[last()], geometry_->spatial.back().step, count, part,
               work.row[part]);
  if (is_real()) {
    for (std::int64_t i = 0; i < count; ++i) work.row[0][i] *= kernel.taps.re[t];
    return;
  }
  const T c = kernel.taps.re[t], d = kernel.taps.im[t];
  for (std::int64_t i = 0; i < count; ++i) {
    const T re = work.row[0][i], im = work.row[1][i];
    work.row[0][i] = c * re - d * im;
    work.row[1][i] = d * re + c * im;
  }
}

/// Scaling back can leave the range where the exact sum does not: large terms that cancel.
template <class T>
void BlockConvolution<T>::repair_overflow(const ExtendedInput<long double>& x_exact,
                                          const Spectrum<T>& kernel, const Work& work,
                                          const std::int64_t* out, T* const* parts) const {
  std::int64_t where[kMaxRank];
  std::copy_n(out, last() + 1, where);
  const std::int64_t count = work.to[last()] - work.from[last()];
  for (std::int64_t i = 0; i < count; ++i, ++where[last()]) {
    if (std::isfinite(parts[0][i]) && (is_real() || std::isfinite(parts[1][i]))) continue;
    const Point point = evaluate_point(*geometry_, x_exact, kernel.taps, where);
    parts[0][i] = static_cast<T>(point.re);
    if (!is_real()) parts[1][i] = static_cast<T>(point.im);
  }
}

/// One row of outputs, from work.samples where a transform was made.
template <class T>
void BlockConvolution<T>::finish_row(const ExtendedInput<T>& x,
                                     const ExtendedInput<long double>& x_exact,
                                     const Spectrum<T>& kernel, Work& work, const std::int64_t* out,
                                     const Output<T>& y) const {
  const std::int64_t count = work.to[last()] - work.from[last()];
  const int components = is_real() ? 1 : 2;
  T* parts[2] = {work.row[0], work.row[1]};
  if (work.vanishes)
    for (int part = 0; part < components; ++part) std::fill_n(parts[part], count, work.vanished);
  else if (work.one_tap) compute_one_tap(x, kernel, work, out);
  else gather(out, work, parts);
  for (int part = 0; part < components && work.exponent != 0; ++part)
    for (std::int64_t i = 0; i < count; ++i)
      parts[part][i] = std::ldexp(parts[part][i], work.exponent);
  if ((work.exponent != 0 || work.one_tap) && !work.vanishes)
    repair_overflow(x_exact, kernel, work, out, parts);
  if (geometry_->compute == Compute::integer)
    for (std::int64_t i = 0; i < count; ++i) parts[0][i] = std::nearbyint(parts[0][i]);
  if (work.one_sign)
    for (std::int64_t i = 0; i < count; ++i) parts[0][i] = std::max(parts[0][i], work.least);
  if (work.has_hull && !work.vanishes) clear_uncounted(kernel, work, out, parts);
  if (work.marked != 0) apply_marks(x_exact, kernel, work, out, parts);
  std::int64_t first[kMaxRank];
  std::copy_n(out, last(), first);
  first[last()] = work.from[last()];
  const std::int64_t stride = stride_in_y(*geometry_, y.strides);
  const std::int64_t bytes = stride * y.real_bytes;
  std::int64_t ahead[kMaxRank];
  std::copy_n(first, last() + 1, ahead);
  if (last() > 0) ahead[last() - 1] += kRowsAhead;
  if (last() > 0 && !y.passes_cache && count <= kLeastOutputs &&
      ahead[last() - 1] < work.to[last() - 1])
    ask_for(row_in(*geometry_, y.real_bytes, y.data, y.batch, y.strides, ahead, 0), count * bytes);
  for (int part = 0; part < components; ++part) {
    std::byte* to = row_in(*geometry_, y.real_bytes, y.data, y.batch, y.strides, first, part);
    if (leave_results(parts[part], count, to, work)) continue;
    work.team.ranges(count, kLeastOutputs, [&](std::int64_t begin, std::int64_t end) {
      y.store(parts[part] + begin, end - begin, to + begin * bytes, stride);
    });
  }
}

#define FALTUNG_INSTANTIATE(T)                                                               \
  template void BlockConvolution<T>::find_hull(Work&) const;                                 \
  template void BlockConvolution<T>::finish_row(                                             \
      const ExtendedInput<T>&, const ExtendedInput<long double>&, const Spectrum<T>&, Work&, \
      const std::int64_t*, const Output<T>&) const;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
