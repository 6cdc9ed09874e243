// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a transform spoils and this puts right: the places and kinds of non-finite results, exact
// zeros, the sign of data of one sign, whole numbers.
#include <algorithm>
#include <cmath>

#include "convolution/block_work.hpp"
#include "convolution/footprint.hpp"
#include "convolution/point.hpp"

namespace faltung {
namespace {

template <class T>
std::uint8_t mark_of(T v) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  return static_cast<std::uint8_t>(
      std::isnan(v) * kNaN | (v == kInfinity || v == -kInfinity) * kInfinite | (v != 0) * kNonZero);
}

}  // namespace

std::int64_t hull_volume(const Geometry& g, const KernelFacts& f) noexcept {
  double volume = 1;
  for (int i = 0; i < f.hull_first.rank(); ++i)
    volume *= static_cast<double>(
        (f.hull_last[i] - f.hull_first[i]) * g.spatial[static_cast<std::size_t>(i)].dilation + 1);
  return volume < 9e18 ? static_cast<std::int64_t>(volume) : INT64_MAX;
}

/// Decides which marks this block needs, sets and spreads them, and takes non-finite samples out.
template <class T>
void BlockConvolution<T>::prepare_contract(Work& work, const Spectrum<T>& kernel) const {
  if (geometry_->compute == Compute::integer) return;  // rounding to integers puts all of it right
  const KernelFacts& f = kernel.taps.facts;
  work.one_sign = packed() && !work.scan.negative && work.scan.nonfinite == 0 && f.nonnegative;
  work.marked = marks_needed(work, f);
  const bool gaps = gaps_matter(work, kernel);
  if (work.marked == 0 && !gaps) return;
  mark_samples(work);
  if (gaps) find_hull(work);
  if (work.scan.nonfinite > 0) clear_nonfinite(work);
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    if (work.marked & (kNaN | kInfinite))
      spread_marks(work.marks, block_, i, a.taps, a.dilation, kNaN | kInfinite);
    if (work.marked & kNonZero)
      spread_marks(work.marks, block_, i, (f.hull_last[i] - f.hull_first[i]) * a.dilation + 1, 1,
                   kNonZero);
  }
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

/// Whether the hull of the kernel can lie on zeros alone for some output of this block. Fewer zeros
/// than the hull has samples cannot cover it; and where all zeros lie beyond the input, every
/// output of the full result still meets a sample, if the kernel begins and ends with a tap.
template <class T>
bool BlockConvolution<T>::zeros_may_cover(const Work& work, const KernelFacts& f) const {
  if (work.scan.zeros < hull_volume(*geometry_, f)) return false;
  if (!geometry_->absent_outside) return true;
  double box = 1, inside = 1;
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    const std::int64_t first = a.reads_last(work.from[i] + 1);
    if (f.hull_first[i] != 0 || f.hull_last[i] != a.taps - 1 || first < 0 ||
        a.reads_first(work.to[i] - 1) >= a.n)
      return true;
    box *= static_cast<double>(work.size[i]);
    inside *= static_cast<double>(std::min(a.n, work.lo[i] + work.size[i]) -
                                  std::max<std::int64_t>(0, work.lo[i]));
  }
  const double parts = packed() ? 1 : 2;
  return static_cast<double>(work.scan.zeros) > parts * (box - inside);
}

template <class T>
void BlockConvolution<T>::mark_samples(Work& work) const {
  const std::int64_t n = block_.back();
  for (std::int64_t r = 0; r < rows_; ++r) {
    const T* re = work.re + r * pitch_;
    const T* im = work.im + r * pitch_;
    std::uint8_t* marks = work.marks + r * n;
    for (std::int64_t i = 0; i < width_; ++i) {
      const std::uint8_t a = mark_of(re[i]), b = mark_of(im[i]);
      if (packed()) {
        marks[i] = a;
        marks[width_ + i] = b;
      } else {
        marks[i] = a | b;
      }
    }
  }
}

/// The box of the non-zero samples: where it is smaller than the kernel, or only a corner of it is
/// met, every tap that meets it may be zero.
template <class T>
void BlockConvolution<T>::find_hull(Work& work) const {
  std::fill_n(work.hull_first, last() + 1, INT64_MAX);
  std::fill_n(work.hull_last, last() + 1, -1);
  const std::int64_t n = block_.back();
  std::int64_t j[kMaxRank] = {};
  for (std::int64_t r = 0; r < rows_; ++r) {
    const std::uint8_t* marks = work.marks + r * n;
    const auto nonzero = [](std::uint8_t m) { return (m & kNonZero) != 0; };
    const std::int64_t first = std::find_if(marks, marks + n, nonzero) - marks;
    if (first < n) {
      std::int64_t end = n;
      while (!nonzero(marks[end - 1])) --end;
      j[last()] = first;
      for (int i = 0; i <= last(); ++i) {
        work.hull_first[i] = std::min(work.hull_first[i], j[i]);
        work.hull_last[i] = std::max(work.hull_last[i], i == last() ? end - 1 : j[i]);
      }
    }
    for (int i = last() - 1; i >= 0 && ++j[i] == block_[i]; --i) j[i] = 0;
  }
  work.has_hull = work.hull_last[0] >= 0;
}

