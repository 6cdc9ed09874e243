// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/problem.hpp"
#include "support/buffer.hpp"

namespace faltung::test_support {

/// Types of the operands and, where it isn't the natural one, of the result.
struct Types {
  ElementType x, h;
  std::optional<ElementType> y = {};
  Policy policy = Policy::exact;
};

const std::vector<Types>& real_types();
const std::vector<Types>& complex_types();
const std::vector<Types>& mixed_types();
const std::vector<Types>& widening_types();
/// Real sums as integers, saturated.
const std::vector<Types>& rounded_types();
/// All eight integer types against each other, under one policy.
std::vector<Types> integer_types(Policy policy);

/// A class of problems, from which random ones are drawn.
struct Family {
  std::vector<Types> types;
  int min_rank = 1, max_rank = 1;
  std::int64_t largest_input = 24;  ///< along one axis
  std::int64_t largest_kernel = 12;
  bool batch = false;       ///< some axes broadcast, both ways
  bool boundaries = false;  ///< all six, with cval; else constant 0
  bool ranges = false;      ///< windows and lags, inside, across and beyond the result
  bool strides = false, dilation = false, origins = false;
  bool layouts = false;  ///< permuted, negative, zero and gappy views
  bool blocks = false;   ///< a random block length
};

/// A random problem of the family that Problem::check accepts.
Problem random_problem(const Family& family, Random& random);
/// Fills h with sums of one to three products (integers: one) of one-dimensional kernels, one along
/// each convolved axis, for each component and batch. Every number is exact in every type: whole
/// and small. Returns how many terms taking one axis after the other finds at most.
std::int64_t make_low_rank(Buffer& h, const Problem& problem, Random& random);

/// Fills h with what sums over windows take: a box of one number for each component and batch or,
/// of floats, a product of bells. Sets what the problem then says of it.
void make_windows(Buffer& h, Problem& problem, Random& random);

/// A layout for reading, for writing.
Layout random_layout(Random& random, bool zero_strides);

}  // namespace faltung::test_support
