// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// One term, D axes: fibres through the largest tap h[p],
//
//   h[k] = h[k_0, p_1, ...] (h[p_0, k_1, ...] / h[p]) ...
//
// More terms: array_terms.cpp. All of it is in long double; what counts in the end is the residual
// of the factors as they are stored, which is measured against the kernel.
#include "convolution/low_rank.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>

#include "convolution/array_terms.hpp"
#include "convolution/error_bound.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

/// The fibres through element `pivot`, all but the first divided by it.
template <class S>
std::vector<std::vector<S>> fibres(const S* h, const Dims& taps, std::int64_t pivot) {
  std::vector<std::vector<S>> result(static_cast<std::size_t>(taps.rank()));
  std::int64_t stride = 1;
  for (int i = taps.rank() - 1; i >= 0; --i) {
    const std::int64_t base = pivot - pivot / stride % taps[i] * stride;
    for (std::int64_t k = 0; k < taps[i]; ++k)
      result[static_cast<std::size_t>(i)].push_back(h[base + k * stride]);
    stride *= taps[i];
  }
  return result;
}

/// Shares a term's size among its factors by powers of two, which are exact.
void balance(Term& term) {
  int total = 0;
  std::vector<int> exponents;
  for (const Vector& f : term) {
    const Real largest = std::abs(f[static_cast<std::size_t>(largest_at(f))]);
    exponents.push_back(largest == 0 ? 0 : std::ilogb(largest));
    total += exponents.back();
  }
  const int axes = static_cast<int>(term.size());
  for (int i = 0; i < axes; ++i) {
    const int target = total / axes + (i == 0 ? total % axes : 0);
    const Real factor = std::ldexp(Real(1), target - exponents[static_cast<std::size_t>(i)]);
    for (Real& v : term[static_cast<std::size_t>(i)]) v *= factor;
  }
}

double rounded_up(Real value) {
  if (value == 0) return 0;
  return std::nextafter(static_cast<double>(value * (1 + 1e-12L)),
                        std::numeric_limits<double>::infinity());
}

/// Wide enough for the rounding of what is measured in it to be nothing beside that of T.
template <class T>
using Wide = std::conditional_t<sizeof(T) == sizeof(float), double, Real>;

/// Rows of the last axis of a sum of products of one-dimensional kernels.
template <class T>
class ProductRows {
 public:
  ProductRows(const LowRank<T>& low, const Dims& taps) : low_(low), taps_(taps) {
    for (int i = 0; i + 1 < taps.rank(); ++i) before_last_ += taps[i];
  }

  /// Takes the row with that number, in dense order, from `rest`.
  void subtract(std::int64_t row, std::vector<Wide<T>>& rest) const {
    for (const auto& term : low_.terms) {
      Wide<T> outer = 1;
      std::int64_t left = row, factors = before_last_;
      for (int i = taps_.rank() - 2; i >= 0; --i) {
        factors -= taps_[i];
        outer *= term[static_cast<std::size_t>(factors + left % taps_[i])];
        left /= taps_[i];
      }
      const T* last = term.data() + before_last_;
      for (std::size_t k = 0; k < rest.size(); ++k) rest[k] -= outer * last[k];
    }
  }

 private:
  const LowRank<T>& low_;
  const Dims& taps_;
  std::int64_t before_last_ = 0;
};

/// The product of the sums of |factor|.
template <class T>
Real sum_of_magnitudes(const T* factors, const Dims& taps) {
  Real product = 1;
  for (const std::int64_t extent : taps) {
    Real sum = 0;
    for (const T* end = factors + extent; factors < end; ++factors)
      sum += std::abs(static_cast<Real>(*factors));
    product *= sum;
  }
  return product;
}

