// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/step_quadrature.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::continuous {
namespace {

/// Nodes and weights of 16 points on [-1, 1], those above 0: roots of the Legendre polynomial.
constexpr double kNodes[][2] = {{0.095012509837637440185, 0.18945061045506849629},
                                {0.28160355077925891323, 0.18260341504492358887},
                                {0.45801677765722738634, 0.16915651939500253819},
                                {0.61787624440264374845, 0.14959598881657673208},
                                {0.7554044083550030339, 0.12462897125553387205},
                                {0.86563120238783174388, 0.09515851168249278481},
                                {0.94457502307323257608, 0.062253523938647892863},
                                {0.9894009349916499326, 0.027152459411754094852}};

/// Integrals of h and of h times the part of step k that has gone by, both in units of h dt.
struct Sums {
  double whole = 0, rising = 0, size = 0;
};

class StepQuadrature {
 public:
  StepQuadrature(const SmoothPart& part, double dt) : part_(part), dt_(dt) {
    for (const double t : part.breakpoints()) breaks_.push_back(t / dt);
    for (const double t : part.landmarks()) breaks_.push_back(t / dt);
    for (const double t : {part.lower(), part.upper()})
      if (std::isfinite(t)) breaks_.push_back(t / dt);
    std::sort(breaks_.begin(), breaks_.end());
  }

  Sums step(std::int64_t k) const {
    const auto begin = static_cast<double>(k);
    const double low = std::max(begin, part_.lower() / dt_);
    const double high = std::min(begin + 1, part_.upper() / dt_);
    Sums sums;
    double from = low;
    for (auto b = std::upper_bound(breaks_.begin(), breaks_.end(), low); from < high; ++b) {
      const double to = b == breaks_.end() ? high : std::min(high, *b);
      if (to > from) add(sums, between(begin, from, to, 0));
      from = to;
      if (b == breaks_.end()) break;
    }
    return sums;
  }

 private:
  static void add(Sums& to, const Sums& more) {
    to.whole += more.whole;
    to.rising += more.rising;
    to.size += more.size;
  }

  Sums rule(double begin, double from, double to) const {
    const double middle = (from + to) / 2, half = (to - from) / 2;
    Sums sums;
    for (const auto& [node, weight] : kNodes)
      for (const double x : {-node, node}) {
        const double u = middle + half * x, h = weight * half * part_.value(u * dt_);
        sums.whole += h;
        sums.rising += h * (u - begin);
        sums.size += std::abs(h);
      }
    return sums;
  }

  /// Halved until both halves together say the same, to a rounding of the first whole: roots and
  /// poles at an end take many halvings, the noise of values none.
  Sums between(double begin, double from, double to, int depth, double whole = 0) const {
    constexpr int kMostDepth = 48;
    const double middle = (from + to) / 2;
    const Sums once = rule(begin, from, to);
    Sums twice = rule(begin, from, middle);
    add(twice, rule(begin, middle, to));
    if (depth == 0) whole = twice.size;
    const double off = std::abs(twice.whole - once.whole);
    if (depth == kMostDepth || !(middle > from && middle < to) || !(off > 0x1p-51 * whole))
      return twice;
    Sums halves = between(begin, from, middle, depth + 1, whole);
    add(halves, between(begin, middle, to, depth + 1, whole));
    return halves;
  }

  const SmoothPart& part_;
  double dt_;
  std::vector<double> breaks_;
};

}  // namespace

Result<void> quadrature_steps(const SmoothPart& part, double dt, bool linear, std::int64_t first,
                              std::int64_t last,
                              const std::function<void(std::int64_t, const StepWeights&)>& add) {
  constexpr std::int64_t kMost = std::int64_t{1} << 24, kEmpty = 64;
  if (part.shape->cost() > 1)
    return tl::unexpected(Failure{Status::unsupported,
                                  part.shape->text() +
                                      " is an integral at each t; restrict it to where it matters, "
                                      "which makes it a series"});
  const StepQuadrature quadrature(part, dt);
  const double low = part.lower() / dt, high = part.upper() / dt;
  const double anchor = std::floor(std::clamp(part.shift / dt, low, high));
  if (!(std::abs(anchor) < static_cast<double>(kMost)))
    return tl::unexpected(
        Failure{Status::size_overflow, "the response lies more than 2^24 steps away"});
  const auto middle = static_cast<std::int64_t>(anchor);
  double all = 0;
  std::int64_t count = 0;
  // One step; whether others may follow.
  const auto run = [&](std::int64_t k, std::int64_t& empty) {
    const Sums s = quadrature.step(k);
    const double past = dt * (linear ? s.rising : s.whole);
    add(k, {linear ? dt * s.whole - past : 0, past});
    all += s.size;
    empty = s.size < 0x1p-60 * all ? empty + 1 : 0;
    return ++count <= kMost && empty < kEmpty;
  };
  std::int64_t empty = 0;
  for (std::int64_t k = std::max(middle, first); k <= last && static_cast<double>(k) < high; ++k)
    if (!run(k, empty)) break;
  empty = 0;
  for (std::int64_t k = std::min(middle, last + 1) - 1;
       k >= first && static_cast<double>(k + 1) > low; --k)
    if (!run(k, empty)) break;
  if (count > kMost)
    return tl::unexpected(
        Failure{Status::size_overflow, "the response spans more than 2^24 steps"});
  return {};
}

}  // namespace faltung::continuous
