// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Named kernels that take means: of sum 1, none of their taps negative.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "filter/algebra.hpp"
#include "filter/named_kernels.hpp"

namespace faltung {
namespace {

bool is_whole(double v) { return v >= 1 && v == std::floor(v) && v <= kLargestKernel; }

Result<void> check_count(const char* form, double size, int rank) {
  if (!is_whole(size)) return refuse_number(form, "a SIZE, a whole number of 1 to 2^24", size);
  return check_size(form, size, rank);
}

Result<Filter> of_unit_row(std::vector<double> row, int rank) {
  scale_to_unit_sum(row);
  return of_row(row, rank);
}

/// Area of the circle of radius r about 0 within [0, x] by [0, y]; odd in x and in y.
double quadrant_area(double r, double x, double y) {
  const double sign = std::copysign(1.0, x) * std::copysign(1.0, y);
  x = std::min(std::abs(x), r);
  y = std::min(std::abs(y), r);
  const double meets = std::sqrt(r * r - y * y);  // the circle leaves height y there
  if (x <= meets) return sign * x * y;
  const auto below_arc = [r](double t) {
    return 0.5 * (t * std::sqrt(std::max(0.0, r * r - t * t)) + r * r * std::asin(t / r));
  };
  return sign * (meets * y + below_arc(x) - below_arc(meets));
}

/// Of the circle within the unit square about (i, j).
double pixel_area(double r, double i, double j) {
  const auto corner = [&](double di, double dj) { return quadrant_area(r, i + di, j + dj); };
  return std::max(0.0,
                  corner(0.5, 0.5) - corner(-0.5, 0.5) - corner(0.5, -0.5) + corner(-0.5, -0.5));
}

/// Distance of a point to the segment of half that length through 0, in a direction.
double distance_to_segment(double x, double y, double half, double cosine, double sine) {
  const double along = x * cosine + y * sine, across = y * cosine - x * sine;
  return std::hypot(across, std::max(0.0, std::abs(along) - half));
}

}  // namespace

void scale_to_unit_sum(std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (double& v : values) v /= sum;
}

std::vector<double> gaussian_row(double sigma) {
  const auto radius = static_cast<std::int64_t>(std::ceil(4 * sigma));
  std::vector<double> row;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    const double r = static_cast<double>(i) / sigma;
    row.push_back(std::exp(-0.5 * r * r));
  }
  scale_to_unit_sum(row);
  return row;
}

Result<void> check_sigma(const char* form, double sigma, double least, int rank) {
  const bool above = least > 0 ? sigma >= least : sigma > 0;
  if (!above || 8 * sigma + 1 > kLargestKernel)
    return refuse_number(form,
                         least > 0 ? "a SIGMA of at least 0.1 (in samples) and at most 2^21"
                                   : "a SIGMA above 0 (in samples) and at most 2^21",
                         sigma);
  return check_size(form, 2 * std::ceil(4 * sigma) + 1, rank);
}

Result<Filter> make_gaussian(const KernelArguments& a) {
  const double sigma = a.numbers[0];
  if (auto ok = check_sigma("gaussian:SIGMA", sigma, 0, a.rank); !ok)
    return tl::unexpected(ok.error());
  return of_row(gaussian_row(sigma), a.rank);
}

Result<Filter> make_box(const KernelArguments& a) {
  const double size = a.numbers[0];
  if (auto ok = check_count("box:SIZE", size, a.rank); !ok) return tl::unexpected(ok.error());
  return of_row(std::vector<double>(static_cast<std::size_t>(size), 1.0 / size), a.rank);
}

Result<Filter> make_triangle(const KernelArguments& a) {
  const double size = a.numbers[0];
  if (auto ok = check_count("triangle:SIZE", size, a.rank); !ok) return tl::unexpected(ok.error());
  std::vector<double> row(static_cast<std::size_t>(size));
  for (std::size_t k = 0; k < row.size(); ++k)
    row[k] = static_cast<double>(std::min(k + 1, row.size() - k));
  return of_unit_row(std::move(row), a.rank);
}

Result<Filter> make_binomial(const KernelArguments& a) {
  const double size = a.numbers[0];
  if (auto ok = check_count("binomial:SIZE", size, a.rank); !ok) return tl::unexpected(ok.error());
  // From the middle outwards, by the ratio of neighbours: nothing overflows, tails fade to 0.
  std::vector<double> row(static_cast<std::size_t>(size));
  const std::size_t n = row.size() - 1;
  row[n / 2] = row[n - n / 2] = 1;
  for (std::size_t k = n - n / 2; k < n; ++k)
    row[k + 1] = row[n - k - 1] = row[k] * static_cast<double>(n - k) / static_cast<double>(k + 1);
  return of_unit_row(std::move(row), a.rank);
}

