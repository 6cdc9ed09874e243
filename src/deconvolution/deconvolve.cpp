// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/deconvolve.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "deconvolution/judgement.hpp"
#include "deconvolution/solver.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

using deconvolution::dot;
using deconvolution::Gains;
using deconvolution::Operator;
using deconvolution::Solver;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

bool finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

Result<void> check(std::span<const double> y, std::span<const double> h,
                   const DeconvolutionOptions& o) {
  if (y.empty()) return refuse(Status::empty_input, "y has no samples");
  if (h.empty()) return refuse(Status::empty_kernel, "the response has no taps");
  if (!finite(y) || !finite(h))
    return refuse(Status::invalid_argument,
                  "deconvolution takes finite numbers; what is missing has to be filled in first");
  if (!(dot(h, h) > 0))
    return refuse(Status::invalid_argument, "a response that is 0 leaves nothing to find");
  if (!o.noise && !o.weight)
    return refuse(Status::invalid_argument,
                  "how much is noise? Give its standard deviation, or the weight of the penalty");
  if (o.noise && !(*o.noise > 0 && std::isfinite(*o.noise)))
    return refuse(Status::invalid_argument, "the standard deviation of the noise is above 0");
  if (o.weight && !(*o.weight >= 0 && std::isfinite(*o.weight)))
    return refuse(Status::invalid_argument, "the weight of the penalty is not below 0");
  if (o.samples < 0 || o.most_steps < 1 || o.threads < 1)
    return refuse(Status::invalid_argument, "samples, steps and threads are not below 1");
  if (o.beyond == Beyond::periodic && o.samples != 0 &&
      o.samples != static_cast<std::int64_t>(y.size()))
    return refuse(Status::invalid_argument, "a periodic x has as many samples as y");
  return {};
}

/// Weights that make a difference, relative to |H|^2.
constexpr double kLeast = 1e-26, kMost = 1e8;

/// The weights between which the misfit passes `wanted`, found from above, where solutions are
/// quick and certain; each is a hundredth of the one before.
struct Bracket {
  double low, high;          ///< logarithms of weights
  double low_off, high_off;  ///< log(misfit / wanted) there
  bool found = false;        ///< else `low` is the least that could be solved
};
Result<Bracket> bracket(Solver& solver, double wanted) {
  const double largest = solver.gains().largest(), stride = std::log(100.0);
  Bracket b{std::log(kMost * largest), 0, 0, 0};
  for (double at = b.low; at > std::log(kLeast * largest); at -= stride) {
    if (auto done = solver.solve(std::exp(at)); !done) return tl::unexpected(done.error());
    const double off = std::log(solver.misfit() / wanted);
    const bool first = at == b.low;
    if (!first && !solver.converged()) break;
    b.high = b.low;
    b.high_off = b.low_off;
    b.low = at;
    b.low_off = off;
    b.found = off < 0;
    if (b.found) break;
  }
  return b;
}

/// The discrepancy principle: |y - A x|^2, which grows with the weight, brought to `wanted` within
/// a hundredth. Secants on both logarithms, and halves where they are slow.
Result<double> by_discrepancy(Solver& solver, double wanted) {
  constexpr int kMostTries = 40;
  auto b = bracket(solver, wanted);
  if (!b) return tl::unexpected(b.error());
  double at = b->low;
  // y is below its noise whatever the weight, or above it as far as could be solved.
  if (b->high == 0 || !b->found) {
    if (auto done = solver.solve(std::exp(at)); !done) return tl::unexpected(done.error());
    return std::exp(at);
  }
  for (int i = 0; i < kMostTries; ++i) {
    const double secant = b->low - b->low_off * (b->high - b->low) / (b->high_off - b->low_off);
    at = i % 3 == 2 ? (b->low + b->high) / 2 : secant;
    if (auto done = solver.solve(std::exp(at)); !done) return tl::unexpected(done.error());
    const double off = std::log(solver.misfit() / wanted);
    if (std::abs(off) < 0.01 || b->high - b->low < 1e-3) break;
    (off < 0 ? b->low : b->high) = at;
    (off < 0 ? b->low_off : b->high_off) = off;
  }
  return std::exp(at);
}

