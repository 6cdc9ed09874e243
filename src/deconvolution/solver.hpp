// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deconvolution/gains.hpp"

namespace faltung::deconvolution {

/// Minimises |y - A x|^2 + weight |Lx|^2 for one y and any weights, each from the answer before.
class Solver {
 public:
  Solver(Operator a, Gains gains, std::span<const double> y, const DeconvolutionOptions& options);

  /// x() and residual() for that weight.
  Result<void> solve(double weight);

  const Vector& x() const { return x_; }
  const Vector& residual() const { return residual_; }
  double misfit() const { return dot(residual_, residual_); }  ///< |y - A x|^2
  Gains& gains() { return gains_; }
  std::int64_t samples() const { return a_.samples(); }
  int steps() const { return steps_; }
  bool converged() const { return converged_; }

 private:
  /// to = L'L of from.
  void penalty_of(const Vector& from, Vector& to) const;
  Result<void> normal(const Vector& p, double weight, Vector& q);

  Operator a_;
  Gains gains_;
  Vector y_, x_, residual_;
  Penalty penalty_;
  int most_steps_, steps_ = 0;
  bool converged_ = true;
  Vector ap_, room_;
};

}  // namespace faltung::deconvolution