Result<Filter> make_disk(const KernelArguments& a) {
  const double r = a.numbers[0];
  if (!(r > 0)) return refuse_number("disk:RADIUS", "a RADIUS above 0 (in pixels)", r);
  const double reach = std::max(0.0, std::ceil(r - 0.5));
  if (auto ok = check_size("disk:RADIUS", 2 * reach + 1, 2); !ok) return tl::unexpected(ok.error());
  const auto n = static_cast<std::int64_t>(reach);
  Filter f{Dims{2 * n + 1, 2 * n + 1}, {}, {}};
  for (std::int64_t i = -n; i <= n; ++i)
    for (std::int64_t j = -n; j <= n; ++j) {
      // One octant stands for all, so that its symmetry is exact.
      const auto [near, far] = std::minmax({std::abs(i), std::abs(j)});
      f.values.push_back(pixel_area(r, static_cast<double>(near), static_cast<double>(far)));
    }
  scale_to_unit_sum(f.values);
  return f;
}

Result<Filter> make_motion(const KernelArguments& a) {
  constexpr const char* kForm = "motion:LENGTH[:ANGLE]";
  const double length = a.numbers[0], turn = std::fmod(a.number(1, 0), 180.0);
  if (!(length >= 1)) return refuse_number(kForm, "a LENGTH of at least 1 (in pixels)", length);
  if (auto ok = check_size(kForm, length, 1); !ok) return tl::unexpected(ok.error());
  // Multiples of a right angle are exact: a row stays a row.
  const double angle = turn * std::numbers::pi / 180, half = (length - 1) / 2;
  const double cosine = turn == 90 || turn == -90 ? 0 : std::cos(angle);
  const double sine = turn == 0 ? 0 : std::sin(angle);
  const auto reach = [half](double part) {
    // A tap has a weight where the segment is nearer than one pixel.
    return static_cast<std::int64_t>(std::max(0.0, std::ceil(half * std::abs(part) + 1) - 1));
  };
  const std::int64_t rows = reach(sine), columns = reach(cosine);
  const double all = (2 * static_cast<double>(rows) + 1) * (2 * static_cast<double>(columns) + 1);
  if (auto ok = check_size(kForm, all, 1); !ok) return tl::unexpected(ok.error());
  Filter f{Dims{2 * rows + 1, 2 * columns + 1}, {}, {}};
  for (std::int64_t i = -rows; i <= rows; ++i)
    for (std::int64_t j = -columns; j <= columns; ++j)
      f.values.push_back(
          std::max(0.0, 1 - distance_to_segment(static_cast<double>(j), static_cast<double>(i),
                                                half, cosine, sine)));
  scale_to_unit_sum(f.values);
  return f;
}

Result<Filter> make_moving_average(const KernelArguments& a) {
  const double size = a.numbers[0];
  if (auto ok = check_count("moving-average:SIZE", size, 1); !ok) return tl::unexpected(ok.error());
  Filter f = of_row(std::vector<double>(static_cast<std::size_t>(size), 1.0 / size), 1);
  f.origin = {0};
  return f;
}

Result<Filter> make_exponential(const KernelArguments& a) {
  const double tau = a.numbers[0], dt = a.dt;
  if (!(tau > 0) || !std::isfinite(tau))
    return refuse_number("exp:TAU", "a TAU above 0 (in units of dt)", tau);
  if (!(dt > 0) || !std::isfinite(dt))
    return tl::unexpected(
        Failure{Status::invalid_argument, "dt is above 0, not " + short_text(dt)});
  // h[k] = (1 - e^{-dt/tau}) e^{-k dt/tau}: below 2^-53 of h[0] from k = 53 ln 2 tau / dt on.
  const double taps = std::floor(53 * std::log(2.0) * tau / dt) + 1;
  if (taps > kLargestKernel)
    return tl::unexpected(Failure{
        Status::invalid_argument,
        "exp:" + short_text(tau) + " with dt " + short_text(dt) + " needs more than 2^24 taps"});
  const double h0 = -std::expm1(-dt / tau);
  Filter f{Dims{static_cast<std::int64_t>(taps)}, {}, {}, Dims{0}};
  for (std::int64_t k = 0; k < f.shape[0]; ++k)
    f.values.push_back(h0 * std::exp(-static_cast<double>(k) * dt / tau));
  return f;
}

}  // namespace faltung