/// noise^2 over the power of x (or of its steps) that makes the spectrum of y likeliest, where x is
/// white. A cosine window keeps the ends of y, and its level, out of what is far from them.
double by_likelihood(Gains& gains, std::span<const double> y, double noise) {
  std::vector<double> windowed(y.begin(), y.end());
  const auto n = static_cast<double>(y.size());
  double mean = 0, energy = 0;
  for (const double v : y) mean += v / n;
  for (std::size_t i = 0; i < windowed.size(); ++i) {
    const double w = std::sin(3.14159265358979323846 * (static_cast<double>(i) + 0.5) / n);
    windowed[i] = (windowed[i] - mean) * w * w / noise;
    energy += w * w * w * w;
  }
  std::vector<double> power = gains.powers(windowed);
  for (double& p : power) p /= energy;
  double low = std::log(kLeast * gains.largest()), high = std::log(kMost * gains.largest());
  for (int i = 0; i < 60; ++i) {  // golden section
    const double a = low + 0.381966 * (high - low), b = low + 0.618034 * (high - low);
    if (gains.unlikeliness(power, std::exp(a)) < gains.unlikeliness(power, std::exp(b))) high = b;
    else low = a;
  }
  return std::exp((low + high) / 2);
}

Result<double> choose_weight(Solver& solver, std::span<const double> y,
                             const DeconvolutionOptions& o) {
  double weight = 0;
  if (o.weight) {
    weight = *o.weight;
  } else if (o.method == DeconvolutionMethod::tikhonov) {
    return by_discrepancy(solver, *o.noise * *o.noise * static_cast<double>(y.size()));
  } else {
    weight = by_likelihood(solver.gains(), y, *o.noise);
  }
  if (auto done = solver.solve(weight); !done) return tl::unexpected(done.error());
  return weight;
}

}  // namespace

const char* name(DeconvolutionMethod value) noexcept {
  return value == DeconvolutionMethod::tikhonov ? "tikhonov" : "wiener";
}
const char* name(Penalty value) noexcept { return value == Penalty::values ? "values" : "steps"; }

Result<DeconvolutionMethod> parse_deconvolution_method(std::string_view text) {
  if (text == "tikhonov") return DeconvolutionMethod::tikhonov;
  if (text == "wiener") return DeconvolutionMethod::wiener;
  return tl::unexpected(support::unknown("method of deconvolution", text, {"tikhonov", "wiener"}));
}
Result<Penalty> parse_penalty(std::string_view text) {
  if (text == "values") return Penalty::values;
  if (text == "steps") return Penalty::steps;
  return tl::unexpected(support::unknown("penalty", text, {"values", "steps"}));
}

Result<Deconvolution> try_deconvolve(std::span<const double> y, std::span<const double> h,
                                     const DeconvolutionOptions& options) {
  if (auto fine = check(y, h, options); !fine) return tl::unexpected(fine.error());
  try {
    auto a = Operator::make(h, static_cast<std::int64_t>(y.size()), options);
    if (!a) return tl::unexpected(a.error());
    auto gains = Gains::make(h, std::max(a->samples(), a->outputs()), options.penalty);
    if (!gains) return tl::unexpected(gains.error());
    Solver solver(std::move(*a), std::move(*gains), y, options);
    const auto weight = choose_weight(solver, y, options);
    if (!weight) return tl::unexpected(weight.error());
    return deconvolution::judge(solver, y, *weight, options);
  } catch (const std::bad_alloc&) {
    return refuse(Status::out_of_memory, "there is not enough memory for this deconvolution");
  }
}

}  // namespace faltung
