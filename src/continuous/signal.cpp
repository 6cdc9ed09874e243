// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/signal.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "faltung/convolve.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

std::string text_of(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", v);
  return text;
}

Result<void> check(const Signal& x) {
  if (x.values.empty()) return refuse(Status::empty_input, "the signal has no samples");
  if (!(x.dt > 0) || !std::isfinite(x.dt) || !std::isfinite(x.t0))
    return refuse(Status::invalid_argument,
                  "a signal begins at a finite time, and its step is above 0");
  return {};
}

/// A sample, or what lies beyond.
double sample(const Signal& x, std::int64_t i, const SampledOptions& o) {
  const auto n = static_cast<std::int64_t>(x.values.size());
  if (o.beyond == Beyond::periodic) i = (i % n + n) % n;
  if (i >= 0 && i < n) return x.values[static_cast<std::size_t>(i)];
  if (o.beyond == Beyond::zero) return 0;
  return i < 0 ? o.held.value_or(x.values.front()) : x.values.back();
}

/// x between its samples. At its ends it jumps to what lies beyond.
double value_at(const Signal& x, double t, const SampledOptions& o) {
  const double u = (t - x.t0) / x.dt, nearest = std::nearbyint(u);
  const bool on_sample = std::abs(u - nearest) <= 0x1p-51 * std::max(1.0, std::abs(nearest));
  const double below = on_sample ? nearest : std::floor(u);
  const auto i = static_cast<std::int64_t>(below);
  const double here = sample(x, i, o);
  if (on_sample || o.interpolation == Interpolation::hold) return here;
  const auto n = static_cast<std::int64_t>(x.values.size());
  if (o.beyond != Beyond::periodic && (i == -1 || i == n - 1))
    return sample(x, i == -1 ? -1 : n, o);
  const double part = u - below;
  return here + part * (sample(x, i + 1, o) - here);
}

std::string product_unit(const std::string& a, const std::string& b) {
  return a.empty() ? b : b.empty() ? a : a + "·" + b;
}

}  // namespace

Result<Signal> try_resample(const Signal& x, double t0, double dt, std::int64_t count,
                            const SampledOptions& options) {
  if (auto fine = check(x); !fine) return tl::unexpected(fine.error());
  constexpr double kFar = 0x1p53;
  if (!(dt > 0) || !std::isfinite(t0) || count < 1 ||
      !(std::max(std::abs(t0 - x.t0), std::abs(t0 + dt * static_cast<double>(count) - x.t0)) <
        kFar * x.dt))
    return refuse(Status::invalid_argument,
                  "resampling takes a step above 0, at least one sample, and times that a double "
                  "can tell apart");
  try {
    Signal y{std::vector<double>(static_cast<std::size_t>(count)), t0, dt, x.unit, x.time_unit};
    for (std::int64_t i = 0; i < count; ++i)
      y.values[static_cast<std::size_t>(i)] = value_at(x, y.time(i), options);
    return y;
  } catch (const std::exception&) {
    return refuse(Status::out_of_memory, "there is not enough memory for this signal");
  }
}

Result<Signal> try_convolve(const Signal& x, const continuous::Function& h,
                            const SampledOptions& options) {
  if (auto fine = check(x); !fine) return tl::unexpected(fine.error());
  const auto response = SampledResponse::make(h, x.dt, options);
  if (!response) return tl::unexpected(response.error());
  Signal y = x;
  if (auto done = response->try_run(x.values, y.values); !done) return tl::unexpected(done.error());
  // An h without a unit is so much of x for each unit of time.
  if (!options.unit_area) y.unit = product_unit(x.unit, x.time_unit);
  return y;
}

Result<Signal> try_convolve(const Signal& x, const Signal& h) {
  for (const Signal* s : {&x, &h})
    if (auto fine = check(*s); !fine) return tl::unexpected(fine.error());
  if (x.time_unit != h.time_unit)
    return refuse(Status::shape_mismatch, "the times of the signals are in '" + x.time_unit +
                                              "' and '" + h.time_unit +
                                              "'; bring them to one unit");
  if (std::abs(x.dt - h.dt) > 1e-9 * x.dt)
    return refuse(Status::shape_mismatch, "the signals have steps of " + text_of(x.dt) + " and " +
                                              text_of(h.dt) +
                                              "; resample one of them to the step of the other");
  const auto sums = try_run(Operation::convolve, ConstView(x.values), ConstView(h.values));
  if (!sums) return tl::unexpected(sums.error());
  const auto values = sums->samples<double>();
  Signal y{{values.begin(), values.end()},
           x.t0 + h.t0,
           x.dt,
           product_unit(product_unit(x.unit, h.unit), x.time_unit),
           x.time_unit};
  for (double& v : y.values) v *= x.dt;
  return y;
}

const char* name(Beyond value) noexcept {
  switch (value) {
    case Beyond::zero: return "zero";
    case Beyond::hold: return "hold";
    case Beyond::periodic: return "periodic";
  }
  return "";
}
const char* name(Interpolation value) noexcept {
  return value == Interpolation::hold ? "hold" : "linear";
}

Result<Beyond> parse_beyond(std::string_view text) {
  if (text == "zero") return Beyond::zero;
  if (text == "hold") return Beyond::hold;
  if (text == "periodic") return Beyond::periodic;
  return tl::unexpected(
      support::unknown("way to go on beyond a record", text, {"zero", "hold", "periodic"}));
}
Result<Interpolation> parse_interpolation(std::string_view text) {
  if (text == "hold") return Interpolation::hold;
  if (text == "linear") return Interpolation::linear;
  return tl::unexpected(support::unknown("interpolation", text, {"hold", "linear"}));
}

}  // namespace faltung
