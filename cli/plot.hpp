// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace faltung::cli {

/// Points of a curve; what is not finite is a gap.
struct Curve {
  std::vector<double> x, y;
};

/// A function of time: its values, and impulses by their weights.
struct ContinuousCurve {
  Curve line, impulses;
};

/// Input, kernel and output of a series, as they will be drawn.
struct Story {
  struct Column {
    std::string name;
    Curve input, output;
  };
  std::vector<Column> columns;
  Curve kernel;                             ///< taps over delay
  std::optional<ContinuousCurve> response;  ///< instead
  std::string input_label;    ///< "x.npy [1000]", beside the heading where there are no dates
  std::string kernel_label;   ///< "exp:12"
  std::string delay_unit;     ///< "hours", "rows"
  std::string time_label;     ///< "time (rows)", "t": where there are no dates
  std::string operation;      ///< "convolve" or "correlate"
  bool input_dates = false;   ///< input.x is seconds since 1970 (UTC)
  bool output_dates = false;  ///< output.x too; they then share their axis
  std::string output_axis;    ///< "time" or "lag"
  std::string unit;           ///< of the values; else what their names end in
  std::string response_unit;  ///< "1/h"
  std::string output_factor;  ///< "h": the output is in °C·h where the input is in °C
};

/// The most columns in one plot: as many as there are colours.
inline constexpr std::size_t kMostColumns = 6;

/// Draws with gnuplot. Stop(kUnavailable) with the package's name where it is missing.
std::vector<std::byte> draw(const Story& story, bool svg);

/// Runs gnuplot on a script and returns what it writes; no shell, no user's settings.
std::vector<std::byte> run_gnuplot(const std::string& script);
/// Stop(kUnavailable) where it would not be found: known before hours of work.
void need_gnuplot();

}  // namespace faltung::cli
