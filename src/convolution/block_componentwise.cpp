// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_componentwise.hpp"

#include <algorithm>
#include <limits>

#include "convolution/error_bound.hpp"
#include "convolution/point.hpp"
#include "support/copy.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

template <class T>
void copy_dense(const T* from, std::int64_t count, void* to, std::int64_t) noexcept {
  support::copy(from, count, static_cast<T*>(to));
}

}  // namespace

template <class T>
ComponentwiseCheck<T>::ComponentwiseCheck(const Geometry& geometry,
                                          const BlockConvolution<T>& blocks, double coefficient,
                                          double tolerance)
    : g_(geometry), blocks_(blocks), coefficient_(coefficient), tolerance_(tolerance) {}

template <class T>
std::int64_t ComponentwiseCheck<T>::scratch_bytes_of(const Geometry& g,
                                                     const Dims& block) noexcept {
  std::int64_t outputs = 1;
  for (int i = 0; i < block.rank(); ++i)
    outputs *=
        std::min(g.spatial[static_cast<std::size_t>(i)].count, block_axis(g, i, block[i]).outputs);
  support::Carver carver(nullptr);
  carver.take<T>(outputs);
  return carver.used();
}

template <class T>
Spectrum<T> ComponentwiseCheck<T>::magnitudes_of(const KernelTaps<T>& taps) const {
  KernelTaps<T> magnitudes = taps;
  for (T& tap : magnitudes.re) tap = std::abs(tap);
  magnitudes.facts.nonnegative = true;
  return blocks_.transform_kernel(std::move(magnitudes));
}

template <class T>
void ComponentwiseCheck<T>::repair(const ExtendedInput<T>& x,
                                   const ExtendedInput<long double>& x_exact,
                                   const Spectrum<T>& kernel, const Spectrum<T>& magnitudes,
                                   const std::int64_t* from, const std::int64_t* to,
                                   const Output<T>& y, std::byte* scratch) const noexcept {
  std::byte* const work = scratch + scratch_bytes();
  const long double error = coefficient_ * static_cast<long double>(unit_roundoff(g_)) *
                            blocks_.norm2(x, from, to, work) * kernel.taps.facts.norm2;
  if (error == 0) return;
  const long double enough = error * (1 + 1 / static_cast<long double>(tolerance_));
  const int last = static_cast<int>(g_.spatial.size()) - 1;
  T* const sums = reinterpret_cast<T*>(scratch);
  Output<T> dense{scratch, 0, Dims(last + 1, 1), copy_dense<T>, sizeof(T)};
  for (int i = last - 1; i >= 0; --i)
    dense.strides[i] = dense.strides[i + 1] * (to[i + 1] - from[i + 1]);
  // Strides count from output 0; the box begins at `from`.
  for (int i = 0; i <= last; ++i) dense.batch -= from[i] * dense.strides[i];
  blocks_.compute(x.magnitudes(), x_exact.magnitudes(), magnitudes, from, to, dense, work, 0);
  std::int64_t out[kMaxRank];
  std::copy_n(from, last + 1, out);
  for (std::int64_t k = 0;; ++k) {
    // What was raised to the smallest normal number may be anything below it.
    const bool told = sums[k] >= enough && sums[k] > std::numeric_limits<T>::min();
    if (!told && sums[k] != 0) {
      const Point point = evaluate_point(g_, x_exact, kernel.taps, out);
      const T value = static_cast<T>(point.re);
      y.store(&value, 1, row_in_y(g_, y.data, y.batch, y.strides, out, 0), 1);
    }
    int i = last;
    for (; i >= 0 && ++out[i] == to[i]; --i) out[i] = from[i];
    if (i < 0) return;
  }
}

template class ComponentwiseCheck<float>;
template class ComponentwiseCheck<double>;

}  // namespace faltung
