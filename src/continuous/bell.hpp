// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/continuous.hpp"

namespace faltung::continuous {

/// The standard normal density. Convolving two of them, however stretched, gives another.
class Bell final : public Smooth {
 public:
  double value(double t) const override;
  double lower() const override { return -kReach; }
  double upper() const override { return kReach; }
  std::string text() const override { return "gauss(t)"; }

 private:
  static constexpr double kReach = 39;  ///< beyond, the density is 0 in doubles
};

/// weight times the normal density of that mean and deviation.
SmoothPart bell(double weight, double mean, double deviation);
bool is_bell(const SmoothPart& part);
SmoothPart convolve_bells(const SmoothPart& a, const SmoothPart& b);

}  // namespace faltung::continuous
