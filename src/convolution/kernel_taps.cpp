// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/kernel_taps.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/extended_input.hpp"

namespace faltung {
namespace {

/// Copies one kernel; `h` points at its first tap, strides count real elements.
template <class T>
void copy_taps(const Geometry& g, const std::byte* h, const Dims& strides, bool pairs, T* re,
               T* im) {
  const ElementType real = real_part_of(g.h_type);
  const std::int64_t bytes = size_bytes(real);
  const CopyRow<T> copy = copy_row_from<T>(real);
  const int last = strides.rank() - 1;
  const std::int64_t row = g.spatial.back().taps;
  const std::int64_t rows = g.taps() / row;
  for (int i = 0; i <= last; ++i)
    h += g.spatial[static_cast<std::size_t>(i)].skipped * strides[i] * bytes;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t offset = 0, rest = r;
    for (int i = last - 1; i >= 0; --i) {
      const std::int64_t taps = g.spatial[static_cast<std::size_t>(i)].taps;
      const std::int64_t k = rest % taps;
      rest /= taps;
      offset += (g.reversed ? taps - 1 - k : k) * strides[i];
    }
    if (g.reversed) offset += (row - 1) * strides[last];
    const std::int64_t stride = row == 1 ? 0 : (g.reversed ? -strides[last] : strides[last]);
    copy(h + offset * bytes, stride, row, re + r * row);
    if (im != nullptr && pairs) copy(h + (offset + 1) * bytes, stride, row, im + r * row);
  }
}

template <class T>
void negate(support::AlignedVector<T>& values) {
  for (T& v : values) v = -v;
}

/// Extends the hull of non-zero taps by dense tap index t.
void extend_hull(const Geometry& g, std::int64_t t, KernelFacts& f) {
  for (int i = static_cast<int>(g.spatial.size()) - 1; i >= 0; --i) {
    const std::int64_t taps = g.spatial[static_cast<std::size_t>(i)].taps;
    const std::int64_t k = t % taps;
    t /= taps;
    f.hull_first[i] = f.any_nonzero ? std::min(f.hull_first[i], k) : k;
    f.hull_last[i] = f.any_nonzero ? std::max(f.hull_last[i], k) : k;
  }
  f.any_nonzero = true;
  ++f.nonzeros;
}

void count_real(double value, KernelFacts& f, long double& sum, long double& squares) {
  if (!std::isfinite(value)) {
    f.finite = false;
    f.nonnegative = false;
    return;
  }
  const double magnitude = std::abs(value);
  if (value < 0) f.nonnegative = false;
  if (magnitude == 0) return;
  f.max_abs = std::max(f.max_abs, magnitude);
  f.min_abs = f.min_abs == 0 ? magnitude : std::min(f.min_abs, magnitude);
  sum += magnitude;
  squares += static_cast<long double>(magnitude) * magnitude;
}

/// Not below the sum that was rounded on its way.
long double rounded_up(long double value) { return value * (1 + 1e-12L); }

template <class T>
KernelFacts facts_of(const Geometry& g, const KernelTaps<T>& taps) {
  KernelFacts f;
  f.hull_first = f.hull_last = Dims(static_cast<int>(g.spatial.size()), 0);
  long double sum = 0, squares = 0;
  for (std::size_t t = 0; t < taps.re.size(); ++t) {
    const bool complex = !taps.im.empty();
    if (taps.re[t] != 0 || (complex && taps.im[t] != 0))
      extend_hull(g, static_cast<std::int64_t>(t), f);
    if constexpr (std::is_integral_v<T>) {
      const Int128 value = g.h_type == ElementType::u64
                               ? static_cast<Int128>(static_cast<std::uint64_t>(taps.re[t]))
                               : static_cast<Int128>(taps.re[t]);
      (value > 0 ? f.positive_sum : f.negative_sum) += value;
      count_real(static_cast<double>(value), f, sum, squares);
    } else {
      count_real(static_cast<double>(taps.re[t]), f, sum, squares);
      if (complex) count_real(static_cast<double>(taps.im[t]), f, sum, squares);
    }
  }
  if (!taps.im.empty()) f.nonnegative = false;
  f.sum_abs = rounded_up(sum);
  f.norm2 = rounded_up(std::sqrt(squares));
  return f;
}

}  // namespace

template <class T>
std::vector<KernelTaps<T>> read_kernels(const Geometry& g, const ConstView& h) {
  const bool pairs = is_complex(g.h_type) && !g.h_components;
  Strides strides = strides_for(g, h.strides, h.shape, g.h_components);
  if (pairs) {
    for (int i = 0; i < strides.batch.rank(); ++i) strides.batch[i] *= 2;
    for (int i = 0; i < strides.spatial.rank(); ++i) strides.spatial[i] *= 2;
  }
  const auto size = static_cast<std::size_t>(g.taps());
  const std::int64_t bytes = size_bytes(real_part_of(g.h_type));
  std::vector<KernelTaps<T>> kernels(static_cast<std::size_t>(g.kernels()));
  for (std::size_t index = 0; index < kernels.size(); ++index) {
    std::int64_t offset = 0, rest = static_cast<std::int64_t>(index);
    for (int i = static_cast<int>(g.batch.size()) - 1; i >= 0; --i) {
      const std::int64_t extent = g.batch[static_cast<std::size_t>(i)].taps;
      offset += rest % extent * strides.batch[i];
      rest /= extent;
    }
    KernelTaps<T>& kernel = kernels[index];
    kernel.re.resize(size);
    if (g.complex()) kernel.im.assign(size, T(0));
    copy_taps(g, static_cast<const std::byte*>(h.data) + offset * bytes, strides.spatial, pairs,
              kernel.re.data(), kernel.im.empty() ? nullptr : kernel.im.data());
    if (g.reversed && pairs) negate(kernel.im);
    // The imaginary component is the last batch axis: every second kernel.
    if (g.reversed && g.h_components && index % 2 == 1) negate(kernel.re);
    kernel.facts = facts_of(g, kernel);
  }
  return kernels;
}

template std::vector<KernelTaps<float>> read_kernels(const Geometry&, const ConstView&);
template std::vector<KernelTaps<double>> read_kernels(const Geometry&, const ConstView&);
template std::vector<KernelTaps<std::int64_t>> read_kernels(const Geometry&, const ConstView&);

}  // namespace faltung
