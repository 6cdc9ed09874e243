// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The way into a block: where its samples lie, and its rows one by one from x~ to their spectra.
#include <algorithm>
#include <cmath>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

/// Samples that are worth handing to a thread.
constexpr std::int64_t kLeastSamples = 8192;
/// Rows of samples that are asked for before they are read: a row of a block is too short for the
/// processor to do so by itself.
constexpr std::int64_t kRowsAhead = 6;

}  // namespace

template <class T>
void BlockConvolution<T>::place(const std::int64_t* from, const std::int64_t* to,
                                Work& work) const {
  for (int i = 0; i <= last(); ++i) {
    const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
    work.from[i] = from[i];
    work.to[i] = to[i];
    work.lo[i] = work.origin[i] = a.reads_first(from[i]);
    work.size[i] = work.stored[i] = a.reads_last(to[i]) - work.lo[i] + 1;
    if (axis(i).kind == BlockAxis::Kind::padded) {
      work.origin[i] = std::max<std::int64_t>(0, work.lo[i]);
      work.stored[i] = std::min(a.n, work.lo[i] + work.size[i]) - work.origin[i];
    } else if (is_circular(i)) {
      work.lo[i] = work.origin[i] = 0;
      work.size[i] = work.stored[i] = a.n;
    }
  }
}

template <class T>
std::int64_t BlockConvolution<T>::index_of(const Work& work, int i, std::int64_t o) const {
  const Axis& a = geometry_->spatial[static_cast<std::size_t>(i)];
  const std::int64_t at = a.first + o * a.step - work.origin[i];
  if (!is_circular(i)) return at;
  const std::int64_t rest = at % a.n;
  return rest < 0 ? rest + a.n : rest;
}

/// The second half of a row's numbers is known to be zeros.
template <class T>
bool BlockConvolution<T>::upper_zero(const Work& work) const {
  return is_real() && work.stored[last()] <= block_.back() / 2;
}

/// Numbers of a row that the transform reads.
template <class T>
std::int64_t BlockConvolution<T>::samples_read(const Work& work) const {
  const std::int64_t all = RowTransform<T>::samples_of(ring_, block_.back());
  return upper_zero(work) ? all / 2 : all;
}

template <class T>
void BlockConvolution<T>::scan_samples(const T* samples, std::int64_t n, Work& work) const {
  if (work.team.threads() == 1) return work.scan.merge(loops_->scan(samples, n));
  constexpr std::int64_t kMost = 64;
  const std::int64_t count = std::clamp<std::int64_t>(n / kLeastSamples, 1, kMost);
  Scan<T> scans[kMost];
  work.team.each(count, [&](std::int64_t i) {
    const std::int64_t begin = n * i / count;
    scans[i] = loops_->scan(samples + begin, n * (i + 1) / count - begin);
  });
  for (std::int64_t i = 0; i < count; ++i) work.scan.merge(scans[i]);
}

/// The samples of the row at `position`, zeros behind them as far as the transform reads: in x
/// where they lie there like that, else in work.samples. `scan`: looks at them.
template <class T>
const T* BlockConvolution<T>::read_samples(const ExtendedInput<T>& x, const std::int64_t* position,
                                           Work& work, bool scan) const {
  const std::int64_t n = work.stored[last()], lo = work.origin[last()];
  const std::int64_t needed = samples_read(work);
  if (last() > 0 && n <= kLeastSamples) {
    std::int64_t soon[kMaxRank];
    std::copy_n(position, last(), soon);
    soon[last() - 1] += kRowsAhead;
    x.fetch_row(soon, lo, n);
  }
  const T* samples = is_real() && n == needed ? x.row_in_place(position, lo, n) : nullptr;
  if (samples == nullptr) {
    store(work.unstored);
    work.team.ranges(n, kLeastSamples, [&](std::int64_t begin, std::int64_t end) {
      x.read_row(position, lo + begin, 1, end - begin, 0, work.samples + begin);
    });
    if (is_real()) {
      std::fill(work.samples + n, work.samples + needed, T(0));
    } else {
      T* imaginary = work.samples + block_.back();
      x.read_row(position, lo, 1, n, 1, imaginary);
      if (scan) scan_samples(imaginary, n, work);
      std::fill(work.samples + n, imaginary, T(0));
      std::fill(imaginary + n, work.samples + needed, T(0));
    }
    samples = work.samples;
  }
  if (scan) scan_samples(samples, n, work);
  return samples;
}

