// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "words.hpp"

namespace faltung::cli {

void add_series(CLI::App& app, Words& w) {
  const char* group = "Series in time";
  app.add_option("--interpolation", w.interpolation,
                 "a formula as kernel, or --regrid: what the input is between its samples, linear "
                 "(default) or hold")
      ->type_name("NAME")
      ->group(group);
  app.add_option(
         "--before", w.before,
         "a formula as kernel: what the input is outside its samples: hold (its first value "
         "before it, its last one behind it; the default of series), hold:VALUE before it, "
         "zero or periodic")
      ->type_name("NAME")
      ->group(group);
  add_regrid(app, w, group);
}

void add_regrid(CLI::App& app, Words& w, const char* group) {
  app.add_flag("--regrid", w.regrid,
               "CSV: bring rows at uneven times, or with another step, to even steps of --dt by "
               "--interpolation, and so a kernel from a CSV that has times")
      ->group(group);
}

}  // namespace faltung::cli
