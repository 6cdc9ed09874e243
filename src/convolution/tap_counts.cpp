// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/tap_counts.hpp"

#include <algorithm>

namespace faltung {

void TapCounts::accumulate() {
  std::int64_t inner = 1;
  const auto size = static_cast<std::int64_t>(sums_.size());
  for (int i = taps_.rank() - 1; i >= 0; --i) {
    for (std::int64_t t = 0; t < size; ++t)
      if (t / inner % taps_[i] != 0)
        sums_[static_cast<std::size_t>(t)] += sums_[static_cast<std::size_t>(t - inner)];
    inner *= taps_[i];
  }
}

/// Inclusion and exclusion over the corners of the box.
std::int64_t TapCounts::count(const std::int64_t* first, const std::int64_t* last) const noexcept {
  const int rank = taps_.rank();
  std::int64_t total = 0;
  for (std::uint32_t corner = 0; corner < (1U << rank); ++corner) {
    std::int64_t t = 0;
    bool inside = true, minus = false;
    for (int i = 0; i < rank; ++i) {
      const bool low = (corner >> i & 1U) != 0;
      const std::int64_t lo = std::max<std::int64_t>(first[i], 0);
      const std::int64_t at = low ? lo - 1 : std::min(last[i], taps_[i] - 1);
      inside &= at >= 0 && std::min(last[i], taps_[i] - 1) >= lo;
      minus ^= low;
      t = t * taps_[i] + at;
    }
    if (inside) total += (minus ? -1 : 1) * sums_[static_cast<std::size_t>(t)];
  }
  return total;
}

}  // namespace faltung
