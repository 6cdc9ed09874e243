// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "faltung/signal.hpp"
#include "faltung/types.hpp"

namespace faltung {

/// How the weight of the penalty is chosen where it is not given; `noise` is needed for both.
///   tikhonov  the discrepancy principle: the largest weight whose residual is no larger than the
///             noise, |y - h * x| = noise sqrt(N)
///   wiener    noise^2 / power: the best linear estimate where x (or its steps) is white noise of
///             that power, which is the one that makes the spectrum of y likeliest
enum class DeconvolutionMethod : std::int8_t { tikhonov, wiener };
/// What is kept small: the values of x, or their steps x[n+1] - x[n], which suits what varies
/// slowly about a level of its own.
enum class Penalty : std::int8_t { values, steps };

FALTUNG_API const char* name(DeconvolutionMethod value) noexcept;
FALTUNG_API const char* name(Penalty value) noexcept;
FALTUNG_API Result<DeconvolutionMethod> parse_deconvolution_method(std::string_view text);
FALTUNG_API Result<Penalty> parse_penalty(std::string_view text);

struct DeconvolutionOptions {
  DeconvolutionMethod method = DeconvolutionMethod::tikhonov;
  Penalty penalty = Penalty::values;
  std::optional<double> noise = {};   ///< standard deviation of the errors of y, in y's unit; > 0
  std::optional<double> weight = {};  ///< of the penalty, instead of choosing it; >= 0
  std::int64_t samples = 0;           ///< of x; 0: as many as y has
  std::int64_t first = 0;        ///< y[0] is index `first` of the full x * h; h's origin for `same`
  Beyond beyond = Beyond::zero;  ///< what x is outside its samples
  int most_steps = 500;          ///< of one solution by conjugate gradients
  int threads = 1;
};

/// An estimate of x with what it is worth.
struct Deconvolution {
  std::vector<double> x;
  std::vector<double> residual;  ///< y - h * x
  double residual_rms = 0;
  double weight = 0;      ///< of the penalty
  double resolved = 0;    ///< how many numbers of x the data determine, not the penalty
  double condition = 1;   ///< largest over smallest gain of h over all frequencies
  double noise_in_x = 0;  ///< standard deviation of x that the noise alone makes
  int steps = 0;          ///< of conjugate gradients, all together
  bool hopeless = false;  ///< the warnings say why x is not to be believed
  std::vector<std::string> warnings;
};

/// x from y = h * x + noise: the minimum of |y - h * x|^2 + weight |Lx|^2 with L the identity or
/// the steps, for any window of the convolution and with no assumption of periods unless asked.
///
/// Shape    y [N], h [K], x [samples].
/// Method   conjugate gradients on (A'A + weight L'L) x = A'y, A and A' by plans of the engine;
///          preconditioned by 1 / (|H|^2 + weight |D|^2) on its transform, which is the answer
///          itself but for the ends. `condition`, `resolved` and `noise_in_x` are those of that
///          transform, whose points are all frequencies.
/// Fails    empty_input, empty_kernel, invalid_argument (not finite, neither noise nor weight, a
///          response that is 0), no_output, out_of_memory.
/// Source   discrepancy principle: V. A. Morozov, "On the solution of functional equations by the
///          method of regularization", Soviet Math. Dokl. 7, 1966.
FALTUNG_API Result<Deconvolution> try_deconvolve(std::span<const double> y,
                                                 std::span<const double> h,
                                                 const DeconvolutionOptions& options);
inline Deconvolution deconvolve(std::span<const double> y, std::span<const double> h,
                                const DeconvolutionOptions& options) {
  return value_or_throw(try_deconvolve(y, h, options));
}

}  // namespace faltung
