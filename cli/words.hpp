// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

namespace CLI {
class App;
}

namespace faltung::cli {

using Text = std::optional<std::string>;

// The words as typed; Request holds what they mean.
struct Words {
  Text input, output, raw, format;
  Text kernel, kernel_text, extent, window, lags, boundary, cval, origin, stride, dilation, axes;
  Text accuracy, tolerance, max_memory, device;
  Text kernel_scale, gain, method, threads, encoding, policy, result, kernel_column, dt, plot;
  Text signed_results;
  Text nan, mask;
  Text wet, dry, output_gain;
  Text interpolation, before, unit;
  std::vector<std::string> columns;
  bool resample = false, regrid = false;
  bool report_error = false, explain = false, json = false, quiet = false, reproducible = false;
  bool dry_run = false, verbose = false, linear_light = false;
};

/// --interpolation, --before and --regrid.
void add_series(CLI::App& app, Words& words);
/// --regrid, which convolve and deconvolve have.
void add_regrid(CLI::App& app, Words& words, const char* group);

/// What the words mean; `command` names it where it is not that of the operation. Stop(kUsage).
Request read_words(const Words& words, Operation operation, const char* command = nullptr);

}  // namespace faltung::cli
