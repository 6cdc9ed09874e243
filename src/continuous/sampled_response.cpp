// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/sampled_response.hpp"

#include <algorithm>
#include <new>

#include "continuous/total.hpp"
#include "faltung/plan.hpp"

namespace faltung {

using continuous::Function;
using continuous::Reach;
using continuous::StepResponse;
using continuous::TailRecurrence;
using continuous::TailRun;

std::vector<double> taps_of(const StepResponse& steps) {
  if (steps.at.empty()) return {};
  std::vector<double> taps(steps.at.size() + 1);
  for (std::size_t i = 0; i < steps.at.size(); ++i) {
    taps[i] += steps.at[i] + steps.now[i];
    taps[i + 1] += steps.past[i];
  }
  return taps;
}

Result<StepResponse> SampledResponse::Impl::steps(std::int64_t samples) const {
  constexpr std::int64_t kAll = std::int64_t{1} << 40;
  const bool zero = options.beyond == Beyond::zero;
  return make_step_response(h, dt, options.interpolation,
                            zero ? Reach{samples, samples - 1, true} : Reach{0, kAll, false});
}

namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// The taps' own convolution, of a record of that many samples.
Problem tap_problem(const SampledResponse::Impl& response, const StepResponse& steps,
                    const std::vector<double>& taps, std::int64_t samples) {
  const Beyond beyond = response.options.beyond;
  Problem p;
  p.x_type = p.h_type = ElementType::f64;
  p.x_shape = {samples};
  p.h_shape = {static_cast<std::int64_t>(taps.size())};
  p.window = {-steps.first, samples - steps.first};
  p.boundary = beyond == Beyond::periodic ? Boundary::wrap
               : beyond == Beyond::zero   ? Boundary::constant
                                          : Boundary::edge;
  return p;
}

/// One record on its way through a response.
class Run {
 public:
  Run(const SampledResponse::Impl& response, const StepResponse& steps, std::span<const double> x,
      std::span<double> y)
      : r_(response), steps_(steps), x_(x), y_(y) {
    periodic_ = r_.options.beyond == Beyond::periodic;
    linear_ = r_.options.interpolation == Interpolation::linear;
    const bool hold = r_.options.beyond == Beyond::hold;
    before_ = hold ? r_.options.held.value_or(x.front()) : 0;
    behind_ = hold ? x.back() : 0;
  }

  Result<void> all();

 private:
  Result<void> convolve_taps(const std::vector<double>& taps);
  void cut_ends();
  Result<void> check(const TailRecurrence& tail) const;
  TailRun begin(const TailRecurrence& tail) const;
  void run_tails_at_once(bool accumulate);
  void add_tail(const StepResponse::Tail& tail);
  std::vector<double> tail_outputs(const TailRecurrence& tail, std::size_t count) const;

