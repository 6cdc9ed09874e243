// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_convolution.hpp"

#include <algorithm>
#include <limits>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"

namespace faltung {

/// Everything but the transforms.
template <class T>
BlockConvolution<T> BlockConvolution<T>::shaped(const Geometry& g, const Dims& block, bool shares,
                                                std::int64_t target) {
  BlockConvolution b;
  b.geometry_ = &g;
  b.shares_ = shares;
  b.target_ = target;
  b.loops_ = &sample_loops<T>(target);
  b.block_ = block;
  for (int i = 0; i < block.rank(); ++i) b.axes_.push_back(block_axis(g, i, block[i]));
  for (int i = 0; i < b.last(); ++i) b.rows_ *= block[i];
  b.ring_ = row_ring(g, block.back());
  b.narrow_ = RowTransform<T>::is_narrow(b.ring_, block.back(), target);
  b.numbers_ = RowTransform<T>::numbers_of(b.ring_, block.back(), target);
  b.room_ = RowTransform<T>::room_of(b.ring_, block.back(), target);
  b.stride_ = Dims(b.last(), 0);
  b.size_ = b.numbers_;
  for (int i = b.last() - 1; i >= 0; --i) {
    b.stride_[i] = odd_lines(b.size_, b.lanes());
    b.size_ = block[i] * b.stride_[i];
  }
  return b;
}

template <class T>
Result<BlockConvolution<T>> BlockConvolution<T>::make(const Geometry& g, const Dims& block,
                                                      bool shares, std::int64_t target) {
  BlockConvolution b = shaped(g, block, shares, target);
  auto row = RowTransform<T>::make(b.ring_, block.back(), target);
  if (!row) return tl::unexpected(row.error());
  b.row_ = std::make_shared<const RowTransform<T>>(std::move(*row));
  for (int i = 0; i < b.last(); ++i) {
    auto column = Transform<T>::make(block[i], Root::cyclic, Along::columns, target, b.narrow_);
    if (!column) return tl::unexpected(column.error());
    b.columns_.push_back(std::make_shared<const Transform<T>>(std::move(*column)));
  }
  b.find_plain_blocks();
  return b;
}

template <class T>
bool BlockConvolution<T>::goes_round() const {
  return std::any_of(axes_.begin(), axes_.end(),
                     [](const BlockAxis& a) { return a.kind == BlockAxis::Kind::circular; });
}

template <class T>
std::int64_t BlockConvolution<T>::scratch_bytes() const noexcept {
  support::Carver carver(nullptr);
  Work(carver, *this);
  return carver.used();
}

template <class T>
BlockBytes BlockConvolution<T>::bytes_of(const Geometry& g, const Dims& block, bool shares,
                                         std::int64_t target) {
  const BlockConvolution b = shaped(g, block, shares, target);
  BlockBytes bytes{b.scratch_bytes(), RowTransform<T>::bytes_of(b.ring_, block.back(), target),
                   b.spectrum_bytes()};
  for (int i = 0; i < b.last(); ++i)
    bytes.tables += Transform<T>::bytes_of(block[i], Along::columns, target);
  return bytes;
}

template <class T>
std::int64_t BlockConvolution<T>::bytes() const noexcept {
  std::int64_t total = row_->bytes();
  for (const auto& column : columns_) total += column->bytes();
  return total;
}

template <class T>
std::string BlockConvolution<T>::tree(const std::string& indent) const {
  std::string text =
      indent + "block " + to_string(block_) + (is_real() ? ", real\n" : ", complex\n");
  for (int i = 0; i <= last(); ++i) {
    text += indent + "  axis " +
            std::to_string(geometry_->spatial[static_cast<std::size_t>(i)].index) + ": ";
    const bool packed = i == last() && ring_ == Ring::negacyclic;
    const std::string points = std::to_string(packed ? block_[i] / 2 : block_[i]);
    if (i == last() && ring_ == Ring::circular) text += "one period";
    else text.append(points).append(" complex points");
    text.append(", modulo X^").append(points).append(packed ? " - i" : " - 1");
    if (axis(i).kind == BlockAxis::Kind::padded) text += ", padded with zeros";
    if (i < last() && is_circular(i)) text += ", one period";
    text += "\n";
  }
  return text;
}

/// Columns along one axis, of the part that begins at `lines`.
template <class T>
void BlockConvolution<T>::forward_columns(int axis, T* lines) const {
  for_columns(axis, [&](std::int64_t offset, std::int64_t count) {
    columns_[static_cast<std::size_t>(axis)]->forward_columns(lines + offset, stride_[axis], count);
  });
}
template <class T>
void BlockConvolution<T>::inverse_columns(int axis, T* lines) const {
  for_columns(axis, [&](std::int64_t offset, std::int64_t count) {
    columns_[static_cast<std::size_t>(axis)]->inverse_columns(lines + offset, stride_[axis], count);
  });
}

/// The spectrum x times that of the kernel, and back along the outermost axis.
template <class T>
void BlockConvolution<T>::multiply_and_return(const T* x, const Spectrum<T>& kernel,
                                              T* lines) const {
  if (last() == 0)
    return multiply_spectra(x, kernel.lines.data(), numbers_ / 2, lines, target_, narrow_);
  const T* h = kernel.lines.data();
  for_columns(0, [&](std::int64_t offset, std::int64_t count) {
    for (std::int64_t j = 0; j < block_[0]; ++j)
      std::copy_n(x + offset + j * stride_[0], numbers_, lines + offset + j * stride_[0]);
    columns_[0]->inverse_columns(lines + offset, stride_[0], count, h);
    h += block_[0] * numbers_;
  });
}

/// Divides a row of a spectrum by what the way back multiplies by.
template <class T>
void BlockConvolution<T>::scale_row(T* lines) const {
  row_->for_parts([&](std::int64_t first, std::int64_t numbers, double divisor) {
    loops_->scale(lines + first, numbers,
                  static_cast<T>(1 / (divisor * static_cast<double>(rows_))));
  });
}

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
    row_->forward(in_place ? taps.re.data() + t : row.data(), upper_zero, lines + offset_of(at),
                  room.data());
    scale_row(lines + offset_of(at));
  }
}