/// h minus the sum of the terms as they are stored, tap by tap; no further than it is clear that it
/// is more than `enough`.
template <class T>
void measure(const KernelTaps<T>& kernel, const Dims& taps, double enough, LowRank<T>& low) {
  const ProductRows<T> rows(low, taps);
  const auto length = static_cast<std::size_t>(taps.back());
  constexpr auto kHalfUlp = static_cast<Wide<T>>(std::numeric_limits<T>::epsilon()) / 2;
  const Wide<T> each = static_cast<Wide<T>>(kTapRoundings(taps.rank())) * kHalfUlp;
  Wide<T> left = 0;
  bool within = true;
  std::vector<Wide<T>> rest(length);
  for (std::size_t at = 0; at < kernel.re.size(); at += length) {
    const T* h = kernel.re.data() + at;
    std::copy_n(h, length, rest.begin());
    rows.subtract(static_cast<std::int64_t>(at / length), rest);
    for (std::size_t k = 0; k < length; ++k) {
      left += std::abs(rest[k]);
      within &= std::abs(rest[k]) <= each * std::abs(static_cast<Wide<T>>(h[k]));
    }
    if (!within && left > 2 * static_cast<Wide<T>>(enough)) break;
  }
  low.componentwise = within;
  Real sum = 0;
  for (const auto& term : low.terms) sum += sum_of_magnitudes(term.data(), taps);
  // What was measured was rounded itself: in the products, their sum, and the sum of magnitudes.
  const auto roundings = static_cast<Real>(low.terms.size()) + static_cast<Real>(taps.rank()) + 2;
  const auto additions = static_cast<Real>(kernel.re.size());
  const Real all = sum + static_cast<Real>(kernel.facts.sum_abs);
  constexpr auto kEpsilon = static_cast<Real>(std::numeric_limits<Wide<T>>::epsilon());
  low.residual =
      rounded_up((1 + additions * kEpsilon) * static_cast<Real>(left) + roundings * kEpsilon * all);
  low.sum_abs = rounded_up(sum);
}

template <class T>
std::optional<LowRank<T>> finish(const KernelTaps<T>& kernel, const Dims& taps,
                                 std::vector<Term> terms, const RankDemand& demand) {
  LowRank<T> low;
  for (Term& term : terms) {
    balance(term);
    auto& to = low.terms.emplace_back();
    for (const Vector& f : term)
      for (Real v : f) {
        to.push_back(static_cast<T>(v));
        low.nonnegative &= v >= 0;
      }
  }
  const auto count = static_cast<std::int64_t>(low.terms.size());
  const double sum = kernel.facts.sum_abs;
  measure(kernel, taps, demand.componentwise ? 0 : demand.residual(count) * sum, low);
  const bool close =
      low.componentwise || (!demand.componentwise && low.residual <= demand.residual(count) * sum);
  // Rounding up may take the smallest number to the next.
  const double most = kGrowth(count) * sum * (1 + 1e-6) + std::numeric_limits<double>::denorm_min();
  if (count == 0 || !close || !(low.sum_abs <= most)) return std::nullopt;
  return low;
}

}  // namespace

template <class T>
std::optional<LowRank<T>> decompose(const KernelTaps<T>& kernel, const Dims& taps,
                                    const RankDemand& demand) {
  const auto largest = static_cast<T>(kernel.facts.max_abs);
  const std::int64_t pivot = std::find_if(kernel.re.begin(), kernel.re.end(),
                                          [&](T v) { return std::abs(v) == largest; }) -
                             kernel.re.begin();
  const auto value = static_cast<Real>(kernel.re[static_cast<std::size_t>(pivot)]);
  Term cross;
  for (const std::vector<T>& f : fibres(kernel.re.data(), taps, pivot))
    cross.emplace_back(f.begin(), f.end());
  for (std::size_t i = 1; i < cross.size() && value != 0; ++i)
    for (Real& v : cross[i]) v /= value;
  if (auto low = finish(kernel, taps, {cross}, demand)) return low;
  if (demand.componentwise || demand.most_terms == 0) return std::nullopt;
  const auto allowed = [&](std::int64_t terms) -> Real {
    return static_cast<Real>(demand.residual(terms)) * static_cast<Real>(kernel.facts.sum_abs);
  };
  const std::span<const std::int64_t> extents(taps.begin(), taps.end());
  const Vector h(kernel.re.begin(), kernel.re.end());
  return finish(kernel, taps, array_terms<T>(h, extents, demand.most_terms, allowed), demand);
}

