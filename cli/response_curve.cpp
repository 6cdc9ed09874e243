// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "response_curve.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::cli {
namespace {

constexpr int kFine = 20000, kDrawn = 1200;
constexpr double kShown = 0.999;

/// Where that share of |h| between two times is over.
double end_of_weight(const continuous::Function& h, double from, double to) {
  std::vector<double> sums(kFine + 1);
  const double step = (to - from) / kFine;
  for (int i = 1; i <= kFine; ++i) {
    const double size = std::abs(h(from + (i - 0.5) * step));
    sums[static_cast<std::size_t>(i)] =
        sums[static_cast<std::size_t>(i - 1)] + (std::isfinite(size) ? size : 0);
  }
  const auto end = std::lower_bound(sums.begin(), sums.end(), kShown * sums.back());
  return from + static_cast<double>(end - sums.begin()) * step;
}

}  // namespace

ContinuousCurve response_curve(const continuous::Function& h, double most) {
  ContinuousCurve curve;
  double low = std::isfinite(h.lower()) ? h.lower() : -most;
  double high = std::isfinite(h.upper()) ? h.upper() : std::max(low, 0.0) + most;
  if (!std::isfinite(h.lower())) {
    const auto mirrored = [&](double t) { return h(-t); };
    double step = (high - low) / kFine, sum = 0, all = 0;
    for (int i = 0; i < kFine; ++i) all += std::abs(mirrored(-high + i * step));
    for (int i = 0; i < kFine; ++i) {
      sum += std::abs(mirrored(-high + i * step));
      if (sum < kShown * all) continue;
      low = high - i * step;
      break;
    }
  }
  if (!std::isfinite(h.upper()) && high > low) high = end_of_weight(h, low, high);
  for (const continuous::Impulse& impulse : h.impulses()) {
    low = std::min(low, impulse.at);
    high = std::max(high, impulse.at);
    if (impulse.order > 0) continue;
    curve.impulses.x.push_back(impulse.at);
    curve.impulses.y.push_back(impulse.weight);
  }
  low = std::min(low, 0.0);
  if (!(high > low)) high = low + 1;
  std::vector<double> places;
  for (int i = 0; i <= kDrawn; ++i) places.push_back(low + (high - low) * i / kDrawn);
  for (const double t : h.breakpoints())
    if (t >= low && t <= high)
      for (const double side : {std::nextafter(t, -HUGE_VAL), t}) places.push_back(side);
  std::sort(places.begin(), places.end());
  for (const double t : places) {
    curve.line.x.push_back(t);
    curve.line.y.push_back(h(t));
  }
  return curve;
}

}  // namespace faltung::cli
