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
  Planner planner;  ///< the costs that it was chosen by
  const Algorithm* algorithm = nullptr;
  std::unique_ptr<const Recipe> recipe;
};

/// Whether y can be written while x is read: invalid_argument (a null pointer), shape_mismatch,
/// size_overflow (strides), aliasing.
Status check_places(const ConstView& x, const View& y) noexcept;

}  // namespace faltung
