// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A factor as a sum of cosines, f[k] ~ sum_j a_j cos(j w (k - c)), c its middle: amplitudes by
// least squares, the period 2 pi / w a little longer than the factor, where the sum of what is left
// is least. For a Gaussian of four standard deviations an end each cosine leaves a tenth to a
// fiftieth. What is left is measured afterwards, tap by tap, from the numbers that are used.
#include "convolution/cosine_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "convolution/error_bound.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

using Real = long double;

constexpr double kRoundoff = 0x1p-53;  // of the sums
/// What an angle of 40, its cosine and sine, and the products of two of each are off by, in u.
constexpr double kTables = 200;
/// Periods that are tried, in lengths of the factor.
constexpr double kShortest = 1.0, kLongest = 1.5, kPeriodStep = 0.05;

/// Taps of half a factor that are looked at for amplitudes.
constexpr std::size_t kFitted = 128;

/// Amplitudes of cosines of one period, and what they leave of the factor.
struct Fit {
  double period = 0;
  std::vector<double> amplitude;
  double left = HUGE_VAL;  ///< sum |tap - cosines|, as far as doubles tell
};

/// The least squares of symmetric taps, from the middle outwards: `even[i]` lies `offset + i step`
/// from it and stands for two taps, but for a middle one. Of many taps every so-many-th.
class LeastSquares {
 public:
  explicit LeastSquares(const std::vector<double>& taps) {
    const std::size_t n = taps.size();
    step_ = std::max<std::size_t>(1, n / 2 / kFitted);
    offset_ = n % 2 == 0 ? 0.5 : 0;
    for (std::size_t i = n / 2; i < n; i += step_) even_.push_back((taps[i] + taps[n - 1 - i]) / 2);
    for (std::size_t i = 0; i < n / 2; ++i) odd_ += std::abs(taps[i] - taps[n - 1 - i]);
  }

  Fit fit(double period, int cosines) const {
    Fit found{period, {}, HUGE_VAL};
    const auto n = static_cast<std::size_t>(cosines);
    std::vector<Real> gram(n * n), right(n);
    std::vector<double> basis(n);
    for (std::size_t i = 0; i < even_.size(); ++i) {
      cosines_at(i, period, basis);
      const Real weight = weight_of(i);
      for (std::size_t a = 0; a < n; ++a) {
        right[a] += weight * basis[a] * even_[i];
        for (std::size_t b = 0; b <= a; ++b) gram[a * n + b] += weight * basis[a] * basis[b];
      }
    }
    if (!solve(gram, right)) return found;
    found.amplitude.assign(right.begin(), right.end());
    found.left = odd_;
    for (std::size_t i = 0; i < even_.size(); ++i) {
      cosines_at(i, period, basis);
      double rest = even_[i];
      for (std::size_t a = 0; a < n; ++a) rest -= found.amplitude[a] * basis[a];
      found.left += weight_of(i) * std::abs(rest);
    }
    return found;
  }

 private:
  double weight_of(std::size_t i) const {
    return (i == 0 && offset_ == 0 ? 1 : 2) * static_cast<double>(step_);
  }
  /// cos(j w t) by its recurrence over j: of few of them the rounding does not matter.
  void cosines_at(std::size_t i, double period, std::vector<double>& basis) const {
    basis[0] = 1;
    if (basis.size() < 2) return;
    basis[1] = std::cos(2 * std::numbers::pi / period * (offset_ + static_cast<double>(i * step_)));
    for (std::size_t j = 2; j < basis.size(); ++j)
      basis[j] = 2 * basis[1] * basis[j - 1] - basis[j - 2];
  }
  /// Cholesky; false where the cosines cannot be told apart.
  static bool solve(std::vector<Real>& a, std::vector<Real>& b) {
    const std::size_t n = b.size();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        Real sum = a[i * n + j];
        for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
        if (i == j && !(sum > 0)) return false;
        a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
      }
      for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
      b[i] /= a[i * n + i];
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
      b[i] /= a[i * n + i];
    }
    return true;
  }

  std::vector<double> even_;
  std::size_t step_ = 1;
  double offset_ = 0, odd_ = 0;
};

/// The best of some periods, then of those about it.
Fit best_fit(const LeastSquares& squares, double taps, int cosines) {
  Fit best;
  const auto attempt = [&](double ratio) {
    Fit one = squares.fit(ratio * taps, cosines);
    if (one.left < best.left) best = std::move(one);
  };
  for (double ratio = kShortest; ratio <= kLongest; ratio += kPeriodStep) attempt(ratio);
  for (double step = kPeriodStep / 2; step > 1e-3; step /= 2) {
    const double middle = best.period / taps;
    attempt(middle - step);
    attempt(middle + step);
  }
  return best;
}

