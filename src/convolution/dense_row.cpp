// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/dense_row.hpp"

#include <algorithm>
#include <limits>

#include "convolution/direct_repair.hpp"

namespace faltung {
namespace {

/// Outputs at an end: fewer would take as long (microkernels/long_row-inl.hpp).
constexpr std::int64_t kLeastOutputs = 64, kMostTaps = 64;
constexpr std::int64_t kMostCopied = kMostTaps + 16 + kMostTaps;

std::int64_t first_inside(const Axis& a) { return std::max<std::int64_t>(0, a.span - 1 - a.first); }
std::int64_t end_inside(const Axis& a) { return std::min(a.count, a.n - a.first); }

}  // namespace

template <class T>
bool DenseRow<T>::serves(const Geometry& g, const DirectLayout& layout) {
  const Axis& a = g.spatial.back();
  return g.spatial.size() == 1 && g.batches() == 1 && g.channels == 1 && layout.tiles() == 1 &&
         g.compute == (sizeof(T) == 4 ? Compute::f32 : Compute::f64) &&
         g.x_type == element_type_of<T>() && g.y_type == g.x_type && !g.stream &&
         g.absent_outside && a.step == 1 && a.dilation == 1 && a.taps > 1 && a.taps <= kMostTaps &&
         first_inside(a) < a.taps && a.count - end_inside(a) < a.taps &&
         end_inside(a) - first_inside(a) >= 2 * kLeastOutputs;
}

template <class T>
DenseRow<T>::DenseRow(const Geometry& g, std::int64_t target)
    : axis_(g.spatial.back()),
      loops_(row_sums<T>(target)),
      scans_(weighted_sum<T>(target)),
      from_(first_inside(axis_)),
      to_(end_inside(axis_)) {
  for (std::int64_t k = axis_.taps - 1; k >= 0; --k) columns_.push_back(k);
}

/// The samples of outputs from `from` on, some of which lie beyond the ends of x.
template <class T>
void DenseRow<T>::copy(const T* x, std::int64_t from, std::int64_t count, T* to) const noexcept {
  const std::int64_t lo = axis_.reads_first(from);
  const std::int64_t before = std::clamp<std::int64_t>(-lo, 0, count);
  const std::int64_t there = std::clamp<std::int64_t>(axis_.n - lo, before, count);
  std::fill_n(to, before, T(0));
  std::copy_n(x + lo + before, there - before, to + before);
  std::fill_n(to + there, count - there, T(0));
}

/// Whether no sum of these samples leaves the range or falls below the normal numbers: what tiles
/// ask for each part, for all of them.
template <class T>
bool DenseRow<T>::is_harmless(const T* x, const KernelTaps<T>& kernel) const noexcept {
  const Danger danger = danger_of(scans_.scan(x, axis_.n), kernel.facts);
  return !danger.overflow && !danger.underflow;
}

template <class T>
bool DenseRow<T>::compute(const void* x_data, const KernelTaps<T>& kernel,
                          void* y_data) const noexcept {
  const auto places =
      reinterpret_cast<std::uintptr_t>(x_data) | reinterpret_cast<std::uintptr_t>(y_data);
  if (places % sizeof(T) != 0 || !kernel.facts.finite) return false;
  const T* x = static_cast<const T*>(x_data);
  T* y = static_cast<T*>(y_data);
  // Inside, y is aligned: what is before that is no more work for the front.
  constexpr std::int64_t kLine = 64 / static_cast<std::int64_t>(sizeof(T));
  const auto beyond =
      static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(y + from_) / sizeof(T)) % kLine;
  const std::int64_t first = from_ > 0 && beyond > 0 ? from_ + kLine - beyond : from_;
  const std::int64_t front = from_ > 0 ? std::max(first, kLeastOutputs) : 0;
  const std::int64_t back =
      to_ < axis_.count ? std::max(axis_.count - to_, kLeastOutputs) : std::int64_t{0};
  // Both copies are made before they are read: samples on their way to memory are late for vectors.
  T front_samples[kMostCopied], back_samples[kMostCopied];
  const std::int64_t more = axis_.taps - 1, back_from = axis_.count - back;
  copy(x, 0, front > 0 ? front + more : 0, front_samples);
  copy(x, back_from, back > 0 ? back + more : 0, back_samples);
  const std::int64_t nowhere = 0;
  const RowTaps<T> taps{kernel.re.data(), 1, 1, axis_.taps, &nowhere, 0, columns_.data(), true};
  const auto sum = [&](std::int64_t from, std::int64_t n, const T* samples) {
    const T tiny = static_cast<T>(axis_.taps) * std::numeric_limits<T>::min();
    return n > 0 && loops_.rows({y + from, 0, 1, n, false, tiny}, samples, taps);
  };
  bool doubtful = sum(first, to_ - first, x + axis_.reads_first(first));
  doubtful |= sum(0, front, front_samples);
  doubtful |= sum(back_from, back, back_samples);
  return !doubtful || is_harmless(x, kernel);
}

template class DenseRow<float>;
template class DenseRow<double>;

}  // namespace faltung
