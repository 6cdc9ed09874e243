// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// One short row of dense samples, where looking for what does not occur would take longer than the
// transforms: what depends on shapes and taps is settled beforehand, block by block.
//
//   x         ==================================
//   block 0   [00==========]                        zeros before the first sample
//   block 1            [==========]                 in x as it lies there
//   block 2                     [=========00]       zeros behind the last
#include <algorithm>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

/// Outputs of a row that is worth it; of longer ones the blocks take nearly all of the time.
constexpr std::int64_t kShort = 16384;

}  // namespace

template <class T>
void BlockConvolution<T>::find_plain_blocks() {
  const Geometry& g = *geometry_;
  if (g.spatial.size() != 1 || !is_real() || shares_ || g.stream) return;
  if (g.x_type != kElement<T> || g.y_type != kElement<T> || g.x_components || g.h_components)
    return;
  const Axis& a = g.spatial[0];
  support::Carver room(nullptr);
  room.take<T>(size_);
  plain_row_ = room.used();
  room.take<T>(block_.back());
  plain_room_ = room.used();
  const bool ends_in_zeros = g.absent_outside || is_circular(0);
  if (a.step != 1 || a.count > kShort || !ends_in_zeros) return;
  support::Carver carver(nullptr);
  Work work(carver, *this);
  for (std::int64_t from = 0; from < a.count; from += axis(0).outputs) {
    const std::int64_t to = std::min(a.count, from + axis(0).outputs);
    place(&from, &to, work);
    const std::int64_t origin = work.origin[0], begin = std::max<std::int64_t>(0, origin);
    const std::int64_t end = std::min(a.n, origin + work.stored[0]);
    if (end <= begin) return plain_.clear();  // nothing but zeros
    plain_.push_back({from, to - from, index_of(work, 0, from), begin, end - begin, begin - origin,
                      samples_read(work)});
  }
}

/// Whether no output of finite samples without zeros can be an exact zero, or out of range.
template <class T>
bool BlockConvolution<T>::is_plain_kernel(const Spectrum<T>& kernel) const {
  const KernelFacts& f = kernel.taps.facts;
  if (f.nonzeros < 2 || kernel.exponent != 0 || !kernel.counts.empty()) return false;
  support::Carver carver(nullptr);
  Work work(carver, *this);
  return std::all_of(plain_.begin(), plain_.end(), [&](const PlainBlock& b) {
    const std::int64_t to = b.from + b.count;
    place(&b.from, &to, work);
    work.scan.zeros = work.stored[0] - b.stored;
    count_absent(work);
    return !zeros_may_cover(work, f);
  });
}

template <class T>
bool BlockConvolution<T>::compute_plain(const T* x, const Spectrum<T>& kernel, T* y,
                                        std::byte* scratch) const noexcept {
  for (const PlainBlock& b : plain_)
    if (!compute_plain(b, x, kernel, y, scratch)) return false;
  return !plain_.empty();
}

template <class T>
bool BlockConvolution<T>::compute_plain(const PlainBlock& b, const T* x, const Spectrum<T>& kernel,
                                        T* y, std::byte* scratch) const noexcept {
  if (!kernel.plain || reinterpret_cast<std::uintptr_t>(x) % sizeof(T) != 0 ||
      reinterpret_cast<std::uintptr_t>(y) % sizeof(T) != 0)
    return false;
  T* const lines = reinterpret_cast<T*>(scratch);
  T* const row = reinterpret_cast<T*>(scratch + plain_row_);
  T* const room = reinterpret_cast<T*>(scratch + plain_room_);
  const T* const samples = plain_samples(b, x, kernel, row);
  if (samples == nullptr) return false;
  const std::int64_t n = block_.back();
  const bool straight = b.first == 0 && b.count == n;
  row_->convolve(samples, b.needed < n, kernel.lines.data(), lines, straight ? y + b.from : row,
                 room);
  if (straight) return true;
  const std::int64_t run = std::min(b.count, n - b.first);  // of one period, the rest goes round
  support::copy(row + b.first, run, y + b.from);
  support::copy(row, b.count - run, y + b.from + run);
  return true;
}

/// The samples of a block as the transform reads them, in x or in `row`; null where they need more.
template <class T>
const T* BlockConvolution<T>::plain_samples(const PlainBlock& b, const T* x,
                                            const Spectrum<T>& kernel, T* row) const {
  const T* const stored = x + b.begin;
  const Scan<T> scan = loops_->scan(stored, b.stored);
  const bool one_sign = !scan.negative && kernel.taps.facts.nonnegative;
  if (scan.zeros != 0 || scan.nonfinite != 0 || one_sign ||
      exponent_to_divide<T>(static_cast<double>(scan.largest)) != 0)
    return nullptr;
  if (b.stored == b.needed) return stored;
  std::fill(row, row + b.before, T(0));
  support::copy(stored, b.stored, row + b.before);
  std::fill(row + b.before + b.stored, row + b.needed, T(0));
  return row;
}

#define FALTUNG_INSTANTIATE(T)                                                                   \
  template void BlockConvolution<T>::find_plain_blocks();                                        \
  template bool BlockConvolution<T>::is_plain_kernel(const Spectrum<T>&) const;                  \
  template bool BlockConvolution<T>::compute_plain(                                              \
      const PlainBlock&, const T*, const Spectrum<T>&, T*, std::byte*) const noexcept;           \
  template bool BlockConvolution<T>::compute_plain(const T*, const Spectrum<T>&, T*, std::byte*) \
      const noexcept;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
