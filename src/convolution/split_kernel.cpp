// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/split_kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"

namespace faltung {
namespace {

/// Which passes of one product stay within 32 bits: bit i for axis i.
std::uint32_t narrow_passes(const Geometry& g, const std::int64_t* factors) {
  constexpr long double kMost = std::numeric_limits<std::int32_t>::max();
  const IntegerRange x = extended_range(g, range_of(g.x_type));
  if (x.unbounded) return 0;
  auto largest = static_cast<long double>(std::max(-x.low - 1, x.high));
  std::uint32_t narrow = 0;
  for (std::size_t i = 0; i < g.spatial.size(); ++i) {
    long double sum = 0, most = 0;
    for (const std::int64_t* end = factors + g.spatial[i].taps; factors < end; ++factors) {
      const long double tap = std::abs(static_cast<long double>(*factors));
      sum += tap;
      most = std::max(most, tap);
    }
    if (largest <= kMost && most <= kMost) narrow |= std::uint32_t{1} << i;
    largest *= sum;
  }
  return narrow;
}

}  // namespace

/// `tiny` follows one underflow, u times the smallest normal number, through the passes: each
/// multiplies what came before by its factor's sum and adds one for each of its taps. `least` is
/// the smallest product of factors, with what cancels in a pass down to one unit in the last place.
template <class T>
SplitKernel<T> split_kernel(const Geometry& g, const KernelFacts& facts, LowRank<T> low) {
  SplitKernel<T> k;
  constexpr double kEpsilon = std::is_integral_v<T> ? 1 : std::numeric_limits<T>::epsilon();
  k.least = std::numeric_limits<double>::infinity();
  for (const auto& term : low.terms) {
    const T* f = term.data();
    double underflows = 0, product = 1;
    for (const Axis& a : g.spatial) {
      double sum = 0, smallest = 0;
      for (const T* end = f + a.taps; f < end; ++f) {
        const double v = std::abs(static_cast<double>(*f));
        sum += v;
        if (v != 0 && (smallest == 0 || v < smallest)) smallest = v;
      }
      underflows = underflows * sum + static_cast<double>(a.taps);
      product *= smallest;
      if (product != 0) k.least = std::min(k.least, product);
      product *= kEpsilon;
    }
    k.tiny += underflows * static_cast<double>(std::numeric_limits<T>::min());
  }
  const auto terms = static_cast<std::int64_t>(low.terms.size());
  k.noise = 1.01 * separable_coefficient(g, terms) * unit_roundoff(g) * low.sum_abs + low.residual;
  k.clamps = facts.nonnegative && !low.nonnegative;
  std::int64_t hull = 1;
  for (int i = 0; i < facts.hull_first.rank(); ++i)
    hull *= facts.hull_last[i] - facts.hull_first[i] + 1;
  k.gaps = !low.componentwise && facts.nonzeros < hull;
  if constexpr (std::is_integral_v<T>)
    if (!low.terms.empty()) k.narrow = narrow_passes(g, low.terms.front().data());
  k.symmetry = symmetries(g, low);
  k.low = std::move(low);
  return k;
}

template <class T>
std::vector<Symmetry> symmetries(const Geometry& g, const LowRank<T>& low) {
  std::vector<Symmetry> found;
  for (const auto& term : low.terms) {
    const T* f = term.data();
    for (const Axis& a : g.spatial) {
      bool even = a.taps > 1, odd = even;
      for (std::int64_t k = 0; k < a.taps / 2; ++k) {
        even &= f[k] == f[a.taps - 1 - k];
        odd &= f[k] == -f[a.taps - 1 - k];
      }
      found.push_back(even ? Symmetry::even : odd ? Symmetry::odd : Symmetry::none);
      f += a.taps;
    }
  }
  return found;
}
template std::vector<Symmetry> symmetries(const Geometry&, const LowRank<float>&);

template SplitKernel<float> split_kernel(const Geometry&, const KernelFacts&, LowRank<float>);
template SplitKernel<double> split_kernel(const Geometry&, const KernelFacts&, LowRank<double>);
template SplitKernel<std::int64_t> split_kernel(const Geometry&, const KernelFacts&,
                                                LowRank<std::int64_t>);

}  // namespace faltung
