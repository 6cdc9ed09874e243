// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/polynomial_roots.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::continuous {
namespace {

using Roots = std::vector<Complex>;

/// log |a|, far below all others for 0.
double log_size(Wide a) {
  a = wide_abs(a);
  int exponent = 0;
  while (a > Wide(0x1p1000)) {
    a = wide_scale(a, -1000);
    exponent += 1000;
  }
  while (a > 0 && a < Wide(0x1p-1000)) {
    a = wide_scale(a, 1000);
    exponent -= 1000;
  }
  return a > 0 ? std::log(narrow(a)) + exponent * std::log(2.0) : -1e9;
}

/// As many places on circles as roots have about those moduli: an edge of the upper hull of
/// (k, log |a_k|) from i to j stands for j - i roots of modulus |a_i / a_j|^(1/(j-i)).
Roots first_guess(const std::vector<Wide>& a) {
  std::vector<std::size_t> hull;
  std::vector<double> height;
  for (const Wide& v : a) height.push_back(log_size(v));
  const auto slope = [&](std::size_t i, std::size_t j) {
    return (height[j] - height[i]) / static_cast<double>(j - i);
  };
  for (std::size_t k = 0; k < a.size(); ++k) {
    while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) <= slope(hull.back(), k))
      hull.pop_back();
    hull.push_back(k);
  }
  Roots places;
  for (std::size_t e = 0; e + 1 < hull.size(); ++e) {
    const auto count = static_cast<double>(hull[e + 1] - hull[e]);
    const double modulus = std::exp(-slope(hull[e], hull[e + 1]));
    for (std::size_t i = hull[e]; i < hull[e + 1]; ++i) {
      // An angle that is no symmetry of real polynomials, or some places would never part.
      const double angle = 6.283185307179586 * static_cast<double>(i - hull[e]) / count + 0.7 +
                           static_cast<double>(e);
      places.push_back({Wide(modulus * std::cos(angle)), Wide(modulus * std::sin(angle))});
    }
  }
  return places;
}

struct Value {
  Complex p, derivative;
  Wide noise = 0;  ///< what rounding makes of p at most
};
Value value_at(const std::vector<Wide>& a, const Complex& s) {
  Value v;
  const Wide modulus = magnitude(s);
  for (std::size_t k = a.size(); k-- > 0;) {
    v.derivative = v.derivative * s + v.p;
    v.p = v.p * s + Complex(a[k]);
    v.noise = v.noise * modulus + wide_abs(a[k]);
  }
  v.noise = v.noise * kWideEpsilon * Wide(static_cast<double>(4 * a.size()));
  return v;
}

/// Newton's step, held off by the other roots: p/p' / (1 - p/p' sum 1/(z - z_j)).
bool settle(const std::vector<Wide>& a, Roots& z) {
  constexpr int kMostRounds = 600;
  std::vector<bool> done(z.size());
  for (int round = 0; round < kMostRounds; ++round) {
    bool all = true;
    for (std::size_t i = 0; i < z.size(); ++i) {
      if (done[i]) continue;
      const Value v = value_at(a, z[i]);
      done[i] = magnitude(v.p) <= v.noise;
      if (done[i]) continue;
      all = false;
      Complex push;
      for (std::size_t j = 0; j < z.size(); ++j)
        if (j != i && !(z[j] == z[i])) push += Complex(1) / (z[i] - z[j]);
      // p / (p' - p push) needs no p' that is not 0.
      const Complex below = v.derivative - v.p * push;
      if (below == Complex(0)) continue;
      const Complex step = v.p / below;
      z[i] = z[i] - step;
      done[i] = magnitude(step) <= kWideEpsilon * magnitude(z[i]);
    }
    if (all) return true;
  }
  return std::all_of(done.begin(), done.end(), [](bool d) { return d; });
}

/// Coefficients of the product of s - root, lowest power first.
std::vector<Complex> product(const Roots& roots) {
  std::vector<Complex> a{Complex(1)};
  for (const Complex& root : roots) {
    a.insert(a.begin(), Complex(0));
    for (std::size_t k = 0; k + 1 < a.size(); ++k) a[k] = a[k] - root * a[k + 1];
  }
  return a;
}

