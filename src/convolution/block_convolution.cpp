// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_convolution.hpp"

#include <algorithm>
#include <limits>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"
#include "support/copy.hpp"

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
std::int64_t BlockConvolution<T>::member_bytes() const noexcept {
  if (rows_ == 1) return 0;
  support::Carver carver(nullptr);
  carver.take<Member>(1);
  Work(carver, *this).take_rows(carver, *this);
  support::Carver block(nullptr);
  Work(block, *this);
  return carver.used() - block.used();
}

/// Its threads meet at each sweep, and those of a block of several axes hand each other what their
/// own caches hold.
template <class T>
bool BlockConvolution<T>::feeds_a_team(const Dims& block) noexcept {
  const std::int64_t least = block.rank() == 1 ? 1 << 15 : 1 << 18;
  std::int64_t samples = block.back();
  for (int i = 0; i < block.rank() - 1 && samples < least; ++i) samples *= block[i];
  return samples >= least;
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
    if (i == last() && is_circular(i)) text += "one period";
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

/// Columns along the outermost axis, there, times the kernel's spectrum and back. Neighbouring
/// strips go to the same thread of a team: one has brought the pages of the next nearer.
template <class T>
void BlockConvolution<T>::convolve_outermost(const Spectrum<T>& kernel, const Work& work) const {
  const Transform<T>& columns = *columns_[0];
  const std::int64_t count = numbers_ / (2 * lanes()), strips = columns.strips(count);
  work.team.ranges(rows_inside(0) * strips, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / strips;
      columns.convolve_strip(work.lines + offset_of(row),
                             kernel.lines.data() + row * block_[0] * numbers_, stride_[0], count,
                             i % strips);
    }
  });
}

/// The spectrum x times that of the kernel, and back along the outermost axis.
template <class T>
void BlockConvolution<T>::multiply_and_return(const T* x, const Spectrum<T>& kernel,
                                              T* lines) const {
  if (last() == 0) return row_->multiply(x, kernel.lines.data(), lines);
  const T* h = kernel.lines.data();
  for_columns(0, [&](std::int64_t offset, std::int64_t count) {
    for (std::int64_t j = 0; j < block_[0]; ++j)
      support::copy(x + offset + j * stride_[0], numbers_, lines + offset + j * stride_[0]);
    columns_[0]->inverse_columns(lines + offset, stride_[0], count, h);
    h += block_[0] * numbers_;
  });
}

template <class T>
void BlockConvolution<T>::compute(const ExtendedInput<T>& x,
                                  const ExtendedInput<long double>& x_exact,
                                  const Spectrum<T>& kernel, const std::int64_t* from,
                                  const std::int64_t* to, const Output<T>& y, std::byte* scratch,
                                  std::int64_t stride, const support::Team& team,
                                  Errand<T>* unstored) const noexcept {
  support::Carver carver(scratch);
  Work work(carver, *this);
  work.stride = stride;
  work.team = team;
  work.unstored = unstored;
  work.of_members = scratch + carver.used();
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
  store(work.unstored);
  if (may_vanish) scan_rows(x, work);
  else transform(x, work, work.lines, true);
  prepare_contract(x, nullptr, work, kernel);
  work.vanishes |= work.scan.largest == 0 || !kernel.taps.facts.any_nonzero;
  if (!work.vanishes && !work.one_tap) {
    work.exponent = exponent_to_divide<T>(static_cast<double>(work.scan.largest));
    if (!work.clean()) transform(x, work, work.lines, false);
    work.exponent += kernel.exponent;
    convolve_outermost(kernel, work);
  }
  finish(x, x_exact, kernel, work, y);
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
  const std::int64_t count = last() == 0 ? 1 : work.to[0] - work.from[0];
  for_ranges(work, count, false, [&](Work& mine, std::int64_t begin, std::int64_t end) {
    std::int64_t out[kMaxRank];
    out[last()] = work.from[last()];
    if (last() == 0) finish_part(x, x_exact, kernel, mine, 0, out, mine.lines, y);
    else
      finish_parts(x, x_exact, kernel, mine, 0, work.from[0] + begin, work.from[0] + end, out,
                   mine.lines, y);
    // Of a thread of a team, which ends nothing else.
    if (y.passes_cache && work.team.threads() > 1) flush_stores();
  });
}

/// The outputs [begin, end) along an axis.
template <class T>
void BlockConvolution<T>::finish_parts(const ExtendedInput<T>& x,
                                       const ExtendedInput<long double>& x_exact,
                                       const Spectrum<T>& kernel, Work& work, int axis,
                                       std::int64_t begin, std::int64_t end, std::int64_t* out,
                                       T* lines, const Output<T>& y) const {
  for (out[axis] = begin; out[axis] < end; ++out[axis])
    finish_part(x, x_exact, kernel, work, axis + 1, out,
                lines + index_of(work, axis, out[axis]) * stride_[axis], y);
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
  if (transformed) inverse_columns(axis, lines);
  finish_parts(x, x_exact, kernel, work, axis, work.from[axis], work.to[axis], out, lines, y);
}

template class BlockConvolution<float>;
template class BlockConvolution<double>;

}  // namespace faltung
