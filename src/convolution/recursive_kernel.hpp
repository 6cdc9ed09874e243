// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "convolution/algorithm.hpp"
#include "convolution/cosine_sum.hpp"
#include "convolution/split_kernel.hpp"

namespace faltung {

/// One kernel as passes take it.
template <class T>
struct RecursivePart {
  CosineKernel<T> cosines;
  SplitKernel<T> split;    ///< what may underflow; its factors are not used
  bool negative = false;   ///< every tap is
  bool clamps = false;     ///< no tap is negative, but what the cosines come to may be
  double reach = 1;        ///< no sum on the way is larger than max|x~| times this
  std::int64_t scale = 1;  ///< integers: the product of the boxes' heights, modulo 2^64
};

/// Kernels as sums of cosines: T is float, double or int64_t.
template <class T>
struct RecursiveKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> taps;
  std::vector<RecursivePart<T>> parts;
  /// Integers that are exact in float32 all the way, again.
  std::vector<KernelTaps<float>> single_taps;
  std::vector<RecursivePart<float>> singles;
  /// For taps that are not finite, and for sums beyond 64 bits.
  std::unique_ptr<const Recipe> direct;
  std::shared_ptr<Kernel::Prepared> direct_kernel;

  std::int64_t bytes() const noexcept override {
    std::size_t bytes = 0;
    for (const auto& k : taps) bytes += k.re.size() * sizeof(T);
    for (const auto& part : parts)
      for (const auto& f : part.cosines.factors)
        bytes += (f.sample.size() + f.shift.size()) * sizeof(double);
    return static_cast<std::int64_t>(bytes) + (direct_kernel ? direct_kernel->bytes() : 0);
  }
};

}  // namespace faltung
