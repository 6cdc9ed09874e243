// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The sum as it stands: y[n] = sum_k h[k] x~[n - k], tap by tap, a vector of outputs at a time.
//
//   x~ tile    ====[=================]====
//   taps          k=2  k=1  k=0            each tap is the tile shifted by a constant
//   y row          [ += h[k] tile[. + offset_k] ]
//
// Sums run in chunks of at most kDirectChunk taps whose totals are added up, so that the rounding
// error grows with kDirectChunk + taps / kDirectChunk, not with taps. docs/accuracy.md derives the
// bound. Real sums are those of direct_rows.hpp; here are complex ones, and integers.
#include <algorithm>
#include <optional>

#include "convolution/algorithm.hpp"
#include "convolution/channels.hpp"
#include "convolution/dense_row.hpp"
#include "convolution/direct_cost.hpp"
#include "convolution/direct_kernel.hpp"
#include "convolution/direct_repair.hpp"
#include "convolution/direct_rows.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "convolution/store.hpp"
#include "microkernels/samples.hpp"
#include "microkernels/targets.hpp"
#include "microkernels/weighted_sum.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

// -------------------------------------------------------------------------------------- plan

class DirectRecipe final : public Recipe {
 public:
  DirectRecipe(const Geometry& geometry, std::int64_t target, bool channels_in_rows = true)
      : g(channels_in_rows ? direct_geometry(geometry) : rows_along_memory(geometry)),
        layout(g, layout_bytes(g)),
        offsets(sums_rows(g) ? std::vector<std::int64_t>() : layout.tap_offsets()),
        order(g, layout),
        given_(geometry),
        target_(target) {
    if (g.channels > 1) apart_ = std::make_unique<const DirectRecipe>(geometry, target, false);
    if (DenseRow<float>::serves(g, layout)) dense_f32_.emplace(g, target);
    if (DenseRow<double>::serves(g, layout)) dense_f64_.emplace(g, target);
  }

  std::string tree() const override {
    const std::int64_t tiles = layout.tiles() * g.batches();
    return "direct: " + std::to_string(g.taps()) + " taps" + (g.complex() ? ", complex" : "") +
           (g.compute == Compute::integer ? ", integer"
            : g.single()                  ? ", f32"
                                          : ", f64") +
           ", " + std::to_string(tiles) + (tiles == 1 ? " tile of " : " tiles of ") +
           to_string(layout.block()) + " outputs\n";
  }
  std::int64_t scratch_bytes() const noexcept override {
    return std::max(direct_scratch_bytes(g, layout), apart_ ? apart_->scratch_bytes() : 0);
  }
  std::int64_t tile_outputs() const noexcept override { return layout.block()[0]; }
  std::int64_t tasks() const noexcept override { return layout.tiles() * g.batches(); }
  std::int64_t table_bytes() const noexcept override {
    return direct_table_bytes(g) + (apart_ ? apart_->table_bytes() : 0);
  }
  std::int64_t kernel_bytes() const noexcept override { return direct_kernel_bytes(g); }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    if (g.compute == Compute::integer) return prepare_as<std::int64_t>(h);
    return g.single() ? prepare_as<float>(h) : prepare_as<double>(h);
  }
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  bool execute_dense(const void* x, const Kernel::Prepared& kernel, void* y,
                     const Workspace&) const noexcept override {
    if (dense_f32_)
      return dense_f32_->compute(x, static_cast<const DirectKernel<float>&>(kernel).taps[0], y);
    return dense_f64_ &&
           dense_f64_->compute(x, static_cast<const DirectKernel<double>&>(kernel).taps[0], y);
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

  const Geometry g;
  const DirectLayout layout;
  const std::vector<std::int64_t> offsets;
  const RowOrder order;

 private:
  template <class T>
  std::shared_ptr<Kernel::Prepared> prepare_as(const ConstView& h) const {
    auto prepared = std::make_shared<DirectKernel<T>>();
    // Views are taken apart by the axes of the problem itself.
    prepared->taps = read_kernels<T>(apart_ ? apart_->g : g, h);
    if constexpr (std::is_integral_v<T>) {
      const long double sum = largest_sum(g, prepared->taps);
      // A long row is faster in floating point than as it lies in 16 bits.
      if (fits_16_bits(g, prepared->taps) && !(order.one_row && sum <= 0x1p53L))
        prepared->shorts = take_as<std::int16_t>(prepared->taps);
      else if (sum <= 0x1p24L) prepared->singles = take_as<float>(prepared->taps);
      else if (sum <= 0x1p53L) prepared->doubles = take_as<double>(prepared->taps);
    }
    return prepared;
  }
  Status execute_integers(const Execution& run,
                          const DirectKernel<std::int64_t>& kernel) const noexcept;

  const Geometry given_;
  std::int64_t target_;
  std::optional<const DenseRow<float>> dense_f32_;
  std::optional<const DenseRow<double>> dense_f64_;
  /// For channels that do not lie in rows; its kernels are the same.
  std::unique_ptr<const DirectRecipe> apart_;
};

