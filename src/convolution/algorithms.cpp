// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/algorithm.hpp"

namespace faltung {

#define FALTUNG_ALGORITHM(algorithm) const Algorithm& algorithm##_algorithm() noexcept;
#include "convolution/algorithms.def"
#undef FALTUNG_ALGORITHM

std::span<const Algorithm* const> algorithms() noexcept {
  static const Algorithm* const list[] = {
#define FALTUNG_ALGORITHM(algorithm) &algorithm##_algorithm(),
#include "convolution/algorithms.def"
#undef FALTUNG_ALGORITHM
  };
  return list;
}

}  // namespace faltung
