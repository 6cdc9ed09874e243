// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "planner/choice.hpp"

namespace faltung {

struct Plan::Impl {
  Problem problem;
  Problem asked;      ///< the same, without what the choice may not look at
  Geometry geometry;  ///< the recipe may refer to it
  Dims y_shape;
  Planner planner;  ///< the costs that it was chosen by
  const Algorithm* algorithm = nullptr;
  std::unique_ptr<const Recipe> recipe;
};

}  // namespace faltung
