// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_shape.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/chebyshev.hpp"
#include "continuous/operations.hpp"

namespace faltung::continuous {
namespace {

constexpr double kNothing = 1e-18;  ///< relative to the largest value
constexpr int kFarthest = 40;       ///< |t| = 2^40 shape widths
constexpr int kPerOctave = 16;

/// The part's ends, brought in to where it is more than nothing.
class Ends {
 public:
  explicit Ends(const SmoothPart& part) : part_(part) {
    lower = part.lower();
    upper = part.upper();
    origin_ = std::isfinite(lower) && std::isfinite(upper) ? lower + (upper - lower) / 2
              : std::isfinite(lower)                       ? lower
              : std::isfinite(upper)                       ? upper
                                                           : part.shift;
    if (!(origin_ >= lower && origin_ <= upper)) origin_ = std::isfinite(lower) ? lower : upper;
    unit_ = std::abs(part.stretch);
    from_ = {origin_};
    for (const double t : part.landmarks())
      if (t >= lower && t <= upper && t != origin_) from_.push_back(t);
    if (part.shape->cost() > 1) return;
    for (const double t : part.breakpoints()) see(t);
    for (const double t : from_) {
      see(t);
      for (const int side : {-1, 1}) scan(t, side);
    }
  }

  Result<void> bring_in() {
    for (const int side : {-1, 1}) {
      double& end = side < 0 ? lower : upper;
      double cut = origin_;
      for (const double t : from_) {
        const double reach = farthest(t, side);
        if (reach >= std::ldexp(unit_, kFarthest - 1) && !std::isfinite(end))
          return tl::unexpected(
              Failure{Status::unsupported, part_.shape->text() +
                                               " falls too slowly to be cut off; restrict it to "
                                               "where it matters"});
        const double place = t + side * (1.1 * reach + unit_ * std::ldexp(1.0, -kPerOctave));
        if (t == origin_ || (side < 0 ? place < cut : place > cut)) cut = place;
      }
      if (side < 0 ? cut > end : cut < end) end = cut;
    }
    return {};
  }

  double lower, upper;
  /// Places that halve the way from the ends to the middle, for functions far wider than they are
  /// steep, and landmarks about which they are steep.
  std::vector<double> places() {
    std::vector<double> found = {origin_};
    for (double step = unit_; step < std::max(upper - origin_, origin_ - lower); step *= 4) {
      found.push_back(origin_ - step);
      found.push_back(origin_ + step);
    }
    if (found.size() < kFewSteps) found.clear();
    const double aside = (upper - lower) / kNarrow;
    for (const double t : from_) {
      if (!(t > lower && t < upper)) continue;
      const double here = part_.value(t);
      for (const double other : {t - aside, t + aside})
        if (!(std::abs(here - part_.value(other)) <= kSteep * largest_)) {
          found.push_back(t);
          break;
        }
    }
    return found;
  }

 private:
  static constexpr std::size_t kFewSteps = 12;
  static constexpr double kNarrow = 512, kSteep = 0.05;

  double see(double t) {
    const double v = std::abs(part_.value(t));
    if (std::isfinite(v)) largest_ = std::max(largest_, v);
    return v;
  }
  void scan(double from, int side) {
    for (int octave = -kPerOctave; octave < kFarthest; ++octave)
      for (int i = 0; i < kPerOctave; ++i) {
        const double t =
            from + side * unit_ * std::ldexp(1 + static_cast<double>(i) / kPerOctave, octave);
        if (t >= lower && t <= upper) see(t);
      }
  }
  /// The distance to the last place that is more than nothing.
  double farthest(double from, int side) {
    for (int octave = kFarthest; octave-- > -kPerOctave;)
      for (int i = kPerOctave; i-- > 0;) {
        const double distance = unit_ * std::ldexp(1 + static_cast<double>(i) / kPerOctave, octave);
        const double t = from + side * distance;
        if (t >= lower && t <= upper && !(see(t) <= kNothing * largest_)) return distance;
      }
    return 0;
  }

