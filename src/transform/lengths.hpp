// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace faltung {

/// The family of transform lengths: {1, 3, 5, 9, 15} x 2^a.
bool is_transform_length(std::int64_t n) noexcept;

/// The smallest member of the family that is at least n; n at most 2^60.
std::int64_t next_length(std::int64_t n) noexcept;

/// The radices of a length, in the order of its passes: odd ones first, then a 2 if one is left
/// over, then 4s. Their product is n. `eights`: that 2 and a 4 become an 8, which comes last, where
/// nodes are small: its parts would meet in the same cache sets. `first`: a divisor of n which the
/// first pass has whatever comes then; 1 leaves that open.
std::vector<int> radices_of(std::int64_t n, bool eights = false, int first = 1);

}  // namespace faltung
