// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_convolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "continuous/chebyshev.hpp"
#include "continuous/legendre.hpp"
#include "continuous/pair_convolution.hpp"
#include "continuous/panel_convolution.hpp"
#include "continuous/series_sum.hpp"

namespace faltung::continuous {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr std::size_t kLowDegree = 128;    ///< pairs below it are convolved as they are
constexpr std::size_t kPanelDegree = 32;   ///< of a series that a panel has a part of, about
constexpr std::size_t kMargin = 8;         ///< between the degrees of pieces cut here and there
constexpr double kMostPairs = 1 << 20;
constexpr std::size_t kPairsAtATime = 512;

double reach(const Series& f) { return std::max(std::abs(f.lower()), std::abs(f.upper())); }

/// `count` panels of this length from `lower` on, cut from one patch.
void cut(const Patch& f, double lower, double length, std::size_t count,
         std::vector<std::vector<double>>& panels) {
  double from = lower;
  for (std::size_t i = 1; i <= count; ++i) {
    const double to = std::min(f.upper, lower + static_cast<double>(i) * length);
    panels.push_back(restricted_piece(f.c, f.lower, f.upper, from, to));
    from = to;
  }
}

class Convolution {
 public:
  Convolution(const Series& f, const Series& h)
      : f_(f), h_(h), near_(4 * kEpsilon * (reach(f) + reach(h))) {}

  Series run() {
    if (one_length()) return uniform();
    for (std::size_t i = 0; i < f_.pieces.size(); ++i)
      for (std::size_t j = 0; j < h_.pieces.size(); ++j)
        if (!f_.pieces[i].empty() && !h_.pieces[j].empty()) add(patch(f_, i), patch(h_, j));
    finish_pairs();
    return sum_of(std::move(parts_), breaks_, near_);
  }

 private:
  static Patch patch(const Series& f, std::size_t i) {
    return {f.breaks[i], f.breaks[i + 1], f.pieces[i]};
  }

  bool one_length() const {
    const double length = f_.breaks[1] - f_.breaks[0];
    for (const Series* s : {&f_, &h_})
      for (std::size_t i = 0; i < s->pieces.size(); ++i)
        if (std::abs(s->breaks[i + 1] - s->breaks[i] - length) > near_) return false;
    return true;
  }

  /// Pieces are panels, or of high degree and several panels each.
  Series uniform() {
    const std::size_t degree = std::max(f_.largest_degree(), h_.largest_degree());
    const std::size_t each = degree <= kLowDegree ? 1 : degree / kPanelDegree + 1;
    const double length = (f_.breaks[1] - f_.breaks[0]) / static_cast<double>(each);
    Series y;
    const std::size_t p = f_.pieces.size(), q = h_.pieces.size();
    for (std::size_t s = 0; s <= p + q; ++s)
      y.breaks.push_back(f_.breaks[std::min(s, p)] + h_.breaks[s - std::min(s, p)]);
    if (each == 1) {
      y.pieces = convolve_panels(f_.pieces, h_.pieces, length);
      return y;
    }
    const std::vector<double> breaks = y.breaks;
    y.pieces = convolve_panels(panels_of(f_, each), panels_of(h_, each), length);
    y.breaks.clear();
    for (std::size_t s = 0; s < breaks.size(); ++s)
      for (std::size_t i = 0; i < (s + 1 < breaks.size() ? each : 1); ++i)
        y.breaks.push_back(breaks[s] + static_cast<double>(i) * length);
    std::vector<Series> parts;
    parts.push_back(std::move(y));
    return sum_of(std::move(parts), breaks, near_);
  }

  static std::vector<std::vector<double>> panels_of(const Series& f, std::size_t each) {
    std::vector<std::vector<double>> panels;
    for (std::size_t i = 0; i < f.pieces.size(); ++i)
      cut(patch(f, i), f.breaks[i], (f.breaks[i + 1] - f.breaks[i]) / static_cast<double>(each),
          each, panels);
    return panels;
  }

  void add(Patch f, Patch h) {
    for (const double u : {f.lower, f.upper})
      for (const double v : {h.lower, h.upper}) breaks_.push_back(u + v);
    if (f.length() < h.length()) std::swap(f, h);
    const double ratio = f.length() / h.length();
    const std::size_t m = f.c.size(), n = h.c.size();
    if (std::max(m, n) <= kLowDegree || (ratio <= 2 && m * n <= kLowDegree * kLowDegree)) {
      pairs_.add(std::move(f), std::move(h));
      if (++waiting_ == kPairsAtATime) finish_pairs();
      return;
    }
    const auto degree_m = static_cast<double>(m), degree_n = static_cast<double>(n);
    const double each = std::ceil(std::max(degree_n, degree_m / ratio) / kPanelDegree);
    // What a panel costs, and what a point of the middle does, in the same unit.
    const double by_panels = (ratio + 1) * each * 1000;
    const double by_quadrature = degree_m * (degree_n / 2 + kPanelDegree);
    if (ratio >= degree_m / kPanelDegree + 1 && by_quadrature < by_panels) add_much_shorter(f, h);
    else add_panels(f, h, static_cast<std::size_t>(each));
  }

