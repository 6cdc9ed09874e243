// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung::bench {

/// What a target reaches when half of its operations are multiply-adds and half are additions, as
/// butterflies have them. `sink` takes a value, so that nothing is left out.
template <class T>
struct MixedPeak {
  /// Runs `rounds` rounds in registers; returns how many flop they were (two and one).
  double (*fma_add)(std::int64_t rounds, T* sink) noexcept;
};

/// T is float or double. `target` as in microkernels/targets.hpp.
template <class T>
const MixedPeak<T>& mixed_peak(std::int64_t target) noexcept;

}  // namespace faltung::bench
