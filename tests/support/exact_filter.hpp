// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "faltung/filter_plan.hpp"
#include "reference/reference.hpp"
#include "support/buffer.hpp"
#include "support/random.hpp"

namespace faltung::test_support {

/// A filter by its definition: taps by offset from the origin, down and to the right (1-D: {0, j}).
/// Shares nothing with the library's algebra.
struct ExactFilter {
  using Offset = std::pair<std::int64_t, std::int64_t>;
  std::map<Offset, reference::Quad> taps;
};

/// A random filter made of small leaves by random operations, both ways.
struct FilterPair {
  Filter filter;
  ExactFilter exact;
};
struct FilterOptions {
  int rank = 1;
  int operations = 3;
  std::int64_t largest = 6;  ///< taps along one axis of a leaf
  bool whole = false;        ///< taps are small whole numbers
  bool only_products = false, only_sums = false;
};
FilterPair random_filter(const FilterOptions& options, Random& random);

/// The outputs that `plan.problem()` asks for, in row-major order, real parts and imaginary parts,
/// from the definition. Problems with Options' extents; x of rank 1 or 2, all axes convolved.
std::vector<std::pair<reference::Quad, reference::Quad>> naive(const Problem& problem,
                                                               const Buffer& x,
                                                               const FilterPair& filter);

}  // namespace faltung::test_support
