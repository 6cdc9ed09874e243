// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"

namespace faltung {

/// Derivatives along each axis, `apart` elements from each other, the first axis first.
struct Derivatives {
  const std::byte* first;
  std::int64_t apart;
  int count;
  std::int64_t samples;
  double scale;  ///< what each is multiplied by
};

/// Root of the sum of squares, scaled, and, where `orientation` is not null, the angle of the last
/// two. In double precision, so that squares of floats stay in range; doubles are scaled where
/// theirs do not.
void gradient_row(const Derivatives& d, ElementType type, std::byte* magnitude,
                  std::byte* orientation) noexcept;

struct MagnitudeNorms {
  double largest = 0, l2 = 0;
};
/// Of those that are finite.
MagnitudeNorms magnitude_norms(const AnyArray& magnitude);

}  // namespace faltung