// ----------------------------------------------------------------------------------- execute

/// One execution over complex samples of type T, or over integers.
template <class T>
class DirectRun {
 public:
  DirectRun(const DirectRecipe& recipe, const Execution& run, const DirectKernel<T>& kernel,
            const WeightedSum<T>& loops)
      : g_(recipe.g),
        layout_(recipe.layout),
        offsets_(recipe.offsets),
        run_(run),
        kernel_(kernel),
        loops_(loops),
        sum_(loops.narrow != nullptr && fits_32_bits(g_) ? loops.narrow : loops.real),
        repair_(g_, layout_, loops_),
        store_(store_row_to<T>(real_part_of(g_.y_type), real_accumulator(g_))) {}

  void set_store(StoreRow<T> store) { store_ = store; }

  void operator()(std::byte* base, auto next) const noexcept {
    support::Carver carver(base);
    DirectScratch<T> scratch(carver, layout_, g_.complex());
    // Whole vectors are summed, past the end of rows, too: what memory holds there by chance may
    // be denormal, which is slow.
    for (int part = 0; part < (g_.complex() ? 2 : 1); ++part)
      std::fill_n(scratch.tile[part], layout_.tile_elements() + kRowSlack, T(0));
    const std::int64_t inner = layout_.tiles() / layout_.outer_tiles();
    const std::int64_t first = run_.first_tile * inner, count = tiles();
    for (std::int64_t task = next(); task >= 0; task = next())
      compute_tile(run_.offsets(g_, task / count), first + task % count, scratch);
  }

  /// Tiles of one batch that are computed.
  std::int64_t tiles() const {
    return run_.tiles_of(layout_.outer_tiles()) * (layout_.tiles() / layout_.outer_tiles());
  }

 private:
  void compute_tile(const BatchOffsets& at, std::int64_t index, DirectScratch<T>& scratch) const {
    const ExtendedInput<T> x(g_, run_.x, run_.x_strides, at);
    DirectTile<T> tile;
    layout_.box(index, tile.from, tile.to);
    load(x, tile, scratch);
    std::int64_t out[kMaxRank];
    std::copy_n(tile.from, kMaxRank, out);
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    for (;;) {
      compute_row(at, tile, out, scratch);
      int i = last - 1;
      for (; i >= 0 && ++out[i] == tile.to[i]; --i) out[i] = tile.from[i];
      if (i < 0) return;
    }
  }

  void load(const ExtendedInput<T>& x, DirectTile<T>& tile, DirectScratch<T>& scratch) const {
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    const Axis& inner = g_.spatial.back();
    const std::int64_t origin = inner.first + tile.from[last] * inner.step;
    const std::int64_t missing = layout_.block()[last] - (tile.to[last] - tile.from[last]);
    layout_.for_each_row(tile.from, tile.to, [&](std::int64_t row, const std::int64_t* position) {
      for (int part = 0; part < (g_.complex() ? 2 : 1); ++part)
        for (const DirectLayout::Segment& s : layout_.segments())
          x.read_row(position, origin + s.lo, inner.step, s.count - missing, part,
                     scratch.tile[part] + row * layout_.row_length() + s.at);
    });
    tile.base[0] = scratch.tile[0];
    tile.base[1] = scratch.tile[1];
  }

