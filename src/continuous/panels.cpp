// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/panels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

#include "continuous/gauss.hpp"
#include "continuous/kept.hpp"
#include "continuous/legendre.hpp"

namespace faltung::continuous {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr std::size_t kFirstPoints = 48;  ///< what a panel of some 25 radians needs
constexpr std::size_t kMostKept = 192;
constexpr std::size_t kProbes = 6;
constexpr std::size_t kTail = 6;  ///< coefficients that have to be at rounding

/// The largest of all panels' coefficients of degrees first .. first + kTail - 1.
double largest_from(const Panels& panels, std::size_t first) {
  double most = 0;
  for (const auto& l : panels.l)
    for (std::size_t k = first; k < first + kTail; ++k) most = std::max(most, std::abs(l[k]));
  return most;
}

/// Whether the last coefficients are at rounding, or, small already, on a plateau: those of a
/// function that is being resolved fall by more than that, so these are rounding in its values.
bool resolved(const Panels& panels, double scale) {
  const std::size_t size = panels.l.front().size();
  if (size < 3 * kTail) return false;
  const double last = largest_from(panels, size - kTail);
  if (last <= 32 * kEpsilon * scale) return true;
  return last <= 1e-10 * scale && last > 0.1 * largest_from(panels, size - 3 * kTail);
}

void trim(Panels& panels, double scale) {
  std::size_t size = panels.l.front().size();
  while (size > 1 && std::all_of(panels.l.begin(), panels.l.end(), [&](const auto& l) {
           return std::abs(l[size - 1]) <= kEpsilon / 4 * scale;
         }))
    --size;
  for (auto& l : panels.l) l.resize(size);
}

/// Fills panels with as many coefficients as `points`: every `stride`th one. Returns the largest
/// value.
double fill(const Chain& f, std::size_t points, std::size_t count, std::size_t stride,
            Panels& panels) {
  std::unique_ptr<const GaussToLegendre> here;
  const auto& from_values = kept<GaussToLegendre>(points, kMostKept, here);
  std::vector<Place> t;
  t.reserve((count / stride + 1) * points);
  for (std::size_t i = 0; i < count; i += stride)
    for (const Place node : from_values.rule.node)
      t.push_back(panels.lower + (static_cast<Place>(i) + (1 + node) / 2) * panels.length);
  std::vector<double> v(t.size(), 0.0);
  add_values(f, t, v);
  double scale = 0;
  for (const double y : v) scale = std::max(scale, std::abs(y));
  panels.l.assign(v.size() / points, std::vector<double>(points, 0.0));
  for (std::size_t i = 0; i < panels.l.size(); ++i)
    for (std::size_t j = 0; j < points; ++j)
      loops().add_scaled(panels.l[i].data(), v[i * points + j],
                         from_values.columns.data() + j * points,
                         static_cast<std::int64_t>(points));
  return scale;
}

}  // namespace

Panels cut_panels(const Chain& f, Place lower, Place length, std::size_t count) {
  Panels panels{lower, length, {}};
  const std::size_t degree = f.largest_degree();
  // A few panels say how many points it takes, nearly always, and all of them whether that is so.
  for (std::size_t points = std::min(kFirstPoints, degree + 2), stride = count / kProbes + 1;;) {
    const double scale = fill(f, points, count, stride, panels);
    if (points <= degree && !resolved(panels, scale)) {
      points += std::max<std::size_t>(points / 4, 1);
      continue;
    }
    if (stride == 1) {
      trim(panels, scale);
      return panels;
    }
    stride = 1;
  }
}

Chain chain_of(const Panels& panels) {
  Chain y;
  for (std::size_t i = 0; i <= panels.l.size(); ++i)
    y.breaks.push_back(panels.lower + static_cast<Place>(i) * panels.length);
  for (const auto& l : panels.l) y.pieces.push_back(chebyshev_from_legendre(l));
  return y;
}

}  // namespace faltung::continuous
