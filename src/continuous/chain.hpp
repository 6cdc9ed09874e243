// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "continuous/chebyshev.hpp"

namespace faltung::continuous {

/// What a Series is, for work in between: its breakpoints are not rounded to doubles.
struct Chain {
  std::vector<Place> breaks;
  std::vector<std::vector<double>> pieces;

  bool empty() const { return pieces.empty(); }
  Place lower() const { return breaks.front(); }
  Place upper() const { return breaks.back(); }
  std::size_t largest_degree() const;
  double largest_coefficient() const;
};

/// A polynomial on one interval, by its Chebyshev coefficients.
struct Patch {
  Place lower, upper;
  std::vector<double> c;
  Place length() const { return upper - lower; }
};

/// Adds the values at t, ascending, to y. What lies outside the ends is taken to be at them: it
/// should be there by rounding alone.
void add_values(const Chain& f, std::span<const Place> t, std::span<double> y);

/// Fills y with a function's values at t, ascending.
using Sampler = std::function<void(std::span<const Place> t, std::span<double> y)>;

/// The Chebyshev series of a function that is known to be smooth on the interval: degrees `first`,
/// 2 first, ... until the coefficients have come down to rounding relative to `scale`, or `most`,
/// the degree that a polynomial is known to have. `first` is a power of two.
std::vector<double> smooth_series(const Sampler& f, Place lower, Place upper, std::size_t most,
                                  double scale, std::size_t first = 16);

/// The part of f between two places within its ends, which are taken as they are where these
/// differ from them by rounding alone.
Patch part_of(const Patch& f, Place from, Place to);

}  // namespace faltung::continuous
