// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What separable passes have in common, on the processor and on a device: which problems, kernels
// taken apart, the bound.
#include "convolution/separable_kernel.hpp"

#include <algorithm>
#include <type_traits>

#include "convolution/separable_cost.hpp"

namespace faltung {
namespace {

/// Along one axis: what has more is a matter for transforms, and its tables would be as large.
constexpr std::int64_t kMostTaps = 1 << 20;

template <class T>
Failure not_of_this_rank(const Problem& problem) {
  const std::int64_t rank = problem.kernel_rank;
  std::string message = "the kernel does not come apart into " + std::to_string(rank) +
                        (rank == 1 ? " product" : " products") + " of one-dimensional kernels";
  if constexpr (std::is_floating_point_v<T>)
    message += problem.tolerance > 0 ? " within the tolerance" : " up to rounding";
  return {Status::kernel_mismatch, message + "; plan with the kernel, or give a larger rank="};
}

}  // namespace

Result<void> check_separable(const Problem& problem, const Geometry& g) {
  const auto cannot = [](const char* why) {
    return tl::unexpected(Failure{Status::unsupported, why});
  };
  const auto along =
      std::count_if(g.spatial.begin(), g.spatial.end(), [](const Axis& a) { return a.taps > 1; });
  if (along < 2) return cannot("the kernel has fewer than two axes of more than one tap");
  if (g.complex()) return cannot("complex kernels of complex data are not taken apart");
  if (may_be_wide_in_stream(g))
    return cannot(
        "sums that saturate may take 192 bits, and their tiles are not those of a stream");
  if (problem.kernel_rank < 1)
    return cannot(
        "no rank of the kernel is known that would pay; plan with the kernel, or say rank=");
  for (const Axis& a : g.spatial)
    if (a.taps > kMostTaps) return cannot("a factor of the kernel would have more than 2^20 taps");
  if (problem.kernel_rank > 1 && g.compute == Compute::integer)
    return cannot("integers stay exact with rank 1 only");
  if (problem.kernel_rank > 1 && problem.accuracy == Accuracy::componentwise)
    return cannot("terms of a rank above 1 may cancel: their error is not componentwise");
  return {};
}

template <class T>
Result<std::vector<SplitKernel<T>>> take_apart(const Problem& problem, const Geometry& g,
                                               const std::vector<KernelTaps<T>>& taps) {
  std::vector<SplitKernel<T>> split;
  const RankDemand demand = demand_of(problem, g, problem.kernel_rank);
  for (const KernelTaps<T>& k : taps) {
    auto low = decompose(k, kernel_extents(g), demand);
    if (!low) return tl::unexpected(not_of_this_rank<T>(problem));
    split.push_back(split_kernel(g, k.facts, std::move(*low)));
  }
  return split;
}
template Result<std::vector<SplitKernel<float>>> take_apart(const Problem&, const Geometry&,
                                                            const std::vector<KernelTaps<float>>&);
template Result<std::vector<SplitKernel<double>>> take_apart(
    const Problem&, const Geometry&, const std::vector<KernelTaps<double>>&);
template Result<std::vector<SplitKernel<std::int64_t>>> take_apart(
    const Problem&, const Geometry&, const std::vector<KernelTaps<std::int64_t>>&);

/// |e| <= c u (|x~| * sum_r |term r|) + |x~| * |h - sum_r term r|: rounding, and what is left out.
/// Tap by tap for one term that is close to every tap.
template <class T>
ErrorBound separable_bound(const Geometry& g, const std::vector<KernelTaps<T>>& taps,
                           const std::vector<SplitKernel<T>>& split, const InputNorms& x) {
  const double u = unit_roundoff(g);
  double sum = 0, worst = 0;
  for (std::size_t i = 0; i < split.size(); ++i) {
    const LowRank<T>& low = split[i].low;
    const double h = taps[i].facts.sum_abs;
    const double cu = separable_coefficient(g, static_cast<std::int64_t>(low.terms.size())) * u;
    if (h == 0) continue;
    sum = std::max(sum, h);
    // Parts of sum|h|: the sums may be subnormal, where their products with u are not precise.
    const double left = low.componentwise ? kTapRoundings(g.spatial.size()) * u : low.residual / h;
    const double growth = low.componentwise ? 1 + left : low.sum_abs / h;
    worst = std::max(worst, cu / (1 - cu) * growth + left);
  }
  return linear_bound(g, worst / u, x, sum);
}
template ErrorBound separable_bound(const Geometry&, const std::vector<KernelTaps<float>>&,
                                    const std::vector<SplitKernel<float>>&, const InputNorms&);
template ErrorBound separable_bound(const Geometry&, const std::vector<KernelTaps<double>>&,
                                    const std::vector<SplitKernel<double>>&, const InputNorms&);
template ErrorBound separable_bound(const Geometry&, const std::vector<KernelTaps<std::int64_t>>&,
                                    const std::vector<SplitKernel<std::int64_t>>&,
                                    const InputNorms&);

}  // namespace faltung
