// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/mixed.hpp"

#include <algorithm>
#include <cmath>

#include "continuous/bell.hpp"
#include "continuous/chain.hpp"
#include "continuous/operations.hpp"
#include "continuous/overlap.hpp"
#include "continuous/series_convolution.hpp"
#include "continuous/series_shape.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kEasyDegree = 2048;

/// A part of a piece of the closed class as a series.
Result<Series> series_of(const WidePiece& piece, double lower, double upper) {
  const auto at = [&](Wide t) {
    return narrow(value_of(piece.terms, Wide(piece.direction) * (t - piece.origin)));
  };
  double scale = 0;
  for (const Place t : chebyshev_points(lower, upper, 64))
    scale = std::max(scale, std::abs(at(Wide(t))));
  // At places to more digits than doubles have, where that suffices.
  std::vector<double> c = smooth_series(
      [&](std::span<const Place> t, std::span<double> y) {
        for (std::size_t i = 0; i < t.size(); ++i) y[i] = at(Wide(t[i]));
      },
      lower, upper, kEasyDegree, scale);
  if (c.size() <= kEasyDegree / 2)
    return Series{
        {lower, upper}, {std::move(c)}, 0x1p-53 * scale, 0x1p-53 * scale * (upper - lower)};
  return resolve([&](double t) { return at(Wide(t)); }, lower, upper);
}

/// f's finite pieces, side by side.
Result<Series> finite_pieces(const Closed& f) {
  Series all;
  for (const WidePiece& piece : f.pieces) {
    const double lower = narrow(piece.lower), upper = narrow(piece.upper);
    if (!std::isfinite(lower) || !std::isfinite(upper) || !(lower < upper)) continue;
    Result<Series> one = series_of(piece, lower, upper);
    if (!one) return one;
    if (all.empty()) {
      all = std::move(*one);
      continue;
    }
    if (all.upper() != one->lower()) {  // a gap
      all.breaks.push_back(one->lower());
      all.pieces.emplace_back();
    }
    all.breaks.insert(all.breaks.end(), one->breaks.begin() + 1, one->breaks.end());
    all.pieces.insert(all.pieces.end(), one->pieces.begin(), one->pieces.end());
    all.error = std::max(all.error, one->error);
    all.error_integral += one->error_integral;
  }
  return all;
}

/// The integrals of f(s) exp[zk, ..., zm](end - s), k = 0 .. m, end the upper one of f.
Result<std::vector<Complex>> moments(const Series& f, const Rates& rates) {
  const Rates back(rates.rbegin(), rates.rend());
  const bool real =
      std::all_of(rates.begin(), rates.end(), [](const Complex& z) { return z.is_real(); });
  Resolution how;
  how.breakpoints = f.breaks;
  std::vector<Complex> found;
  for (std::size_t k = 0; k < rates.size(); ++k) {
    const std::span<const Complex> last = std::span(back).first(rates.size() - k);
    Complex moment;
    for (const bool imaginary : {false, true}) {
      if (imaginary && real) continue;
      const auto at = [&](double s) {
        const Complex v = divided_exp(last, Wide(f.upper()) - Wide(s));
        return narrow(imaginary ? v.im : v.re);
      };
      Result<Series> weight = resolve(at, f.lower(), f.upper(), how);
      if (!weight) return tl::unexpected(weight.error());
      (imaginary ? moment.im : moment.re) = total(product(f, *weight));
    }
    found.push_back(moment);
  }
  return found;
}

/// f with one piece on [c, infinity).
Result<Function> with_infinite(const Series& f, const WidePiece& piece) {
  const double c = narrow(piece.lower);
  Result<Series> near = series_of(piece, c, c + (f.upper() - f.lower()));
  if (!near) return tl::unexpected(near.error());
  Result<Series> first = convolved(f, *near);
  if (!first) return tl::unexpected(first.error());
  const double turn = f.upper() + c;
  WidePiece tail{
      Wide(f.upper()) + piece.lower, kWideInfinity, Wide(f.upper()) + piece.lower, 1, {}};
  for (const WideTerm& term : moved(piece.terms, piece.lower - piece.origin, false)) {
    const auto of_term = moments(f, term.rates);
    if (!of_term) return tl::unexpected(of_term.error());
    for (std::size_t k = 0; k < term.rates.size(); ++k) {
      WideTerm one{
          term.weight * (*of_term)[k],
          Rates(term.rates.begin(), term.rates.begin() + static_cast<std::ptrdiff_t>(k + 1))};
      if (!(one.weight == Complex())) tail.terms.push_back(std::move(one));
    }
  }
  auto closed = assemble({std::move(tail)}, {});
  if (!closed) return tl::unexpected(closed.error());
  const Function start = function_of(restricted(*first, first->lower(), turn));
  return function_of(std::move(*closed), start.smooth_parts());
}

