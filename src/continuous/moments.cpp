// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Area, mean and variance: exactly for the closed class and bells, by adaptive quadrature for other
// smooth parts.
#include <cmath>

#include "continuous/bell.hpp"
#include "continuous/closed.hpp"
#include "continuous/kronrod.hpp"
#include "continuous/overlap.hpp"
#include "continuous/series_shape.hpp"

namespace faltung::continuous {
namespace {

constexpr int kMostHalvings = 40;
constexpr std::size_t kMostValues = 1'000'000;

/// Of a series, exactly: the integral of (t - centre)^power times it.
double integral(const SmoothPart& part, const Series& series, int power, double centre) {
  const double low = series.lower(), high = series.upper();
  const double middle = (centre - part.shift) / part.stretch;
  const Series line{{low, high}, {{(low + high) / 2 - middle, (high - low) / 2}}, 0, 0};
  Series f = series;
  for (int i = 0; i < power; ++i) f = product(f, line);
  return part.weight * std::abs(part.stretch) * std::pow(part.stretch, power) * total(f);
}

/// Of (t - centre)^power times the part; an infinite end by t = x / (1 - x^2).
Result<double> integral(const SmoothPart& part, int power, double centre) {
  if (const auto* shape = dynamic_cast<const SeriesShape*>(part.shape.get()))
    return integral(part, shape->series(), power, centre);
  if (part.shape->cost() > 1)
    return tl::unexpected(Failure{Status::unsupported,
                                  part.shape->text() +
                                      " is an integral at each t; restrict it to where it matters, "
                                      "which makes it a series"});
  std::vector<double> ends = graded_places(part);
  if (std::isinf(part.lower())) ends.insert(ends.begin(), part.lower());
  if (std::isinf(part.upper())) ends.push_back(part.upper());
  Kronrod rules(kMostHalvings, kMostValues);
  double total = 0, size = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const auto value = [&](double t) { return std::pow(t - centre, power) * part.value(t); };
    const auto folded = [&](double x) {
      const double rest = 1 - x * x, t = x / rest, slope = (1 + x * x) / (rest * rest);
      const double y = t > ends[i] && t < ends[i + 1] ? value(t) : 0;
      return y == 0 ? 0 : y * slope;
    };
    const auto fold = [](double t) {
      if (std::isinf(t)) return t > 0 ? 1.0 : -1.0;
      return t == 0 ? 0.0 : (std::sqrt(1 + 4 * t * t) - 1) / (2 * t);
    };
    const bool finite = std::isfinite(ends[i]) && std::isfinite(ends[i + 1]);
    const double part_of_it = finite
                                  ? rules.integral(value, ends[i], ends[i + 1], 1e-16)
                                  : rules.integral(folded, fold(ends[i]), fold(ends[i + 1]), 1e-16);
    total += part_of_it;
    size += std::abs(part_of_it);
  }
  constexpr double kLost = 1e-9;
  if (!(rules.unresolved() <= kLost * size))
    return tl::unexpected(
        Failure{Status::invalid_argument, "the integral diverges, or converges too slowly"});
  return total;
}

double bell_moment(const SmoothPart& part, int power, double centre) {
  const double spread = std::abs(part.stretch), off = part.shift - centre;
  const double area = part.weight * spread;
  if (power == 0) return area;
  return power == 1 ? area * off : area * (spread * spread + off * off);
}

Result<double> moment(const Function& f, int power, double centre) {
  auto closed = moment(f.impl().closed, power, Wide(centre));
  if (!closed) return tl::unexpected(closed.error());
  double total = narrow(*closed);
  for (const SmoothPart& part : f.smooth_parts()) {
    const Result<double> of_part = is_bell(part) ? Result<double>(bell_moment(part, power, centre))
                                                 : integral(part, power, centre);
    if (!of_part) return of_part;
    total += *of_part;
  }
  if (!std::isfinite(total))
    return tl::unexpected(Failure{Status::invalid_argument, "the integral diverges"});
  return total;
}

}  // namespace

Result<Moments> moments(const Function& f) {
  auto area = moment(f, 0, 0);
  if (!area) return tl::unexpected(area.error());
  if (*area == 0)
    return tl::unexpected(
        Failure{Status::invalid_argument, "a function of area 0 has no mean and no variance"});
  auto first = moment(f, 1, 0);
  if (!first) return tl::unexpected(first.error());
  const double mean = *first / *area;
  auto second = moment(f, 2, mean);
  if (!second) return tl::unexpected(second.error());
  return Moments{*area, mean, *second / *area};
}

Result<double> area(const Function& f) { return moment(f, 0, 0); }

}  // namespace faltung::continuous
