// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "deconvolution/solver.hpp"

#include <cmath>

namespace faltung::deconvolution {

Solver::Solver(Operator a, Gains gains, std::span<const double> y,
               const DeconvolutionOptions& options)
    : a_(std::move(a)),
      gains_(std::move(gains)),
      y_(y.begin(), y.end()),
      x_(static_cast<std::size_t>(a_.samples())),
      residual_(y_),
      penalty_(options.penalty),
      most_steps_(options.most_steps),
      ap_(y_.size()),
      room_(x_.size()) {}

// L takes steps within the record alone: a level costs nothing, and nor does where it begins.
void Solver::penalty_of(const Vector& from, Vector& to) const {
  to = from;
  if (penalty_ == Penalty::values) return;
  to.assign(from.size(), 0.0);
  for (std::size_t n = 0; n + 1 < from.size(); ++n) {
    const double step = from[n + 1] - from[n];
    to[n] -= step;
    to[n + 1] += step;
  }
}

Result<void> Solver::normal(const Vector& p, double weight, Vector& q) {
  if (auto done = a_.apply(p, ap_); !done) return done;
  if (auto done = a_.apply_transposed(ap_, q); !done) return done;
  penalty_of(p, room_);
  for (std::size_t i = 0; i < q.size(); ++i) q[i] += weight * room_[i];
  return {};
}

Result<void> Solver::solve(double weight) {
  // What is left of A'y - (A'A + weight L'L) x, and the same divided by the gains.
  Vector left(x_.size()), divided, direction, q(x_.size()), penalty;
  if (auto done = a_.apply_transposed(y_, left); !done) return done;
  divided = left;
  gains_.divide(divided, weight);
  const double whole = dot(left, divided);
  if (auto done = a_.apply_transposed(residual_, left); !done) return done;
  penalty_of(x_, penalty);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= weight * penalty[i];
  // Below it the rounding of A and A' themselves decides.
  constexpr double kEnough = 1e-24;
  double before = 0;
  converged_ = false;
  for (int step = 0; step < most_steps_; ++step) {
    divided = left;
    gains_.divide(divided, weight);
    const double size = dot(left, divided);
    converged_ = !(size > kEnough * whole);
    if (converged_) break;
    const double kept = step == 0 ? 0 : size / before;
    before = size;
    if (step == 0) direction = divided;
    else
      for (std::size_t i = 0; i < direction.size(); ++i)
        direction[i] = divided[i] + kept * direction[i];
    if (auto done = normal(direction, weight, q); !done) return done;
    const double bend = dot(direction, q);
    converged_ = !(bend > 0);  // then rounding leaves no way down
    if (converged_) break;
    const double length = size / bend;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      x_[i] += length * direction[i];
      left[i] -= length * q[i];
    }
    for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] -= length * ap_[i];
    ++steps_;
  }
  // What the steps added up is not what is left of y after rounding.
  if (auto done = a_.apply(x_, residual_); !done) return done;
  for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] = y_[i] - residual_[i];
  return {};
}

}  // namespace faltung::deconvolution
