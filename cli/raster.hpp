// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "faltung/types.hpp"
#include "plot_script.hpp"

/// Two axes of samples as they are drawn: reduced by averaging where there are too many.
namespace faltung::cli {

/// [rows, columns, channels] of a view of two axes, or three.
ConstView as_planes(const ConstView& view);

struct Raster {
  std::int64_t rows = 0, columns = 0, channels = 0;
  std::vector<double> values;  ///< [rows, columns, channels]
};

/// At most `most` rows and columns; the mean of the channels, or all of them.
Raster reduced(const ConstView& planes, std::int64_t most, bool mean);
/// Small rasters with each sample repeated, so that viewers that smooth leave its edges sharp.
Raster enlarged(const Raster& raster);

/// What samples are like, as the mean of their channels.
struct Facts {
  Span range;
  double all = 0;                                ///< the sum of all |values|
  double negative = 0;                           ///< of the negative ones alone
  double above = 0;                              ///< the sum of what exceeds `top`
  std::int64_t best_row = -1, best_column = -1;  ///< of the largest value, -1 where there is none
};
Facts look_at(const ConstView& planes, double top);

}  // namespace faltung::cli
