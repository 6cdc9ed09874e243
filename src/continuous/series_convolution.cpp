// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/series_convolution.hpp"

#include <algorithm>
#include <bit>
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
constexpr std::size_t kLowDegree = 128;       ///< pairs below it are convolved as they are
constexpr std::size_t kPanelDegree = 32;      ///< of a series that a panel has a part of, about
constexpr std::size_t kMargin = 8;            ///< between the degrees of pieces cut here and there
constexpr std::size_t kMostPairs = 1 << 14;   ///< of pieces of different lengths
constexpr std::size_t kMostPieces = 1 << 15;  ///< of one length
constexpr double kMostTerms = 1 << 26;        ///< of all pairs together
constexpr std::size_t kPairsAtATime = 512;

double reach(const Series& f) { return std::max(std::abs(f.lower()), std::abs(f.upper())); }

/// A smooth piece of high degree, and the same in pieces of low degree, from which parts of it are
/// cut at little cost.
struct Piece {
  Patch patch;
  Chain fine;
  Place length() const { return patch.length(); }
};

class Convolution {
 public:
  Convolution(const Series& f, const Series& h)
      : f_(f), h_(h), near_(4 * kEpsilon * (reach(f) + reach(h))) {}

  Result<Series> run() {
    const std::size_t p = f_.pieces.size(), q = h_.pieces.size();
    const bool even = one_length();
    if (even ? p + q > kMostPieces : p * q > kMostPairs || terms() > kMostTerms)
      return tl::unexpected(
          Failure{Status::size_overflow,
                  "functions of " + std::to_string(p) + " and " + std::to_string(q) +
                      " smooth pieces have too many pairs of them; 16384 are allowed, or 32768 "
                      "pieces of one length"});
    if (even) return uniform();
    const std::vector<Piece> of_f = pieces_of(f_), of_h = pieces_of(h_);
    for (const Piece& f : of_f)
      for (const Piece& h : of_h)
        if (f.length() >= h.length()) add(f, h);
        else add(h, f);
    pairs_.run(parts_);
    return sum_of(std::move(parts_), breaks_, near_);
  }

 private:
  /// The length that all pieces have, where they do.
  Place mean_length() const {
    return (Place(f_.upper()) - f_.lower() + h_.upper() - h_.lower()) /
           static_cast<Place>(f_.pieces.size() + h_.pieces.size());
  }

  bool one_length() const {
    const Place length = mean_length();
    for (const Series* s : {&f_, &h_})
      for (std::size_t i = 0; i < s->breaks.size(); ++i)
        if (std::abs(s->breaks[i] - s->lower() - static_cast<Place>(i) * length) > near_)
          return false;
    return true;
  }

  /// How many coefficients all pairs have.
  double terms() const {
    double of_f = 0, of_h = 0;
    for (const auto& c : f_.pieces) of_f += static_cast<double>(c.size());
    for (const auto& c : h_.pieces) of_h += static_cast<double>(c.size());
    return of_f * static_cast<double>(h_.pieces.size()) +
           of_h * static_cast<double>(f_.pieces.size());
  }

  static Chain alone(const Series& f, std::size_t i) {
    return {{f.breaks[i], f.breaks[i + 1]}, {f.pieces[i]}};
  }

  /// Pieces are panels, or of high degree and several panels each.
  Series uniform() {
    const std::size_t degree = std::max(f_.largest_degree(), h_.largest_degree());
    const std::size_t each = degree <= kLowDegree ? 1 : std::bit_ceil(degree / kPanelDegree + 1);
    Chain y = chain_of(convolve_panels(panels_of(f_, each), panels_of(h_, each)));
    for (std::size_t i = 0; i < y.breaks.size(); i += each) breaks_.push_back(y.breaks[i]);
    parts_.push_back({std::move(y), breaks_.front(), breaks_.back()});
    return sum_of(std::move(parts_), breaks_, near_);
  }

