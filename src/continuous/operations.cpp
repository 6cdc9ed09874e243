// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/operations.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/series_shape.hpp"

namespace faltung::continuous {
namespace {

Failure refused(const char* what) { return {Status::invalid_argument, what}; }

/// A smooth part between two ends.
class Cut final : public Smooth {
 public:
  Cut(SmoothPart part, double lower, double upper)
      : part_(std::move(part)), lower_(lower), upper_(upper) {}
  double value(double t) const override { return part_.value(t); }
  double lower() const override { return lower_; }
  double upper() const override { return upper_; }
  std::vector<double> breakpoints() const override {
    std::vector<double> inside = part_.breakpoints();
    std::erase_if(inside, [&](double t) { return t <= lower_ || t >= upper_; });
    return inside;
  }
  std::vector<double> landmarks() const override { return part_.landmarks(); }
  double error_estimate() const override {
    return std::abs(part_.weight) * part_.shape->error_estimate();
  }
  double cost() const override { return part_.shape->cost(); }
  std::string text() const override { return part_.shape->text(); }

 private:
  SmoothPart part_;
  double lower_, upper_;
};

std::vector<SmoothPart> cut(const std::vector<SmoothPart>& parts, double lower, double upper) {
  std::vector<SmoothPart> result;
  for (const SmoothPart& part : parts) {
    const double from = std::max(lower, part.lower()), to = std::min(upper, part.upper());
    if (!(from < to)) continue;
    const bool whole = from == part.lower() && to == part.upper();
    const SmoothPart here = whole ? part : SmoothPart{std::make_shared<const Cut>(part, from, to)};
    result.push_back(here);
    if (part.shape->cost() == 1 || !std::isfinite(from) || !std::isfinite(to)) continue;
    // What is expensive at each t, and has ends now, is better a series.
    const auto series = series_of(here);
    if (series && !series->empty())
      result.back() = {std::make_shared<const SeriesShape>(*series), 1, 0, 1};
  }
  return result;
}

}  // namespace

Function function_of(Closed closed, std::vector<SmoothPart> smooth) {
  return Function(
      std::make_shared<const FunctionImpl>(FunctionImpl{std::move(closed), std::move(smooth)}));
}

Result<Function> add(const Function& f, const Function& g) {
  std::vector<WidePiece> pieces = f.impl().closed.pieces;
  const std::vector<WidePiece>& more = g.impl().closed.pieces;
  pieces.insert(pieces.end(), more.begin(), more.end());
  std::vector<WideImpulse> impulses = f.impl().closed.impulses;
  const std::vector<WideImpulse>& others = g.impl().closed.impulses;
  impulses.insert(impulses.end(), others.begin(), others.end());
  std::vector<SmoothPart> smooth = f.smooth_parts();
  smooth.insert(smooth.end(), g.smooth_parts().begin(), g.smooth_parts().end());
  auto closed = assemble(std::move(pieces), std::move(impulses));
  if (!closed) return tl::unexpected(closed.error());
  return function_of(std::move(*closed), std::move(smooth));
}

Function scaled(const Function& f, Wide factor) {
  if (factor == 0) return {};
  std::vector<SmoothPart> smooth = f.smooth_parts();
  for (SmoothPart& part : smooth) part.weight *= narrow(factor);
  return function_of(scaled(f.impl().closed, factor), std::move(smooth));
}
Function scaled(const Function& f, double factor) { return scaled(f, Wide(factor)); }

Function shifted(const Function& f, Wide by) {
  std::vector<SmoothPart> smooth = f.smooth_parts();
  for (SmoothPart& part : smooth) part.shift += narrow(by);
  return function_of(shifted(f.impl().closed, by), std::move(smooth));
}
Function shifted(const Function& f, double by) { return shifted(f, Wide(by)); }

Result<Function> stretched(const Function& f, Wide factor) {
  if (factor == 0 || !is_finite(factor))
    return tl::unexpected(refused("the factor of time must be finite and not 0"));
  auto closed = stretched(f.impl().closed, factor);
  if (!closed) return tl::unexpected(closed.error());
  std::vector<SmoothPart> smooth = f.smooth_parts();
  for (SmoothPart& part : smooth) {
    part.shift *= narrow(factor);
    part.stretch *= narrow(factor);
  }
  return function_of(std::move(*closed), std::move(smooth));
}
Result<Function> stretched(const Function& f, double factor) { return stretched(f, Wide(factor)); }

Result<Function> restricted(const Function& f, Wide lower, Wide upper) {
  if (!(lower < upper)) return tl::unexpected(refused("the lower end must be below the upper one"));
  auto closed = restricted(f.impl().closed, lower, upper);
  if (!closed) return tl::unexpected(closed.error());
  return function_of(std::move(*closed), cut(f.smooth_parts(), narrow(lower), narrow(upper)));
}
Result<Function> restricted(const Function& f, double lower, double upper) {
  return restricted(f, Wide(lower), Wide(upper));
}

Result<Function> periodic(const Function& f, Wide period, Wide lower, Wide upper) {
  if (!(period > 0) || !is_finite(period)) return tl::unexpected(refused("a period is above 0"));
  if (!is_finite(lower) || !is_finite(upper) || !(lower < upper))
    return tl::unexpected(refused("a periodic function is made between two finite ends"));
  if (!std::isfinite(f.lower()) || !std::isfinite(f.upper()))
    return tl::unexpected(
        refused("a function that is repeated ends on both sides; cut it off with "
                "box(t/T) or restrict(f, a, b)"));
  const double first = std::floor(narrow((lower - Wide(f.upper())) / period)),
               last = std::ceil(narrow((upper - Wide(f.lower())) / period));
  if (!(last - first <= 4096))
    return tl::unexpected(Failure{Status::size_overflow, "more than 4096 periods"});
  FunctionImpl all;
  for (double k = first; k <= last; ++k) {
    const Function copy = shifted(f, Wide(k) * period);
    const Closed& closed = copy.impl().closed;
    all.closed.pieces.insert(all.closed.pieces.end(), closed.pieces.begin(), closed.pieces.end());
    all.closed.impulses.insert(all.closed.impulses.end(), closed.impulses.begin(),
                               closed.impulses.end());
    all.smooth.insert(all.smooth.end(), copy.smooth_parts().begin(), copy.smooth_parts().end());
  }
  auto closed = assemble(std::move(all.closed.pieces), std::move(all.closed.impulses));
  if (!closed) return tl::unexpected(closed.error());
  auto result = restricted(function_of(std::move(*closed), std::move(all.smooth)), lower, upper);
  if (!result) return result;
  // What lies at the upper end belongs to the next period.
  std::vector<WideImpulse> impulses = result->impl().closed.impulses;
  std::erase_if(impulses, [&](const WideImpulse& d) { return d.at == upper; });
  return function_of({result->impl().closed.pieces, std::move(impulses)}, result->smooth_parts());
}
Result<Function> periodic(const Function& f, double period, double lower, double upper) {
  return periodic(f, Wide(period), Wide(lower), Wide(upper));
}

Result<Function> derivative(const Function& f) {
  auto closed = derivative(f.impl().closed);
  if (!closed) return tl::unexpected(closed.error());
  Function y = function_of(std::move(*closed));
  if (f.is_closed()) return y;
  const auto series = series_of(f.smooth_parts());
  if (!series) return tl::unexpected(series.error());
  return add(y, derivative_of(*series));
}

Result<Function> antiderivative(const Function& f) {
  return convolve(f, function_of({{{0, kWideInfinity, 0, 1, {{Complex(1), {Complex()}}}}}, {}}));
}

Result<Function> correlate(const Function& f, const Function& g) {
  auto flipped = stretched(f, Wide(-1));
  if (!flipped) return flipped;
  return convolve(*flipped, g);
}

}  // namespace faltung::continuous
