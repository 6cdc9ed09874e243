// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/tail_recurrence.hpp"

#include <algorithm>
#include <cmath>

#include "microkernels/targets.hpp"

namespace faltung::continuous {
namespace {

using WideVector = std::vector<Complex>;

/// exp[rates i..j](s), with `zeros` zeros among them.
Complex entry(const Rates& rates, std::size_t i, std::size_t j, std::size_t zeros, Wide s) {
  Rates some(zeros, Complex(0));
  some.insert(some.end(), rates.begin() + static_cast<std::ptrdiff_t>(i),
              rates.begin() + static_cast<std::ptrdiff_t>(j) + 1);
  std::sort(some.begin(), some.end(), before);
  return divided_exp(some, s);
}

/// exp(L s) v.
WideVector advanced(const Rates& rates, Wide s, const WideVector& v) {
  WideVector out(v.size());
  for (std::size_t i = 0; i < v.size(); ++i)
    for (std::size_t j = i; j < v.size(); ++j) out[i] += entry(rates, i, j, 0, s) * v[j];
  return out;
}

/// The same numbers as real ones: each real part, then, of complex states, its imaginary part.
std::vector<double> as_reals(const WideVector& v, bool complex) {
  std::vector<double> out;
  for (const Complex& z : v) {
    out.push_back(narrow(z.re));
    if (complex) out.push_back(narrow(z.im));
  }
  return out;
}

double size(double re, double im) { return std::hypot(re, im); }

/// sum over k < count of A^k for a matrix without negative entries: S_2k = S_k + A^k S_k.
std::vector<double> power_sum(const std::vector<double>& a, std::size_t n, double count,
                              bool endless) {
  std::vector<double> sum(n * n), power(a);
  for (std::size_t i = 0; i < n; ++i) sum[i * n + i] = 1;
  const auto product = [n](const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> z(n * n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t k = 0; k < n; ++k)
        for (std::size_t j = 0; j < n; ++j) z[i * n + j] += x[i * n + k] * y[k * n + j];
    return z;
  };
  double done = 1;
  for (int doublings = 0; doublings < 60 && (endless || done < count); ++doublings, done *= 2) {
    const std::vector<double> more = product(power, sum);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
    power = product(power, power);
    if (*std::max_element(power.begin(), power.end()) < 0x1p-60) break;
  }
  return sum;
}

}  // namespace

Result<TailRecurrence> TailRecurrence::make(const WideTerm& term, Wide s, Wide dt,
                                            Interpolation interpolation) {
  const auto target = active_target_bit();
  if (!target) return tl::unexpected(target.error());
  TailRecurrence tail;
  tail.term_ = term;
  tail.dt_ = dt;
  tail.begin_ = s;
  // Of conjugate rates each by itself is complex, and so are the states between them.
  tail.complex_ = !term.weight.is_real() ||
                  !std::ranges::all_of(term.rates, [](const Complex& z) { return z.is_real(); });
  tail.decays_ = std::ranges::all_of(term.rates, [](const Complex& z) { return z.re < 0; });
  const std::size_t m = term.rates.size();
  WideVector now(m), past(m);
  for (std::size_t i = 0; i < m; ++i) {
    const Complex whole = term.weight * entry(term.rates, i, m - 1, 1, dt);
    if (interpolation == Interpolation::linear)
      now[i] = term.weight * entry(term.rates, i, m - 1, 2, dt) * Complex(1 / dt);
    past[i] = whole - now[i];
  }
  tail.now_ = as_reals(advanced(term.rates, s, now), tail.complex_);
  tail.past_ = as_reals(advanced(term.rates, s, past), tail.complex_);
  tail.one_step_ = tail.power(1);
  tail.loops_ = &recurrence_loops(*target);
  if (tail.states() <= static_cast<std::size_t>(kMostStates)) tail.prepare_lanes();
  return tail;
}

TailRecurrence::Matrix TailRecurrence::power(Wide steps) const {
  const Rates& rates = term_.rates;
  const std::size_t m = rates.size(), n = states();
  Matrix matrix(n * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = i; j < m; ++j) {
      const Complex z = entry(rates, i, j, 0, steps * dt_);
      if (!complex_) {
        matrix[i * n + j] = narrow(z.re);
        continue;
      }
      double* at = &matrix[2 * i * n + 2 * j];
      at[0] = at[n + 1] = narrow(z.re);
      at[n] = narrow(z.im);
      at[1] = -narrow(z.im);
    }
  return matrix;
}

// Sample m before the one that is computed has gone through m steps by `now` and m - 1 by `past`;
// behind `lanes` of them lies the state that is there already.
void TailRecurrence::prepare_lanes() {
  const auto lanes = static_cast<std::size_t>(loops_->lanes);
  const std::size_t n = states();
  lane_input_.assign(n * (lanes + 1), 0.0);
  for (std::size_t m = 0; m <= lanes; ++m) {
    const auto add = [&](const std::vector<double>& input, std::size_t steps) {
      const Matrix matrix = power(Wide(static_cast<double>(steps)));
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          lane_input_[i * (lanes + 1) + m] += matrix[i * n + j] * input[j];
    };
    if (m < lanes) add(now_, m);
    if (m > 0) add(past_, m - 1);
  }
  lane_step_ = power(Wide(static_cast<double>(lanes)));
}

// exp(L s_0) times the integral of exp(L r) from 0 on, whose last column is products of -1 / z.
std::vector<double> TailRecurrence::steady(double value) const {
  const std::size_t m = term_.rates.size();
  WideVector column(m);
  Complex product = term_.weight * Complex(Wide(value));
  for (std::size_t i = m; i-- > 0;) column[i] = product = product / -term_.rates[i];
  return as_reals(advanced(term_.rates, begin_, column), complex_);
}

// S = N^count S + left.
std::vector<double> TailRecurrence::around(std::span<const double> left, std::int64_t count) const {
  const Rates& rates = term_.rates;
  const std::size_t m = rates.size();
  WideVector s(m);
  for (std::size_t i = m; i-- > 0;) {
    s[i] = complex_ ? Complex(left[2 * i], left[2 * i + 1]) : Complex(left[i]);
    const Wide all = Wide(static_cast<double>(count)) * dt_;
    for (std::size_t j = i + 1; j < m; ++j) s[i] += entry(rates, i, j, 0, all) * s[j];
    s[i] = s[i] / (Complex(1) - entry(rates, i, i, 0, all));
  }
  return as_reals(s, complex_);
}

void TailRecurrence::step(std::span<double> state, double x, double x_before) const {
  const std::size_t n = states();
  double next[2 * kMostRates];
  for (std::size_t i = 0; i < n; ++i) {
    next[i] = now_[i] * x + past_[i] * x_before;
    for (std::size_t j = 0; j < n; ++j) next[i] += one_step_[i * n + j] * state[j];
  }
  std::copy_n(next, n, state.begin());
}

namespace {

/// Magnitudes of complex states, which rotate: |N| of their real form would grow.
std::vector<double> magnitudes(const std::vector<double>& v, bool complex) {
  std::vector<double> out;
  for (std::size_t i = 0; i < v.size(); i += complex ? 2 : 1)
    out.push_back(complex ? size(v[i], v[i + 1]) : std::abs(v[i]));
  return out;
}
std::vector<double> matrix_magnitudes(const std::vector<double>& a, std::size_t n, bool complex) {
  if (!complex) return magnitudes(a, false);
  std::vector<double> out;
  for (std::size_t i = 0; i < n; i += 2)
    for (std::size_t j = 0; j < n; j += 2) out.push_back(size(a[i * n + j], a[(i + 1) * n + j]));
  return out;
}

}  // namespace

double TailRecurrence::gain(double count) const {
  const std::size_t n = complex_ ? states() / 2 : states();
  const auto sum = power_sum(matrix_magnitudes(one_step_, states(), complex_), n, count, decays_);
  const auto now = magnitudes(now_, complex_), past = magnitudes(past_, complex_);
  double all = 0;
  for (std::size_t j = 0; j < n; ++j) all += sum[j] * (now[j] + past[j]);
  return all;
}

// Each of (lanes + 1 + states) products and sums is rounded, and so is each factor: what that makes
// of one state at most, then what the later steps make of it.
double TailRecurrence::error(double count) const {
  const std::size_t n = complex_ ? states() / 2 : states();
  const auto a = matrix_magnitudes(one_step_, states(), complex_);
  const auto now = magnitudes(now_, complex_), past = magnitudes(past_, complex_);
  const auto sum = power_sum(a, n, count, decays_);
  std::vector<double> largest(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) largest[i] += sum[i * n + j] * (now[j] + past[j]);
  const bool vectors = !lane_step_.empty();
  const double lanes = vectors ? static_cast<double>(loops_->lanes) : 1;
  const auto later = power_sum(vectors ? matrix_magnitudes(lane_step_, states(), complex_) : a, n,
                               count / lanes, decays_);
  const double roundings = lanes + 3 + 2 * static_cast<double>(states());
  double all = 0;
  for (std::size_t j = 0; j < n; ++j) all += later[j] * largest[j];
  return roundings * 0x1p-53 * (complex_ ? 2 : 1) * all;
}

TailRun::TailRun(const TailRecurrence& tail, std::vector<double> state, double x_before,
                 bool at_first)
    : tail_(&tail),
      lanes_(tail.lane_step_.empty() ? 1 : static_cast<std::size_t>(tail.loops_->lanes)),
      first_(std::move(state)),
      at_first_(at_first),
      kept_(tail.states() * lanes_),
      before_(lanes_, x_before),
      room_(2 * lanes_),
      outputs_(lanes_),
      next_(kept_.size()) {}

// Step by step until each lane has a state.
void TailRun::start(std::span<const double> x, double* y, bool accumulate) {
  for (std::size_t i = 0; i < x.size(); ++i, ++started_) {
    if (!(started_ == 0 && at_first_)) tail_->step(first_, x[i], before_.back());
    std::rotate(before_.begin(), before_.begin() + 1, before_.end());
    before_.back() = x[i];
    for (std::size_t s = 0; s < first_.size(); ++s) kept_[s * lanes_ + started_] = first_[s];
    y[i] = accumulate ? y[i] + first_[0] : first_[0];
  }
}

// Up to `lanes` samples by one vector, of which `count` are there.
void TailRun::push_one(const double* x, std::size_t count, double* y, bool accumulate) {
  std::copy(before_.begin(), before_.end(), room_.begin());
  std::fill(std::copy_n(x, count, room_.begin() + static_cast<std::ptrdiff_t>(lanes_)), room_.end(),
            0.0);
  next_ = kept_;
  const Recurrence r{static_cast<int>(tail_->states()), tail_->lane_step_.data(),
                     tail_->lane_input_.data()};
  tail_->loops_->run(r, room_.data() + lanes_, 1, next_.data(), outputs_.data(), false, false);
  for (std::size_t i = 0; i < count; ++i) y[i] = accumulate ? y[i] + outputs_[i] : outputs_[i];
  for (std::size_t s = 0; s < tail_->states(); ++s) {
    double* lanes = &kept_[s * lanes_];
    std::copy(lanes + count, lanes + lanes_, lanes);
    std::copy_n(&next_[s * lanes_], count, lanes + lanes_ - count);
  }
  std::copy_n(room_.begin() + static_cast<std::ptrdiff_t>(count), lanes_, before_.begin());
}

void TailRun::push(std::span<const double> x, double* y, bool accumulate, bool past_caches) {
  if (tail_->lane_step_.empty()) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      started_ = 0;
      start(x.subspan(i, 1), y + i, accumulate);
      at_first_ = false;
    }
    return;
  }
  const std::size_t head = std::min(lanes_ - started_, x.size());
  start(x.first(head), y, accumulate);
  x = x.subspan(head);
  y += head;
  if (x.size() >= 2 * lanes_) {
    push_one(x.data(), lanes_, y, accumulate);
    const std::size_t vectors = x.size() / lanes_ - 1;
    const Recurrence r{static_cast<int>(tail_->states()), tail_->lane_step_.data(),
                       tail_->lane_input_.data()};
    tail_->loops_->run(r, x.data() + lanes_, static_cast<std::int64_t>(vectors), kept_.data(),
                       y + lanes_, accumulate, past_caches);
    const std::size_t done = (vectors + 1) * lanes_;
    std::copy_n(x.data() + done - lanes_, lanes_, before_.begin());
    x = x.subspan(done);
    y += done;
  }
  for (std::size_t at = 0; at < x.size(); at += lanes_)
    push_one(x.data() + at, std::min(lanes_, x.size() - at), y + at, accumulate);
}

std::vector<double> TailRun::state() const {
  if (started_ < lanes_) return first_;
  std::vector<double> last;
  for (std::size_t s = 0; s < tail_->states(); ++s) last.push_back(kept_[(s + 1) * lanes_ - 1]);
  return last;
}

}  // namespace faltung::continuous
