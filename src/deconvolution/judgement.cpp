// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "deconvolution/judgement.hpp"

#include <cmath>
#include <cstdio>

namespace faltung::deconvolution {
namespace {

template <class... Numbers>
std::string sentence(const char* form, Numbers... numbers) {
  char text[400];
  std::snprintf(text, sizeof text, form, numbers...);
  return text;
}

/// The standard deviation about the mean.
double spread(const Vector& values) {
  double mean = 0, sum = 0;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) mean += v / n;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / n);
}

/// What the noise drowns: x may be right about nothing.
void judge_noise(Deconvolution& d, std::span<const double> y, const DeconvolutionOptions& o) {
  if (!o.noise) return;
  const double rms = std::sqrt(dot(y, y) / static_cast<double>(y.size()));
  const double varies = o.penalty == Penalty::steps ? spread({y.begin(), y.end()}) : rms;
  if (varies <= *o.noise) {
    d.hopeless = true;
    d.warnings.push_back(sentence(
        "hopeless: y is no larger than its noise (%.3g against %.3g), so it tells nothing of x",
        varies, *o.noise));
  }
  const double in_x = o.penalty == Penalty::steps
                          ? spread(d.x)
                          : std::sqrt(dot(d.x, d.x) / static_cast<double>(d.x.size()));
  if (!d.hopeless && d.noise_in_x >= in_x) {
    d.hopeless = true;
    d.warnings.push_back(
        sentence("hopeless: the noise alone makes an x of %.3g, as much as all of it (%.3g)",
                 d.noise_in_x, in_x));
  }
  if (d.residual_rms > 1.2 * *o.noise)
    d.warnings.push_back(sentence(
        "what is left of y (%.3g) is %.3g times the noise: the penalty is heavy, or y did not come "
        "from this response alone",
        d.residual_rms, d.residual_rms / *o.noise));
}

/// An x far larger than a y that h would pass: it is made of what h nearly swallows.
void judge_size(Deconvolution& d, std::span<const double> y, double gain) {
  constexpr double kFar = 100;
  const double in_y = spread({y.begin(), y.end()}) / gain, in_x = spread(d.x);
  if (in_y > 0 && in_x > kFar * in_y)
    d.warnings.push_back(sentence(
        "x varies by %.3g, %.3g times what a y of this size stands for where the response passes "
        "most: y has what this response hardly passes",
        in_x, in_x / in_y));
}

/// What the response has lost: x is then what the penalty likes.
void judge_response(Deconvolution& d) {
  constexpr double kFew = 0.1, kDigits = 0x1p-53;
  const auto n = static_cast<double>(d.x.size());
  if (d.resolved < kFew * n) {
    d.hopeless = true;
    d.warnings.push_back(sentence(
        "hopeless: y determines about %.0f of %.0f numbers of x; the others are what the penalty "
        "makes of them, and details finer than about %.3g samples are lost",
        d.resolved, n, n / std::max(d.resolved, 1.0)));
  }
  if (d.weight == 0 && d.condition * kDigits > 1e-3) {
    d.hopeless = true;
    d.warnings.push_back(
        sentence("hopeless: without a penalty the rounding of y alone is multiplied by up to %.3g",
                 d.condition));
  }
}

}  // namespace

Deconvolution judge(Solver& solver, std::span<const double> y, double weight,
                    const DeconvolutionOptions& options) {
  Deconvolution d;
  d.x = solver.x();
  d.residual = solver.residual();
  d.residual_rms = std::sqrt(solver.misfit() / static_cast<double>(y.size()));
  d.weight = weight;
  const Gains& gains = solver.gains();
  d.resolved = gains.resolved(weight) * static_cast<double>(d.x.size());
  d.condition = gains.smallest() > 0 ? std::sqrt(gains.largest() / gains.smallest()) : HUGE_VAL;
  d.noise_in_x = options.noise ? *options.noise * gains.noise_gain(weight) : 0;
  d.steps = solver.steps();
  judge_noise(d, y, options);
  judge_response(d);
  judge_size(d, y, std::sqrt(gains.largest()));
  if (!solver.converged())
    d.warnings.push_back(sentence(
        "the solution was left after %d steps of conjugate gradients, before it stood still",
        d.steps));
  return d;
}

}  // namespace faltung::deconvolution
