// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace faltung::continuous {

/// Adaptive quadrature: the 15 points of Kronrod with the 7 of Gauss among them, halving where the
/// two differ. Nodes and weights from R. Piessens et al., "QUADPACK", 1983.
class Kronrod {
 public:
  Kronrod(int most_halvings, std::size_t most_values) : most_(most_halvings), left_(most_values) {}

  /// The integral, with an error of about `allowed` or rounding, whichever is larger.
  template <class Value>
  double integral(const Value& value, double low, double high, double allowed) {
    return halved(value, low, high, allowed, 0);
  }
  /// That of |value| by one rule, without halving.
  template <class Value>
  static double size(const Value& value, double low, double high) {
    return rule(value, low, high).size;
  }
  /// The errors of intervals that were given up: too narrow, or the values used up.
  double unresolved() const { return unresolved_; }

 private:
  static constexpr std::array<double, 8> kNodes = {
      0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
      0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
      0.586087235467691130294144838258730, 0.405845151377397166906606412076961,
      0.207784955007898467600689403773245, 0};
  static constexpr std::array<double, 8> kKronrod = {
      0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
      0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
      0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
      0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
  static constexpr std::array<double, 4> kGauss = {
      0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
      0.381830050505118944950369775488975, 0.417959183673469387755102040816327};

  struct Rule {
    double fine, error;
    double size;  ///< of the integral of |value|
  };
  template <class Value>
  static Rule rule(const Value& value, double low, double high) {
    const double centre = (low + high) / 2, half = (high - low) / 2;
    const double middle = value(centre);
    double fine = kKronrod[7] * middle, coarse = kGauss[3] * middle, size = std::abs(fine);
    for (std::size_t i = 0; i < 7; ++i) {
      const double a = value(centre - half * kNodes[i]), b = value(centre + half * kNodes[i]);
      fine += kKronrod[i] * (a + b);
      size += kKronrod[i] * (std::abs(a) + std::abs(b));
      if (i % 2 == 1) coarse += kGauss[i / 2] * (a + b);
    }
    return {fine * half, std::abs(fine - coarse) * half, size * half};
  }

  template <class Value>
  double halved(const Value& value, double low, double high, double allowed, int depth) {
    constexpr std::size_t kValues = 15;
    constexpr double kRounding = 4e-16;
    const auto [fine, error, size] = rule(value, low, high);
    left_ -= std::min(left_, kValues);
    if (error <= std::max(allowed, kRounding * size)) return fine;
    const double centre = (low + high) / 2;
    if (left_ == 0 || depth == most_ || !(low < centre && centre < high) || !std::isfinite(fine)) {
      unresolved_ += error;
      return fine;
    }
    return halved(value, low, centre, allowed, depth + 1) +
           halved(value, centre, high, allowed, depth + 1);
  }

  int most_;
  std::size_t left_;
  double unresolved_ = 0;
};

}  // namespace faltung::continuous
