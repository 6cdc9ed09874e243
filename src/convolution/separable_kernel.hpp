// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "convolution/algorithm.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/split_kernel.hpp"

namespace faltung {

/// Refuses what passes along one axis after the other do not do, on any device.
Result<void> check_separable(const Problem& problem, const Geometry& geometry);

/// Every kernel as the products that the problem says it is; kernel_mismatch where one is not. Taps
/// must be finite. May throw std::bad_alloc.
template <class T>
Result<std::vector<SplitKernel<T>>> take_apart(const Problem& problem, const Geometry& geometry,
                                               const std::vector<KernelTaps<T>>& taps);

/// The bound of passes over kernels taken apart (docs/accuracy.md); of the taps only the facts are
/// read.
template <class T>
ErrorBound separable_bound(const Geometry& geometry, const std::vector<KernelTaps<T>>& taps,
                           const std::vector<SplitKernel<T>>& split, const InputNorms& x);

/// Kernels taken apart: T is float, double or int64_t.
template <class T>
struct SeparableKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> taps;
  std::vector<SplitKernel<T>> split;
  /// Integers that are exact in float32 all the way, again.
  std::vector<KernelTaps<float>> single_taps;
  std::vector<SplitKernel<float>> singles;
  /// For taps that are not finite, and for sums beyond 64 bits.
  std::unique_ptr<const Recipe> direct;
  std::shared_ptr<Kernel::Prepared> direct_kernel;

  std::int64_t bytes() const noexcept override {
    std::size_t elements = 0;
    for (const auto& k : taps) elements += k.re.size();
    for (const auto& k : split)
      for (const auto& term : k.low.terms) elements += term.size();
    for (const auto& k : singles) elements += k.low.terms.front().size() / 2 + 1;
    return static_cast<std::int64_t>(elements * sizeof(T)) +
           (direct_kernel ? direct_kernel->bytes() : 0);
  }
};

/// Factors of integers whose sums, partial ones too, float32 holds exactly: a factor's taps add up
/// to 1 at least, so that no pass makes more than the last.
inline void add_singles(const Geometry& g, SeparableKernel<std::int64_t>& kernel) {
  for (const SplitKernel<std::int64_t>& k : kernel.split) {
    if (k.low.terms.size() != 1) return kernel.singles.clear();
    SplitKernel<float> single;
    single.low.terms.emplace_back();
    for (const std::int64_t tap : k.low.terms.front())
      single.low.terms.front().push_back(static_cast<float>(tap));
    single.symmetry = symmetries(g, single.low);
    kernel.singles.push_back(std::move(single));
  }
  kernel.single_taps.resize(kernel.singles.size());
}

}  // namespace faltung
