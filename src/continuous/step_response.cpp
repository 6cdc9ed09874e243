// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/step_response.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/step_quadrature.hpp"

namespace faltung::continuous {
namespace {

constexpr double kMostLags = 1 << 24;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// A delay in steps. What was meant to lie on a sample does: 0.3 is 3 steps of 0.1.
struct Steps {
  Wide value;
  std::int64_t whole;  ///< the step that it lies in
  bool on_sample;
};
Steps in_steps(Wide t, Wide dt) {
  const Wide u = t / dt;
  const double nearest = std::nearbyint(narrow(u));
  const Wide off = wide_abs(u - Wide(nearest));
  if (off <= Wide(0x1p-51 * std::max(1.0, std::abs(nearest))))
    return {Wide(nearest), static_cast<std::int64_t>(nearest), true};
  return {u, static_cast<std::int64_t>(std::floor(narrow(u))), false};
}

/// Sums over lags that grow to where they are needed.
class Lags {
 public:
  explicit Lags(StepResponse& to) : to_(to) {}
  void add_at(std::int64_t k, double w) { slot(to_.at, k) += w; }
  void add(std::int64_t k, const StepWeights& w) {
    slot(to_.now, k) += w.now;
    slot(to_.past, k) += w.past;
  }

 private:
  double& slot(std::vector<double>& values, std::int64_t k) {
    if (to_.at.empty()) to_.first = k;
    if (k < to_.first) {
      const auto more = static_cast<std::size_t>(to_.first - k);
      // Half as many again, since lags that go back come one after the other.
      const std::size_t room = more + to_.at.size() / 2;
      for (auto* v : {&to_.at, &to_.now, &to_.past}) v->insert(v->begin(), room, 0.0);
      to_.first -= static_cast<std::int64_t>(room);
    }
    const auto i = static_cast<std::size_t>(k - to_.first);
    if (i >= to_.at.size())
      for (auto* v : {&to_.at, &to_.now, &to_.past}) v->resize(i + 1);
    return values[i];
  }
  StepResponse& to_;
};

/// The first and the second antiderivative of a piece, in t.
struct Antiderivatives {
  Wide once = 0, twice = 0;
};
Antiderivatives antiderivatives(const WidePiece& piece, Wide t) {
  const Wide s = piece.direction > 0 ? t - piece.origin : piece.origin - t;
  Antiderivatives sums;
  for (const WideTerm& term : piece.terms) {
    Rates rates = term.rates;
    for (int i = 1; i <= 2; ++i) {
      rates.insert(std::upper_bound(rates.begin(), rates.end(), Complex(0), before), Complex(0));
      const Wide value = (term.weight * divided_exp(rates, s)).re;
      (i == 1 ? sums.once : sums.twice) += value;
    }
  }
  if (piece.direction < 0) sums.once = -sums.once;
  return sums;
}

/// A piece over its steps between two delays, one after the other.
///   past = integral of h r dr, now = integral of h (1 - r) dr over the part of the step
class PieceSteps {
 public:
  PieceSteps(const WidePiece& piece, Wide dt, Interpolation interpolation)
      : piece_(piece), dt_(dt), linear_(interpolation == Interpolation::linear) {}

  /// From `from` to `to`, both within step k.
  StepWeights weights(std::int64_t k, Wide from, Wide to) {
    const Antiderivatives a = at(from), b = at(to);
    const Wide whole = b.once - a.once, begin(static_cast<double>(k));
    if (!linear_) return {0, narrow(whole)};
    const Wide past = (to - begin) * b.once - (from - begin) * a.once - (b.twice - a.twice) / dt_;
    return {narrow(whole - past), narrow(past)};
  }

 private:
  // The end of one step is the beginning of the next.
  Antiderivatives at(Wide u) {
    if (known_ && u == last_u_) return last_;
    known_ = true;
    last_u_ = u;
    return last_ = antiderivatives(piece_, u * dt_);
  }
  const WidePiece& piece_;
  Wide dt_;
  bool linear_, known_ = false;
  Wide last_u_ = 0;
  Antiderivatives last_;
};

class Builder {
 public:
  Builder(double dt, Interpolation interpolation, const Reach& reach)
      : dt_(dt), interpolation_(interpolation), reach_(reach), lags_(made_) {}

  Result<void> add_piece(const WidePiece& piece);
  Result<void> add_impulse(const WideImpulse& impulse);
  Result<void> add_smooth(const SmoothPart& part);
  StepResponse take() { return std::move(made_); }

 private:
  Result<void> add_bounded(const WidePiece& piece, const Steps& from, const Steps& to);
  Result<void> add_backward(const WidePiece& piece);
  Result<void> add_tail(const WidePiece& piece);