/// Zeros in the box that are not among the samples, since nothing lies outside.
template <class T>
void BlockConvolution<T>::count_absent(Work& work) const {
  double box = 1, stored = 1;
  for (int i = 0; i <= last(); ++i) {
    box *= static_cast<double>(work.size[i]);
    stored *= static_cast<double>(work.stored[i]);
  }
  work.scan.zeros +=
      static_cast<std::int64_t>(std::min(box - stored, 0x1p60)) * (is_real() ? 1 : 2);
}

template <class T>
void BlockConvolution<T>::scan_rows(const ExtendedInput<T>& x, Work& work) const {
  for_ranges(work, parts(), true, [&](Work& mine, std::int64_t begin, std::int64_t end) {
    for_rows(mine, begin, end, [&](std::int64_t, bool inside, const std::int64_t* position) {
      if (inside) read_samples(x, position, mine, true);
    });
  });
  count_absent(work);
}

/// Non-finite samples become zeros, and all are scaled; in work.samples.
template <class T>
const T* BlockConvolution<T>::cleaned(const T* samples, Work& work) const {
  const std::int64_t n = samples_read(work);
  store(work.unstored);
  if (work.scan.nonfinite > 0) loops_->clean(samples, n, work.samples);
  else if (samples != work.samples) support::copy(samples, n, work.samples);
  scale_by(work.samples, n, -work.exponent);
  return work.samples;
}

/// Rows, and columns along all axes but the outermost. `scan`: looks at the samples and takes them
/// as they are, since most need nothing else; without it they are cleaned as the scan says.
template <class T>
void BlockConvolution<T>::transform(const ExtendedInput<T>& x, Work& work, T* lines,
                                    bool scan) const {
  for_ranges(work, parts(), scan, [&](Work& mine, std::int64_t begin, std::int64_t end) {
    std::int64_t position[kMaxRank] = {};
    if (last() == 0) transform_part(x, mine, 0, position, lines, scan);
    else transform_parts(x, mine, 0, begin, end, position, lines, scan);
  });
  if (scan) count_absent(work);
}

/// The parts [begin, end) along an axis; zeros where there are no samples.
template <class T>
void BlockConvolution<T>::transform_parts(const ExtendedInput<T>& x, Work& work, int axis,
                                          std::int64_t begin, std::int64_t end,
                                          std::int64_t* position, T* lines, bool scan) const {
  const std::int64_t stored = std::clamp(work.stored[axis], begin, end);
  for (std::int64_t j = begin; j < stored; ++j) {
    position[axis] = work.origin[axis] + j;
    transform_part(x, work, axis + 1, position, lines + j * stride_[axis], scan);
  }
  std::fill(lines + stored * stride_[axis], lines + end * stride_[axis], T(0));
}

/// The part at position[0 .. axis), which holds samples.
template <class T>
void BlockConvolution<T>::transform_part(const ExtendedInput<T>& x, Work& work, int axis,
                                         std::int64_t* position, T* lines, bool scan) const {
  // What is not clean comes again: transforms would be for nothing.
  const auto in_vain = [&] { return scan && work.scan.nonfinite > 0; };
  if (axis == last()) {
    const T* samples = read_samples(x, position, work, scan);
    if (in_vain()) return;
    if (!scan && !work.clean()) samples = cleaned(samples, work);
    return row_->forward(samples, upper_zero(work), lines, work.room);
  }
  transform_parts(x, work, axis, 0, block_[axis], position, lines, scan);
  if (!in_vain()) forward_columns(axis, lines);
}

#define FALTUNG_INSTANTIATE(T)                                                                     \
  template void BlockConvolution<T>::place(const std::int64_t*, const std::int64_t*, Work&) const; \
  template std::int64_t BlockConvolution<T>::index_of(const Work&, int, std::int64_t) const;       \
  template bool BlockConvolution<T>::upper_zero(const Work&) const;                                \
  template std::int64_t BlockConvolution<T>::samples_read(const Work&) const;                      \
  template const T* BlockConvolution<T>::read_samples(const ExtendedInput<T>&,                     \
                                                      const std::int64_t*, Work&, bool) const;     \
  template void BlockConvolution<T>::scan_rows(const ExtendedInput<T>&, Work&) const;              \
  template void BlockConvolution<T>::count_absent(Work&) const;                                    \
  template const T* BlockConvolution<T>::cleaned(const T*, Work&) const;                           \
  template void BlockConvolution<T>::transform(const ExtendedInput<T>&, Work&, T*, bool) const;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
