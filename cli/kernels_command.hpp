// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace faltung::cli {

/// faltung kernels [KERNEL]: the names there are, or what one kernel looks like.
struct KernelsRequest {
  std::string kernel;  ///< none: the list
  std::string output;  ///< an SVG or PNG
  std::optional<int> axes;
  double dt = 1;
  bool json = false;
};
void run_kernels(const KernelsRequest& request);
void add_kernels(CLI::App& program, KernelsRequest& request);

}  // namespace faltung::cli
