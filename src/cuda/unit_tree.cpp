// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/unit_tree.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace faltung::cuda {
namespace {

/// e(n / d), d a power of two of at least 8: from an angle within an eighth of the circle, so that
/// multiples of a quarter are exact.
std::complex<long double> unit(std::size_t n, std::size_t d) {
  n %= d;
  const std::size_t quarter = d / 4, turns = n / quarter, rest = n % quarter;
  const bool mirrored = 2 * rest > quarter;
  const long double angle = 2 * std::numbers::pi_v<long double> *
                            static_cast<long double>(mirrored ? quarter - rest : rest) /
                            static_cast<long double>(d);
  const long double c = std::cos(angle), s = std::sin(angle);
  const std::complex<long double> first = mirrored ? std::complex(s, c) : std::complex(c, s);
  switch (turns) {
    case 0: return first;
    case 1: return {-first.imag(), first.real()};
    case 2: return -first;
    default: return {first.imag(), -first.real()};
  }
}

}  // namespace

std::vector<std::complex<long double>> unit_tree(int log2_points, double root) {
  const std::size_t points = std::size_t{1} << log2_points;
  std::vector<std::complex<long double>> units(points, 1);
  // Node p of level l has the angle angles[p] / 2^(l + 2).
  std::vector<std::size_t> angles = {root == 0 ? std::size_t{0} : std::size_t{1}};
  for (int level = 0; level < log2_points; ++level) {
    const std::size_t nodes = std::size_t{1} << level;
    std::vector<std::size_t> children;
    for (std::size_t p = 0; p < nodes; ++p) {
      units[nodes + p] = unit(angles[p], nodes << 3);
      children.push_back(angles[p]);
      children.push_back(angles[p] + (nodes << 2));
    }
    angles = std::move(children);
  }
  return units;
}

std::complex<long double> pass_factor(int log2_points, int log2_lines, double root,
                                      std::size_t line, std::size_t j) {
  // Node p of a level has four times p with its bits turned round, and one for the root.
  std::size_t turned = 0;
  for (int bit = 0; bit < log2_lines; ++bit) turned |= (line >> bit & 1) << (log2_lines - 1 - bit);
  const std::size_t angle = 4 * turned + (root == 0 ? 0 : 1);
  return unit(angle * j, std::size_t{4} << log2_points);
}

void split_into_leaves(std::vector<std::complex<long double>>& z,
                       const std::vector<std::complex<long double>>& units) {
  for (std::size_t nodes = 1; nodes < z.size(); nodes *= 2) {
    const std::size_t half = z.size() / nodes / 2;
    for (std::size_t p = 0; p < nodes; ++p)
      for (std::size_t j = 2 * half * p; j < 2 * half * p + half; ++j) {
        const std::complex<long double> w = units[nodes + p], u = z[j], v = z[j + half];
        const std::complex<long double> t = {w.real() * v.real() - w.imag() * v.imag(),
                                             w.real() * v.imag() + w.imag() * v.real()};
        z[j] = u + t;
        z[j + half] = u - t;
      }
  }
}

}  // namespace faltung::cuda