Series mirrored(const Series& f) { return stretched(f, -1); }

Result<Function> with_piece(const Series& f, const WidePiece& piece) {
  if (piece.upper == kWideInfinity) return with_infinite(f, piece);
  auto turned = mirrored(Closed{{piece}, {}});
  if (!turned) return tl::unexpected(turned.error());
  auto y = with_infinite(mirrored(f), turned->pieces.front());
  if (!y) return y;
  return stretched(*y, Wide(-1));
}

/// Whether what is cut off a smooth part that goes on for ever is nothing to a piece that does so,
/// too.
Result<void> converges(const std::vector<SmoothPart>& parts, const WidePiece& piece) {
  constexpr int kNear = -4, kFar = 30, kFarthest = 40;
  constexpr double kNothing = 1e-13;
  const int side = piece.upper == kWideInfinity ? -1 : 1;
  const Wide end = side < 0 ? piece.lower : piece.upper;
  for (const SmoothPart& part : parts) {
    if (std::isfinite(side < 0 ? part.lower() : part.upper())) continue;
    double near = 0, far = 0;
    for (int octave = kNear; octave < kFarthest; ++octave) {
      const double distance = std::ldexp(std::abs(part.stretch), octave);
      const double at = std::abs(part.value(part.shift + side * distance));
      if (at == 0) continue;
      const Wide place = end - Wide(side) * Wide(distance);
      const double met =
          std::abs(narrow(value_of(piece.terms, Wide(piece.direction) * (place - piece.origin))));
      double& most = octave < kFar ? near : far;
      most = std::max(most, at * met * distance);
    }
    if (!(far <= kNothing * near))
      return tl::unexpected(Failure{
          Status::invalid_argument,
          "the integral converges too slowly, or not at all: " + part.shape->text() +
              " falls too slowly for a function that goes on for ever; restrict one of them"});
  }
  return {};
}

Result<Function> with_impulse(const Series& f, const std::vector<SmoothPart>& parts,
                              const WideImpulse& impulse) {
  if (impulse.order == 0)
    return scaled(shifted(function_of(Closed{}, parts), impulse.at), impulse.weight);
  if (f.empty())
    return tl::unexpected(
        Failure{Status::unsupported, "the derivative of " + parts[0].shape->text() +
                                         " is not known, since it falls too slowly to become a "
                                         "series; restrict it to where it matters"});
  Function y = function_of(f);
  for (int order = 0; order < impulse.order; ++order) {
    auto next = derivative(y);
    if (!next) return next;
    y = std::move(*next);
  }
  return scaled(shifted(y, impulse.at), impulse.weight);
}

/// A function's smooth parts.
struct Parts {
  std::vector<SmoothPart> all;          ///< that are series
  Series series;                        ///< their sum
  std::vector<SmoothPart> quick, slow;  ///< of them, by how they fall where they go on for ever
  Series quick_series;
  std::vector<SmoothPart> endless;  ///< that fall too slowly to be cut off
};

Result<Parts> parts_of(const std::vector<SmoothPart>& smooth) {
  Parts parts;
  const auto add_to = [](Series& to, const Series& one) { to = to.empty() ? one : sum(to, one); };
  for (const SmoothPart& part : smooth) {
    const bool slow = falls_slowly(part);
    const Result<Series> one = series_of(part);
    if (!one && !slow) return tl::unexpected(one.error());
    if (!one) {
      parts.endless.push_back(part);
      continue;
    }
    parts.all.push_back(part);
    add_to(parts.series, *one);
    (slow ? parts.slow : parts.quick).push_back(part);
    if (!slow) add_to(parts.quick_series, *one);
  }
  return parts;
}

