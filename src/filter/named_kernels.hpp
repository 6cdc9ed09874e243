// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "faltung/filter.hpp"

namespace faltung {

/// What a named kernel is asked with.
struct KernelArguments {
  std::span<const double> numbers;  ///< as many as the form allows, each finite
  int rank = 2;                     ///< axes of the data
  double dt = 1;                    ///< the step of time

  /// The i-th number, or what stands where it was left out.
  double number(std::size_t i, double usual) const {
    return i < numbers.size() ? numbers[i] : usual;
  }
};

/// An entry of the list. `form` is the name with its parameters, those in brackets optional:
/// "motion:LENGTH[:ANGLE]".
struct NamedKernel {
  FilterInfo info;
  int fewest_axes, most_axes;
  const char* example;  ///< numbers that show it: "9:45"
  Result<Filter> (*make)(const KernelArguments&);

  std::string_view form() const { return info.form; }
  std::string_view name() const { return info.name(); }
  std::size_t most_numbers() const;
  std::size_t fewest_numbers() const;
};

/// The list: what the program takes, lists and documents.
std::span<const NamedKernel> named_kernels() noexcept;

/// "%g".
std::string short_text(double v);
/// "gaussian:SIGMA takes <what>, not <v>".
tl::unexpected<Failure> refuse_number(const char* form, const char* what, double v);

/// Dense taps of the outer product of one row an axis.
Filter outer_product(const std::vector<std::vector<double>>& rows);
/// The same row along every axis.
Filter of_row(const std::vector<double>& row, int rank);
void scale_to_unit_sum(std::vector<double>& values);
/// Refuses more than 2^24 taps over all axes.
Result<void> check_size(const char* form, double row, int rank);

/// exp(-k^2 / (2 sigma^2)) for |k| <= ceil(4 sigma), of sum 1. sigma was checked.
std::vector<double> gaussian_row(double sigma);
/// Whether a row of gaussian_row, as many axes of it, has a meaning and a size.
Result<void> check_sigma(const char* form, double sigma, double least, int rank);

// Smoothing: named_smoothing.cpp
Result<Filter> make_gaussian(const KernelArguments& a);
Result<Filter> make_box(const KernelArguments& a);
Result<Filter> make_triangle(const KernelArguments& a);
Result<Filter> make_binomial(const KernelArguments& a);
Result<Filter> make_disk(const KernelArguments& a);
Result<Filter> make_motion(const KernelArguments& a);
Result<Filter> make_exponential(const KernelArguments& a);
Result<Filter> make_moving_average(const KernelArguments& a);

// Derivatives: named_derivatives.cpp
Result<Filter> make_gradient(GradientOperator op, int axis_from_last, const KernelArguments& a);
/// Second derivatives of a Gaussian along two axes, counted from the last one.
Result<Filter> make_second_derivative(int axis_from_last, int other, const KernelArguments& a);
Result<Filter> make_laplacian(const KernelArguments& a);
Result<Filter> make_log(const KernelArguments& a);

// What is made of others: named_effects.cpp
Result<Filter> make_dog(const KernelArguments& a);
Result<Filter> make_unsharp(const KernelArguments& a);
Result<Filter> make_sharpen(const KernelArguments& a);
Result<Filter> make_emboss(const KernelArguments& a);
Result<Filter> make_gabor(const KernelArguments& a);

}  // namespace faltung