/// The tables, and what they leave of the taps.
template <class T>
CosineSum<T> tabulated(const Fit& fit, const T* taps, std::int64_t count) {
  CosineSum<T> sum;
  sum.taps = count;
  sum.cosines = static_cast<int>(fit.amplitude.size());
  const double frequency = 2 * std::numbers::pi / fit.period;
  const double middle = static_cast<double>(count - 1) / 2;
  Real left = 0, all = 0, size = 0;
  for (double a : fit.amplitude) size += std::abs(static_cast<Real>(a));
  for (std::int64_t k = 0; k <= count; ++k) {
    const auto t = static_cast<double>(k);
    Real value = fit.amplitude[0];
    sum.shift.push_back(fit.amplitude[0]);
    if (k < count) sum.sample.push_back(1);
    for (std::size_t j = 1; j < fit.amplitude.size(); ++j) {
      const double a = fit.amplitude[j], w = frequency * static_cast<double>(j);
      sum.shift.push_back(a * std::cos(w * t));
      sum.shift.push_back(a * std::sin(w * t));
      if (k == count) continue;
      sum.sample.push_back(std::cos(w * (t - middle)));
      value += static_cast<Real>(a) * sum.sample.back();
      sum.sample.push_back(std::sin(w * (t - middle)));
    }
    if (k == count) break;
    left += std::abs(static_cast<Real>(taps[k]) - value);
    all += std::abs(static_cast<Real>(taps[k]));
  }
  const auto n = static_cast<Real>(count);
  sum.sum_abs = static_cast<double>((all + left) * (1 + 1e-12L));
  // Angles of up to 12 pi are rounded, so are the tables' numbers and their products.
  sum.residual = static_cast<double>(left * (1 + 1e-12L) + kTables * kRoundoff * size * n);
  sum.growth = static_cast<double>(size * n / all * (1 + 1e-12L));
  return sum;
}

/// The fewest cosines that leave at most `allowed` of the sum of magnitudes.
template <class T>
std::optional<CosineSum<T>> fitted(const T* taps, std::int64_t count, std::int64_t most,
                                   double allowed) {
  const LeastSquares squares(std::vector<double>(taps, taps + count));
  double all = 0;
  for (std::int64_t k = 0; k < count; ++k) all += std::abs(static_cast<double>(taps[k]));
  const auto largest = static_cast<int>(std::min(most, (count + 1) / 2));
  // Where all of them are not enough, fewer are not.
  if (largest < 2 ||
      !(best_fit(squares, static_cast<double>(count), largest).left <= allowed * all))
    return std::nullopt;
  for (int cosines = 2; cosines <= largest; ++cosines) {
    const Fit fit = best_fit(squares, static_cast<double>(count), cosines);
    if (!(fit.left <= allowed * all)) continue;
    CosineSum<T> sum = tabulated(fit, taps, count);
    if (sum.residual <= allowed * all && sum.growth <= kCosineGrowth) return sum;
  }
  return std::nullopt;
}

template <class T>
bool is_constant(const T* taps, std::int64_t count) {
  return std::all_of(taps, taps + count, [&](T v) { return v == taps[0]; });
}

template <class T>
bool has_one_sign(const T* taps, std::int64_t count) {
  return std::all_of(taps, taps + count, [&](T v) { return (v < 0) == (taps[0] < 0); });
}

template <class T>
CosineSum<T> box_of(T height, std::int64_t count) {
  CosineSum<T> box;
  box.taps = count;
  box.weight = height;
  box.sum_abs = std::abs(static_cast<double>(height)) * static_cast<double>(count) * (1 + 1e-12);
  return box;
}

/// Of the roundings of sums, with as much growth as is taken.
double rounding_of(const Geometry& g, std::int64_t cosines) {
  const double u = unit_roundoff(g), c = window_coefficient(g) * u;
  double factor = 1 + c / (1 - std::min(0.5, c));
  for (const Axis& a : g.spatial)
    factor *=
        1 + (cosines > 1 ? kCosineGrowth : 1) * window_sum_error(a.taps, cosines, !g.single());
  return factor - 1;
}

double tap_error(const Geometry& g) {
  return kTapRoundings(static_cast<int>(g.spatial.size())) * unit_roundoff(g);
}

/// What the cosines may leave, as a part of sum|h|; a quarter would be no approximation any more.
double allowed_residual(const Problem& problem, const Geometry& g, std::int64_t cosines) {
  constexpr double kLargest = 0.25;
  return std::clamp(problem.tolerance - (1 + tap_error(g)) * rounding_of(g, cosines), tap_error(g),
                    kLargest);
}

}  // namespace

double window_coefficient(const Geometry& g) {
  // Of floats what either end of a window gives, and both together, is rounded.
  const double each = g.single() ? 2 : 0;
  return 2 + input_roundings(g) + each * static_cast<double>(g.spatial.size());
}

