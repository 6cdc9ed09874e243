// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_convolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/block_work.hpp"

namespace faltung {
namespace {

/// Powers of two between which no sum or product of a transform can leave the range: beyond, a
/// block is scaled. Float: 2^30 samples and taps give spectra up to 2^54 and results up to 2^108.
template <class T>
constexpr int kSafeExponent = sizeof(T) == 4 ? 30 : 300;

template <class T>
int exponent_to_divide(double largest) {
  if (largest == 0) return 0;
  const int e = std::ilogb(largest);
  return std::abs(e) > kSafeExponent<T> ? e : 0;
}

/// v 2^e for any e, in steps that do not round but for the last.
template <class T>
void scale_by(T* values, std::int64_t n, int e) {
  constexpr int kStep = sizeof(T) == 4 ? 100 : 1000;
  for (; e != 0;) {
    const int step = std::clamp(e, -kStep, kStep);
    const T factor = std::ldexp(T(1), step);
    for (std::int64_t i = 0; i < n; ++i) values[i] *= factor;
    e -= step;
  }
}

}  // namespace

/// Everything but the transforms.
template <class T>
BlockConvolution<T> BlockConvolution<T>::shaped(const Geometry& g, const Dims& block, bool shares,
                                                std::int64_t target) {
  BlockConvolution b;
  b.geometry_ = &g;
  b.shares_ = shares;
  b.target_ = target;
  b.loops_ = &weighted_sum<T>(target);
  b.block_ = block;
  b.width_ = b.packed() ? block.back() / 2 : block.back();
  for (int i = 0; i < b.last(); ++i) b.rows_ *= block[i];
  b.pitch_ = row_pitch(b.width_, b.rows_ == 1);
  return b;
}

template <class T>
Result<BlockConvolution<T>> BlockConvolution<T>::make(const Geometry& g, const Dims& block,
                                                      bool shares, std::int64_t target) {
  BlockConvolution b = shaped(g, block, shares, target);
  auto row =
      Transform<T>::make(b.width_, b.packed() ? Root::quarter : Root::cyclic, Along::rows, target);
  if (!row) return tl::unexpected(row.error());
  b.row_ = std::make_shared<const Transform<T>>(std::move(*row));
  for (int i = 0; i < b.last(); ++i) {
    auto column = Transform<T>::make(block[i], Root::cyclic, Along::columns, target);
    if (!column) return tl::unexpected(column.error());
    b.columns_.push_back(std::make_shared<const Transform<T>>(std::move(*column)));
  }
  return b;
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
  BlockBytes bytes{b.scratch_bytes(), Transform<T>::bytes_of(b.width_, Along::rows, target),
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
  std::string text = indent + "block " + to_string(block_) +
                     (packed() ? ", real, packed as complex halves\n" : ", complex\n");
  for (int i = 0; i <= last(); ++i)
    text += indent + "  transform of " + std::to_string(i == last() ? width_ : block_[i]) +
            " points along axis " +
            std::to_string(geometry_->spatial[static_cast<std::size_t>(i)].index) +
            (i == last() && packed() ? ", modulo X^M - i\n" : ", modulo X^M - 1\n");
  return text;
}

template <class T>
void BlockConvolution<T>::forward(T* re, T* im) const {
  row_->forward_rows(re, im, rows_, pitch_);
  std::int64_t inner = pitch_, outer = rows_;
  for (int i = last() - 1; i >= 0; --i) {
    outer /= block_[i];
    for (std::int64_t o = 0; o < outer; ++o)
      columns_[static_cast<std::size_t>(i)]->forward_columns(re + o * block_[i] * inner,
                                                             im + o * block_[i] * inner, inner,
                                                             i == last() - 1 ? width_ : inner);
    inner *= block_[i];
  }
}

template <class T>
void BlockConvolution<T>::inverse(T* re, T* im) const {
  std::int64_t inner = rows_ * pitch_, outer = 1;
  for (int i = 0; i < last(); ++i) {
    inner /= block_[i];
    for (std::int64_t o = 0; o < outer; ++o)
      columns_[static_cast<std::size_t>(i)]->inverse_columns(re + o * block_[i] * inner,
                                                             im + o * block_[i] * inner, inner,
                                                             i == last() - 1 ? width_ : inner);
    outer *= block_[i];
  }
  row_->inverse_rows(re, im, rows_, pitch_);
}

/// Taps go to the multiples of the dilation, zeros between them; non-finite taps count as zero
/// (a plan whose kernel has one never comes here with it).
template <class T>
Spectrum<T> BlockConvolution<T>::transform_kernel(KernelTaps<T> taps) const {
  Spectrum<T> s;
  s.exponent = exponent_to_divide<T>(taps.facts.max_abs);
  const auto size = static_cast<std::size_t>(rows_ * pitch_);
  s.re.assign(size, T(0));
  s.im.assign(size, T(0));
  const auto& axes = geometry_->spatial;
  const auto count = static_cast<std::int64_t>(taps.re.size());
  for (std::int64_t t = 0; t < count; ++t) {
    const auto from = static_cast<std::size_t>(t);
    std::int64_t rest = t / axes.back().taps, row = 0, stride = 1;
    const std::int64_t p = t % axes.back().taps * axes.back().dilation;
    for (int i = last() - 1; i >= 0; --i) {
      const Axis& a = axes[static_cast<std::size_t>(i)];
      row += rest % a.taps * a.dilation * stride;
      rest /= a.taps;
      stride *= block_[i];
    }
    const auto at = static_cast<std::size_t>(row * pitch_ + (p < width_ ? p : p - width_));
    (p < width_ ? s.re : s.im)[at] = taps.re[from];
    if (!packed()) s.im[at] = taps.im[from];
  }
  scale_by(s.re.data(), rows_ * pitch_, -s.exponent);
  scale_by(s.im.data(), rows_ * pitch_, -s.exponent);
  forward(s.re.data(), s.im.data());
  // The inverse transforms leave the number of complex points as a factor.
  const T factor = T(1) / static_cast<T>(rows_ * width_);
  for (T& v : s.re) v *= factor;
  for (T& v : s.im) v *= factor;
  // Integers are rounded: nothing but a zero is left where a zero is due.
  if (geometry_->compute != Compute::integer && taps.facts.nonzeros > 1 &&
      taps.facts.nonzeros < hull_volume(*geometry_, taps.facts))
    s.counts = TapCounts(*geometry_, [&taps](std::int64_t t) {
      const auto i = static_cast<std::size_t>(t);
      return taps.re[i] != 0 || (!taps.im.empty() && taps.im[i] != 0);
    });
  s.taps = std::move(taps);
  return s;
}

/// One row of the box at `position`, at re and im; scans what it reads.
template <class T>
void BlockConvolution<T>::load_row(const ExtendedInput<T>& x, const std::int64_t* position,
                                   Work& work, T* re, T* im) const {
  const std::int64_t n = work.size[last()], lo = work.lo[last()];
  const std::int64_t in_re = packed() ? std::min(n, width_) : n;
  const std::int64_t in_im = packed() ? n - in_re : n;
  x.read_row(position, lo, 1, in_re, 0, re);
  x.read_row(position, packed() ? lo + in_re : lo, 1, in_im, packed() ? 0 : 1, im);
  work.scan.merge(loops_->scan(re, in_re));
  work.scan.merge(loops_->scan(im, in_im));
  std::fill(re + in_re, re + pitch_, T(0));
  std::fill(im + in_im, im + pitch_, T(0));
}

template <class T>
void BlockConvolution<T>::load(const ExtendedInput<T>& x, Work& work) const {
  std::int64_t j[kMaxRank] = {}, position[kMaxRank];
  for (std::int64_t row = 0; row < rows_; ++row) {
    bool inside = true;
    for (int i = 0; i < last(); ++i) {
      position[i] = work.lo[i] + j[i];
      inside &= j[i] < work.size[i];
    }
    T* re = work.re + row * pitch_;
    T* im = work.im + row * pitch_;
    if (inside) {
      load_row(x, position, work, re, im);
    } else {
      std::fill_n(re, pitch_, T(0));
      std::fill_n(im, pitch_, T(0));
    }
    for (int i = last() - 1; i >= 0 && ++j[i] == block_[i]; --i) j[i] = 0;
  }
}

template <class T>
void BlockConvolution<T>::scale(Work& work) const {
  work.exponent = exponent_to_divide<T>(static_cast<double>(work.scan.largest));
  if (work.exponent == 0) return;
  scale_by(work.re, rows_ * pitch_, -work.exponent);
  scale_by(work.im, rows_ * pitch_, -work.exponent);
}

template <class T>
void BlockConvolution<T>::place(const std::int64_t* from, const std::int64_t* to,
                                Work& work) const {
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    work.from[i] = from[i];
    work.to[i] = to[i];
    work.lo[i] = a.reads_first(from[i]);
    work.size[i] = a.reads_last(to[i]) - work.lo[i] + 1;
  }
}

template <class T>
void BlockConvolution<T>::compute(const ExtendedInput<T>& x,
                                  const ExtendedInput<long double>& x_exact,
                                  const Spectrum<T>& kernel, const std::int64_t* from,
                                  const std::int64_t* to, const Output<T>& y,
                                  std::byte* scratch) const noexcept {
  support::Carver carver(scratch);
  Work work(carver, *this);
  place(from, to, work);
  compute_alone(x, x_exact, kernel, y, work);
}

template <class T>
void BlockConvolution<T>::compute_alone(const ExtendedInput<T>& x,
                                        const ExtendedInput<long double>& x_exact,
                                        const Spectrum<T>& kernel, const Output<T>& y,
                                        Work& work) const {
  load(x, work);
  // Sums of magnitudes are compared with: there a zero means that every product is zero, and not
  // that rounding left less than nothing.
  if (x.has_magnitudes()) work.least = std::numeric_limits<T>::min();
  prepare_contract(work, kernel);
  work.vanishes = work.scan.largest == 0 || !kernel.taps.facts.any_nonzero;
  work.one_tap = kernel.taps.facts.nonzeros == 1;
  if (!work.vanishes && !work.one_tap) {
    scale(work);
    work.exponent += kernel.exponent;
    forward(work.re, work.im);
    multiply_spectra(work.re, work.im, kernel.re.data(), kernel.im.data(), rows_ * pitch_, target_);
    inverse(work.re, work.im);
  }
  finish(x_exact, kernel, work, y);
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
  shared.re = fresh.kept_re;
  shared.im = fresh.kept_im;
  load(x, shared);
  bool transformed = false;
  for (const BankMember<T>& member : bank) {
    y.batch = member.y_batch;
    Work work = fresh;
    if (!is_plain(shared, *member.kernel)) {
      compute_alone(x, x_exact, *member.kernel, y, work);
      continue;
    }
    if (!transformed) {
      scale(shared);
      forward(shared.re, shared.im);
      transformed = true;
    }
    work.scan = shared.scan;
    prepare_contract(work, *member.kernel);
    work.exponent = shared.exponent + member.kernel->exponent;
    multiply_spectra(shared.re, shared.im, member.kernel->re.data(), member.kernel->im.data(),
                     rows_ * pitch_, work.re, work.im, target_);
    inverse(work.re, work.im);
    finish(x_exact, *member.kernel, work, y);
  }
}

template <class T>
void BlockConvolution<T>::finish(const ExtendedInput<long double>& x_exact,
                                 const Spectrum<T>& kernel, Work& work, const Output<T>& y) const {
  std::int64_t out[kMaxRank];
  std::copy_n(work.from, last() + 1, out);
  for (;;) {
    finish_row(x_exact, kernel, work, out, y);
    int i = last() - 1;
    for (; i >= 0 && ++out[i] == work.to[i]; --i) out[i] = work.from[i];
    if (i < 0) return;
  }
}

template class BlockConvolution<float>;
template class BlockConvolution<double>;

}  // namespace faltung
