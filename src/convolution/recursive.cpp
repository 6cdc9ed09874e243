// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A kernel that is one product of boxes, or of sums of few cosines, in time that does not depend on
// how many taps it has. Along an axis samples are cut into blocks of as many as there are taps; a
// window ends one block and begins the next, so that its sum is two, of each block from an end:
//
//   x~        | . . . x x | x x x . . | . . . .        window of an output
//   block b           <--- sums from the end
//   block b + 1             ---> sums from the beginning
//
// which are two additions for each sample and one for each output, and nothing is ever subtracted:
// NaN, infinity and rounding errors are gone with the window that met them. M. van Herk (1992), for
// minima; window_sums.cpp has the loops, and how cosines are summed.
//
// A Gaussian is a sum of few cosines as far as a tolerance allows, cosine_sum.cpp; what that leaves
// is measured. docs/accuracy.md derives the bound.
#include <algorithm>
#include <cmath>

#include "convolution/algorithm.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "convolution/recursive_cost.hpp"
#include "convolution/recursive_kernel.hpp"
#include "convolution/recursive_tiles.hpp"
#include "convolution/separable_cost.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

/// Along one axis, and of a kernel: a tile reads more samples than that.
constexpr std::int64_t kMostTaps = 1 << 20;
constexpr double kLargestKernel = 0x1p26;

// ---------------------------------------------------------------------------------- supports

Result<void> check(const Problem& problem, const Geometry& g) {
  const auto cannot = [](const char* why) {
    return tl::unexpected(Failure{Status::unsupported, why});
  };
  if (g.complex()) return cannot("complex kernels of complex data are not taken apart");
  if (may_be_wide_in_stream(g))
    return cannot(
        "sums that saturate may take 192 bits, and their tiles are not those of a stream");
  if (problem.kernel_cosines < 1)
    return cannot(
        "the kernel is not known to be a product of boxes or of sums of cosines that would pay; "
        "plan with the kernel, or say cosines=");
  double taps = 1;
  for (const Axis& a : g.spatial) {
    if (a.step > 1) return cannot("sums over windows give every output, and a stride skips some");
    if (a.dilation > 1 && a.taps > 1) return cannot("sums over windows have no holes");
    if (a.taps > kMostTaps) return cannot("the kernel has more than 2^20 taps along an axis");
    if (problem.kernel_cosines > 1 && a.taps > kMostCosineTaps)
      return cannot("sums of cosines have at most 2^16 taps along an axis");
    taps *= static_cast<double>(a.taps);
  }
  if (taps > kLargestKernel) return cannot("a tile would read more than 2^26 samples");
  if (problem.kernel_cosines > 1 && g.compute == Compute::integer)
    return cannot("integers stay exact with boxes only");
  if (problem.kernel_cosines > 1 && problem.accuracy == Accuracy::componentwise)
    return cannot("cosines cancel each other: their error is not componentwise");
  return {};
}

// -------------------------------------------------------------------------------------- plan

template <class T>
class RecursiveRecipe final : public Recipe {
 public:
  RecursiveRecipe(const Problem& problem, const Geometry& geometry, std::int64_t target)
      : problem_(problem),
        g_(geometry),
        layout_(g_, problem.kernel_cosines, window_bytes(g_)),
        target_(target),
        scratch_(recursive_scratch(g_, layout_)) {}

