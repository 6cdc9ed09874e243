// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A kernel that is a sum of products of one-dimensional kernels, h[k] = sum_r f_r0[k_0] f_r1[k_1],
// is R times two passes of K taps instead of one of K^2:
//
//   y[n] = sum_r sum_k0 f_r0[k_0] ( sum_k1 f_r1[k_1] x~[n_0 - k_0, n_1 - k_1] )
//
//   x~ tile   ===========      outer axes first: whole rows are the vectors,
//             ===========
//             ===========  --> row =========== --> last axis --> y row [ += ]   for each term
//             ===========          one output's
//
// low_rank.cpp finds the factors and measures what they leave; docs/accuracy.md derives the bound.
// The passes are the loops of the direct method.
#include <algorithm>
#include <cmath>

#include "convolution/algorithm.hpp"
#include "convolution/channels.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "convolution/separable_cost.hpp"
#include "convolution/separable_kernel.hpp"
#include "convolution/separable_tiles.hpp"
#include "microkernels/targets.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

// -------------------------------------------------------------------------------------- plan

template <class T>
class SeparableRecipe final : public Recipe {
 public:
  SeparableRecipe(const Problem& problem, const Geometry& geometry, std::int64_t target,
                  bool channels_in_rows = true)
      : problem_(problem),
        given_(geometry),
        g_(channels_in_rows ? separable_geometry(geometry) : geometry),
        layout_(g_, problem.kernel_rank, element_bytes(g_), rows_as_they_lie(geometry, target)),
        target_(target) {
    if (g_.channels > 1)
      apart_ = std::make_unique<const SeparableRecipe>(problem, geometry, target, false);
    scratch_ = std::max(scratch_of(g_, layout_), apart_ ? apart_->scratch_ : 0);
  }

  std::string tree() const override {
    const std::int64_t tiles = layout_.tiles() * g_.batches(), rank = problem_.kernel_rank;
    return "separable: " + std::to_string(rank) + (rank == 1 ? " product of " : " products of ") +
           to_string(kernel_extents(g_)) + " taps" +
           (std::is_integral_v<T> ? ", integer"
            : sizeof(T) == 4      ? ", f32"
                                  : ", f64") +
           ", " + std::to_string(tiles) + (tiles == 1 ? " tile of " : " tiles of ") +
           to_string(layout_.block()) + " outputs\n";
  }
  std::int64_t scratch_bytes() const noexcept override { return scratch_; }
  std::int64_t tile_outputs() const noexcept override { return layout_.block()[0]; }
  std::int64_t tasks() const noexcept override { return layout_.tiles() * g_.batches(); }
  std::int64_t table_bytes() const noexcept override {
    return table_bytes_of(g_) + (apart_ ? apart_->table_bytes() : 0);
  }
  std::int64_t kernel_bytes() const noexcept override { return kernel_bytes_of(problem_, g_); }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  Result<std::shared_ptr<Kernel::Prepared>> hand_over(std::shared_ptr<SeparableKernel<T>> kernel,
                                                      const ConstView& h) const;
  /// The passes, on samples of type C.
  template <class C>
  Status run_tiles(const Execution& run, const std::vector<KernelTaps<C>>& taps,
                   const std::vector<SplitKernel<C>>& split,
                   Accumulator accumulator) const noexcept;

  const Problem problem_;
  const Geometry given_, g_;
  const SeparableLayout layout_;
  const std::int64_t target_;
  /// For channels that do not lie in rows; its kernels are the same, and so are the bits.
  std::unique_ptr<const SeparableRecipe> apart_;
  std::int64_t scratch_ = 0;
};

/// The kernel for the direct method, beside or in place of its factors.
template <class T>
Result<std::shared_ptr<Kernel::Prepared>> SeparableRecipe<T>::hand_over(
    std::shared_ptr<SeparableKernel<T>> kernel, const ConstView& h) const {
  auto direct = algorithms().front()->plan(problem_, given_, MachineProfile::shipped(), target_);
  if (!direct) return tl::unexpected(direct.error());
  auto prepared = (*direct)->prepare(h);
  if (!prepared) return prepared;
  kernel->direct = std::move(*direct);
  kernel->direct_kernel = std::move(*prepared);
  return kernel;
}