  /// h is cut into panels, f into as many of the same length as it holds; the rest of f meets each
  /// panel of h by itself.
  void add_panels(const Patch& f, const Patch& h, std::size_t each) {
    const double length = h.length() / static_cast<double>(each);
    const auto whole = static_cast<std::size_t>(std::floor((f.length() + near_) / length));
    std::vector<std::vector<double>> of_f, of_h;
    cut(f, f.lower, length, whole, of_f);
    cut(h, h.lower, length, each, of_h);
    Series y;
    y.pieces = convolve_panels(of_f, of_h, length);
    for (std::size_t s = 0; s <= whole + each; ++s)
      y.breaks.push_back(f.lower + h.lower + static_cast<double>(s) * length);
    parts_.push_back(std::move(y));
    const double from = f.lower + static_cast<double>(whole) * length;
    if (f.upper - from <= near_) return;
    const Patch rest{from, f.upper, restricted_piece(f.c, f.lower, f.upper, from, f.upper)};
    for (std::size_t j = 0; j < each; ++j) {
      const double lower = h.lower + static_cast<double>(j) * length;
      const double upper = j + 1 < each ? lower + length : h.upper;
      pairs_.add(rest, {lower, upper, of_h[j]});
    }
    finish_pairs();
  }

  /// h is so short that f, cut into pieces of low degree, has more panels as long than the middle
  /// has points.
  void add_much_shorter(const Patch& f, const Patch& h) {
    const std::size_t count = f.c.size() / kPanelDegree + 1;
    const double step = f.length() / static_cast<double>(count);
    Series pieces;
    cut(f, f.lower, step, count, pieces.pieces);
    for (std::size_t i = 0; i <= count; ++i)
      pieces.breaks.push_back(i < count ? f.lower + static_cast<double>(i) * step : f.upper);
    const std::vector<double> of_h = legendre_from_chebyshev(h.c);
    const auto part = [&](double from, double to) {
      return legendre_from_chebyshev(restricted_piece(f.c, f.lower, f.upper, from, to));
    };
    const std::vector<double> first = part(f.lower, f.lower + h.length()),
                              second = part(f.upper - h.length(), f.upper);
    const std::vector<std::vector<double>> ends = convolve_halves(
        {{first, of_h, false, h.length()}, {second, of_h, true, h.length()}});
    Series y;
    y.breaks = {f.lower + h.lower, f.lower + h.upper, f.upper + h.lower, f.upper + h.upper};
    y.pieces = {chebyshev_from_legendre(ends[0]),
                pairs_.middle_by_quadrature(pieces, h, pieces.largest_degree() + kMargin),
                chebyshev_from_legendre(ends[1])};
    parts_.push_back(std::move(y));
  }

  void finish_pairs() {
    for (Series& y : pairs_.run()) parts_.push_back(std::move(y));
    waiting_ = 0;
  }

  const Series &f_, &h_;
  double near_;  ///< what differs by less is the same place
  PatchPairs pairs_;
  std::size_t waiting_ = 0;
  std::vector<Series> parts_;
  std::vector<double> breaks_;
};

}  // namespace

Result<Series> convolved(const Series& f, const Series& h) {
  if (f.empty() || h.empty()) return Series{};
  if (static_cast<double>(f.pieces.size()) * static_cast<double>(h.pieces.size()) > kMostPairs)
    return tl::unexpected(
        Failure{Status::size_overflow,
                "functions of " + std::to_string(f.pieces.size()) + " and " +
                    std::to_string(h.pieces.size()) +
                    " smooth pieces have too many pairs; at most 1048576 are allowed"});
  Series y = Convolution(f, h).run();
  const Size of_f = size_of(f), of_h = size_of(h);
  const double most = std::min(of_f.largest * of_h.integral, of_h.largest * of_f.integral);
  // Rounding grows with the square root of the number of terms; 4 was found to be enough.
  const auto degrees = static_cast<double>(f.largest_degree() + h.largest_degree() + 1);
  y.error = f.error * of_h.integral + h.error * of_f.integral +
            4 * kEpsilon * std::sqrt(degrees) * most;
  return y;
}

}  // namespace faltung::continuous
