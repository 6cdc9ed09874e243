// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/lengths.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace faltung {
namespace {
constexpr std::int64_t kOdd[] = {1, 3, 5, 9, 15};
}

bool is_transform_length(std::int64_t n) noexcept {
  if (n < 1) return false;
  const std::int64_t odd = n >> std::countr_zero(static_cast<std::uint64_t>(n));
  return std::find(std::begin(kOdd), std::end(kOdd), odd) != std::end(kOdd);
}

std::int64_t next_length(std::int64_t n) noexcept {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t odd : kOdd) {
    const auto quotient =
        static_cast<std::uint64_t>((std::max<std::int64_t>(n, 1) + odd - 1) / odd);
    best = std::min(best, odd * static_cast<std::int64_t>(std::bit_ceil(quotient)));
  }
  return best;
}

std::vector<int> radices_of(std::int64_t n, bool eights, int first) {
  std::vector<int> radices;
  if (first > 1) {
    radices.push_back(first);
    n /= first;
  }
  for (int odd : {3, 5})
    for (; n % odd == 0; n /= odd) radices.push_back(odd);
  const bool left_over = std::countr_zero(static_cast<std::uint64_t>(n)) % 2 == 1;
  const int last = left_over && eights && n >= 8 ? 8 : 1;
  if (left_over && last == 1) {
    radices.push_back(2);
    n /= 2;
  }
  for (; n > last; n /= 4) radices.push_back(4);
  if (last > 1) radices.push_back(last);
  return radices;
}

}  // namespace faltung