template <class T>
Result<std::shared_ptr<Kernel::Prepared>> SeparableRecipe<T>::prepare(const ConstView& h) const {
  auto kernel = std::make_shared<SeparableKernel<T>>();
  std::vector<KernelTaps<T>> taps = read_kernels<T>(given_, h);
  for (const KernelTaps<T>& k : taps)
    if (!k.facts.finite) return hand_over(std::move(kernel), h);
  auto split = take_apart(problem_, g_, taps);
  if (!split) return tl::unexpected(split.error());
  kernel->split = std::move(*split);
  if constexpr (std::is_integral_v<T>)
    if (largest_sum(g_, taps) <= 0x1p24L) add_singles(g_, *kernel);
  kernel->taps = std::move(taps);
  if (may_be_wide(g_)) return hand_over(std::move(kernel), h);
  return kernel;
}

// ----------------------------------------------------------------------------------- execute

template <class T>
Status SeparableRecipe<T>::execute(const Execution& run,
                                   const Kernel::Prepared& prepared) const noexcept {
  if (apart_ &&
      !(channels_lie_in_rows(given_, run.x_strides) && channels_lie_in_rows(given_, run.y_strides)))
    return apart_->execute(run, prepared);
  const auto& kernel = static_cast<const SeparableKernel<T>&>(prepared);
  Accumulator accumulator = real_accumulator(g_);
  if constexpr (std::is_integral_v<T>) accumulator = accumulator_for(g_, run.read, kernel.taps);
  if (accumulator == Accumulator::refused) return Status::integer_overflow;
  if (kernel.split.empty() || accumulator == Accumulator::wide)
    return kernel.direct->execute(run, *kernel.direct_kernel);
  if constexpr (std::is_integral_v<T>)
    if (!kernel.singles.empty())
      return run_tiles<float>(run, kernel.single_taps, kernel.singles, accumulator);
  return run_tiles<T>(run, kernel.taps, kernel.split, accumulator);
}

template <class T>
template <class C>
Status SeparableRecipe<T>::run_tiles(const Execution& given, const std::vector<KernelTaps<C>>& taps,
                                     const std::vector<SplitKernel<C>>& split,
                                     Accumulator accumulator) const noexcept {
  Execution run = given;
  if (apart_)
    for (Strides* strides : {&run.x_strides, &run.h_strides, &run.y_strides})
      *strides = with_channels_in_rows(given_, *strides);
  const SeparableTiles<C> tiles(g_, layout_, run, problem_.accuracy == Accuracy::componentwise,
                                target_, accumulator);
  const std::int64_t inner = layout_.tiles() / layout_.outer_tiles();
  const std::int64_t first = run.first_tile * inner,
                     count = run.tiles_of(layout_.outer_tiles()) * inner;
  const auto body = [&](std::byte* scratch, auto next) noexcept {
    for (std::int64_t task = next(); task >= 0; task = next()) {
      const BatchOffsets at = run.offsets(g_, task / count);
      const auto k = static_cast<std::size_t>(at.kernel);
      tiles.compute(at, first + task % count, taps[k], split[k], scratch);
    }
  };
  support::parallel(*run.workspace, scratch_, count * g_.batches(), body);
  return Status::ok;
}

// ------------------------------------------------------------------------------------- bound

template <class T>
ErrorBound SeparableRecipe<T>::error_bound(const ConstView& x,
                                           const Kernel::Prepared& prepared) const {
  if (apart_) return apart_->error_bound(x, prepared);
  const auto& kernel = static_cast<const SeparableKernel<T>&>(prepared);
  if (kernel.split.empty()) return kernel.direct->error_bound(x, *kernel.direct_kernel);
  if (g_.compute == Compute::integer) return {};
  return separable_bound(g_, kernel.taps, kernel.split, input_norms(g_, x));
}

// --------------------------------------------------------------------------------- the entry

class Separable final : public Algorithm {
 public:
  const char* name() const noexcept override { return "separable"; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    return check_separable(problem, g);
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_separable(problem, g);
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&,
                                             std::int64_t target) const override {
    if (g.compute == Compute::integer)
      return std::make_unique<const SeparableRecipe<std::int64_t>>(problem, g, target);
    if (g.single()) return std::make_unique<const SeparableRecipe<float>>(problem, g, target);
    return std::make_unique<const SeparableRecipe<double>>(problem, g, target);
  }
};

}  // namespace

const Algorithm& separable_algorithm() noexcept {
  static const Separable algorithm;
  return algorithm;
}

}  // namespace faltung
