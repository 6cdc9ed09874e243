// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "faltung/continuous.hpp"

namespace CLI {
class App;
}

namespace faltung::cli {

/// faltung continuous F [H]: two formulas in, their convolution out.
struct ContinuousRequest {
  std::string f, h;
  std::string at;  ///< --at: "0:48:0.5" or "0,1,2.5"
  std::string output, plot;
  bool correlate = false, formula = false, latex = false, moments = false, json = false;
};

/// The language, its functions, and examples.
std::string help_of_formulas();
CLI::App* add_functions(CLI::App& program, ContinuousRequest& request);

/// Stop(kUsage, kData, ...) as everywhere.
void run_continuous(const ContinuousRequest& request);

/// The places of --at, in order: FIRST:LAST:STEP (both ends belong to it) or a list.
std::vector<double> read_places(const std::string& text);

}  // namespace faltung::cli
