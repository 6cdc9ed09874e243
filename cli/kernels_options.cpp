// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "kernels_command.hpp"

namespace faltung::cli {

void add_kernels(CLI::App& program, KernelsRequest& request) {
  CLI::App* app = program.add_subcommand("kernels", "List the named kernels, or draw one");
  app->add_option("KERNEL", request.kernel,
                  "a name or a composed filter: gaussian:2, \"[1] - box:3\"");
  app->add_option("-o,--output", request.output, "draw it into an SVG or PNG (gnuplot)")
      ->type_name("FILE");
  app->add_option(
         "--axes", request.axes,
         "1 for sound and series, 2 for pictures, 3 for volumes; 2 unless the kernel is for "
         "others alone")
      ->check(CLI::Range(1, 3))
      ->type_name("N");
  app->add_option("--dt", request.dt, "the step of time, for exp:tau")->type_name("NUMBER");
  app->add_flag("--json", request.json, "print one JSON object, taps and all");
}

}  // namespace faltung::cli
