// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"

namespace faltung {

struct Plan::Impl {
  Problem problem;
  Geometry geometry;  ///< the recipe may refer to it
  Dims y_shape;
  std::vector<Candidate> candidates;
  std::size_t chosen = 0;
  std::unique_ptr<const Recipe> recipe;
};

}  // namespace faltung