  std::string tree() const override {
    const std::int64_t tiles = layout_.tiles() * g_.batches(), cosines = problem_.kernel_cosines;
    const std::string taps = to_string(kernel_extents(g_));
    return "recursive: " +
           (cosines == 1 ? "a box of " + taps + " taps"
                         : taps + " taps as products of up to " + std::to_string(cosines) +
                               " cosines along an axis") +
           (std::is_integral_v<T> ? ", integer"
            : sizeof(T) == 4      ? ", f32 summed in f64"
                                  : ", f64") +
           ", " + std::to_string(tiles) + (tiles == 1 ? " tile of " : " tiles of ") +
           to_string(layout_.block()) + " outputs\n";
  }
  std::int64_t scratch_bytes() const noexcept override { return scratch_; }
  std::int64_t tile_outputs() const noexcept override { return layout_.block()[0]; }
  std::int64_t tasks() const noexcept override { return layout_.tiles() * g_.batches(); }
  std::int64_t table_bytes() const noexcept override { return 0; }
  std::int64_t kernel_bytes() const noexcept override {
    return recursive_kernel_bytes(problem_, g_);
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  Result<std::shared_ptr<Kernel::Prepared>> hand_over(std::shared_ptr<RecursiveKernel<T>> kernel,
                                                      const ConstView& h) const;
  template <class C>
  RecursivePart<C> part_of(const KernelFacts& facts, CosineKernel<C> cosines) const;
  void add_singles(RecursiveKernel<T>& kernel) const;
  /// The passes, on samples of type C.
  template <class C>
  Status run_tiles(const Execution& run, const std::vector<KernelTaps<C>>& taps,
                   const std::vector<RecursivePart<C>>& parts,
                   Accumulator accumulator) const noexcept;

  const Problem problem_;
  const Geometry g_;
  const RecursiveLayout layout_;
  const std::int64_t target_, scratch_;
};

/// The kernel for the direct method, beside or in place of its factors.
template <class T>
Result<std::shared_ptr<Kernel::Prepared>> RecursiveRecipe<T>::hand_over(
    std::shared_ptr<RecursiveKernel<T>> kernel, const ConstView& h) const {
  auto direct = algorithms().front()->plan(problem_, g_, MachineProfile::shipped(), target_);
  if (!direct) return tl::unexpected(direct.error());
  auto prepared = (*direct)->prepare(h);
  if (!prepared) return prepared;
  kernel->direct = std::move(*direct);
  kernel->direct_kernel = std::move(*prepared);
  return kernel;
}

template <class T>
template <class C>
RecursivePart<C> RecursiveRecipe<T>::part_of(const KernelFacts& facts,
                                             CosineKernel<C> cosines) const {
  RecursivePart<C> part;
  part.split = split_kernel(g_, facts, std::move(cosines.low));
  part.clamps = facts.nonnegative && cosines.cosines > 1;
  double reach = 1;
  for (std::size_t i = cosines.factors.size(); i-- > 0;) {  // in the order of the passes
    reach *= cosines.factors[i].sum_abs;
    part.reach = std::max(part.reach, reach);
  }
  const C* factor = part.split.low.terms.front().data();
  for (const Axis& a : g_.spatial) {
    part.negative ^= *factor < 0;
    factor += a.taps;
  }
  if constexpr (std::is_integral_v<C>) {
    std::uint64_t scale = 1;
    for (auto& f : cosines.factors) scale *= static_cast<std::uint64_t>(f.weight);
    part.scale = static_cast<std::int64_t>(scale);
  }
  part.cosines = std::move(cosines);
  return part;
}

/// Boxes of integers whose sums, partial ones too, float32 holds exactly.
template <class T>
void RecursiveRecipe<T>::add_singles(RecursiveKernel<T>& kernel) const {
  for (const RecursivePart<T>& part : kernel.parts) {
    RecursivePart<float> single;
    for (const CosineSum<T>& f : part.cosines.factors) {
      CosineSum<float> box;
      box.taps = f.taps;
      box.weight = static_cast<double>(f.weight);
      single.cosines.factors.push_back(std::move(box));
    }
    kernel.singles.push_back(std::move(single));
  }
  kernel.single_taps.resize(kernel.singles.size());
}

template <class T>
Result<std::shared_ptr<Kernel::Prepared>> RecursiveRecipe<T>::prepare(const ConstView& h) const {
  auto kernel = std::make_shared<RecursiveKernel<T>>();
  std::vector<KernelTaps<T>> taps = read_kernels<T>(g_, h);
  for (const KernelTaps<T>& k : taps)
    if (!k.facts.finite) return hand_over(std::move(kernel), h);
  for (const KernelTaps<T>& k : taps) {
    auto found = as_cosines(problem_, g_, k, problem_.kernel_cosines);
    if (!found)
      return tl::unexpected(
          Failure{Status::kernel_mismatch,
                  problem_.kernel_cosines == 1
                      ? "the kernel is not a box, one number along every axis"
                      : "the kernel is not a product of sums of up to " +
                            std::to_string(problem_.kernel_cosines) +
                            " cosines within the tolerance; plan with the kernel, or give a larger "
                            "cosines= or tolerance="});
    kernel->parts.push_back(part_of(k.facts, std::move(*found)));
  }
  if constexpr (std::is_integral_v<T>)
    if (largest_sum(g_, taps) <= 0x1p24L) add_singles(*kernel);
  kernel->taps = std::move(taps);
  if (may_be_wide(g_)) return hand_over(std::move(kernel), h);
  return kernel;
}

// ----------------------------------------------------------------------------------- execute

template <class T>
Status RecursiveRecipe<T>::execute(const Execution& run,
                                   const Kernel::Prepared& prepared) const noexcept {
  const auto& kernel = static_cast<const RecursiveKernel<T>&>(prepared);
  Accumulator accumulator = real_accumulator(g_);
  if constexpr (std::is_integral_v<T>) accumulator = accumulator_for(g_, run.read, kernel.taps);
  if (accumulator == Accumulator::refused) return Status::integer_overflow;
  if (kernel.parts.empty() || accumulator == Accumulator::wide)
    return kernel.direct->execute(run, *kernel.direct_kernel);
  if constexpr (std::is_integral_v<T>)
    if (!kernel.singles.empty())
      return run_tiles<float>(run, kernel.single_taps, kernel.singles, accumulator);
  return run_tiles<T>(run, kernel.taps, kernel.parts, accumulator);
}

template <class T>
template <class C>
Status RecursiveRecipe<T>::run_tiles(const Execution& run, const std::vector<KernelTaps<C>>& taps,
                                     const std::vector<RecursivePart<C>>& parts,
                                     Accumulator accumulator) const noexcept {
  const RecursiveTiles<C> tiles(g_, layout_, run, problem_.accuracy == Accuracy::componentwise,
                                target_, accumulator);
  const std::int64_t inner = layout_.tiles() / layout_.outer_tiles();
  const std::int64_t first = run.first_tile * inner,
                     count = run.tiles_of(layout_.outer_tiles()) * inner;
  const auto body = [&](std::byte* scratch, auto next) noexcept {
    for (std::int64_t task = next(); task >= 0; task = next()) {
      const BatchOffsets at = run.offsets(g_, task / count);
      const auto k = static_cast<std::size_t>(at.kernel);
      tiles.compute(at, first + task % count, taps[k], parts[k], scratch);
    }
  };
  support::parallel(*run.workspace, scratch_, count * g_.batches(), body);
  return Status::ok;
}

// ------------------------------------------------------------------------------------- bound

/// Passes follow each other: each is off by what those before were, by its own sums, and by what
/// they grow; then by what the cosines leave of the kernel.
template <class T>
ErrorBound RecursiveRecipe<T>::error_bound(const ConstView& x,
                                           const Kernel::Prepared& prepared) const {
  const auto& kernel = static_cast<const RecursiveKernel<T>&>(prepared);
  if (kernel.parts.empty()) return kernel.direct->error_bound(x, *kernel.direct_kernel);
  if (g_.compute == Compute::integer) return {};
  const double u = unit_roundoff(g_), c = window_coefficient(g_) * u;
  double sum = 0, worst = 0;
  for (std::size_t i = 0; i < kernel.parts.size(); ++i) {
    const CosineKernel<T>& k = kernel.parts[i].cosines;
    const auto h = static_cast<double>(kernel.taps[i].facts.sum_abs);
    double rounding = 1 + c / (1 - c), size = 1;
    for (const CosineSum<T>& f : k.factors) {
      rounding *= 1 + f.growth * window_sum_error(f.taps, f.cosines, !g_.single());
      size *= f.sum_abs;
    }
    sum = std::max(sum, h);
    worst = std::max(worst, ((rounding - 1) * size + k.left) / h);
  }
  return linear_bound(g_, worst / u, input_norms(g_, x), sum);
}

// --------------------------------------------------------------------------------- the entry

class Recursive final : public Algorithm {
 public:
  const char* name() const noexcept override { return "recursive"; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    return check(problem, g);
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_recursive(problem, g);
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&,
                                             std::int64_t target) const override {
    if (g.compute == Compute::integer)
      return std::make_unique<const RecursiveRecipe<std::int64_t>>(problem, g, target);
    if (g.single()) return std::make_unique<const RecursiveRecipe<float>>(problem, g, target);
    return std::make_unique<const RecursiveRecipe<double>>(problem, g, target);
  }
};

}  // namespace

const Algorithm& recursive_algorithm() noexcept {
  static const Recursive algorithm;
  return algorithm;
}

}  // namespace faltung
