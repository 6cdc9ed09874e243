// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/continuous.hpp"
#include "faltung/filter.hpp"
#include "faltung/types.hpp"

/// Sampled signals, and what continuous responses make of them.
namespace faltung {

/// What a record is outside its samples.
///   zero      0
///   hold      its first value (or another that is given) before it, its last one behind it
///   periodic  the record again and again
enum class Beyond : std::int8_t { zero, hold, periodic };
/// What a record is between its samples.
///   hold    the last sample (zero-order hold)
///   linear  the straight line from one to the next
enum class Interpolation : std::int8_t { hold, linear };

FALTUNG_API const char* name(Beyond value) noexcept;
FALTUNG_API const char* name(Interpolation value) noexcept;
FALTUNG_API Result<Beyond> parse_beyond(std::string_view text);
FALTUNG_API Result<Interpolation> parse_interpolation(std::string_view text);

/// Values at t0, t0 + dt, t0 + 2 dt, ... with their units.
struct Signal {
  std::vector<double> values;
  double t0 = 0;
  double dt = 1;
  std::string unit;       ///< of the values, "°C"
  std::string time_unit;  ///< of t0 and dt, "h"

  double time(std::int64_t n) const { return t0 + dt * static_cast<double>(n); }
};

struct SampledOptions {
  Interpolation interpolation = Interpolation::linear;
  Beyond beyond = Beyond::hold;
  /// With hold: the value before the record, instead of its first one. The record then begins with
  /// a jump.
  std::optional<double> held = {};
  /// h divided by its integral: a signal that stays the same stays the same.
  bool unit_area = false;
  int threads = 1;
};

/// A continuous response, ready for records with samples dt apart:
///
///   y(t_n) = integral of h(r) x(t_n - r) dr
///
/// for the x that goes through the samples as `interpolation` says, exactly and not by sampling h:
/// what h is over each step is integrated in closed form. Parts of h that go on without end are
/// recurrences of O(1) a sample, all others one discrete convolution by the engine.
///
/// A held x lasts from its sample to the next one: x[n] is first seen by y[n+1], but by impulses.
/// At the ends the record is cut off: a straight line to what lies beyond there is none.
///
/// Fails    make: dt not above 0; an integral of 0 or none for unit_area; a response that does not
///          decay and meets what was held, or a period, before the record; derivatives of impulses
///          beyond the first, or with hold; more than 2^24 steps outside recurrences.
/// Threads  const.
class FALTUNG_API SampledResponse {
 public:
  static Result<SampledResponse> make(const continuous::Function& h, double dt,
                                      const SampledOptions& options = {});

  /// y[n] at the times of x. Errors: empty_input, shape_mismatch, and what only the length of the
  /// record tells (see make).
  Result<void> try_run(std::span<const double> x, std::span<double> y) const;
  std::vector<double> run(std::span<const double> x) const;

  /// The integral of h, before unit_area divided by it; not a number where there is none.
  double area() const;
  /// |y - exact| is at most this for `samples` samples of magnitudes up to `largest`.
  Result<double> error_bound(std::int64_t samples, double largest) const;
  /// "recurrence of 1 state", "direct, 24 taps; recurrences of 2 and 4 states".
  std::string explain(std::int64_t samples) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit SampledResponse(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// The same for a signal that comes piece by piece, in O(1) a sample: for responses that are 0
/// before time 0 and whose other parts span at most 256 steps. The bits of the outputs do not
/// depend on the pieces.
///
/// Before the first sample x was 0, or (hold) `held`, or the first sample.
/// Fails    make: as SampledResponse::make; a response that looks ahead, is too long, or a period.
class FALTUNG_API ResponseStream {
 public:
  static Result<ResponseStream> make(const continuous::Function& h, double dt,
                                     const SampledOptions& options = {});
  ResponseStream(ResponseStream&&) noexcept;
  ResponseStream& operator=(ResponseStream&&) noexcept;
  ~ResponseStream();

  /// y[i] is the output at the time of x[i]. y may be x. Spans are of one length.
  void push(std::span<const double> x, std::span<double> y);
  /// As if nothing had come.
  void reset();

  struct Impl;

 private:
  explicit ResponseStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The taps that a response amounts to for an interpolated x, as a filter whose origin is lag zero:
/// for problems of every extent and boundary. Taps at the ends below 2^-53 of the largest are left
/// out. Errors: as SampledResponse::make; invalid_argument where it does not decay within 2^22
/// steps.
FALTUNG_API Result<Filter> try_sampled_taps(const continuous::Function& h, double dt,
                                            Interpolation interpolation = Interpolation::linear,
                                            bool unit_area = false);

/// The record that x is between its samples, at t0, t0 + dt, ...: `count` samples.
/// Errors: invalid_argument (dt not above 0), empty_input.
FALTUNG_API Result<Signal> try_resample(const Signal& x, double t0, double dt, std::int64_t count,
                                        const SampledOptions& options = {});

/// x through a response: at the times of x, in units of both (those of x where unit_area is set).
FALTUNG_API Result<Signal> try_convolve(const Signal& x, const continuous::Function& h,
                                        const SampledOptions& options = {});
/// dt sum_k h[k] x[n-k], the integral by rectangles of two records with the same step; they begin
/// at any times, and the full result at their sum.
/// Errors: shape_mismatch where steps or units of time differ; resample says how they come to
/// agree.
FALTUNG_API Result<Signal> try_convolve(const Signal& x, const Signal& h);

inline Signal convolve(const Signal& x, const continuous::Function& h,
                       const SampledOptions& options = {}) {
  return value_or_throw(try_convolve(x, h, options));
}
inline Signal convolve(const Signal& x, const Signal& h) {
  return value_or_throw(try_convolve(x, h));
}
inline Signal resample(const Signal& x, double t0, double dt, std::int64_t count,
                       const SampledOptions& options = {}) {
  return value_or_throw(try_resample(x, t0, dt, count, options));
}

}  // namespace faltung
