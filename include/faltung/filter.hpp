// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/types.hpp"

namespace faltung {

/// A kernel as a value: real taps with a shape. The centre of a picture's kernel is (K-1)/2.
struct Filter {
  Dims shape;
  std::vector<double> values;  ///< dense, row-major
  std::string name;            ///< how it was asked for: "gaussian:2.5"

  ConstView view() const { return {values.data(), ElementType::f64, shape}; }
};

/// Sampled Gaussian exp(-r^2 / (2 sigma^2)) over |r| <= ceil(4 sigma), scaled to sum 1.
/// sigma > 0 in samples; rank 1 or 2. Throws Error(invalid_argument).
FALTUNG_API Filter gaussian(double sigma, int rank = 2);
/// `size` equal taps an axis that sum to 1.
FALTUNG_API Filter box(std::int64_t size, int rank = 2);
/// Derivatives as convolution kernels (positive where the picture gets brighter to the right or
/// downwards), 3 x 3, unscaled: sobel_x is [1 2 1]^T by [1 0 -1].
FALTUNG_API Filter sobel_x();
FALTUNG_API Filter sobel_y();
/// [0 1 0; 1 -4 1; 0 1 0].
FALTUNG_API Filter laplacian();
/// Identity minus amount times the Laplacian: sums to 1. amount >= 0.
FALTUNG_API Filter sharpen(double amount);
/// Exponential decay of unit area, h[k] = (1 - exp(-dt/tau)) exp(-k dt/tau), 1-D, cut where a tap
/// falls below u = 2^-53 times the first. tau and dt > 0, in the same unit of time.
FALTUNG_API Filter exponential(double tau, double dt = 1.0);
/// The last `size` samples, each 1/size, 1-D.
FALTUNG_API Filter moving_average(std::int64_t size);

/// A named kernel by its text: "gaussian:2.5", "box:9", "sobel-x", "sobel-y", "laplacian",
/// "sharpen:0.5", "exp:12", "moving-average:24". `rank` is 1 or 2: the data it is for; kernels
/// of pictures are refused for rank 1 and the other way round, saying so.
/// Errors: unknown_name (with the nearest name), invalid_argument.
FALTUNG_API Result<Filter> parse_filter(std::string_view text, int rank, double dt = 1.0);
/// A matrix or row of numbers: "1 2 1; 2 4 2; 1 2 1". Commas may stand for blanks.
FALTUNG_API Result<Filter> parse_matrix(std::string_view text);

/// One line for each named kernel: form, meaning.
struct FilterInfo {
  const char* form;
  const char* meaning;
};
FALTUNG_API std::span<const FilterInfo> filter_list() noexcept;

}  // namespace faltung