/// Series with the closed class.
Result<Function> with_closed(const Parts& f, const Closed& h) {
  if (f.all.empty()) return Function();
  Result<Series> finite = finite_pieces(h);
  if (!finite) return tl::unexpected(finite.error());
  Result<Series> series = convolved(f.series, *finite);
  if (!series) return tl::unexpected(series.error());
  Result<Function> y = function_of(std::move(*series));
  const auto more = [&](const Result<Function>& next) {
    y = next ? add(*y, *next) : next;
    return y.has_value();
  };
  for (const WidePiece& piece : h.pieces) {
    if (is_finite(piece.upper) && is_finite(piece.lower)) continue;
    const Result<void> met = converges(f.quick, piece);
    if (!met) return tl::unexpected(met.error());
    if (!f.quick.empty() && !more(with_piece(f.quick_series, piece))) return y;
    for (const SmoothPart& part : f.slow)
      if (!more(overlap(part, piece))) return y;
  }
  for (const WideImpulse& impulse : h.impulses)
    if (!more(with_impulse(f.series, f.all, impulse))) return y;
  return y;
}

/// Parts that are no series with all of the other function, but that for its endless parts, where
/// `both`.
Result<Function> with_endless(const Parts& f, const Parts& g, const Closed& h, bool both) {
  constexpr std::size_t kMostPairs = 256;
  Result<Function> y = Function();
  if (f.endless.empty()) return y;
  std::vector<SmoothPart> others = g.all;
  if (both) others.insert(others.end(), g.endless.begin(), g.endless.end());
  if (f.endless.size() * (others.size() + h.pieces.size()) > kMostPairs)
    return tl::unexpected(Failure{Status::size_overflow,
                                  "functions that fall too slowly to be cut off have more than 256 "
                                  "pairs of pieces; restrict them"});
  const auto more = [&](const Result<Function>& next) {
    y = next ? add(*y, *next) : next;
    return y.has_value();
  };
  for (const SmoothPart& part : f.endless) {
    for (const WideImpulse& impulse : h.impulses)
      if (!more(with_impulse({}, {part}, impulse))) return y;
    for (const WidePiece& piece : h.pieces)
      if (!more(overlap(part, piece))) return y;
    for (const SmoothPart& other : others)
      if (!more(overlap(part, other))) return y;
  }
  return y;
}

/// Smooth parts with smooth parts: bells with bells by themselves.
Result<Function> with_smooth(const Series& f, const std::vector<SmoothPart>& f_parts,
                             const Series& g, const std::vector<SmoothPart>& g_parts) {
  if (f_parts.empty() || g_parts.empty()) return Function();
  const bool bells = std::ranges::all_of(f_parts, is_bell) && std::ranges::all_of(g_parts, is_bell);
  if (!bells) {
    Result<Series> y = convolved(f, g);
    if (!y) return tl::unexpected(y.error());
    return function_of(std::move(*y));
  }
  std::vector<SmoothPart> parts;
  for (const SmoothPart& a : f_parts)
    for (const SmoothPart& b : g_parts) parts.push_back(convolve_bells(a, b));
  return function_of(Closed{}, std::move(parts));
}

}  // namespace

Result<Function> convolve_smooth(const Function& f, const Function& g) {
  const Result<Parts> of_f = parts_of(f.smooth_parts()), of_g = parts_of(g.smooth_parts());
  if (!of_f) return tl::unexpected(of_f.error());
  if (!of_g) return tl::unexpected(of_g.error());
  const Closed &closed_f = f.impl().closed, &closed_g = g.impl().closed;
  Result<Function> y = with_smooth(of_f->series, of_f->all, of_g->series, of_g->all);
  if (!y) return y;
  const Result<Function> more[] = {with_closed(*of_f, closed_g), with_closed(*of_g, closed_f),
                                   with_endless(*of_f, *of_g, closed_g, true),
                                   with_endless(*of_g, *of_f, closed_f, false)};
  for (const Result<Function>& next : more) {
    if (!next) return next;
    y = add(*y, *next);
    if (!y) return y;
  }
  return y;
}

}  // namespace faltung::continuous
