// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "continuous/sampled_response.hpp"

namespace faltung {

using continuous::StepResponse;
using continuous::TailRun;

namespace {

constexpr std::int64_t kMostTaps = 256;

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::invalid_argument, std::move(message)});
}

}  // namespace

/// The newest samples lie behind `history` old ones, so that every delay reads one array.
struct ResponseStream::Impl {
  StepResponse steps;
  SampledOptions options;
  std::vector<double> taps;  ///< of lag 0 on
  std::vector<TailRun> tails;
  std::size_t history = 0;
  std::vector<double> samples;
  std::int64_t count = 0;
  double before = 0;

  void begin(double first);
  void push(std::span<const double> x, double* y);
  void add_taps(std::span<const double> x, double* y) const;
};

void ResponseStream::Impl::begin(double first) {
  const bool hold = options.beyond == Beyond::hold;
  before = hold ? options.held.value_or(first) : 0;
  samples.assign(history, before);
  tails.clear();
  for (const StepResponse::Tail& tail : steps.tails) {
    std::vector<double> state(tail.recurrence.states());
    if (before != 0) state = tail.recurrence.steady(before);
    tails.emplace_back(tail.recurrence, state, before, true);
  }
}

// As SampledResponse does: the step to the first sample is a jump.
void ResponseStream::Impl::add_taps(std::span<const double> x, double* y) const {
  const bool linear = options.interpolation == Interpolation::linear;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double sum = 0;
    const double* newest = samples.data() + history + i;
    for (std::size_t k = 0; k < taps.size(); ++k)
      sum += taps[k] * newest[-static_cast<std::ptrdiff_t>(k)];
    const std::int64_t jump = count + static_cast<std::int64_t>(i) - steps.first;
    if (linear && jump >= 0 && jump < static_cast<std::int64_t>(steps.now.size()))
      sum -= steps.now[static_cast<std::size_t>(jump)] *
             (newest[-static_cast<std::ptrdiff_t>(count + static_cast<std::int64_t>(i))] - before);
    y[i] += sum;
  }
}

void ResponseStream::Impl::push(std::span<const double> x, double* y) {
  samples.resize(history);
  samples.insert(samples.end(), x.begin(), x.end());
  std::fill_n(y, x.size(), 0.0);
  for (std::size_t i = 0; i < tails.size(); ++i) {
    // A delayed one waits for the first sample, at what was before it.
    const std::int64_t start = steps.tails[i].start;
    const auto wait = static_cast<std::size_t>(
        std::clamp<std::int64_t>(start - count, 0, static_cast<std::int64_t>(x.size())));
    const double earlier = wait > 0 ? tails[i].state()[0] : 0;
    for (std::size_t n = 0; n < wait; ++n) y[n] += earlier;
    const double* from = samples.data() + history - static_cast<std::size_t>(start) + wait;
    tails[i].push({from, x.size() - wait}, y + wait, true, false);
  }
  if (!taps.empty()) add_taps(x, y);
  count += static_cast<std::int64_t>(x.size());
  samples.erase(samples.begin(), samples.end() - static_cast<std::ptrdiff_t>(history));
}

Result<ResponseStream> ResponseStream::make(const continuous::Function& h, double dt,
                                            const SampledOptions& options) {
  if (options.beyond == Beyond::periodic)
    return refuse("a stream has no period; what came before it is zero or held");
  const auto response = SampledResponse::make(h, dt, options);
  if (!response) return tl::unexpected(response.error());
  auto steps = response->impl().steps(kMostTaps + 1);
  if (!steps) return tl::unexpected(steps.error());
  auto impl = std::make_unique<Impl>();
  for (const StepResponse::Tail& tail : steps->tails) {
    if (!tail.recurrence.decays() && options.beyond == Beyond::hold && options.held != 0.0)
      return refuse(
          "the response does not decay, so that what came before adds up without end; "
          "let it be zero");
    if (tail.start < 0)
      return refuse("the response looks ahead, and a stream knows no later sample");
    if (tail.start > kMostTaps) return refuse("the response begins more than 256 steps late");
    impl->history = std::max(impl->history, static_cast<std::size_t>(tail.start));
  }
  const std::vector<double> taps = taps_of(*steps);
  const auto count = static_cast<std::int64_t>(taps.size()) + steps->first;
  for (std::size_t i = 0; i < taps.size(); ++i)
    if (taps[i] != 0 && steps->first + static_cast<std::int64_t>(i) < 0)
      return refuse("the response looks ahead, and a stream knows no later sample");
  if (count > kMostTaps)
    return refuse(
        "the part of the response that is no decay spans more than 256 steps; convolve "
        "the whole record");
  impl->taps.resize(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  for (std::size_t k = 0; k < impl->taps.size(); ++k)
    if (static_cast<std::int64_t>(k) >= steps->first)
      impl->taps[k] = taps[k - static_cast<std::size_t>(steps->first)];
  impl->history = std::max(impl->history, impl->taps.size() + 1);
  impl->steps = std::move(*steps);
  impl->options = options;
  return ResponseStream(std::move(impl));
}

ResponseStream::ResponseStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResponseStream::ResponseStream(ResponseStream&&) noexcept = default;
ResponseStream& ResponseStream::operator=(ResponseStream&&) noexcept = default;
ResponseStream::~ResponseStream() = default;

void ResponseStream::push(std::span<const double> x, std::span<double> y) {
  if (x.size() != y.size())
    throw Error({Status::shape_mismatch, "samples and outputs are of one length"});
  if (x.empty()) return;
  if (impl_->count == 0) impl_->begin(x.front());
  constexpr std::size_t kBlock = 4096;
  for (std::size_t at = 0; at < x.size(); at += kBlock) {
    const std::size_t n = std::min(kBlock, x.size() - at);
    const std::vector<double> block(x.begin() + static_cast<std::ptrdiff_t>(at),
                                    x.begin() + static_cast<std::ptrdiff_t>(at + n));
    impl_->push(block, y.data() + at);
  }
}

void ResponseStream::reset() { impl_->count = 0; }

}  // namespace faltung
