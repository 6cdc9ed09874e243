// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "continuous/closed.hpp"
#include "faltung/signal.hpp"
#include "microkernels/recurrence.hpp"

namespace faltung::continuous {

/// One term of a response without end, from a sample on, as it meets samples that are dt apart:
/// O(1) a sample, and exact but for rounding.
///
/// exp[z_i, ..., z_j](s) are the entries of exp(L s), where L has the rates on its diagonal and
/// ones above it. So y(t) = Re(w e_0' exp(L s) e_m) * x, the states being one column:
///
///   S[n] = N S[n-1] + now x[n] + past x[n-1],   y[n] = Re S_0[n],   N = exp(L dt)
///   now  = w exp(L s_0) integral of exp(L r) (1 - r/dt) dr e_m      over one step; linear
///   past = w exp(L s_0) integral of exp(L r) r/dt dr e_m
///
/// and for a held x now = 0 and past is the sum of both. Integrals are divided differences, too,
/// with one or two zeros among the rates. All are computed in 113 bits and rounded once; several
/// steps at a time (microkernels/recurrence.hpp) need the powers of N, which are exp(L k dt).
class TailRecurrence {
 public:
  /// s: where in the term the first step begins. Errors: as active_target_bit.
  static Result<TailRecurrence> make(const WideTerm& term, Wide s, Wide dt,
                                     Interpolation interpolation);

  /// Numbers of state.
  std::size_t states() const { return now_.size(); }
  /// Where every rate has a negative real part.
  bool decays() const { return decays_; }
  /// The states after x was `value` for ever. Where it decays.
  std::vector<double> steady(double value) const;
  /// The states before the first sample of a period of `count` samples that goes on and on, of
  /// those that one such period leaves behind. Where it decays.
  std::vector<double> around(std::span<const double> left, std::int64_t count) const;
  /// One step.
  void step(std::span<double> state, double x, double x_before) const;
  /// Sum over n up to `count` of |N^n (now + past)|: what |x| = 1 can make of y at most, and the
  /// same of rounding errors, for |x| <= 1; each from magnitudes alone.
  double gain(double count) const;
  double error(double count) const;

 private:
  friend class TailRun;
  using Matrix = std::vector<double>;  ///< [states, states], row after row
  Matrix power(Wide steps) const;
  void prepare_lanes();

  WideTerm term_;
  Wide dt_ = 1, begin_ = 0;
  bool complex_ = false, decays_ = false;
  std::vector<double> now_, past_;
  Matrix one_step_;
  const RecurrenceLoops* loops_ = nullptr;
  Matrix lane_step_;                ///< N^lanes
  std::vector<double> lane_input_;  ///< [states, lanes + 1]
};

/// A recurrence on its way through a sequence: the bits do not depend on the pieces it comes in.
class TailRun {
 public:
  /// `state` at the sample before the first, which was x_before; or, with `at_first`, at the first.
  TailRun(const TailRecurrence& tail, std::vector<double> state, double x_before, bool at_first);

  /// y (+)= the outputs at the next samples.
  void push(std::span<const double> x, double* y, bool accumulate, bool past_caches);
  /// The states at the last sample.
  std::vector<double> state() const;

 private:
  void start(std::span<const double> x, double* y, bool accumulate);
  void push_one(const double* x, std::size_t count, double* y, bool accumulate);

  const TailRecurrence* tail_;
  std::size_t lanes_;
  std::vector<double> first_;  ///< the state before the first lanes are full
  bool at_first_;
  std::size_t started_ = 0;     ///< of the first lanes
  std::vector<double> kept_;    ///< [states, lanes]: at the last samples
  std::vector<double> before_;  ///< the last samples, `lanes` of them
  std::vector<double> room_, outputs_, next_;
};

}  // namespace faltung::continuous