/// Zero where no non-zero tap meets the box of the non-zero samples: tap k of the output at p
/// reads p - k dilation.
template <class T>
void BlockConvolution<T>::clear_uncounted(const Spectrum<T>& kernel, Work& work,
                                          const std::int64_t* out) const {
  const KernelFacts& f = kernel.taps.facts;
  std::int64_t first[kMaxRank], end[kMaxRank];
  // Sets the taps that meet the box along an axis; true where all non-zero ones do.
  const auto reach = [&](int i, std::int64_t o) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    const std::int64_t p = a.span - 1 + (o - work.from[i]) * a.step;
    const std::int64_t low = p - work.hull_last[i], high = p - work.hull_first[i];
    if (low <= f.hull_first[i] * a.dilation && high >= f.hull_last[i] * a.dilation) {
      first[i] = 0;
      end[i] = a.taps - 1;
      return true;
    }
    first[i] = low <= 0 ? 0 : (low + a.dilation - 1) / a.dilation;
    end[i] = high < 0 ? -1 : high / a.dilation;
    return false;
  };
  bool outer_meets_all = true;
  for (int i = 0; i < last(); ++i) outer_meets_all &= reach(i, out[i]);
  for (std::int64_t o = work.from[last()]; o < work.to[last()]; ++o) {
    if (reach(last(), o) && outer_meets_all) continue;
    if (kernel.counts.count(first, end) != 0) continue;
    work.row[0][o - work.from[last()]] = T(0);
    if (!packed()) work.row[1][o - work.from[last()]] = T(0);
  }
}

template <class T>
void BlockConvolution<T>::clear_nonfinite(Work& work) const {
  for (T* plane : {work.re, work.im})
    for (std::int64_t i = 0; i < rows_ * pitch_; ++i)
      if (!std::isfinite(plane[i])) plane[i] = 0;
}

/// One row of outputs into work.row: points first, first + step, ... of the row at re and im.
template <class T>
void BlockConvolution<T>::gather(const T* re, const T* im, std::int64_t first, Work& work) const {
  const std::int64_t step = geometry_->spatial.back().step;
  const std::int64_t count = work.to[last()] - work.from[last()];
  if (!packed()) {
    for (std::int64_t i = 0, p = first; i < count; ++i, p += step) {
      work.row[0][i] = re[p];
      work.row[1][i] = im[p];
    }
    return;
  }
  if (step == 1) {
    const std::int64_t in_re = std::clamp<std::int64_t>(width_ - first, 0, count);
    std::copy_n(re + first, in_re, work.row[0]);
    std::copy_n(im + first + in_re - width_, count - in_re, work.row[0] + in_re);
    return;
  }
  for (std::int64_t i = 0, p = first; i < count; ++i, p += step)
    work.row[0][i] = p < width_ ? re[p] : im[p - width_];
}

/// A kernel with one non-zero tap scales and shifts; a copy does that without any rounding but
/// the product's own.
template <class T>
void BlockConvolution<T>::compute_one_tap(const Spectrum<T>& kernel, Work& work,
                                          std::int64_t hull_row) const {
  const Axis& a = geometry_->spatial.back();
  gather(work.re + hull_row * pitch_, work.im + hull_row * pitch_,
         a.span - 1 - kernel.taps.facts.hull_first[last()] * a.dilation, work);
  std::int64_t tap = 0;
  for (int i = 0; i <= last(); ++i)
    tap = tap * geometry_->spatial[static_cast<std::size_t>(i)].taps +
          kernel.taps.facts.hull_first[i];
  const auto t = static_cast<std::size_t>(tap);
  const std::int64_t count = work.to[last()] - work.from[last()];
  if (packed()) {
    for (std::int64_t i = 0; i < count; ++i) work.row[0][i] *= kernel.taps.re[t];
    return;
  }
  const T c = kernel.taps.re[t], d = kernel.taps.im[t];
  for (std::int64_t i = 0; i < count; ++i) {
    const T x = work.row[0][i], y = work.row[1][i];
    work.row[0][i] = c * x - d * y;
    work.row[1][i] = d * x + c * y;
  }
}

