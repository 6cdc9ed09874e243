// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/bell.hpp"

#include <cmath>

namespace faltung::continuous {

double Bell::value(double t) const {
  // t^2 in two parts, so that the exponent's rounding is not multiplied by t^2 / 2.
  const double square = t * t, rest = std::fma(t, t, -square);
  return std::exp(-square / 2) * (1 - rest / 2) * 0.3989422804014326779;
}

SmoothPart bell(double weight, double mean, double deviation) {
  static const auto shape = std::make_shared<const Bell>();
  return {shape, weight / deviation, mean, deviation};
}

bool is_bell(const SmoothPart& part) {
  return dynamic_cast<const Bell*>(part.shape.get()) != nullptr;
}

SmoothPart convolve_bells(const SmoothPart& a, const SmoothPart& b) {
  const double p = std::abs(a.stretch), q = std::abs(b.stretch);
  return bell(a.weight * p * b.weight * q, a.shift + b.shift, std::hypot(p, q));
}

}  // namespace faltung::continuous
