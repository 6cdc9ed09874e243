// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// What a target's multiply-add units reach when nothing else is asked of them.
template <class T>
struct Peaks {
  /// Runs `rounds` rounds of independent multiply-adds in registers; returns how many flop they
  /// were (two each). `sink` takes a value, so that nothing is left out.
  double (*multiply_add)(std::int64_t rounds, T* sink) noexcept;
};

/// T is float or double. `target` as in targets.hpp.
template <class T>
const Peaks<T>& peaks(std::int64_t target) noexcept;

}  // namespace faltung