/// Scaling back can leave the range where the exact sum does not: large terms that cancel.
template <class T>
void BlockConvolution<T>::repair_overflow(const ExtendedInput<long double>& x_exact,
                                          const Spectrum<T>& kernel, Work& work,
                                          const std::int64_t* out) const {
  std::int64_t where[kMaxRank];
  std::copy_n(out, last() + 1, where);
  const std::int64_t count = work.to[last()] - work.from[last()];
  for (std::int64_t i = 0; i < count; ++i, ++where[last()]) {
    if (std::isfinite(work.row[0][i]) && (packed() || std::isfinite(work.row[1][i]))) continue;
    const Point point = evaluate_point(*geometry_, x_exact, kernel.taps, where);
    work.row[0][i] = static_cast<T>(point.re);
    if (!packed()) work.row[1][i] = static_cast<T>(point.im);
  }
}

template <class T>
void BlockConvolution<T>::finish_row(const ExtendedInput<long double>& x_exact,
                                     const Spectrum<T>& kernel, Work& work, const std::int64_t* out,
                                     const Output<T>& y) const {
  const std::int64_t count = work.to[last()] - work.from[last()];
  std::int64_t row = 0, hull_row = 0;
  for (int i = 0; i < last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    const std::int64_t p = a.span - 1 + (out[i] - work.from[i]) * a.step;
    row = row * block_[i] + p;
    hull_row = hull_row * block_[i] + p - kernel.taps.facts.hull_first[i] * a.dilation;
  }
  const int parts = packed() ? 1 : 2;
  if (work.vanishes)
    for (int part = 0; part < parts; ++part) std::fill_n(work.row[part], count, T(0));
  else if (work.one_tap) compute_one_tap(kernel, work, hull_row);
  else
    gather(work.re + row * pitch_, work.im + row * pitch_, geometry_->spatial.back().span - 1,
           work);
  for (int part = 0; part < parts && work.exponent != 0; ++part)
    for (std::int64_t i = 0; i < count; ++i)
      work.row[part][i] = std::ldexp(work.row[part][i], work.exponent);
  if (work.exponent != 0 || work.one_tap) repair_overflow(x_exact, kernel, work, out);
  if (geometry_->compute == Compute::integer)
    for (std::int64_t i = 0; i < count; ++i) work.row[0][i] = std::nearbyint(work.row[0][i]);
  if (work.one_sign)
    for (std::int64_t i = 0; i < count; ++i) work.row[0][i] = std::max(work.row[0][i], work.least);
  if (work.has_hull && !work.vanishes) clear_uncounted(kernel, work, out);
  if (work.marked != 0) apply_marks(x_exact, kernel, work, row, hull_row, out);
  std::int64_t first[kMaxRank];
  std::copy_n(out, last(), first);
  first[last()] = work.from[last()];
  for (int part = 0; part < parts; ++part)
    y.store(work.row[part], count, row_in_y(*geometry_, y.data, y.batch, y.strides, first, part),
            stride_in_y(*geometry_, y.strides));
}

template <class T>
void BlockConvolution<T>::apply_marks(const ExtendedInput<long double>& x_exact,
                                      const Spectrum<T>& kernel, Work& work, std::int64_t row,
                                      std::int64_t hull_row, const std::int64_t* out) const {
  const Axis& a = geometry_->spatial.back();
  const std::int64_t count = work.to[last()] - work.from[last()];
  const std::uint8_t* marks = work.marks + row * block_.back() + a.span - 1;
  const std::uint8_t* hull = work.marks + hull_row * block_.back() + a.span - 1 -
                             kernel.taps.facts.hull_first[last()] * a.dilation;
  // A reflection of the odd boundary can leave the range of finite samples: only the exact sum
  // tells whether a mark is true.
  const bool trusted = geometry_->boundary != Boundary::odd;
  const int parts = packed() ? 1 : 2;
  std::int64_t where[kMaxRank];
  std::copy_n(out, last() + 1, where);
  for (std::int64_t i = 0; i < count; ++i, ++where[last()]) {
    const std::uint8_t mark = marks[i * a.step] & work.marked;
    if ((mark & kNaN) && trusted) {
      for (int part = 0; part < parts; ++part)
        work.row[part][i] = std::numeric_limits<T>::quiet_NaN();
    } else if (mark & (kNaN | kInfinite)) {
      const Point point = evaluate_point(*geometry_, x_exact, kernel.taps, where);
      work.row[0][i] = static_cast<T>(point.re);
      if (parts == 2) work.row[1][i] = static_cast<T>(point.im);
    } else if ((work.marked & kNonZero) && !(hull[i * a.step] & kNonZero)) {
      for (int part = 0; part < parts; ++part) work.row[part][i] = T(0);
    }
  }
}

#define FALTUNG_INSTANTIATE(T)                                                                  \
  template void BlockConvolution<T>::prepare_contract(Work&, const Spectrum<T>&) const;         \
  template bool BlockConvolution<T>::is_plain(const Work&, const Spectrum<T>&) const;           \
  template void BlockConvolution<T>::clear_nonfinite(Work&) const;                              \
  template void BlockConvolution<T>::finish_row(const ExtendedInput<long double>&,              \
                                                const Spectrum<T>&, Work&, const std::int64_t*, \
                                                const Output<T>&) const;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
