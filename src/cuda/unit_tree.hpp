// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <vector>

namespace faltung::cuda {

/// The factors of the tree of residues of X^M - e(root), M = 2^log2_points: e(a/2) of node p of
/// level l, X^(M/2^l) - e(a), at 2^l + p (residues.hpp); node 2p has a/2, node 2p + 1 a/2 + 1/2.
/// `root` is 1/4 for real samples (X^M - i), 0 for complex ones.
std::vector<std::complex<long double>> unit_tree(int log2_points, double root);

/// e(a j / P1) of leaf `line` of P0 = 2^log2_lines after the first pass of a long axis of
/// 2^log2_points = P0 P1 points: that line is modulo X^P1 - e(a), and modulo X^P1 - 1 with these
/// factors.
std::complex<long double> pass_factor(int log2_points, int log2_lines, double root,
                                      std::size_t line, std::size_t j);

/// The leaves of z, in place, in long double: what device kernels compute in T.
void split_into_leaves(std::vector<std::complex<long double>>& z,
                       const std::vector<std::complex<long double>>& units);

}  // namespace faltung::cuda
