// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "continuous/half_convolution.hpp"
#include "continuous/series_sum.hpp"

namespace faltung::continuous {

/// Convolutions of pairs of patches, many at a time, so that their half convolutions run side by
/// side. Of f on [a, b] and h on [c, d], not longer:
///
///   1       ________
///          /        \         first half of f on [a, a+d-c] with h
///         /          \        middle: a polynomial of the degree of f
///        /            \       second half of f on [b-d+c, b] with h
///      a+c  a+d   b+c  b+d
///
/// In the middle all of h meets a part of f that moves. Where f is at most twice as long, the
/// middle p of f is always under h, and the integral over s < p is the second half of a
/// convolution of f on [a, p] with the end of h as long as that, that over s > p a first half.
/// Where it is longer, f is cut into windows as long as h, from a on as many as there are and two
/// that end at b for what is left, and the halves of all are added up; or, for windows that are
/// many, the values at the middle's Chebyshev points are sums by Gauss' quadrature, exact for the
/// degrees at hand.
class PatchPairs {
 public:
  void add(const Patch& f, const Patch& h);
  /// Adds what the pairs give to the parts; starts anew.
  void run(std::vector<Part>& parts);

 private:
  /// A half convolution of f and h of one length, and where it is used.
  struct Half {
    std::vector<double> f, h;  ///< by Legendre polynomials
    bool second;
    Place lower, length;  ///< where its result lies
    Place from, to;
  };
  void add_half(const Patch& f, const Patch& h, bool second, Place from, Place to);
  void add_like(const Patch& f, const Patch& h);
  void add_windows(const Patch& f, const Patch& h);

  std::vector<Half> halves_;
  std::vector<Part> middles_;
};

/// The middle of pairs where f is more than twice as long alone, f in one or more pieces of one
/// smooth function whose parts as long as h are of degree `local` at most.
std::vector<double> middle_by_quadrature(const Chain& f, const Patch& h, std::size_t local);

}  // namespace faltung::continuous
