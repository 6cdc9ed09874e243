// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/filter_bank.hpp"
#include "options.hpp"
#include "words.hpp"

namespace CLI {
class App;
}

namespace faltung::cli {

/// faltung gradient, as typed.
struct GradientWords {
  Words shared;
  Text orientation;
  bool shared_float = false;  ///< --signed-float
};

struct GradientRequest {
  Request shared;  ///< its kernel is the operator
  GradientOptions options;
  std::string orientation;  ///< --orientation: an .npy for the angles
};

CLI::App* add_gradient(CLI::App& program, GradientWords& words);
GradientRequest read_gradient(const GradientWords& words);

/// Reads, computes, writes, tells. Throws Stop, with every file as it was.
void run_gradient(const GradientRequest& request);

}  // namespace faltung::cli
