// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "faltung/signal.hpp"

namespace faltung {
namespace {

constexpr std::int64_t kMostTaps = 1 << 22;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// The output at lags -ahead .. behind of a single 1.
Result<std::vector<double>> pulse_response(const SampledResponse& response, std::int64_t ahead,
                                           std::int64_t behind) {
  // A sample more at either end keeps the pulse away from where a record is cut off.
  std::vector<double> x(static_cast<std::size_t>(ahead + behind + 3)), y(x.size());
  x[static_cast<std::size_t>(ahead + 1)] = 1;
  if (auto done = response.try_run(x, y); !done) return tl::unexpected(done.error());
  return std::vector<double>(y.begin() + 1, y.end() - 1);
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

/// Lags on one side: as the response ends, or as many as hold all but 2^-53 of its largest tap.
Result<std::int64_t> reach(const SampledResponse& response, double end, bool ahead) {
  if (std::isfinite(end)) {
    if (!(std::abs(end) < static_cast<double>(kMostTaps)))
      return refuse(Status::size_overflow, "the response reaches more than 2^22 steps");
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil(end)) + 1);
  }
  for (std::int64_t lags = 64; lags <= kMostTaps; lags *= 2) {
    auto y = pulse_response(response, ahead ? lags : 0, ahead ? 0 : lags);
    if (!y) return tl::unexpected(y.error());
    const std::size_t quarter = y->size() / 4;
    const auto outer = ahead ? std::span(*y).first(quarter) : std::span(*y).last(quarter);
    if (largest(outer) < 0x1p-54 * largest(*y)) return lags;
  }
  return refuse(Status::invalid_argument,
                "the response does not decay within 2^22 steps, and has no end as a kernel of "
                "samples");
}

}  // namespace

Result<Filter> try_sampled_taps(const continuous::Function& h, double dt,
                                Interpolation interpolation, bool unit_area) {
  const auto response = SampledResponse::make(
      h, dt, {.interpolation = interpolation, .beyond = Beyond::zero, .unit_area = unit_area});
  if (!response) return tl::unexpected(response.error());
  const auto ahead = reach(*response, -h.lower() / dt, true);
  if (!ahead) return tl::unexpected(ahead.error());
  const auto behind = reach(*response, h.upper() / dt, false);
  if (!behind) return tl::unexpected(behind.error());
  auto taps = pulse_response(*response, *ahead, *behind);
  if (!taps) return tl::unexpected(taps.error());
  // What is left of the ends is less than the rounding of the largest tap.
  const double least = 0x1p-53 * largest(*taps);
  const auto is_there = [&](double v) { return std::abs(v) > least; };
  const auto first = std::find_if(taps->begin(), taps->end(), is_there) - taps->begin();
  const auto last = taps->rend() - std::find_if(taps->rbegin(), taps->rend(), is_there);
  const std::int64_t from = std::min<std::int64_t>(first, *ahead);
  const std::int64_t to = std::max<std::int64_t>(last, *ahead + 1);
  Filter filter;
  filter.values.assign(taps->begin() + from, taps->begin() + to);
  filter.shape = {to - from};
  filter.origin = {*ahead - from};
  filter.name = "response";
  return filter;
}

}  // namespace faltung