  const SmoothPart& part_;
  std::vector<double> from_;  ///< where features may be
  double origin_ = 0, unit_ = 1, largest_ = 0;
};

std::vector<double> with(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

std::vector<double> SeriesShape::breakpoints() const {
  if (series_.breaks.size() < 3) return {};
  return {series_.breaks.begin() + 1, series_.breaks.end() - 1};
}

std::string SeriesShape::text() const {
  const std::size_t pieces = series_.pieces.size();
  return "a series of degree " + std::to_string(series_.largest_degree()) + " in " +
         std::to_string(pieces) + (pieces == 1 ? " piece" : " pieces");
}

Function function_of(Series series) {
  if (series.empty()) return {};
  return Function(SmoothPart{std::make_shared<const SeriesShape>(std::move(series))});
}

Result<Series> series_of(const SmoothPart& part, const Resolution& how) {
  if (const auto* shape = dynamic_cast<const SeriesShape*>(part.shape.get()))
    return shifted(stretched(scaled(shape->series(), part.weight), part.stretch), part.shift);
  const bool costly = part.shape->cost() > 1;
  if (costly && !(std::isfinite(part.lower()) && std::isfinite(part.upper())))
    return tl::unexpected(Failure{Status::unsupported,
                                  part.shape->text() +
                                      " is an integral at each t, and has no end; restrict it to "
                                      "where it matters"});
  Ends ends(part);
  const Result<void> brought = costly ? Result<void>() : ends.bring_in();
  if (!brought) return tl::unexpected(brought.error());
  if (!(ends.lower < ends.upper)) return Series{};
  Resolution with_places = how;
  with_places.breakpoints = with(with(how.breakpoints, part.breakpoints()), ends.places());
  if (costly) {
    with_places.most_degree = std::min<std::size_t>(how.most_degree, 512);
    with_places.most_pieces = std::min<std::size_t>(how.most_pieces, 16);
  }
  Result<Series> series =
      resolve([&](double t) { return part.value(t); }, ends.lower, ends.upper, with_places);
  if (series) {
    const double error = std::abs(part.weight) * part.shape->error_estimate();
    series->error += error;
    series->error_integral += error * (ends.upper - ends.lower);
  }
  return series;
}

Result<Series> series_of(const std::vector<SmoothPart>& parts, const Resolution& how) {
  Series all;
  for (const SmoothPart& part : parts) {
    Result<Series> one = series_of(part, how);
    if (!one) return one;
    all = all.empty() ? std::move(*one) : sum(all, *one);
  }
  return all;
}

Function derivative_of(const Series& f) {
  std::vector<WideImpulse> impulses;
  const double least = std::max(16 * f.error, 0x1p-48 * size_of(f).largest);
  for (std::size_t i = 0; i < f.breaks.size(); ++i) {
    double after = 0, before = 0;
    const double at = f.breaks[i];
    if (i < f.pieces.size())
      evaluate_chebyshev(f.pieces[i], at, f.breaks[i + 1], {&at, 1}, {&after, 1});
    if (i > 0) evaluate_chebyshev(f.pieces[i - 1], f.breaks[i - 1], at, {&at, 1}, {&before, 1});
    if (std::abs(after - before) > least) impulses.push_back({at, 0, after - before});
  }
  Function y = function_of(derivative(f));
  return function_of(Closed{{}, std::move(impulses)}, y.smooth_parts());
}

namespace {

Result<Resolution> resolution_of(const SeriesOptions& options) {
  if (options.max_degree < 16 || options.max_degree > 1 << 20 || options.max_pieces < 1 ||
      options.max_pieces > 1 << 14)
    return tl::unexpected(Failure{Status::invalid_argument,
                                  "a series has pieces of degree 16 to 1048576, and 1 to 16384 of "
                                  "them"});
  return Resolution{options.tolerance, options.breakpoints,
                    static_cast<std::size_t>(options.max_degree),
                    static_cast<std::size_t>(options.max_pieces)};
}

}  // namespace

Result<Function> series_function(const std::function<double(double)>& f, double lower, double upper,
                                 const SeriesOptions& options) {
  const Result<Resolution> how = resolution_of(options);
  if (!how) return tl::unexpected(how.error());
  Result<Series> series = resolve(f, lower, upper, *how);
  if (!series) return tl::unexpected(series.error());
  return function_of(std::move(*series));
}

Result<Function> as_series(const Function& f, const SeriesOptions& options) {
  const Result<Resolution> how = resolution_of(options);
  if (!how) return tl::unexpected(how.error());
  std::vector<SmoothPart> parts;
  for (const SmoothPart& part : f.smooth_parts()) {
    Result<Series> series = series_of(part, *how);
    if (!series) return tl::unexpected(series.error());
    if (!series->empty())
      parts.push_back({std::make_shared<const SeriesShape>(std::move(*series))});
  }
  return function_of(f.impl().closed, std::move(parts));
}

double error_estimate(const Function& f) {
  double error = 0;
  for (const SmoothPart& part : f.smooth_parts())
    error += std::abs(part.weight) * part.shape->error_estimate();
  return error;
}

}  // namespace faltung::continuous
