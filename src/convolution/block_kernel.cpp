// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernel of a block: from its taps to the spectrum that blocks are multiplied by.
#include <algorithm>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"

namespace faltung {

/// Taps go to the multiples of the dilation, zeros between and behind them; those of a row that
/// they fill are transformed from where they are.
template <class T>
void BlockConvolution<T>::transform_taps(const KernelTaps<T>& taps, int exponent, T* lines) const {
  const Axis& inner = geometry_->spatial.back();
  const std::int64_t n = block_.back();
  const bool upper_zero = is_real() && inner.span <= n / 2;
  const std::int64_t needed = RowTransform<T>::samples_of(ring_, n) / (upper_zero ? 2 : 1);
  const bool in_place = is_real() && exponent == 0 && inner.dilation == 1 && inner.taps == needed;
  support::AlignedArray<T> row(in_place ? 0 : static_cast<std::size_t>(needed));
  std::fill(row.begin(), row.end(), T(0));
  support::AlignedArray<T> room(static_cast<std::size_t>(room_));
  const auto count = static_cast<std::int64_t>(taps.re.size());
  for (std::int64_t t = 0; t < count; t += inner.taps) {
    std::int64_t rest = t / inner.taps, at = 0, stride = 1;
    for (int i = last() - 1; i >= 0; --i) {
      const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
      at += rest % a.taps * a.dilation * stride;
      rest /= a.taps;
      stride *= block_[i];
    }
    for (std::int64_t k = 0; k < inner.taps && !in_place; ++k) {
      const std::int64_t to = k * inner.dilation;
      row.data()[to] = taps.re[static_cast<std::size_t>(t + k)];
      if (!is_real()) row.data()[to + n] = taps.im[static_cast<std::size_t>(t + k)];
    }
    scale_by(row.data(), static_cast<std::int64_t>(row.size()), -exponent);
    row_->forward_kernel(in_place ? taps.re.data() + t : row.data(), upper_zero,
                         static_cast<double>(rows_), lines + offset_of(at), room.data());
  }
}

/// Parts of the outermost axis that taps reach, then its columns.
template <class T>
void BlockConvolution<T>::transform_parts_of(const KernelTaps<T>& taps, int exponent, T* h) const {
  const std::int64_t reached = geometry_->spatial[0].span;
  support::AlignedArray<T> parts(static_cast<std::size_t>(reached * stride_[0]));
  std::fill(parts.begin(), parts.end(), T(0));
  transform_taps(taps, exponent, parts.data());
  for (int axis = last() - 1; axis > 0; --axis)
    for (std::int64_t r = 0; r < reached * rows_inside(0); r += rows_inside(axis - 1))
      forward_columns(axis, parts.data() + offset_of(r));
  for_columns(0, [&](std::int64_t offset, std::int64_t count) {
    columns_[0]->kernel_columns(parts.data() + offset, reached, stride_[0], count, h);
    h += block_[0] * numbers_;
  });
}

/// Non-finite taps count as zero (a plan whose kernel has one never comes here with it).
template <class T>
Spectrum<T> BlockConvolution<T>::transform_kernel(KernelTaps<T> taps) const {
  Spectrum<T> s;
  s.exponent = exponent_to_divide<T>(taps.facts.max_abs);
  s.lines = support::AlignedArray<T>(static_cast<std::size_t>(rows_ * numbers_));
  if (rows_ == 1) transform_taps(taps, s.exponent, s.lines.data());
  else transform_parts_of(taps, s.exponent, s.lines.data());
  // Integers are rounded: nothing but a zero is left where a zero is due.
  if (geometry_->compute != Compute::integer && taps.facts.nonzeros > 1 &&
      taps.facts.nonzeros < hull_volume(*geometry_, taps.facts))
    s.counts = TapCounts(*geometry_, [&taps](std::int64_t t) {
      const auto i = static_cast<std::size_t>(t);
      return taps.re[i] != 0 || (!taps.im.empty() && taps.im[i] != 0);
    });
  s.taps = std::move(taps);
  s.plain = !plain_.empty() && is_plain_kernel(s);
  return s;
}

template Spectrum<float> BlockConvolution<float>::transform_kernel(KernelTaps<float>) const;
template Spectrum<double> BlockConvolution<double>::transform_kernel(KernelTaps<double>) const;

}  // namespace faltung