template std::optional<LowRank<float>> decompose(const KernelTaps<float>&, const Dims&,
                                                 const RankDemand&);
template std::optional<LowRank<double>> decompose(const KernelTaps<double>&, const Dims&,
                                                  const RankDemand&);

// --------------------------------------------------------------------------------------- integers

namespace {

/// Divides by the greatest common divisor; false where that is 2^63.
bool make_primitive(std::vector<std::int64_t>& f) {
  std::uint64_t common = 0;
  for (std::int64_t v : f) {
    const auto bits = static_cast<std::uint64_t>(v);
    common = std::gcd(common, v < 0 ? ~bits + 1 : bits);
  }
  if (common > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
  for (std::int64_t& v : f) v /= static_cast<std::int64_t>(common);
  return true;
}

/// Where h is a product of integers at all, it is that of its primitive fibres and of the first
/// one divided by what those are at the pivot.
bool divide_fibres(std::vector<std::vector<std::int64_t>>& factors, const Dims& taps,
                   std::int64_t pivot) {
  std::int64_t divisor = 1, inner = 1;
  for (int i = taps.rank() - 1; i > 0; inner *= taps[i--]) {
    auto& f = factors[static_cast<std::size_t>(i)];
    if (!make_primitive(f) ||
        __builtin_mul_overflow(divisor, f[static_cast<std::size_t>(pivot / inner % taps[i])],
                               &divisor))
      return false;
  }
  for (std::int64_t& v : factors[0]) {
    if (divisor == -1 ? v == std::numeric_limits<std::int64_t>::min() : v % divisor != 0)
      return false;
    v /= divisor;
  }
  return true;
}

}  // namespace

template <>
std::optional<LowRank<std::int64_t>> decompose(const KernelTaps<std::int64_t>& kernel,
                                               const Dims& taps, const RankDemand&) {
  const auto pivot =
      std::find_if(kernel.re.begin(), kernel.re.end(), [](std::int64_t v) { return v != 0; }) -
      kernel.re.begin();
  const bool zero = pivot == static_cast<std::ptrdiff_t>(kernel.re.size());
  auto factors = fibres(kernel.re.data(), taps, zero ? 0 : pivot);
  if (!zero && !divide_fibres(factors, taps, pivot)) return std::nullopt;
  LowRank<std::int64_t> low;
  low.componentwise = true;
  auto& term = low.terms.emplace_back();
  std::vector<std::uint64_t> product = {1};
  for (const auto& f : factors) {
    term.insert(term.end(), f.begin(), f.end());
    std::vector<std::uint64_t> next;
    for (std::uint64_t a : product)
      for (std::int64_t b : f) next.push_back(a * static_cast<std::uint64_t>(b));
    product = std::move(next);
  }
  for (std::size_t t = 0; t < product.size(); ++t)
    if (product[t] != static_cast<std::uint64_t>(kernel.re[t])) return std::nullopt;
  return low;
}

// ------------------------------------------------------------------------------------ the demand

Dims kernel_extents(const Geometry& g) {
  Dims taps;
  for (const Axis& a : g.spatial) taps.push_back(a.taps);
  return taps;
}

double separable_coefficient(const Geometry& g, std::int64_t terms) {
  double c = 2 + input_roundings(g);
  for (const Axis& a : g.spatial) {
    const std::int64_t chunks = checked::ceil_div(a.taps, kSeparableChunk);
    c += static_cast<double>(std::min(a.taps, kSeparableChunk)) +
         static_cast<double>(&a == &g.spatial.back() ? chunks * terms : chunks);
  }
  return c;
}

namespace {

/// A residual of a quarter of the kernel is no approximation any more, whatever was asked for.
constexpr double kLargestResidual = 0.25;

double rounding_error(const Geometry& g, std::int64_t terms) {
  const double cu = separable_coefficient(g, terms) * unit_roundoff(g);
  return cu / (1 - std::min(0.5, cu));
}

/// The error in storing the taps as factors.
double tap_error(const Geometry& g) {
  return kTapRoundings(static_cast<int>(g.spatial.size())) * unit_roundoff(g);
}

}  // namespace

double separable_error(const Problem& problem, const Geometry& g, std::int64_t terms) {
  const double growth = terms == 1 ? 1 + tap_error(g) : kGrowth(terms);
  const double exact = growth * rounding_error(g, terms) + tap_error(g);
  const bool truncates = problem.accuracy == Accuracy::norm && g.compute != Compute::integer;
  return truncates ? std::max(exact, problem.tolerance) : exact;
}

RankDemand demand_of(const Problem& problem, const Geometry& g, std::int64_t most_terms) {
  RankDemand demand;
  demand.most_terms = most_terms;
  demand.componentwise = problem.accuracy == Accuracy::componentwise;
  demand.residual = [&g, tolerance = problem.tolerance](std::int64_t terms) {
    const double left = tolerance - kGrowth(terms) * rounding_error(g, terms);
    return std::clamp(left, tap_error(g), kLargestResidual);
  };
  return demand;
}

// ------------------------------------------------------------------------------------- find_rank

bool is_kernel_of(const Problem& problem, const ConstView& h) {
  const auto essential = [](const Dims& shape) {
    const auto more = [](std::int64_t n) { return n != 1; };
    return std::vector<std::int64_t>(std::find_if(shape.begin(), shape.end(), more), shape.end());
  };
  return h.data != nullptr && h.type == problem.h_type && h.strides.rank() == h.shape.rank() &&
         essential(h.shape) == essential(problem.h_shape);
}

namespace {

/// More terms than this, or larger kernels, are the business of transforms; the search through a
/// kernel ends at a size where it takes some milliseconds.
constexpr std::int64_t kMostTerms = 16, kLargestKernel = 1 << 20, kLargestSearch = 1 << 18;

template <class T>
std::int64_t rank_of(const Geometry& g, const ConstView& h, const RankDemand& demand) {
  std::size_t rank = 0;
  for (const KernelTaps<T>& kernel : read_kernels<T>(g, h)) {
    if (!kernel.facts.finite) return 0;
    const auto low = decompose(kernel, kernel_extents(g), demand);
    if (!low) return 0;
    rank = std::max(rank, low->terms.size());
  }
  return static_cast<std::int64_t>(rank);
}

}  // namespace

std::int64_t terms_worth_having(const Geometry& g) {
  std::int64_t along = 0, product = 1;
  int axes = 0;
  for (const Axis& a : g.spatial) {
    along += a.taps;
    product *= a.taps;
    axes += a.taps > 1;
  }
  if (g.complex() || axes < 2 || product > kLargestKernel) return 0;
  const bool one = g.compute == Compute::integer || product > kLargestSearch;
  return std::min(one ? 1 : kMostTerms, (product - 1) / along);
}

Result<std::int64_t> find_rank(const Problem& problem, const Geometry& g, const ConstView& h,
                               std::int64_t most) {
  const std::int64_t worth_having = terms_worth_having(g);
  if (worth_having == 0 || !is_kernel_of(problem, h)) return 0;
  if (most == 0 && g.taps() > kLargestSearch) return 0;  // reading them alone takes milliseconds
  const RankDemand demand = demand_of(problem, g, std::min(most, worth_having));
  if (g.compute == Compute::integer) return rank_of<std::int64_t>(g, h, demand);
  return g.single() ? rank_of<float>(g, h, demand) : rank_of<double>(g, h, demand);
}

}  // namespace faltung