  /// Of the length that both have in the mean: pieces that lie beside their place on this grid, by
  /// rounding, are sampled where they should be.
  Panels panels_of(const Series& f, std::size_t each) {
    const Place length = mean_length();
    Panels panels{f.lower(), length / static_cast<Place>(each), {}};
    for (std::size_t i = 0; i < f.pieces.size(); ++i) {
      const Place lower = f.lower() + static_cast<Place>(i) * length;
      const bool exact = f.breaks[i] == lower && f.breaks[i + 1] == lower + length;
      if (f.pieces[i].empty()) {
        panels.l.resize(panels.l.size() + each);
        continue;
      }
      if (each == 1 && exact) {
        panels.l.push_back(legendre_from_chebyshev(f.pieces[i]));
        continue;
      }
      Panels more = cut_panels(alone(f, i), lower, panels.length, each);
      std::move(more.l.begin(), more.l.end(), std::back_inserter(panels.l));
    }
    return panels;
  }

  std::vector<Piece> pieces_of(const Series& f) {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < f.pieces.size(); ++i) {
      if (f.pieces[i].empty()) continue;
      Piece piece{{f.breaks[i], f.breaks[i + 1], f.pieces[i]}, alone(f, i)};
      const std::size_t count = f.pieces[i].size() / kPanelDegree + 1;
      if (f.pieces[i].size() > kLowDegree)
        piece.fine = chain_of(cut_panels(piece.fine, piece.patch.lower,
                                         piece.length() / static_cast<Place>(count), count));
      piece.fine.breaks.back() = piece.patch.upper;
      pieces.push_back(std::move(piece));
    }
    return pieces;
  }

  /// f is not shorter than h.
  void add(const Piece& f, const Piece& h) {
    for (const Place u : {f.patch.lower, f.patch.upper})
      for (const Place v : {h.patch.lower, h.patch.upper}) breaks_.push_back(u + v);
    const auto ratio = static_cast<double>(f.length() / h.length());
    const std::size_t m = f.patch.c.size(), n = h.patch.c.size();
    if (std::max(m, n) <= kLowDegree) {
      pairs_.add(f.patch, h.patch);
      if (++waiting_ == kPairsAtATime) {
        pairs_.run(parts_);
        waiting_ = 0;
      }
      return;
    }
    const auto degree_m = static_cast<double>(m), degree_n = static_cast<double>(n);
    // A power of two, as long as transforms over panels have to be.
    const double each = static_cast<double>(std::bit_ceil(
        static_cast<std::size_t>(std::max(degree_n, degree_m / ratio)) / kPanelDegree + 1));
    // What a panel costs, and what a point of the middle does, in the same unit.
    const double by_panels = (ratio + 1) * each * 1000;
    const double by_quadrature = degree_m * (degree_n / 2 + kPanelDegree);
    if (ratio >= degree_m / kPanelDegree + 1 && by_quadrature < by_panels)
      return add_much_shorter(f, h);
    const auto count = static_cast<std::size_t>(each);
    if (f.length() - h.length() <= near_) add_equal(f, h, count);
    else if (ratio <= 2) add_like(f, h, count);
    else add_shorter(f, h, count);
  }

  /// Panels of f from f_from on and of h from h_from on, `length` long together.
  Chain run_panels(const Piece& f, Place f_from, Place f_length, const Piece& h, Place h_from,
                   Place h_length, std::size_t each) {
    const Place length = h_length / static_cast<Place>(each);
    const auto count = static_cast<std::size_t>(std::lround(f_length / length));
    return chain_of(convolve_panels(cut_panels(f.fine, f_from, length, count),
                                    cut_panels(h.fine, h_from, length, each)));
  }

  void add_equal(const Piece& f, const Piece& h, std::size_t each) {
    const Place lower = f.patch.lower + h.patch.lower, upper = f.patch.upper + h.patch.upper;
    parts_.push_back({run_panels(f, f.patch.lower, h.length(), h, h.patch.lower, h.length(), each),
                      lower, upper});
  }

  /// As PatchPairs does it, halves in panels.
  void add_like(const Piece& f, const Piece& h, std::size_t each) {
    const Place a = f.patch.lower, b = f.patch.upper, c = h.patch.lower, d = h.patch.upper;
    const Place length = h.length(), half = f.length() / 2;
    parts_.push_back({run_panels(f, a, length, h, c, length, each), a + c, a + d});
    parts_.push_back({run_panels(f, b - length, length, h, c, length, each), b + c, b + d});
    parts_.push_back({run_panels(f, a, half, h, d - half, half, each), a + d, b + c});
    parts_.push_back({run_panels(f, a + half, half, h, c, half, each), a + d, b + c});
  }

  /// All of f that is a multiple of h long, from its lower end, and what is twice as long as h at
  /// its upper end: the one is right up to where the other begins to be.
  void add_shorter(const Piece& f, const Piece& h, std::size_t each) {
    const Place a = f.patch.lower, b = f.patch.upper, c = h.patch.lower, d = h.patch.upper;
    const Place length = h.length();
    const Place whole = std::floor((f.length() + near_) / length) * length;
    const Place middle = a + c + whole;  // not below b + d - 2 length
    parts_.push_back({run_panels(f, a, whole, h, c, length, each), a + c, middle});
    parts_.push_back(
        {run_panels(f, b - 2 * length, 2 * length, h, c, length, each), middle, b + d});
  }

  /// h is so short that f has fewer pieces of low degree than pieces as long as h.
  void add_much_shorter(const Piece& f, const Piece& h) {
    const Place a = f.patch.lower, b = f.patch.upper, c = h.patch.lower, d = h.patch.upper;
    const std::vector<double> of_h = legendre_from_chebyshev(h.patch.c);
    const Panels first = cut_panels(f.fine, a, h.length(), 1),
                 second = cut_panels(f.fine, b - h.length(), h.length(), 1);
    const std::vector<std::vector<double>> ends =
        convolve_halves({{first.l[0], of_h, false, static_cast<double>(h.length())},
                         {second.l[0], of_h, true, static_cast<double>(h.length())}});
    Chain y;
    y.breaks = {a + c, a + d, b + c, b + d};
    y.pieces = {chebyshev_from_legendre(ends[0]),
                middle_by_quadrature(f.fine, h.patch, f.fine.largest_degree() + kMargin),
                chebyshev_from_legendre(ends[1])};
    parts_.push_back({std::move(y), a + c, b + d});
  }

  const Series &f_, &h_;
  Place near_;  ///< what differs by less is the same place
  PatchPairs pairs_;
  std::size_t waiting_ = 0;
  std::vector<Part> parts_;
  std::vector<Place> breaks_;
};

}  // namespace

Result<Series> convolved(const Series& f, const Series& h) {
  if (f.empty() || h.empty()) return Series{};
  Result<Series> y = Convolution(f, h).run();
  if (!y) return y;
  const Size of_f = size_of(f), of_h = size_of(h);
  const double most = std::min(of_f.largest * of_h.integral, of_h.largest * of_f.integral);
  // Rounding grows with the square root of the number of terms; 4 was found to be enough.
  const auto degrees = static_cast<double>(f.largest_degree() + h.largest_degree() + 1);
  const double rounding = 4 * kEpsilon * std::sqrt(degrees);
  const auto shared = [](const Series& wrong, const Size& other) {
    return std::min(wrong.error * other.integral, wrong.error_integral * other.largest);
  };
  y->error = shared(f, of_h) + shared(h, of_f) + rounding * most;
  y->error_integral = f.error_integral * of_h.integral + h.error_integral * of_f.integral +
                      4 * rounding * of_f.integral * of_h.integral;
  return y;
}

}  // namespace faltung::continuous
