// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "continuous/bell.hpp"
#include "continuous/closed.hpp"
#include "continuous/mixed.hpp"
#include "continuous/operations.hpp"

namespace faltung::continuous {
namespace {

std::complex<double> narrow(const Complex& z) {
  return {continuous::narrow(z.re), continuous::narrow(z.im)};
}
Complex widen(const std::complex<double>& z) { return {Wide(z.real()), Wide(z.imag())}; }

Failure refused(const char* what) { return {Status::invalid_argument, what}; }

Result<WidePiece> widen(const Piece& piece) {
  WidePiece wide{piece.lower, piece.upper, piece.lower, 1, {}};
  if (!(piece.lower < piece.upper)) return tl::unexpected(refused("a piece ends before it begins"));
  if (std::isinf(piece.lower)) {
    wide.origin = piece.upper;
    wide.direction = -1;
  }
  if (!is_finite(wide.origin))
    return tl::unexpected(
        refused("a piece of the closed class has at least one finite end; cut it "
                "at t = 0"));
  for (const Term& term : piece.terms) {
    if (term.rates.empty() || term.rates.size() > kMostRates)
      return tl::unexpected(refused("a term has 1 to 64 rates"));
    WideTerm wide_term{widen(term.weight), {}};
    for (const std::complex<double>& z : term.rates) wide_term.rates.push_back(widen(z));
    wide.terms.push_back(std::move(wide_term));
  }
  return wide;
}

bool is_zero(const Function& f) {
  return f.impl().closed.pieces.empty() && f.impl().closed.impulses.empty() &&
         f.smooth_parts().empty();
}

std::vector<double> sorted_places(std::vector<double> places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::erase_if(places, [](double t) { return !std::isfinite(t); });
  return places;
}

}  // namespace

Smooth::~Smooth() = default;

void Smooth::values(std::span<const double> t, std::span<double> y) const {
  for (std::size_t i = 0; i < t.size(); ++i) y[i] = value(t[i]);
}

double SmoothPart::lower() const {
  return shift + stretch * (stretch > 0 ? shape->lower() : shape->upper());
}
double SmoothPart::upper() const {
  return shift + stretch * (stretch > 0 ? shape->upper() : shape->lower());
}
double SmoothPart::value(double t) const {
  if (!(t >= lower() && t <= upper())) return 0;
  return weight * shape->value(std::clamp((t - shift) / stretch, shape->lower(), shape->upper()));
}
std::vector<double> SmoothPart::breakpoints() const {
  std::vector<double> places = shape->breakpoints();
  for (double& t : places) t = shift + stretch * t;
  if (stretch < 0) std::reverse(places.begin(), places.end());
  return places;
}
std::vector<double> SmoothPart::landmarks() const {
  std::vector<double> places = shape->landmarks();
  for (double& t : places) t = shift + stretch * t;
  return places;
}

Function::Function() : impl_(std::make_shared<const FunctionImpl>()) {}

Function::Function(SmoothPart part)
    : impl_(std::make_shared<const FunctionImpl>(FunctionImpl{{}, {std::move(part)}})) {}

Result<Function> Function::make(const std::vector<Piece>& pieces,
                                const std::vector<Impulse>& impulses) {
  std::vector<WidePiece> wide;
  for (const Piece& piece : pieces) {
    auto one = widen(piece);
    if (!one) return tl::unexpected(one.error());
    wide.push_back(std::move(*one));
  }
  std::vector<WideImpulse> wide_impulses;
  for (const Impulse& d : impulses) {
    if (d.order < 0 || d.order > kMostOrder || !std::isfinite(d.at) || !std::isfinite(d.weight))
      return tl::unexpected(
          refused("an impulse has a finite place and weight and an order of 0 to "
                  "32"));
    wide_impulses.push_back({d.at, d.order, d.weight});
  }
  auto closed = assemble(std::move(wide), std::move(wide_impulses));
  if (!closed) return tl::unexpected(closed.error());
  return function_of(std::move(*closed));
}

double Function::operator()(double t) const {
  double sum = continuous::narrow(value_at(impl_->closed, t));
  for (const SmoothPart& part : impl_->smooth)
    if (t < part.upper()) sum += part.value(t);  // what begins at its end counts there
  return sum;
}

void Function::evaluate(std::span<const double> t, std::span<double> y) const {
  const std::size_t count = std::min(t.size(), y.size());
  for (std::size_t i = 0; i < count; ++i) y[i] = continuous::narrow(value_at(impl_->closed, t[i]));
  for (const SmoothPart& part : impl_->smooth) {
    std::vector<double> at;
    std::vector<std::size_t> index;
    for (std::size_t i = 0; i < count; ++i) {
      if (!(t[i] >= part.lower() && t[i] < part.upper())) continue;
      at.push_back(
          std::clamp((t[i] - part.shift) / part.stretch, part.shape->lower(), part.shape->upper()));
      index.push_back(i);
    }
    std::vector<double> values(at.size());
    part.shape->values(at, values);
    for (std::size_t k = 0; k < at.size(); ++k) y[index[k]] += part.weight * values[k];
  }
}

std::vector<Piece> Function::pieces() const {
  std::vector<Piece> pieces;
  for (const WidePiece& wide : impl_->closed.pieces) {
    Piece piece{continuous::narrow(wide.lower), continuous::narrow(wide.upper), {}};
    for (const WideTerm& term : wide.terms) {
      Term one{narrow(term.weight), {}};
      for (const Complex& z : term.rates) one.rates.push_back(narrow(z));
      piece.terms.push_back(std::move(one));
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::vector<Impulse> Function::impulses() const {
  std::vector<Impulse> impulses;
  for (const WideImpulse& d : impl_->closed.impulses)
    impulses.push_back({continuous::narrow(d.at), d.order, continuous::narrow(d.weight)});
  return impulses;
}

const std::vector<SmoothPart>& Function::smooth_parts() const { return impl_->smooth; }

std::vector<double> Function::breakpoints() const {
  std::vector<double> places;
  for (const WidePiece& piece : impl_->closed.pieces)
    for (const Wide end : {piece.lower, piece.upper}) places.push_back(continuous::narrow(end));
  for (const WideImpulse& d : impl_->closed.impulses) places.push_back(continuous::narrow(d.at));
  for (const SmoothPart& part : impl_->smooth) {
    places.push_back(part.lower());
    places.push_back(part.upper());
    for (const double t : part.breakpoints()) places.push_back(t);
  }
  return sorted_places(std::move(places));
}

double Function::lower() const {
  double lowest = std::numeric_limits<double>::infinity();
  for (const WidePiece& piece : impl_->closed.pieces)
    lowest = std::min(lowest, continuous::narrow(piece.lower));
  for (const WideImpulse& d : impl_->closed.impulses)
    lowest = std::min(lowest, continuous::narrow(d.at));
  for (const SmoothPart& part : impl_->smooth) lowest = std::min(lowest, part.lower());
  return lowest == std::numeric_limits<double>::infinity() ? 0 : lowest;
}

double Function::upper() const {
  double highest = -std::numeric_limits<double>::infinity();
  for (const WidePiece& piece : impl_->closed.pieces)
    highest = std::max(highest, continuous::narrow(piece.upper));
  for (const WideImpulse& d : impl_->closed.impulses)
    highest = std::max(highest, continuous::narrow(d.at));
  for (const SmoothPart& part : impl_->smooth) highest = std::max(highest, part.upper());
  return highest == -std::numeric_limits<double>::infinity() ? 0 : highest;
}

namespace {

/// What is convolved exactly apart from the rest: impulses (with smooth parts) and bells.
struct Split {
  std::vector<WideImpulse> impulses;  ///< of order 0
  std::vector<SmoothPart> bells;
  Function rest;
};

Split split(const Function& f) {
  Split parts;
  FunctionImpl rest{{f.impl().closed.pieces, {}}, {}};
  for (const WideImpulse& d : f.impl().closed.impulses)
    (d.order == 0 ? parts.impulses : rest.closed.impulses).push_back(d);
  for (const SmoothPart& part : f.smooth_parts())
    (is_bell(part) ? parts.bells : rest.smooth).push_back(part);
  parts.rest = function_of(std::move(rest.closed), std::move(rest.smooth));
  return parts;
}

void add_shifted(const std::vector<WideImpulse>& impulses, const std::vector<SmoothPart>& parts,
                 std::vector<SmoothPart>& out) {
  for (const WideImpulse& d : impulses)
    for (SmoothPart part : parts) {
      part.weight *= continuous::narrow(d.weight);
      part.shift += continuous::narrow(d.at);
      out.push_back(std::move(part));
    }
}

/// Bells with a function that has none. Those far from 0 for their width meet it at 0 and are
/// brought back: t - 1e6 would be known to a tenth of a millionth only.
Result<Function> with_bells(const std::vector<SmoothPart>& bells, const Function& rest) {
  constexpr double kFar = 256;
  constexpr std::size_t kMostFar = 32;
  if (is_zero(rest)) return Function();
  std::vector<SmoothPart> near, far;
  for (const SmoothPart& bell : bells) {
    const bool away = std::abs(bell.shift) > kFar * std::abs(bell.stretch);
    (away && far.size() < kMostFar ? far : near).push_back(bell);
  }
  Result<Function> sum = near.empty() ? Function() : convolve_smooth(function_of({}, near), rest);
  for (SmoothPart& bell : far) {
    if (!sum) return sum;
    const double home = std::exchange(bell.shift, 0);
    const Result<Function> y = convolve_smooth(function_of({}, {bell}), rest);
    if (!y) return y;
    sum = add(*sum, shifted(*y, home));
  }
  return sum;
}

}  // namespace

Result<Function> convolve(const Function& f, const Function& g) {
  auto closed = convolve(f.impl().closed, g.impl().closed);
  if (!closed) return tl::unexpected(closed.error());
  if (f.is_closed() && g.is_closed()) return function_of(std::move(*closed));
  const Split a = split(f), b = split(g);
  std::vector<SmoothPart> exact;
  add_shifted(a.impulses, g.smooth_parts(), exact);
  add_shifted(b.impulses, f.smooth_parts(), exact);
  for (const SmoothPart& p : a.bells)
    for (const SmoothPart& q : b.bells) exact.push_back(convolve_bells(p, q));
  Result<Function> result = function_of(std::move(*closed), std::move(exact));
  const auto more = [&](const Result<Function>& next) {
    result = next ? add(*result, *next) : next;
    return result.has_value();
  };
  if (!more(with_bells(a.bells, b.rest)) || !more(with_bells(b.bells, a.rest))) return result;
  const bool closed_rests = a.rest.is_closed() && b.rest.is_closed();
  if (!closed_rests && !is_zero(a.rest) && !is_zero(b.rest)) more(convolve_smooth(a.rest, b.rest));
  return result;
}

}  // namespace faltung::continuous