  const SampledResponse::Impl& r_;
  const StepResponse& steps_;
  std::span<const double> x_;
  std::span<double> y_;
  bool periodic_, linear_;
  double before_, behind_;  ///< what x is there
};

Result<void> Run::convolve_taps(const std::vector<double>& taps) {
  const auto n = static_cast<std::int64_t>(x_.size());
  std::vector<double> longer;
  std::span<const double> x = x_;
  const std::int64_t more = r_.options.beyond == Beyond::hold && before_ != x_.front() ? 1 : 0;
  if (more > 0) {  // one more sample before, which the edge goes on with
    longer.push_back(before_);
    longer.insert(longer.end(), x_.begin(), x_.end());
    x = longer;
  }
  Problem problem = tap_problem(r_, steps_, taps, n + more);
  problem.window = {more - steps_.first, more + n - steps_.first};
  const auto plan = Planner{}.try_plan(problem);
  if (!plan) return tl::unexpected(plan.error());
  const auto kernel = plan->try_prepare(ConstView(taps));
  if (!kernel) return tl::unexpected(kernel.error());
  auto workspace = Workspace::try_make(*plan, r_.options.threads);
  if (!workspace) return tl::unexpected(workspace.error());
  const Status status = plan->execute(ConstView(x), *kernel, View(y_), *workspace);
  if (status != Status::ok) return tl::unexpected(plan->failure(status));
  return {};
}

// The taps joined the record to what lies beyond it by a straight line, where it is cut off.
void Run::cut_ends() {
  if (!linear_ || periodic_) return;
  const auto n = static_cast<std::int64_t>(x_.size());
  for (std::size_t i = 0; i < steps_.now.size(); ++i) {
    const std::int64_t k = steps_.first + static_cast<std::int64_t>(i);
    if (k >= 0 && k < n) y_[static_cast<std::size_t>(k)] -= steps_.now[i] * (x_.front() - before_);
    if (k < 0 && k + n >= 0)
      y_[static_cast<std::size_t>(k + n)] -= steps_.past[i] * (x_.back() - behind_);
  }
}

Result<void> Run::check(const TailRecurrence& tail) const {
  if (tail.decays() || (!periodic_ && before_ == 0)) return {};
  return refuse(Status::invalid_argument,
                "the response does not decay, so that what came before the record adds up without "
                "end; let x be zero before it");
}

TailRun Run::begin(const TailRecurrence& tail) const {
  std::vector<double> nothing(tail.states());
  if (!periodic_) return {tail, before_ == 0 ? nothing : tail.steady(before_), before_, true};
  TailRun once(tail, nothing, x_.back(), false);
  std::vector<double> y(x_.size());
  once.push(x_, y.data(), false, false);
  const std::vector<double> left = once.state();
  return {tail, tail.around(left, static_cast<std::int64_t>(x_.size())), x_.back(), false};
}

// Block by block, so that x and y stay in a near cache from one recurrence to the next.
void Run::run_tails_at_once(bool accumulate) {
  constexpr std::size_t kBlock = 4096;           // samples of x and y: 64 KiB
  constexpr std::size_t kPastCaches = 1u << 19;  // then nothing of y stays in any cache
  std::vector<TailRun> runs;
  for (const StepResponse::Tail& tail : steps_.tails) runs.push_back(begin(tail.recurrence));
  const bool past_caches = runs.size() == 1 && !accumulate && y_.size() >= kPastCaches;
  for (std::size_t at = 0; at < x_.size(); at += kBlock) {
    const auto x = x_.subspan(at, std::min(kBlock, x_.size() - at));
    for (std::size_t i = 0; i < runs.size(); ++i)
      runs[i].push(x, y_.data() + at, accumulate || i > 0, past_caches);
  }
}

/// At the first `count` samples from that of x on, which may end before.
std::vector<double> Run::tail_outputs(const TailRecurrence& tail, std::size_t count) const {
  std::vector<double> y(std::max(count, x_.size()));
  TailRun run = begin(tail);
  run.push(x_, y.data(), false, false);
  if (count <= x_.size()) return y;
  const std::vector<double> after(count - x_.size(), behind_);
  const bool cut = linear_ && r_.options.beyond == Beyond::zero;
  TailRun more(tail, run.state(), cut ? behind_ : x_.back(), false);
  more.push(after, y.data() + x_.size(), false, false);
  return y;
}

void Run::add_tail(const StepResponse::Tail& tail) {
  const auto n = static_cast<std::int64_t>(x_.size());
  const std::int64_t ahead = std::max<std::int64_t>(0, -tail.start);
  const std::vector<double> z =
      tail_outputs(tail.recurrence, static_cast<std::size_t>(periodic_ ? n : n + ahead));
  const double earlier = periodic_ || before_ == 0 ? 0 : tail.recurrence.steady(before_)[0];
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t from = i - tail.start;
    if (periodic_) from = (from % n + n) % n;
    y_[static_cast<std::size_t>(i)] += from < 0 ? earlier : z[static_cast<std::size_t>(from)];
  }
}

