// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "planner/choice.hpp"

namespace faltung {

struct Plan::Impl {
  Problem problem;
  Geometry geometry;        ///< the recipe may refer to it
  Problem asked;            ///< the problem without what the choice may not look at,
  Geometry asked_geometry;  ///< and the geometry without that
  Dims y_shape;
  Dims x_dense, y_dense;                    ///< strides of dense views, which most are,
  Strides of_dense_x, of_dense_y;           ///< and the same by the geometry's axes
  std::int64_t x_bytes = -1, y_bytes = -1;  ///< of dense views
  std::int64_t one_thread_bytes = 0;        ///< of a workspace
  Strides of_kernels;                       ///< which batches share a kernel
  Planner planner;                          ///< the costs that it was chosen by
  const Algorithm* algorithm = nullptr;
  std::unique_ptr<const Recipe> recipe;
};

/// Refuses a plan above the problem's max_memory, with the least that works.
Result<void> check_memory(const Problem& problem, const Plan& plan);

/// Whether y can be written while x is read: invalid_argument (a null pointer), shape_mismatch,
/// size_overflow (strides), aliasing.
Status check_places(const ConstView& x, const View& y) noexcept;

}  // namespace faltung