/// Whether roots are those of a to within the rounding of its coefficients to doubles.
bool fits(const std::vector<Wide>& a, const Roots& roots) {
  const std::vector<Complex> b = product(roots);
  Roots sizes;
  for (const Complex& root : roots) sizes.push_back(Complex(-magnitude(root)));
  const std::vector<Complex> most = product(sizes);  // what a coefficient is summed from
  for (std::size_t k = 0; k < a.size(); ++k) {
    const Complex off = b[k] - Complex(a[k] / a.back());
    const Wide size = wide_abs(a[k] / a.back());
    if (magnitude(off) > Wide(0x1p-52) * size + Wide(0x1p-80) * magnitude(most[k])) return false;
  }
  return true;
}

/// Real ones exactly real, others in conjugate pairs.
void pair_up(Roots& z) {
  Roots out;
  while (!z.empty()) {
    Complex root = z.back();
    z.pop_back();
    if (wide_abs(root.im) <= Wide(0x1p-40) * magnitude(root) || z.empty()) {
      // A real root, unless its conjugate lies beside it: then the pair is near the axis.
      const auto twin = std::find_if(z.begin(), z.end(), [&](const Complex& other) {
        return magnitude(other - conjugate(root)) <= Wide(0x1p-60) * magnitude(root);
      });
      if (twin == z.end() || root.im == 0) {
        out.push_back({root.re, 0});
        continue;
      }
    }
    const auto twin = std::min_element(z.begin(), z.end(), [&](const Complex& p, const Complex& q) {
      return magnitude(p - conjugate(root)) < magnitude(q - conjugate(root));
    });
    const Complex mean{(root.re + twin->re) / Wide(2), wide_abs(root.im - twin->im) / Wide(2)};
    z.erase(twin);
    out.push_back(mean);
    out.push_back(conjugate(mean));
  }
  z = std::move(out);
}

/// A root m times is a simple one of derivative m - 1, which Newton's steps find from the mean:
/// that of roots which each stopped where rounding hides the polynomial is no better than they are.
Complex polished(std::vector<Wide> a, Complex root, std::size_t m) {
  for (; m > 1; --m) {
    for (std::size_t k = 1; k < a.size(); ++k) a[k - 1] = Wide(static_cast<double>(k)) * a[k];
    a.pop_back();
  }
  for (int i = 0; i < 8; ++i) {
    const Value v = value_at(a, root);
    if (v.derivative == Complex(0) || magnitude(v.p) <= v.noise) break;
    root = root - v.p / v.derivative;
  }
  return root;
}

/// Groups of roots that lie near each other, made one where the polynomial stays.
void merge(const std::vector<Wide>& a, Roots& z) {
  // Twenty equal roots stop a tenth apart: 113 bits hide the polynomial there.
  for (const double near :
       {0x1p-2, 0x1p-3, 0x1p-4, 0x1p-6, 0x1p-8, 0x1p-12, 0x1p-18, 0x1p-26, 0x1p-40}) {
    Roots merged = z;
    std::vector<bool> taken(z.size());
    for (std::size_t i = 0; i < z.size(); ++i) {
      if (taken[i]) continue;
      std::vector<std::size_t> group;
      Complex sum;
      for (std::size_t j = i; j < z.size(); ++j)
        if (!taken[j] && magnitude(z[j] - z[i]) <= Wide(near) * magnitude(z[i])) {
          group.push_back(j);
          sum += z[j];
        }
      Complex mean = sum * Complex(Wide(1) / Wide(static_cast<double>(group.size())));
      if (group.size() > 1) mean = polished(a, mean, group.size());
      if (wide_abs(mean.im) <= Wide(near * near) * magnitude(mean)) mean.im = 0;
      for (const std::size_t j : group) {
        taken[j] = true;
        merged[j] = mean;
      }
    }
    if (fits(a, merged)) {
      z = std::move(merged);
      return;
    }
  }
}

}  // namespace

Complex horner(const std::vector<Complex>& a, const Complex& s) {
  Complex value;
  for (std::size_t k = a.size(); k-- > 0;) value = value * s + a[k];
  return value;
}

Result<Roots> polynomial_roots(std::vector<Wide> a) {
  std::size_t zeros = 0;
  while (zeros + 1 < a.size() && a[zeros] == 0) ++zeros;
  a.erase(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(zeros));
  Roots z = first_guess(a);
  if (!settle(a, z))
    return tl::unexpected(
        Failure{Status::invalid_argument, "the roots of the denominator do not settle"});
  Roots merged = z;
  merge(a, merged);
  pair_up(merged);
  merged.insert(merged.end(), zeros, Complex(0));
  return merged;
}

}  // namespace faltung::continuous
