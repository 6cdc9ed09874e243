// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/direct_layout.hpp"
#include "convolution/integer_range.hpp"

namespace faltung {

/// Kernels of the direct method: T is float, double or int64_t.
template <class T>
struct DirectKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> taps;
  /// The same where integers need no more: then `taps` keeps the facts alone.
  std::vector<KernelTaps<std::int16_t>> shorts;
  std::vector<KernelTaps<float>> singles;
  std::vector<KernelTaps<double>> doubles;

  std::int64_t bytes() const noexcept override {
    const auto size = [](const auto& kernels) {
      std::int64_t total = 0;
      for (const auto& k : kernels)
        total += static_cast<std::int64_t>((k.re.size() + k.im.size()) * sizeof(k.re[0]));
      return total;
    };
    return size(taps) + size(shorts) + size(singles) + size(doubles);
  }
};

/// Sums beyond 64 bits, one by one.
void run_wide(const Geometry& geometry, const DirectLayout& layout, const Execution& run,
              const DirectKernel<std::int64_t>& kernel) noexcept;

/// Moves the taps of integers over to T, which holds them.
template <class T>
std::vector<KernelTaps<T>> take_as(std::vector<KernelTaps<std::int64_t>>& kernels) {
  std::vector<KernelTaps<T>> taken(kernels.size());
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    taken[i].re.reserve(kernels[i].re.size());
    for (const std::int64_t tap : kernels[i].re) taken[i].re.push_back(static_cast<T>(tap));
    kernels[i].re = {};
  }
  return taken;
}

}  // namespace faltung
