// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "faltung/plan.hpp"
#include "reference/reference.hpp"
#include "support/buffer.hpp"

namespace faltung::test_support {

/// What one plan made of one problem.
struct Outcome {
  Status status = Status::ok;
  std::string message;  ///< of a refused plan or kernel
  std::string algorithm;
  Buffer y;
  ErrorBound bound;
  bool planned = false;  ///< the plan and the kernel were made; status is execute's
};

struct RunOptions {
  int threads = 1;
  Layout y_layout = {};
  Random* random = nullptr;  ///< needed by a y_layout that is not dense
  bool bound = true;
};

/// Plans, prepares and executes; y is filled with a pattern first. Reports a test failure where
/// the plan's own words disagree with the problem's (shape, type) or bytes between y's samples
/// changed.
Outcome run(const Problem& problem, const ConstView& x, const ConstView& h,
            const RunOptions& options = {});
inline Outcome run(const Problem& problem, const Buffer& x, const Buffer& h,
                   const RunOptions& options = {}) {
  return run(problem, x.view(), h.view(), options);
}

/// Types and shapes of the problem taken from the operands.
Problem problem_of(const Buffer& x, const Buffer& h, const std::string& method = "auto");

/// How far one result may be off.
struct Tolerance {
  double unit_roundoff = 0;  ///< of the arithmetic that gives the result type
  double smallest = 0;       ///< the result type's smallest denormal number
  double largest = 0;        ///< its largest finite number
  double stored = 0;         ///< what storing rounds more, relative to a result
};
Tolerance tolerance_of(ElementType result);

struct Judged {
  double largest_error = 0;  ///< over the outputs that are finite, as complex numbers
  double l2_error = 0;
};

/// Fails the running test unless y is what the reference says: integers to the bit by policy, NaN
/// and infinities in place and kind, finite results within the tolerance of the method.
///
/// Direct sums: |e| <= c u (|x~| * |h|), componentwise, with c the number of roundings that a term
/// can meet: T products and sums of T taps, 2T where both operands are complex, 4 more for
/// conversions and cval, and 4 for each axis of an odd reflection. Other methods:
/// Plan::error_bound, in the maximum and in the Euclidean norm. Direct sums must meet their
/// error_bound as well. Sums that are rounded to integers may be off by half more. Half a smallest
/// denormal number is added: results are rounded once into their type.
///
/// `samples` > 0 checks only so many outputs, spread over y, first and last included.
Judged expect_right(const Problem& problem, const ConstView& x, const ConstView& h,
                    const Outcome& outcome, std::int64_t samples = 0);
inline Judged expect_right(const Problem& problem, const Buffer& x, const Buffer& h,
                           const Outcome& outcome, std::int64_t samples = 0) {
  return expect_right(problem, x.view(), h.view(), outcome, samples);
}

/// What an exact integer sum becomes in its type.
Int128 by_policy(const reference::WideInteger& sum, ElementType type, Policy policy);

}  // namespace faltung::test_support
