// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "continuous/closed.hpp"
#include "continuous/mixed.hpp"

namespace faltung::continuous {
namespace {

std::complex<double> narrow(const Complex& z) {
  return {continuous::narrow(z.re), continuous::narrow(z.im)};
}
Complex widen(const std::complex<double>& z) { return {Wide(z.real()), Wide(z.imag())}; }

Function function_of(Closed closed, std::vector<SmoothPart> smooth = {}) {
  return Function(
      std::make_shared<const FunctionImpl>(FunctionImpl{std::move(closed), std::move(smooth)}));
}

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

std::vector<double> sorted_places(std::vector<double> places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::erase_if(places, [](double t) { return !std::isfinite(t); });
  return places;
}

}  // namespace

Smooth::~Smooth() = default;

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
  for (const SmoothPart& part : impl_->smooth) sum += part.value(t);
  return sum;
}

void Function::evaluate(std::span<const double> t, std::span<double> y) const {
  for (std::size_t i = 0; i < std::min(t.size(), y.size()); ++i) y[i] = (*this)(t[i]);
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

Function scaled(const Function& f, double factor) {
  std::vector<SmoothPart> smooth = f.smooth_parts();
  for (SmoothPart& part : smooth) part.weight *= factor;
  return function_of(scaled(f.impl().closed, factor), std::move(smooth));
}

Function shifted(const Function& f, double by) {
  std::vector<SmoothPart> smooth = f.smooth_parts();
  for (SmoothPart& part : smooth) part.shift += by;
  return function_of(shifted(f.impl().closed, by), std::move(smooth));
}

Result<Function> convolve(const Function& f, const Function& g) {
  auto closed = convolve(f.impl().closed, g.impl().closed);
  if (!closed) return tl::unexpected(closed.error());
  Function result = function_of(std::move(*closed));
  if (f.is_closed() && g.is_closed()) return result;
  auto rest = convolve_smooth(f, g);
  if (!rest) return rest;
  return add(result, *rest);
}

}  // namespace faltung::continuous