Result<void> Run::all() {
  for (const StepResponse::Tail& tail : steps_.tails)
    if (auto fine = check(tail.recurrence); !fine) return fine;
  const std::vector<double> taps = taps_of(steps_);
  if (!taps.empty()) {
    if (auto done = convolve_taps(taps); !done) return done;
    cut_ends();
  }
  const bool at_once = !periodic_ && std::ranges::all_of(steps_.tails, [](const auto& tail) {
    return tail.start == 0;
  });
  if (taps.empty() && (!at_once || steps_.tails.empty())) std::ranges::fill(y_, 0.0);
  if (at_once) run_tails_at_once(!taps.empty());
  else
    for (const StepResponse::Tail& tail : steps_.tails) add_tail(tail);
  return {};
}

}  // namespace

Result<SampledResponse> SampledResponse::make(const Function& h, double dt,
                                              const SampledOptions& options) {
  if (!(dt > 0) || !std::isfinite(dt))
    return refuse(Status::invalid_argument, "the step of time is above 0 and finite");
  if (options.held && (options.beyond != Beyond::hold || !std::isfinite(*options.held)))
    return refuse(Status::invalid_argument,
                  "a value before the record is finite, and goes with hold alone");
  auto impl = std::make_shared<Impl>(Impl{h, dt, options});
  const auto area = continuous::total(h);
  if (area) impl->area = *area;
  if (options.unit_area) {
    if (!area)
      return refuse(Status::invalid_argument, area.error().message + "; no area to scale to 1");
    if (!(std::abs(*area) > 0) || !std::isfinite(*area))
      return refuse(Status::invalid_argument,
                    "the integral of the response is 0, which nothing scales to 1");
    impl->h = continuous::scaled(h, 1 / *area);
  }
  // What is refused whatever the record is.
  if (auto fine = impl->steps(1); !fine) return tl::unexpected(fine.error());
  return SampledResponse(std::move(impl));
}

Result<void> SampledResponse::try_run(std::span<const double> x, std::span<double> y) const {
  if (x.empty()) return refuse(Status::empty_input, "the record has no samples");
  if (x.size() != y.size())
    return refuse(Status::shape_mismatch, "the record and the result are of one length");
  try {
    const auto steps = impl_->steps(static_cast<std::int64_t>(x.size()));
    if (!steps) return tl::unexpected(steps.error());
    return Run(*impl_, *steps, x, y).all();
  } catch (const std::bad_alloc&) {
    return refuse(Status::out_of_memory, "there is not enough memory for this response");
  }
}

std::vector<double> SampledResponse::run(std::span<const double> x) const {
  std::vector<double> y(x.size());
  if (auto done = try_run(x, y); !done) throw Error(done.error());
  return y;
}

double SampledResponse::area() const { return impl_->area; }

// Taps are rounded once and added up once; then comes what the engine's plan says of itself.
Result<double> SampledResponse::error_bound(std::int64_t samples, double largest) const {
  const auto steps = impl_->steps(samples);
  if (!steps) return tl::unexpected(steps.error());
  const double count = static_cast<double>(samples), u = 0x1p-53;
  double bound = 0;
  for (const StepResponse::Tail& tail : steps->tails)
    bound += tail.recurrence.error(count) + 4 * u * tail.recurrence.gain(count);
  const std::vector<double> taps = taps_of(*steps);
  if (taps.empty()) return largest * bound;
  const auto plan = Planner{}.try_plan(tap_problem(*impl_, *steps, taps, samples));
  if (!plan) return tl::unexpected(plan.error());
  double sum = 0, error = 0;
  for (const double tap : taps) sum += std::abs(tap);
  for (const Candidate& c : plan->candidates())
    if (c.chosen) error = c.error;
  return largest * (bound + sum * (error + 8 * u));
}

std::string SampledResponse::explain(std::int64_t samples) const {
  const auto steps = impl_->steps(samples);
  if (!steps) return steps.error().message;
  std::string text;
  const std::size_t taps = taps_of(*steps).size();
  if (taps > 0) text = std::to_string(taps) + (taps == 1 ? " tap" : " taps");
  if (steps->tails.empty()) return text.empty() ? "nothing" : text;
  std::size_t states = 0;
  for (const StepResponse::Tail& tail : steps->tails) states += tail.recurrence.states();
  return text + (text.empty() ? "" : " and ") + "a recurrence of " + std::to_string(states) +
         (states == 1 ? " state" : " states");
}

}  // namespace faltung