  void compute_row(const BatchOffsets& at, DirectTile<T>& tile, const std::int64_t* out,
                   DirectScratch<T>& scratch) const {
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    const std::int64_t n = tile.to[last] - tile.from[last];
    std::int64_t place = 0;
    for (int i = 0; i < last; ++i)
      place = place * layout_.axis_rows(i, layout_.block()[i]) + out[i] - tile.from[i];
    place *= layout_.row_length();
    const KernelTaps<T>& kernel = kernel_.taps[static_cast<std::size_t>(at.kernel)];
    const std::int64_t* offsets = offsets_.data();
    const auto taps = static_cast<std::int64_t>(kernel.re.size());
    for (std::int64_t t = 0; t < taps; t += kDirectChunk) {
      const std::int64_t count = std::min(kDirectChunk, taps - t);
      if constexpr (std::is_floating_point_v<T>)
        loops_.complex(scratch.row[0], scratch.row[1], tile.base[0] + place, tile.base[1] + place,
                       n, offsets + t, kernel.re.data() + t, kernel.im.data() + t, count, t > 0);
      else
        sum_(scratch.row[0], tile.base[0] + place, n, offsets + t, kernel.re.data() + t, count,
             t > 0);
    }
    if constexpr (std::is_floating_point_v<T>)
      repair_.row({run_, at}, kernel, tile, out, n, scratch.row);
    for (int part = 0; part < (g_.complex() ? 2 : 1); ++part)
      store_(scratch.row[part], n, row_in_y(g_, run_.y, at.y, run_.y_strides.spatial, out, part),
             stride_in_y(g_, run_.y_strides.spatial));
  }

  const Geometry& g_;
  const DirectLayout& layout_;
  const std::vector<std::int64_t>& offsets_;
  const Execution& run_;
  const DirectKernel<T>& kernel_;
  const WeightedSum<T>& loops_;
  decltype(WeightedSum<T>::real) sum_;
  const DirectRepair<T> repair_;
  StoreRow<T> store_;
};

/// Calls compute(batch offsets, tile) for every tile of an execution, on all threads, and finish()
/// when a thread has no more of them.
template <class Scratch, class F, class G>
void for_each_tile(const DirectRecipe& recipe, const Execution& run, F&& compute,
                   G&& finish) noexcept {
  const DirectLayout& layout = recipe.layout;
  const std::int64_t inner = layout.tiles() / layout.outer_tiles();
  const std::int64_t first = run.first_tile * inner,
                     count = run.tiles_of(layout.outer_tiles()) * inner;
  const auto body = [&](std::byte* base, auto next) noexcept {
    support::Carver carver(base);
    Scratch scratch(carver, recipe.g, layout);
    for (std::int64_t task = next(); task >= 0; task = next())
      compute(run.offsets(recipe.g, task / count), first + task % count, scratch);
    finish();
  };
  support::parallel(*run.workspace, recipe.scratch_bytes(), count * recipe.g.batches(), body);
}

/// Sums of reals, or of integers for which T is enough.
template <class T>
Status run_rows(const DirectRecipe& recipe, const Execution& run,
                const std::vector<KernelTaps<T>>& kernels, std::int64_t target,
                Accumulator accumulator) noexcept {
  const DirectRows<T> rows(recipe.g, recipe.layout, recipe.order, run, target, accumulator);
  for_each_tile<RowScratch<T>>(
      recipe, run,
      [&](const BatchOffsets& at, std::int64_t tile, RowScratch<T>& scratch) {
        rows.compute(at, tile, kernels[static_cast<std::size_t>(at.kernel)], scratch);
      },
      [&] {
        if (rows.passes_cache()) flush_stores();
      });
  return Status::ok;
}

