// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <vector>

#include "continuous/half_convolution.hpp"
#include "continuous/series.hpp"

namespace faltung::continuous {

/// A polynomial on one interval, by its Chebyshev coefficients.
struct Patch {
  double lower, upper;
  std::vector<double> c;
  double length() const { return upper - lower; }
};

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
/// Where it is longer, the values at the middle's Chebyshev points are sums by Gauss' quadrature,
/// exact for the degrees at hand.
class PatchPairs {
 public:
  void add(Patch f, Patch h);
  /// A Series for each pair, in their order; starts anew.
  std::vector<Series> run();
  /// The middle alone, f in one or more pieces of one smooth function whose parts as long as h are
  /// of degree `local` at most.
  std::vector<double> middle_by_quadrature(const Series& f, const Patch& h, std::size_t local);

 private:
  struct Pair {
    Patch f, h;
    bool equal = false;         ///< there is no middle
    std::vector<std::size_t> halves;  ///< first, second, and the middle's second and first
  };
  struct Half {
    std::vector<double> f, h;  ///< by Legendre polynomials
    bool second;
    double length;
  };
  struct Rule {
    std::vector<double> node, weight;  ///< on [-1, 1]
  };
  std::size_t add_half(const Patch& f, const Patch& h, bool second);
  std::vector<double> middle(const Pair& pair, const std::vector<std::vector<double>>& halves);
  const Rule& gauss(std::size_t nodes);

  std::vector<Pair> pairs_;
  std::vector<Half> halves_;
  std::map<std::size_t, Rule> rules_;
};

}  // namespace faltung::continuous