  Wide dt_;
  Interpolation interpolation_;
  Reach reach_;
  StepResponse made_;
  Lags lags_;
};

Result<void> check_count(double lags) {
  if (lags > kMostLags)
    return refuse(Status::size_overflow,
                  "the response spans more than 2^24 steps; a larger step, or a response that goes "
                  "on without end, takes fewer");
  return {};
}

Result<void> Builder::add_bounded(const WidePiece& piece, const Steps& from, const Steps& to) {
  // Beyond the last lag nothing is read.
  const std::int64_t end = std::min(to.on_sample ? to.whole : to.whole + 1, reach_.behind + 1);
  const std::int64_t begin = reach_.cut ? std::max(from.whole, -reach_.ahead) : from.whole;
  if (auto fine = check_count(static_cast<double>(end) - static_cast<double>(begin)); !fine)
    return fine;
  PieceSteps steps(piece, dt_, interpolation_);
  for (std::int64_t k = begin; k < end; ++k) {
    const Wide low(static_cast<double>(k)), high(static_cast<double>(k + 1));
    lags_.add(k, steps.weights(k, std::max(low, from.value), std::min(high, to.value)));
  }
  return {};
}

/// From its upper end back to where nothing is left.
Result<void> Builder::add_backward(const WidePiece& piece) {
  const Steps to = in_steps(piece.upper, dt_);
  bool decays = true;
  for (const WideTerm& term : piece.terms)
    for (const Complex& z : term.rates) decays = decays && z.re < 0;
  if (!decays && !reach_.cut)
    return refuse(Status::invalid_argument,
                  "the response does not decay for large negative times, so that what x goes on "
                  "with adds up without end; let x be zero beyond its record");
  PieceSteps steps(piece, dt_, interpolation_);
  double all = 0, count = 0;
  for (std::int64_t k = to.on_sample ? to.whole - 1 : to.whole;; --k) {
    if (reach_.cut && k < -reach_.ahead) return {};
    if (auto fine = check_count(count += 1); !fine) return fine;
    const Wide low(static_cast<double>(k)), high(static_cast<double>(k + 1));
    const StepWeights w = steps.weights(k, low, std::min(high, to.value));
    lags_.add(k, w);
    all += std::abs(w.now) + std::abs(w.past);
    // Rates are at least 2^-53 of what is left apart: a thousandth of that is nothing.
    double slowest = HUGE_VAL;
    for (const WideTerm& term : piece.terms)
      for (const Complex& z : term.rates) slowest = std::min(slowest, narrow(-z.re * dt_));
    if (decays && count * slowest > 45 &&
        (std::abs(w.now) + std::abs(w.past)) < 0x1p-60 * all * std::min(1.0, slowest))
      return {};
  }
}

Result<void> Builder::add_tail(const WidePiece& piece) {
  const Steps from = in_steps(piece.lower, dt_);
  const std::int64_t start = from.on_sample ? from.whole : from.whole + 1;
  if (start > reach_.behind) return {};
  if (!from.on_sample) {
    PieceSteps steps(piece, dt_, interpolation_);
    lags_.add(from.whole, steps.weights(from.whole, from.value, Wide(static_cast<double>(start))));
  }
  for (const WideTerm& term : piece.terms) {
    const Wide s =
        Wide(static_cast<double>(start)) * dt_ - (from.on_sample ? from.value * dt_ : piece.origin);
    auto tail = TailRecurrence::make(term, s, dt_, interpolation_);
    if (!tail) return tl::unexpected(tail.error());
    made_.tails.push_back({start, std::move(*tail)});
  }
  return {};
}

Result<void> Builder::add_piece(const WidePiece& piece) {
  if (piece.direction < 0) return add_backward(piece);
  if (piece.upper == kWideInfinity) return add_tail(piece);
  return add_bounded(piece, in_steps(piece.lower, dt_), in_steps(piece.upper, dt_));
}

Result<void> Builder::add_impulse(const WideImpulse& impulse) {
  const Steps at = in_steps(impulse.at, dt_);
  const double w = narrow(impulse.weight);
  const bool linear = interpolation_ == Interpolation::linear;
  if (impulse.order > 1 || (impulse.order == 1 && !linear))
    return refuse(Status::invalid_argument,
                  impulse.order == 1
                      ? "the response differentiates, and a held signal has no slope where it "
                        "jumps; interpolate linearly"
                      : "the response differentiates more than once, which samples joined by "
                        "straight lines do not allow");
  if (at.whole > reach_.behind) return {};
  if (auto fine = check_count(std::abs(narrow(at.value))); !fine) return fine;
  if (impulse.order == 1) {  // the slope of the step; on a sample, of the one that ends there
    lags_.add(at.whole, {w / narrow(dt_), -w / narrow(dt_)});
  } else if (at.on_sample) {
    lags_.add_at(at.whole, w);
  } else {
    const double part = linear ? narrow(at.value - Wide(static_cast<double>(at.whole))) : 1;
    lags_.add(at.whole, {w * (1 - part), w * part});
  }
  return {};
}

Result<void> Builder::add_smooth(const SmoothPart& part) {
  return quadrature_steps(part, narrow(dt_), interpolation_ == Interpolation::linear,
                          reach_.cut ? -reach_.ahead : -static_cast<std::int64_t>(kMostLags),
                          reach_.behind,
                          [&](std::int64_t k, const StepWeights& w) { lags_.add(k, w); });
}

}  // namespace

Result<StepResponse> make_step_response(const Function& h, double dt, Interpolation interpolation,
                                        const Reach& reach) {
  Builder builder(dt, interpolation, reach);
  for (const WidePiece& piece : h.impl().closed.pieces)
    if (auto done = builder.add_piece(piece); !done) return tl::unexpected(done.error());
  for (const WideImpulse& impulse : h.impl().closed.impulses)
    if (auto done = builder.add_impulse(impulse); !done) return tl::unexpected(done.error());
  for (const SmoothPart& part : h.smooth_parts())
    if (auto done = builder.add_smooth(part); !done) return tl::unexpected(done.error());
  return builder.take();
}

}  // namespace faltung::continuous
