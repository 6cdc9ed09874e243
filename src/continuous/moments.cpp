// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Area, mean and variance: exactly for the closed class and bells, by adaptive quadrature for other
// smooth parts (the 15 points of Kronrod with the 7 of Gauss among them, halving where the two
// differ; nodes from R. Piessens et al., "QUADPACK", 1983).
#include <array>
#include <cmath>

#include "continuous/bell.hpp"
#include "continuous/closed.hpp"

namespace faltung::continuous {
namespace {

constexpr int kMostHalvings = 24;
constexpr std::array<double, 8> kNodes = {
    0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
    0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
    0.586087235467691130294144838258730, 0.405845151377397166906606412076961,
    0.207784955007898467600689403773245, 0};
constexpr std::array<double, 8> kKronrod = {
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
    0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
    0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
constexpr std::array<double, 4> kGauss = {
    0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
    0.381830050505118944950369775488975, 0.417959183673469387755102040816327};

template <class Value>
double integral(const Value& value, double low, double high, double allowed, int halvings) {
  const double centre = (low + high) / 2, half = (high - low) / 2;
  double fine = kKronrod[7] * value(centre), coarse = kGauss[3] * value(centre);
  for (std::size_t i = 0; i < 7; ++i) {
    const double both = value(centre - half * kNodes[i]) + value(centre + half * kNodes[i]);
    fine += kKronrod[i] * both;
    if (i % 2 == 1) coarse += kGauss[i / 2] * both;
  }
  const double error = std::abs(fine - coarse) * half;
  if (halvings == 0 || error <= std::max(allowed, 4e-16 * std::abs(fine) * half))
    return fine * half;
  return integral(value, low, centre, allowed / 2, halvings - 1) +
         integral(value, centre, high, allowed / 2, halvings - 1);
}

/// Of (t - centre)^power times the part; an infinite end by t = x / (1 - x^2).
double integral(const SmoothPart& part, int power, double centre) {
  std::vector<double> ends = {part.lower()};
  for (const double t : part.breakpoints()) ends.push_back(t);
  ends.push_back(part.upper());
  double total = 0;
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
    total += finite ? integral(value, ends[i], ends[i + 1], 1e-15, kMostHalvings)
                    : integral(folded, fold(ends[i]), fold(ends[i + 1]), 1e-15, kMostHalvings);
  }
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
  for (const SmoothPart& part : f.smooth_parts())
    total += is_bell(part) ? bell_moment(part, power, centre) : integral(part, power, centre);
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
