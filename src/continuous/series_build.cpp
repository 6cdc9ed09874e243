// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_build.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "continuous/chebyshev.hpp"
#include "continuous/series_edges.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kLeastDegree = 256;  ///< that a part of an interval may have
constexpr double kFewDoubles = 64;         ///< an interval of so few is not cut any more
constexpr double kNarrowest = 1e-32;       ///< nor is one of this part of the whole
constexpr std::size_t kSuspicious = 512;   ///< the degree at which edges are first looked for
constexpr std::size_t kFirstLook = 128;
constexpr double kNearEnd = 0.01;  ///< an edge so near an end is at it
constexpr double kTowardsEnd = 1.0 / 16;
constexpr double kClose = 1e-8;     ///< of an interval, relative to its place
constexpr double kUnbounded = 1e8;  ///< times the largest of the first values

std::string number(double t) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", t);
  return text;
}

/// Builds pieces from left to right.
class Builder {
 public:
  Builder(const std::function<double(double)>& f, const Resolution& how) : f_(f), how_(how) {}

  Result<Series> run(double lower, double upper) {
    std::vector<double> ends = {lower};
    for (const double b : how_.breakpoints)
      if (b > lower && b < upper) ends.push_back(b);
    ends.push_back(upper);
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) look(ends[i], ends[i + 1]);
    y_.breaks = {lower};
    whole_ = upper - lower;
    for (std::size_t i = 0; i + 1 < ends.size() && failure_.message.empty(); ++i)
      build(ends[i], ends[i + 1], how_.most_degree);
    if (!failure_.message.empty()) return tl::unexpected(failure_);
    y_.error = std::max(y_.error, how_.tolerance * scale_);
    return std::move(y_);
  }

 private:
  /// A value, within the open interval so that it belongs to this piece.
  double at(double t, double lower, double upper) {
    if (t <= lower) t = std::nextafter(lower, upper);
    if (t >= upper) t = std::nextafter(upper, lower);
    const double v = f_(t);
    if (!std::isfinite(v)) fail(Status::invalid_argument, "the function is not finite at t = ", t);
    return v;
  }

  void fail(Status status, const char* what, double t) {
    if (failure_.message.empty()) failure_ = {status, what + number(t)};
  }

  void look(double lower, double upper) {
    // Without the ends, where a value may be the first of many.
    const std::vector<Place> points = chebyshev_points(lower, upper, kFirstLook);
    for (std::size_t i = 1; i < kFirstLook; ++i)
      scale_ = std::max(scale_, std::abs(at(static_cast<double>(points[i]), lower, upper)));
    bound_ = kUnbounded * scale_;
  }

  void build(double lower, double upper, std::size_t most) {
    const double width = upper - lower;
    const bool tiny = width <= kFewDoubles * std::numeric_limits<double>::epsilon() *
                                   std::max(std::abs(lower), std::abs(upper)) ||
                      width <= kNarrowest * whole_;
    std::optional<double> cut;
    for (std::size_t n = 16; n <= (tiny ? 16 : most) && !cut; n *= 2) {
      if (try_degree(lower, upper, n, tiny) || !failure_.message.empty()) return;
      // A jump of a high derivative would pass for rounding at the highest degrees.
      if (n == kSuspicious) cut = place_to_cut(lower, upper);
    }
    if (y_.pieces.size() + open_ >= how_.most_pieces)
      return fail(Status::unsupported,
                  "the function is not resolved by as many smooth pieces as are allowed; it "
                  "resists near t = ",
                  lower + width / 2);
    if (!cut) cut = place_to_cut(lower, upper);
    if (!cut) cut = lower + width / 2;
    const std::size_t half = std::max(most / 2, std::min(kLeastDegree, how_.most_degree));
    ++open_;
    build(lower, *cut, half);
    --open_;
    if (failure_.message.empty()) build(*cut, upper, half);
  }

  /// Where the function is not smooth, or a step towards that where it is at an end.
  std::optional<double> place_to_cut(double lower, double upper) {
    const auto inside = [&](double t) { return at(t, lower, upper); };
    const std::optional<double> edge = find_edge(inside, lower, upper, scale_);
    if (!edge) return edge;
    const double share = (*edge - lower) / (upper - lower);
    if (share < kNearEnd) return lower + kTowardsEnd * (upper - lower);
    if (share > 1 - kNearEnd) return upper - kTowardsEnd * (upper - lower);
    return edge;
  }

  bool try_degree(double lower, double upper, std::size_t n, bool tiny) {
    std::vector<double> c;
    double largest = 0, steepest = 0;
    const std::vector<Place> points = chebyshev_points(lower, upper, n);
    for (std::size_t j = 0; j <= n; ++j) {
      c.push_back(at(static_cast<double>(points[j]), lower, upper));
      largest = std::max(largest, std::abs(c[j]));
      if (j > 0)
        steepest = std::max(
            steepest, std::abs(c[j] - c[j - 1]) / static_cast<double>(points[j] - points[j - 1]));
    }
    scale_ = std::max(scale_, largest);
    if (scale_ > bound_) {
      fail(Status::invalid_argument,
           "the function seems to grow without bound near t = ", lower + (upper - lower) / 2);
      return false;
    }
    c = chebyshev_coefficients(std::move(c));
    double cut_off = tiny ? largest / 4 : 0;
    if (largest > how_.tolerance / 4 * scale_) {
      double tolerance = how_.tolerance * std::max(1.0, scale_ / largest);
      // Beside a singularity that is not at 0 points are known to a few digits only.
      const double reach = std::max(std::abs(lower), std::abs(upper));
      if (upper - lower <= kClose * reach)
        tolerance = std::max(tolerance, 1e-15 * reach * steepest / largest);
      tolerance = std::min(0.1, tolerance);
      const std::size_t kept = chopped_size(c, tolerance);
      if (kept == c.size() && !tiny) return false;
      if (!tiny) {
        // Noise is no more than a few times its largest; the slow tail of a root adds up.
        double sum = 0;
        for (std::size_t k = kept; k < c.size(); ++k) {
          cut_off = std::max(cut_off, std::abs(c[k]));
          sum += std::abs(c[k]);
        }
        cut_off = std::max(cut_off, sum / 4);
      }
      c.resize(kept);
    } else {
      c.clear();
      cut_off = largest / 4;
    }
    if (!tiny && upper - lower > kClose * std::abs(upper) && !agrees(c, lower, upper)) return false;
    correct(c, points);
    // Where a function jumps no width is small enough, but its integral does not see that.
    if (!tiny) y_.error = std::max(y_.error, 4 * cut_off);
    y_.error_integral += (upper - lower) * (4 * cut_off + how_.tolerance * largest);
    y_.breaks.push_back(upper);
    y_.pieces.push_back(std::move(c));
    return true;
  }

  /// Values were taken at points rounded to doubles, not where they were meant: for a function of a
  /// thousand periods that shows, and its slope says how much.
  static void correct(std::vector<double>& c, const std::vector<Place>& points) {
    if (c.size() < 2) return;
    const std::size_t n = points.size() - 1;
    const std::vector<double> slope =
        chebyshev_values(differentiated(c, static_cast<double>(points[n] - points[0])), n);
    std::vector<double> change(n + 1);
    for (std::size_t j = 0; j <= n; ++j)
      change[j] = slope[j] * static_cast<double>(points[j] - static_cast<double>(points[j]));
    change = chebyshev_coefficients(std::move(change));
    for (std::size_t k = 0; k < c.size(); ++k) c[k] += change[k];
  }

  /// Looks between the points, at places that no grid shares.
  bool agrees(const std::vector<double>& c, double lower, double upper) {
    for (const double share : {0.1294731, 0.3561983, 0.5527184, 0.7718263, 0.9138247}) {
      const double t = lower + share * (upper - lower), meant = at(t, lower, upper);
      double found = 0;
      evaluate_chebyshev(c, lower, upper, {&t, 1}, {&found, 1});
      if (!(std::abs(found - meant) <= 1e4 * how_.tolerance * scale_)) return false;
    }
    return true;
  }

  const std::function<double(double)>& f_;
  const Resolution& how_;
  double scale_ = 0, bound_ = 0;
  double whole_ = 0;
  std::size_t open_ = 0;  ///< intervals that are waiting for their turn
  Series y_;
  Failure failure_{Status::ok, ""};
};

}  // namespace

Result<Series> resolve(const std::function<double(double)>& f, double lower, double upper,
                       const Resolution& how) {
  if (!(lower < upper) || !std::isfinite(upper - lower))
    return tl::unexpected(
        Failure{Status::invalid_argument, "a series needs two finite ends, the lower one first"});
  if (!(how.tolerance >= std::numeric_limits<double>::epsilon() && how.tolerance < 0.1))
    return tl::unexpected(
        Failure{Status::invalid_argument, "the tolerance of a series is from 2.2e-16 to 0.1"});
  return Builder(f, how).run(lower, upper);
}

}  // namespace faltung::continuous
