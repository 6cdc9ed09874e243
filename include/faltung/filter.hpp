// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "faltung/types.hpp"

namespace faltung {

/// A kernel as a value: real taps with a shape and an origin, the tap at time (offset) zero.
///
/// Filters compose: `a * b` is the full product kernel (the boundary is met once, by the input),
/// `a + b` aligns the origins, scalars scale. The taps of a composed filter are computed from those
/// of its leaves in extended precision and rounded once (docs/accuracy.md); they always reach to
/// offset zero. How it was composed is remembered, for FilterPlan to use; taps changed by hand
/// make it a plain filter again.
///
/// Fails    composing throws Error: shape_mismatch (different ranks), invalid_argument (taps that
///          are not finite, an origin outside the kernel), size_overflow (more than 2^24 taps).
struct FALTUNG_API Filter {
  Dims shape;
  std::vector<double> values;  ///< dense, row-major
  std::string name;            ///< how it was asked for: "gaussian:2.5"
  Dims origin = {};            ///< one an axis, inside the kernel; empty: (K-1)/2 rounded down

  struct Expression;
  std::shared_ptr<const Expression> expression = {};  ///< none: a plain filter

  ConstView view() const { return {values.data(), ElementType::f64, shape}; }
  /// The tap at offset zero along an axis.
  std::int64_t origin_at(int axis) const {
    return origin.empty() ? (shape[axis] - 1) / 2 : origin[axis];
  }
  /// The filter whose result comes `by` samples later, one number an axis.
  Filter shifted(const Dims& by) const;
  /// h[-k] along every axis, about the origin: convolving with it is correlating with this one.
  Filter flipped() const;
};

FALTUNG_API Filter operator*(const Filter& a, const Filter& b);
FALTUNG_API Filter operator+(const Filter& a, const Filter& b);
FALTUNG_API Filter operator-(const Filter& a, const Filter& b);
FALTUNG_API Filter operator-(const Filter& a);
FALTUNG_API Filter operator*(double factor, const Filter& a);
FALTUNG_API Filter operator*(const Filter& a, double factor);
FALTUNG_API Filter operator/(const Filter& a, double divisor);

/// Sampled Gaussian exp(-r^2 / (2 sigma^2)) over |r| <= ceil(4 sigma), scaled to sum 1.
/// sigma > 0 in samples; rank is the number of axes. Throws Error(invalid_argument).
FALTUNG_API Filter gaussian(double sigma, int rank = 2);
/// `size` equal taps an axis that sum to 1.
FALTUNG_API Filter box(std::int64_t size, int rank = 2);
/// `size` taps an axis that rise and fall evenly (1 2 3 2 1), of sum 1; and a row of Pascal's
/// triangle along each axis, of sum 1.
FALTUNG_API Filter triangle(std::int64_t size, int rank = 2);
FALTUNG_API Filter binomial(std::int64_t size, int rank = 2);
/// Blur by a circle of `radius` pixels, each tap the area that it covers of its pixel, and by a
/// movement over `length` pixels; of sum 1, for pictures. Angles are degrees, from the x axis (to
/// the right) towards the y axis (downwards).
FALTUNG_API Filter disk(double radius);
FALTUNG_API Filter motion(double length, double angle = 0);

/// What a gradient is taken by; src/filter/named_derivatives.cpp has the taps.
///   sobel, scharr, prewitt   3 taps an axis, unscaled: whole numbers
///   farid                    5 taps an axis
///   gaussian                 the slope of a Gaussian of some sigma, exact on ramps
enum class GradientOperator : std::int8_t { sobel, scharr, prewitt, farid, gaussian };
FALTUNG_API const char* name(GradientOperator op) noexcept;
/// Errors: unknown_name, with the nearest name.
FALTUNG_API Result<GradientOperator> parse_gradient_operator(std::string_view text);
/// The operator's derivative along an axis of `rank`, positive where samples rise with their index;
/// sigma (in samples, at least 0.1) is the Gaussian's. Throws Error(invalid_argument).
FALTUNG_API Filter derivative(GradientOperator op, int axis, int rank = 2, double sigma = 1);
/// sobel_x is [1 2 1]^T by [1 0 -1]: positive where the picture gets brighter to the right;
/// sobel_y: downwards.
FALTUNG_API Filter sobel_x();
FALTUNG_API Filter sobel_y();
/// [1 -2 1] along each axis, added up: [0 1 0; 1 -4 1; 0 1 0].
FALTUNG_API Filter laplacian(int rank = 2);
/// The sum of the second derivatives of a Gaussian, exact on polynomials of degree 2; sum 0.
FALTUNG_API Filter laplacian_of_gaussian(double sigma, int rank = 2);
/// gaussian(sigma) - gaussian(wider).
FALTUNG_API Filter difference_of_gaussians(double sigma, double wider, int rank = 2);
/// Identity minus amount times the Laplacian: sums to 1. amount >= 0.
FALTUNG_API Filter sharpen(double amount, int rank = 2);
/// Adds amount times what a Gaussian takes away: sums to 1. amount >= 0.
FALTUNG_API Filter unsharp(double sigma, double amount = 1, int rank = 2);
/// [1] + depth [2 1 0; 1 0 -1; 0 -1 -2]: lit from the top left; sums to 1.
FALTUNG_API Filter emboss(double depth = 1);
/// Waves under a Gaussian, for pictures; angles in degrees as in motion().
struct GaborOptions {
  double wavelength = 8;  ///< pixels, at least 2
  double angle = 0;       ///< the direction across the waves
  double sigma = 0;       ///< of the Gaussian in that direction; 0: 0.56 wavelengths, one octave
  double phase = 0;       ///< 0 even, 90 odd
  double aspect = 1;      ///< sigma over the Gaussian's sigma along the waves
};
FALTUNG_API Filter gabor(const GaborOptions& options);
/// Exponential decay of unit area, h[k] = (1 - exp(-dt/tau)) exp(-k dt/tau), 1-D, cut where a tap
/// falls below u = 2^-53 times the first. tau and dt > 0, in the same unit of time. Its origin is
/// the first tap.
FALTUNG_API Filter exponential(double tau, double dt = 1.0);
/// The last `size` samples, each 1/size, 1-D. Its origin is the first tap.
FALTUNG_API Filter moving_average(std::int64_t size);

/// A named kernel by its text, with its numbers behind colons: "gaussian:2.5", "sobel-x",
/// "motion:9:45"; filter_list() has all. `rank` is the number of axes of the data it is for; a
/// kernel for another number is refused. Errors: unknown_name (with the nearest name),
/// invalid_argument.
FALTUNG_API Result<Filter> parse_filter(std::string_view text, int rank, double dt = 1.0);
/// A matrix or row of numbers: "1 2 1; 2 4 2; 1 2 1". Commas may stand for blanks.
FALTUNG_API Result<Filter> parse_matrix(std::string_view text);

/// A filter by the algebra: named kernels, matrices in brackets and numbers with + - * / and
/// parentheses, `flip(a)`, `shift(a, 3)` (one number an axis): "gaussian:3 - gaussian:1",
/// "sobel-x * gaussian:1", "2 * [1 2 1; 2 4 2; 1 2 1] / 16". `*` between filters convolves them.
/// `rank` and `dt` as above; a bracket of one row has one row of pixels where rank is 2.
/// Errors: those of parse_filter and of composing, with the column; the text is at most 4096
/// characters and 64 brackets deep.
FALTUNG_API Result<Filter> parse_filter_expression(std::string_view text, int rank,
                                                   double dt = 1.0);

/// A named kernel, for people.
struct FilterInfo {
  const char* form;  ///< the name and its numbers, those in brackets optional: "dog:SIGMA[:WIDER]"
  const char* meaning;  ///< a line
  const char* taps;     ///< its definition

  std::string_view name() const {
    const std::string_view all = form;
    return all.substr(0, all.find_first_of(":["));
  }
};
FALTUNG_API std::span<const FilterInfo> filter_list() noexcept;

}  // namespace faltung