/// Parts of the outermost axis that taps reach, then its columns.
template <class T>
void BlockConvolution<T>::transform_parts(const KernelTaps<T>& taps, int exponent, T* h) const {
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
  else transform_parts(taps, s.exponent, s.lines.data());
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

template <class T>
void BlockConvolution<T>::compute(const ExtendedInput<T>& x,
                                  const ExtendedInput<long double>& x_exact,
                                  const Spectrum<T>& kernel, const std::int64_t* from,
                                  const std::int64_t* to, const Output<T>& y, std::byte* scratch,
                                  std::int64_t stride, const support::Team& team) const noexcept {
  support::Carver carver(scratch);
  Work work(carver, *this);
  work.stride = stride;
  work.team = team;
  place(from, to, work);
  compute_alone(x, x_exact, kernel, y, work);
}

template <class T>
void BlockConvolution<T>::compute_alone(const ExtendedInput<T>& x,
                                        const ExtendedInput<long double>& x_exact,
                                        const Spectrum<T>& kernel, const Output<T>& y,
                                        Work& work) const {
  // Sums of magnitudes are compared with: there a zero means that every product is zero, and not
  // that rounding left less than nothing.
  if (x.has_magnitudes()) work.least = std::numeric_limits<T>::min();
  work.one_tap = kernel.taps.facts.nonzeros == 1;
  const bool may_vanish = work.one_tap || !kernel.taps.facts.any_nonzero;
  if (rows_ == 1 && !may_vanish) return compute_row(x, x_exact, kernel, y, work);
  if (may_vanish) scan_rows(x, work);
  else transform(x, work, work.lines, true);
  prepare_contract(x, nullptr, work, kernel);
  work.vanishes |= work.scan.largest == 0 || !kernel.taps.facts.any_nonzero;
  if (!work.vanishes && !work.one_tap) {
    work.exponent = exponent_to_divide<T>(static_cast<double>(work.scan.largest));
    if (!work.clean()) transform(x, work, work.lines, false);
    work.exponent += kernel.exponent;
    const T* h = kernel.lines.data();
    for_columns(0, [&](std::int64_t offset, std::int64_t count) {
      columns_[0]->convolve_columns(work.lines + offset, h, stride_[0], count);
      h += block_[0] * numbers_;
    });
  }
  finish(x, x_exact, kernel, work, y);
}

/// The only row of a block, whose kernel has more than one tap: there and back at once.
template <class T>
void BlockConvolution<T>::compute_row(const ExtendedInput<T>& x,
                                      const ExtendedInput<long double>& x_exact,
                                      const Spectrum<T>& kernel, const Output<T>& y,
                                      Work& work) const {
  const T* samples = read_samples(x, work.origin, work, true);
  count_absent(work);
  prepare_contract(x, samples, work, kernel);
  work.vanishes |= work.scan.largest == 0;
  if (work.vanishes) return finish(x, x_exact, kernel, work, y);
  work.exponent = exponent_to_divide<T>(static_cast<double>(work.scan.largest));
  if (!work.clean()) samples = cleaned(samples, work);
  work.exponent += kernel.exponent;
  T* results = row_of_results(work, y);
  row_->convolve(samples, upper_zero(work), kernel.lines.data(), work.lines,
                 results == nullptr ? work.samples : results, work.room, work.team,
                 samples_ahead(samples, work),
                 results == nullptr ? 0 : block_.back() - (work.to[last()] - work.from[last()]),
                 work.samples);
  if (results == nullptr) finish_row(x, x_exact, kernel, work, work.from, y);
}

/// The first of the samples that the thread's next block has and this one has not, where they lie
/// in x: as far away as its outputs.
template <class T>
const T* BlockConvolution<T>::samples_ahead(const T* samples, const Work& work) const {
  const BlockAxis& a = axis(last());
  const bool in_place = samples != work.samples;
  if (!in_place || work.stride == 0 || a.kind != BlockAxis::Kind::overlap ||
      work.team.threads() > 1)
    return nullptr;
  const Axis& inner = geometry_->spatial.back();
  const std::int64_t ahead = std::max(work.stride * a.outputs * inner.step, block_.back());
  return work.origin[last()] + ahead < inner.n ? samples + ahead : nullptr;
}

template <class T>
void BlockConvolution<T>::compute_bank(const ExtendedInput<T>& x,
                                       const ExtendedInput<long double>& x_exact,
                                       std::span<const BankMember<T>> bank,
                                       const std::int64_t* from, const std::int64_t* to,
                                       Output<T> y, std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Work fresh(carver, *this);
  place(from, to, fresh);
  Work shared = fresh;
  transform(x, shared, fresh.kept, true);
  shared.exponent = exponent_to_divide<T>(static_cast<double>(shared.scan.largest));
  bool ready = false;
  for (const BankMember<T>& member : bank) {
    y.batch = member.y_batch;
    Work work = fresh;
    if (!is_plain(shared, *member.kernel)) {
      compute_alone(x, x_exact, *member.kernel, y, work);
      continue;
    }
    if (!ready && !shared.clean()) transform(x, shared, fresh.kept, false);
    if (!ready) forward_columns(0, fresh.kept);
    ready = true;
    work.scan = shared.scan;
    prepare_contract(x, nullptr, work, *member.kernel);
    work.exponent = shared.exponent + member.kernel->exponent;
    multiply_and_return(fresh.kept, *member.kernel, work.lines);
    finish(x, x_exact, *member.kernel, work, y);
  }
}

template <class T>
void BlockConvolution<T>::finish(const ExtendedInput<T>& x,
                                 const ExtendedInput<long double>& x_exact,
                                 const Spectrum<T>& kernel, Work& work, const Output<T>& y) const {
  std::int64_t out[kMaxRank];
  out[last()] = work.from[last()];
  finish_part(x, x_exact, kernel, work, 0, out, work.lines, y);
}

/// The outputs at out[0 .. axis), whose part of the lines is back from columns along the axes
/// before `axis`, the outermost one aside.
template <class T>
void BlockConvolution<T>::finish_part(const ExtendedInput<T>& x,
                                      const ExtendedInput<long double>& x_exact,
                                      const Spectrum<T>& kernel, Work& work, int axis,
                                      std::int64_t* out, T* lines, const Output<T>& y) const {
  const bool transformed = !work.vanishes && !work.one_tap;
  if (axis == last()) {
    if (transformed) row_->inverse(lines, work.samples, work.room);
    return finish_row(x, x_exact, kernel, work, out, y);
  }
  if (transformed && axis > 0) inverse_columns(axis, lines);
  for (out[axis] = work.from[axis]; out[axis] < work.to[axis]; ++out[axis])
    finish_part(x, x_exact, kernel, work, axis + 1, out,
                lines + index_of(work, axis, out[axis]) * stride_[axis], y);
}

template class BlockConvolution<float>;
template class BlockConvolution<double>;

}  // namespace faltung