double window_sum_error(std::int64_t taps, std::int64_t cosines, bool chunks) {
  const auto n = static_cast<double>(taps);
  const double chain = chunks ? std::min(n, static_cast<double>(kWindowChunk)) +
                                    static_cast<double>(checked::ceil_div(taps, kWindowChunk)) + 1
                              : n;
  const double c = (chain + (cosines > 1 ? 2 * static_cast<double>(cosines) + 4 : 2)) * kRoundoff;
  return c / (1 - std::min(0.5, c));
}

double recursive_error(const Problem& problem, const Geometry& g) {
  const double exact = (1 + tap_error(g)) * rounding_of(g, problem.kernel_cosines) + tap_error(g);
  return problem.kernel_cosines > 1 ? std::max(exact, problem.tolerance) : exact;
}

namespace {

/// Where the factors of one term begin; none where one has taps of both signs.
template <class T>
std::vector<const T*> factors_of(const Geometry& g, const LowRank<T>& low) {
  const T* taps = low.terms.front().data();
  std::vector<const T*> factors;
  for (const Axis& a : g.spatial) {
    if (!has_one_sign(taps, a.taps)) return {};
    factors.push_back(taps);
    taps += a.taps;
  }
  return factors;
}

}  // namespace

template <class T>
std::optional<CosineKernel<T>> as_cosines(const Problem& problem, const Geometry& g,
                                          const KernelTaps<T>& kernel, std::int64_t most) {
  if (!kernel.facts.finite || kernel.facts.nonzeros != g.taps()) return std::nullopt;
  Problem exact = problem;
  exact.tolerance = 0;
  auto low = decompose(kernel, kernel_extents(g), demand_of(exact, g, 0));
  if (!low) return std::nullopt;
  CosineKernel<T> found;
  const std::vector<const T*> factors = factors_of(g, *low);
  if (factors.empty()) return std::nullopt;
  int others = 0;
  for (std::size_t i = 0; i < factors.size(); ++i)
    others += !is_constant(factors[i], g.spatial[i].taps);
  const bool fits = std::is_floating_point_v<T> && most > 1 && problem.tolerance > 0 &&
                    problem.accuracy == Accuracy::norm;
  if (others > 0 && !fits) return std::nullopt;
  const double allowed = allowed_residual(problem, g, most) -
                         low->residual / static_cast<double>(kernel.facts.sum_abs);
  double with = 1, without = 1;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::int64_t count = g.spatial[i].taps;
    if (is_constant(factors[i], count)) {
      found.factors.push_back(box_of(factors[i][0], count));
    } else if constexpr (std::is_floating_point_v<T>) {
      if (count > kMostCosineTaps) return std::nullopt;
      auto sum = fitted(factors[i], count, most, 0.98 * allowed / others);
      if (!sum) return std::nullopt;
      found.factors.push_back(std::move(*sum));
    }
    const CosineSum<T>& f = found.factors.back();
    found.cosines = std::max(found.cosines, f.cosines);
    with *= f.sum_abs;
    without *= f.sum_abs - f.residual;
  }
  found.left = std::max(0.0, with - without) * (1 + 1e-12) + low->residual;
  found.low = std::move(*low);
  return found;
}

template std::optional<CosineKernel<float>> as_cosines(const Problem&, const Geometry&,
                                                       const KernelTaps<float>&, std::int64_t);
template std::optional<CosineKernel<double>> as_cosines(const Problem&, const Geometry&,
                                                        const KernelTaps<double>&, std::int64_t);
template std::optional<CosineKernel<std::int64_t>> as_cosines(const Problem&, const Geometry&,
                                                              const KernelTaps<std::int64_t>&,
                                                              std::int64_t);

namespace {

template <class T>
std::int64_t cosines_of(const Problem& problem, const Geometry& g, const ConstView& h,
                        std::int64_t most) {
  std::int64_t cosines = 0;
  for (const KernelTaps<T>& kernel : read_kernels<T>(g, h)) {
    const auto found = as_cosines(problem, g, kernel, most);
    if (!found) return 0;
    cosines = std::max<std::int64_t>(cosines, found->cosines);
  }
  return cosines;
}

}  // namespace

std::int64_t find_cosines(const Problem& problem, const Geometry& g, const ConstView& h,
                          std::int64_t most) {
  if (most < 1 || g.complex() || !is_kernel_of(problem, h)) return 0;
  if (g.compute == Compute::integer) return cosines_of<std::int64_t>(problem, g, h, most);
  return g.single() ? cosines_of<float>(problem, g, h, most)
                    : cosines_of<double>(problem, g, h, most);
}

}  // namespace faltung
