// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "deconvolution/operator.hpp"

#include <algorithm>

namespace faltung::deconvolution {

double dot(std::span<const double> a, std::span<const double> b) {
  // Parts of 128, added up: the error does not grow with the length.
  constexpr std::size_t kPart = 128;
  double sum = 0;
  for (std::size_t from = 0; from < a.size(); from += kPart) {
    double part = 0;
    const std::size_t to = std::min(from + kPart, a.size());
    for (std::size_t i = from; i < to; ++i) part += a[i] * b[i];
    sum += part;
  }
  return sum;
}

Result<Operator::Half> Operator::make_half(const Problem& problem, std::span<const double> h,
                                           int threads) {
  const auto plan = Planner{}.try_plan(problem, h);
  if (!plan) return tl::unexpected(plan.error());
  const auto kernel = plan->try_prepare(h);
  if (!kernel) return tl::unexpected(kernel.error());
  auto workspace = Workspace::try_make(*plan, threads);
  if (!workspace) return tl::unexpected(workspace.error());
  return Half{*plan, *kernel, std::move(*workspace)};
}

Result<Operator> Operator::make(std::span<const double> h, std::int64_t outputs,
                                const DeconvolutionOptions& options) {
  const std::int64_t samples = options.samples == 0 ? outputs : options.samples;
  const std::int64_t first = options.first;
  const bool around = options.beyond == Beyond::periodic;
  Problem forward;
  forward.x_type = forward.h_type = ElementType::f64;
  forward.x_shape = {samples};
  forward.h_shape = {static_cast<std::int64_t>(h.size())};
  forward.reuse = 1000;
  forward.boundary = around ? Boundary::wrap : Boundary::constant;
  Problem back = forward;
  forward.window = {first, first + outputs};
  back.operation = Operation::correlate;
  back.x_shape = {outputs};
  back.lags = {-first, samples - 1 - first};
  auto there = make_half(forward, h, options.threads);
  if (!there) return tl::unexpected(there.error());
  auto and_back = make_half(back, h, options.threads);
  if (!and_back) return tl::unexpected(and_back.error());
  Operator made(std::move(*there), std::move(*and_back));
  made.samples_ = samples;
  made.outputs_ = outputs;
  if (options.beyond == Beyond::hold) made.hold_ends(h, first);
  return made;
}

// Output n meets x[m] by tap n + first - m.
void Operator::hold_ends(std::span<const double> h, std::int64_t first) {
  const auto taps = static_cast<std::int64_t>(h.size());
  Vector from(h.size() + 1);  // sums of the taps up to each
  for (std::size_t k = 0; k < h.size(); ++k) from[k + 1] = from[k] + h[k];
  const auto sum = [&](std::int64_t begin, std::int64_t end) {
    const auto at = [&](std::int64_t k) {
      return from[static_cast<std::size_t>(std::clamp<std::int64_t>(k, 0, taps))];
    };
    return at(end) - at(begin);
  };
  before_.resize(static_cast<std::size_t>(outputs_));
  behind_.resize(static_cast<std::size_t>(outputs_));
  for (std::int64_t n = 0; n < outputs_; ++n) {
    before_[static_cast<std::size_t>(n)] = sum(n + first + 1, taps);
    behind_[static_cast<std::size_t>(n)] = sum(0, n + first - samples_ + 1);
  }
}

Result<void> Operator::run(Half& half, std::span<const double> from, std::span<double> to) {
  const Status status = half.plan.execute(ConstView(from), half.kernel, View(to), half.workspace);
  if (status != Status::ok) return tl::unexpected(half.plan.failure(status));
  return {};
}

Result<void> Operator::apply(std::span<const double> x, std::span<double> y) {
  if (auto done = run(forward_, x, y); !done) return done;
  for (std::size_t n = 0; n < before_.size(); ++n)
    y[n] += before_[n] * x.front() + behind_[n] * x.back();
  return {};
}

Result<void> Operator::apply_transposed(std::span<const double> y, std::span<double> x) {
  if (auto done = run(back_, y, x); !done) return done;
  if (before_.empty()) return {};
  x.front() += dot(before_, y);
  x.back() += dot(behind_, y);
  return {};
}

}  // namespace faltung::deconvolution
