// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/deconvolve.hpp"
#include "faltung/plan.hpp"

namespace faltung::deconvolution {

using Vector = std::vector<double>;

double dot(std::span<const double> a, std::span<const double> b);

/// A of y = A x: `outputs` samples of x * h from index `first` on, and A', by two plans.
///
/// What a held end adds is one column: A = A_0 + before e_0' + behind e_last', where before[n] is
/// the sum of the taps that meet a sample before x[0].
class Operator {
 public:
  static Result<Operator> make(std::span<const double> h, std::int64_t outputs,
                               const DeconvolutionOptions& options);

  std::int64_t samples() const { return samples_; }
  std::int64_t outputs() const { return outputs_; }
  /// y = A x, x = A' y. Spans of samples() and outputs().
  Result<void> apply(std::span<const double> x, std::span<double> y);
  Result<void> apply_transposed(std::span<const double> y, std::span<double> x);

 private:
  struct Half {
    Plan plan;
    Kernel kernel;
    Workspace workspace;
  };
  Operator(Half forward, Half back) : forward_(std::move(forward)), back_(std::move(back)) {}
  static Result<Half> make_half(const Problem& problem, std::span<const double> h, int threads);
  static Result<void> run(Half& half, std::span<const double> from, std::span<double> to);
  void hold_ends(std::span<const double> h, std::int64_t first);

  Half forward_, back_;
  std::int64_t samples_ = 0, outputs_ = 0;
  Vector before_, behind_;  ///< empty where nothing is held
};

}  // namespace faltung::deconvolution
