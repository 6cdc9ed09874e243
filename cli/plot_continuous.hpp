// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "faltung/continuous.hpp"

namespace faltung::cli {

/// Functions one above the other over one axis of time.
struct ContinuousStory {
  struct Panel {
    std::string title, formula;
    continuous::Function function;
  };
  std::vector<Panel> curves;
  std::vector<double> t;  ///< where values were asked for: the axis; empty: what is of interest
};

std::vector<std::byte> plot_continuous(const ContinuousStory& story, bool svg);

}  // namespace faltung::cli