template <class T>
Status run_direct(const DirectRecipe& recipe, const Execution& run, const DirectKernel<T>& kernel,
                  std::int64_t target) noexcept {
  if (!recipe.g.complex())
    return run_rows(recipe, run, kernel.taps, target, real_accumulator(recipe.g));
  const DirectRun<T> body(recipe, run, kernel, weighted_sum<T>(target));
  support::parallel(*run.workspace, recipe.scratch_bytes(), body.tiles() * recipe.g.batches(),
                    body);
  return Status::ok;
}

Status DirectRecipe::execute_integers(const Execution& run,
                                      const DirectKernel<std::int64_t>& kernel) const noexcept {
  const Accumulator accumulator = accumulator_for(g, run.read, kernel.taps);
  if (accumulator == Accumulator::refused) return Status::integer_overflow;
  if (!kernel.shorts.empty()) return run_rows(*this, run, kernel.shorts, target_, accumulator);
  if (!kernel.singles.empty()) return run_rows(*this, run, kernel.singles, target_, accumulator);
  if (!kernel.doubles.empty()) return run_rows(*this, run, kernel.doubles, target_, accumulator);
  if (accumulator == Accumulator::wide) {
    run_wide(g, layout, run, kernel);
    return Status::ok;
  }
  DirectRun<std::int64_t> body(*this, run, kernel, weighted_sum<std::int64_t>(target_));
  body.set_store(store_row_to<std::int64_t>(g.y_type, accumulator));
  support::parallel(*run.workspace, scratch_bytes(), body.tiles() * g.batches(), body);
  return Status::ok;
}

Status DirectRecipe::execute(const Execution& given,
                             const Kernel::Prepared& kernel) const noexcept {
  if (apart_ && !(channels_lie_in_rows(given_, given.x_strides) &&
                  channels_lie_in_rows(given_, given.y_strides)))
    return apart_->execute(given, kernel);
  Execution run = given;
  for (Strides* strides : {&run.x_strides, &run.h_strides, &run.y_strides})
    *strides =
        apart_ ? with_channels_in_rows(given_, *strides) : rows_along_memory(given_, *strides);
  if (g.compute == Compute::integer)
    return execute_integers(run, static_cast<const DirectKernel<std::int64_t>&>(kernel));
  if (g.single())
    return run_direct(*this, run, static_cast<const DirectKernel<float>&>(kernel), target_);
  return run_direct(*this, run, static_cast<const DirectKernel<double>&>(kernel), target_);
}

// ------------------------------------------------------------------------------------- bound

template <class T>
ErrorBound bound_of(const Geometry& g, const ConstView& x, const DirectKernel<T>& kernel) {
  const InputNorms norms = input_norms(g, x);
  long double sum = 0;
  for (const auto& k : kernel.taps) sum = std::max(sum, k.facts.sum_abs);
  return direct_bound(g, direct_coefficient(g), norms, sum);
}

ErrorBound DirectRecipe::error_bound(const ConstView& x, const Kernel::Prepared& kernel) const {
  if (apart_) return apart_->error_bound(x, kernel);
  if (g.compute == Compute::integer) return {};
  if (g.single()) return bound_of(g, x, static_cast<const DirectKernel<float>&>(kernel));
  return bound_of(g, x, static_cast<const DirectKernel<double>&>(kernel));
}

// --------------------------------------------------------------------------------- the entry

class Direct final : public Algorithm {
 public:
  const char* name() const noexcept override { return "direct"; }
  Result<void> supports(const Problem&, const Geometry&) const override { return {}; }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_direct(problem, g);
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem&, const Geometry& g,
                                             const MachineProfile&,
                                             std::int64_t target) const override {
    return std::make_unique<const DirectRecipe>(g, target);
  }
};

}  // namespace

const Algorithm& direct_algorithm() noexcept {
  static const Direct algorithm;
  return algorithm;
}

}  // namespace faltung
