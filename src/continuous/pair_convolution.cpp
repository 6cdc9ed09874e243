// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/pair_convolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "continuous/chebyshev.hpp"
#include "continuous/gauss.hpp"
#include "continuous/kept.hpp"
#include "continuous/legendre.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kMostKept = 256;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

}  // namespace

void PatchPairs::add(const Patch& first, const Patch& second) {
  const bool swap = first.length() < second.length();
  const Patch &f = swap ? second : first, &h = swap ? first : second;
  if (f.c.empty() || h.c.empty()) return;
  const Place a = f.lower, b = f.upper, c = h.lower, d = h.upper, length = h.length();
  const Place near = 4 * kEpsilon * std::max({std::abs(a), std::abs(b), std::abs(c), std::abs(d)});
  if (f.length() - length <= near) {
    add_half(f, h, false, a + c, a + d);
    add_half(f, h, true, a + d, b + d);
    return;
  }
  if (f.length() <= 2 * length) return add_like(f, h);
  // A window takes about as long as so many points of the middle times nodes times terms.
  const auto m = static_cast<double>(f.c.size()), n = static_cast<double>(h.c.size());
  if (static_cast<double>(f.length() / length) < 1e-5 * m * m * (m + n)) return add_windows(f, h);
  add_half(part_of(f, a, a + length), h, false, a + c, a + d);
  add_half(part_of(f, b - length, b), h, true, b + c, b + d);
  const Chain whole{{a, b}, {f.c}};
  middles_.push_back(
      {{{a + d, b + c}, {middle_by_quadrature(whole, h, f.c.size() - 1)}}, a + d, b + c});
}

void PatchPairs::add_like(const Patch& f, const Patch& h) {
  const Place a = f.lower, b = f.upper, c = h.lower, d = h.upper, length = h.length();
  const Place half = f.length() / 2, p = a + half;
  add_half(part_of(f, a, a + length), h, false, a + c, a + d);
  add_half(part_of(f, b - length, b), h, true, b + c, b + d);
  add_half(part_of(f, a, p), part_of(h, d - half, d), true, a + d, b + c);
  add_half(part_of(f, p, b), part_of(h, c, c + half), false, a + d, b + c);
}

void PatchPairs::add_windows(const Patch& f, const Patch& h) {
  const Place a = f.lower, b = f.upper, c = h.lower, length = h.length();
  const Place count = std::floor(f.length() / length), turn = a + c + count * length;
  for (Place i = 0; i < count; ++i) {
    const Patch window = part_of(f, a + i * length, a + (i + 1) * length);
    const Place at = window.lower + c;
    add_half(window, h, false, at, at + length);
    if (i + 1 < count) add_half(window, h, true, at + length, at + 2 * length);
  }
  const Patch before = part_of(f, b - 2 * length, b - length), last = part_of(f, b - length, b);
  add_half(before, h, true, turn, b + c);
  add_half(last, h, false, turn, b + c);
  add_half(last, h, true, b + c, b + h.upper);
}

void PatchPairs::add_half(const Patch& f, const Patch& h, bool second, Place from, Place to) {
  if (f.c.empty() || h.c.empty()) return;
  const Place lower = f.lower + h.lower + (second ? h.length() : Place(0));
  halves_.push_back({legendre_from_chebyshev(f.c), legendre_from_chebyshev(h.c), second, lower,
                     h.length(), from, to});
}

void PatchPairs::run(std::vector<Part>& parts) {
  std::vector<HalfPair> pairs;
  for (const Half& half : halves_)
    pairs.push_back({half.f, half.h, half.second, static_cast<double>(half.length)});
  const std::vector<std::vector<double>> results = convolve_halves(pairs);
  for (std::size_t i = 0; i < halves_.size(); ++i) {
    const Half& half = halves_[i];
    parts.push_back(
        {{{half.lower, half.lower + half.length}, {chebyshev_from_legendre(results[i])}},
         half.from,
         half.to});
  }
  std::move(middles_.begin(), middles_.end(), std::back_inserter(parts));
  middles_.clear();
  halves_.clear();
}

std::vector<double> middle_by_quadrature(const Chain& f, const Patch& h, std::size_t local) {
  if (h.c.empty() || f.empty()) return {};
  std::unique_ptr<const GaussRule> here;
  const auto& rule = kept<GaussRule>((h.c.size() + local) / 2 + 1, kMostKept, here);
  const std::size_t nodes = rule.node.size();
  std::vector<Place> s(nodes);
  std::vector<double> weight(nodes);
  const Place half = h.length() / 2;
  for (std::size_t j = 0; j < nodes; ++j) s[j] = h.lower + half + half * rule.node[j];
  evaluate_chebyshev(h.c, -1, 1, std::span<const Place>(rule.node), weight);
  double scale = 0;
  for (std::size_t j = 0; j < nodes; ++j) {
    weight[j] *= rule.weight[j] * static_cast<double>(half);
    scale += std::abs(weight[j]);
  }
  std::size_t degree = 0;
  for (const auto& c : f.pieces) degree += c.size();
  std::vector<Place> at;
  return smooth_series(
      [&](std::span<const Place> t, std::span<double> y) {
        at.resize(t.size());
        std::vector<double> found(t.size());
        std::fill(y.begin(), y.end(), 0.0);
        for (std::size_t j = 0; j < nodes; ++j) {
          for (std::size_t i = 0; i < t.size(); ++i)
            at[i] = std::clamp(t[i] - s[j], f.lower(), f.upper());
          std::fill(found.begin(), found.end(), 0.0);
          add_values(f, at, found);
          for (std::size_t i = 0; i < t.size(); ++i) y[i] += weight[j] * found[i];
        }
      },
      f.lower() + h.upper, f.upper() + h.lower, degree == 0 ? 0 : degree - 1,
      scale * f.largest_coefficient());
}

}  // namespace faltung::continuous
