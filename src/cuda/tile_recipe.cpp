// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Tiles through the convolution theorem on a device: bounds, costs, launches. What is computed is
// device_kernels/passes.hpp.
#include "cuda/tile_recipe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/direct_cost.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/extended_input.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// What a level of the tree rounds, forward and inverse, in u of the norm of its points, and the
/// factors between two passes (docs/transform_error.md).
constexpr double kForward = 2.75, kInverse = 3.75, kFactor = 5.5;
/// Covers what is of higher order, and the rounding of what enters a bound.
constexpr double kUp = 1.01;

/// Blocks of threads are numbered in 31 bits.
constexpr std::int64_t kMostBlocks = 0x7fffffff;

int real_bytes(const Geometry& g) { return g.single() ? 4 : 8; }

std::int64_t spectra_bytes(const Geometry& g, const Tile& tile) {
  return checked::at_most(checked::Int(std::int64_t{2} << tile.log2_volume()) * real_bytes(g) *
                              g.kernels() +
                          direct_kernel_bytes(g));
}

/// Parts have whole tiles.
Multiples multiples_of(const Tile& tile) {
  Multiples multiples;
  for (int i = 0; i < tile.axes; ++i)
    multiples.push_back(tile.size[static_cast<std::size_t>(i)].outputs);
  return multiples;
}

std::string lengths_of(const Geometry& g, const Tile& tile) {
  std::string text;
  for (int i = 0; i < tile.axes; ++i) {
    const bool doubled = i + 1 == tile.axes && !g.complex();
    const std::int64_t points = std::int64_t{1}
                                << tile.size[static_cast<std::size_t>(i)].log2_points;
    text += (i == 0 ? "" : " x ") + std::to_string(points * (doubled ? 2 : 1));
  }
  return text;
}

class TileRecipe final : public DeviceRecipe {
 public:
  TileRecipe(const Device& device, const Problem& problem, const Geometry& geometry,
             const Tile& tile, const char* name)
      : DeviceRecipe(device, problem, geometry), tile_(tile), name_(name) {}

  /// The tables on the device, the passes, and the recipe for kernels that no transform takes.
  Result<void> make(const Problem& problem);

  std::string tree() const override;
  std::int64_t kernel_bytes() const noexcept override { return spectra_bytes(g, tile_); }
  std::int64_t device_work_bytes() const noexcept override {
    return std::max(parts_.bytes, direct_->device_work_bytes());
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  Status compute(const Execution& run, const Kernel::Prepared& kernel, bool, void* work,
                 void* stream) const noexcept override;
  Result<std::unique_ptr<const DeviceRecipe>> make_part(const Problem& problem,
                                                        const Geometry& part) const override;

  const Tile tile_;
  const char* const name_;
  PassTables tables_;
  Passes passes_;
  std::int64_t at_once_ = 1;
  WorkParts parts_;
  std::unique_ptr<const DeviceRecipe> direct_;
};

// -------------------------------------------------------------------------------------- plan

Result<void> TileRecipe::make(const Problem& problem) {
  auto tables = make_tables(device(), g, tile_);
  if (!tables) return tl::unexpected(tables.error());
  tables_ = std::move(*tables);
  passes_ = passes_of(source_of(g, tile_), tile_, tables_, false);
  at_once_ = tiles_at_once(g, tile_);
  parts_ = work_parts(passes_, at_once_, real_bytes(g));
  direct_ = make_direct_recipe(device(), problem, g);
  return {};
}

/// The same tiles, fewer of them.
Result<std::unique_ptr<const DeviceRecipe>> TileRecipe::make_part(const Problem& problem,
                                                                  const Geometry& part) const {
  Tile tile = tile_;
  for (int i = 0; i < tile.axes; ++i) {
    TileSize& size = tile.size[static_cast<std::size_t>(i)];
    size.tiles = checked::ceil_div(part.spatial[static_cast<std::size_t>(i)].count, size.outputs);
  }
  auto recipe = std::make_unique<TileRecipe>(device(), problem, part, tile, name_);
  if (auto made = recipe->make(problem); !made) return tl::unexpected(made.error());
  return recipe;
}

std::string TileRecipe::tree() const {
  const std::int64_t all = tile_.count() * g.batches();
  std::string text = std::string(name_) + ": " + std::to_string(all) +
                     (all == 1 ? " tile of " : " tiles of ") + lengths_of(g, tile_) + " samples, " +
                     std::to_string(tile_.outputs()) + " outputs each," + where();
  if (tile_.one_pass()) return text + "  one pass: read, transformed, multiplied, back, written\n";
  const auto each = passes_.list.size();
  text += "  " + std::to_string(each) + " passes";
  if (tile_.log2_split != 0)
    text += " over " +
            std::to_string(std::int64_t{1} << (tile_.last().log2_points - tile_.log2_split)) +
            " x " + std::to_string(std::int64_t{1} << tile_.log2_split) + " points";
  return text + ", " + std::to_string(at_once_) + " at a time in " +
         std::to_string(parts_.bytes >> 10) + " KiB of the device\n";
}

// ----------------------------------------------------------------------------------- prepare

Result<std::shared_ptr<Kernel::Prepared>> TileRecipe::prepare(const ConstView& h) const {
  auto kernel = std::make_shared<TileKernel>();
  bool goes_direct = false;
  auto made = g.single()
                  ? prepare_kernels<float>(device(), g, tile_, tables_, h, *kernel, goes_direct)
                  : prepare_kernels<double>(device(), g, tile_, tables_, h, *kernel, goes_direct);
  if (!made) return tl::unexpected(made.error());
  if (goes_direct) {
    auto direct = direct_->prepare(h);
    if (!direct) return direct;
    kernel->direct = std::move(*direct);
  }
  return kernel;
}

// ----------------------------------------------------------------------------------- execute

Status TileRecipe::compute(const Execution& run, const Kernel::Prepared& kernel, bool, void* work,
                           void* stream) const noexcept {
  const auto& prepared = static_cast<const TileKernel&>(kernel);
  if (prepared.direct) return direct_->launch(run, *prepared.direct, work, stream);
  auto* const area = static_cast<std::byte*>(work);
  PassArguments a = {};
  a.layout = layout_of(g, run);
  a.taps[0] = prepared.taps[0].at();
  a.taps[1] = prepared.taps[1].at();
  a.spectra = prepared.spectra.at();
  a.facts = static_cast<const TapFacts*>(prepared.facts.at());
  a.work = area;
  a.groups = reinterpret_cast<GroupFacts*>(area + parts_.groups);
  a.tile_facts = reinterpret_cast<TileFacts*>(area + parts_.tile_facts);
  a.verdicts = reinterpret_cast<int*>(area + parts_.verdicts);
  a.kernel_taps = g.taps();
  a.tiles = tile_.count();
  const std::int64_t all = a.tiles * g.batches();
  for (; a.first_item < all; a.first_item += at_once_)
    if (const Status s =
            launch_passes(device(), passes_, a, std::min(at_once_, all - a.first_item), stream);
        s != Status::ok)
      return s;
  return Status::ok;
}

// ------------------------------------------------------------------------------------- bound

ErrorBound TileRecipe::error_bound(const ConstView& x, const Kernel::Prepared& kernel) const {
  const auto& prepared = static_cast<const TileKernel&>(kernel);
  if (prepared.direct) return direct_->error_bound(x, *prepared.direct);
  return transform_bound(g, facts_of(g, tile_), x, prepared);
}

Result<void> refusal(std::string message) {
  return tl::unexpected(Failure{Status::unsupported, std::move(message)});
}

}  // namespace

Result<const Device*> check_tiles(const Problem& problem, const Geometry& g) {
  if (g.compute == Compute::integer)
    return tl::unexpected(refusal("integers are summed exactly by cuda_direct").error());
  if (problem.accuracy == Accuracy::componentwise)
    return tl::unexpected(refusal("a transform's error is not componentwise").error());
  return check_kind(problem);
}

Result<void> check_tile(const Problem& problem, const Geometry& g, const Tile& tile) {
  // Lines of a pass are no more than points of an array.
  if (tile.count() > kMostBlocks / g.batches())
    return refusal("it takes more tiles than a GPU counts");
  const checked::Int work = checked::Int(tile_bytes(g, tile)) * tiles_at_once(g, tile);
  const auto device = check_kind(problem);
  if (!device) return tl::unexpected(device.error());
  return check_memory(problem, g, **device, spectra_bytes(g, tile), checked::at_most(work),
                      multiples_of(tile));
}

double tile_coefficient(const Geometry& g, const Tile& tile) {
  constexpr double kSpectrum = 1, kProduct = 3, kStore = 1;
  const double rounded = kSpectrum + kProduct + kStore;
  // A kernel of one pass is rounded once, one of several takes the same way forward as samples.
  const double forward = tile.one_pass() ? 1 : 2, factors = tile.log2_split != 0 ? 3 * kFactor : 0;
  const double levels = tile.log2_volume() * (forward * kForward + kInverse) + factors;
  return kUp * (levels + rounded) + 2 * input_roundings(g);
}

TransformFacts facts_of(const Geometry& g, const Tile& tile) {
  return {tile_coefficient(g, tile), tile.samples(g), tile.count(), cover_of(g, tile.size)};
}

std::int64_t cover_of(const Geometry& g, const std::array<TileSize, kMaxAxes>& sizes) {
  checked::Int cover = 1;
  for (std::size_t i = 0; i < g.spatial.size(); ++i) {
    const Axis& axis = g.spatial[i];
    cover = cover * (checked::ceil_div(axis.span - 1, sizes[i].outputs * axis.step) + 1);
  }
  return checked::at_most(cover);
}

ErrorBound transform_bound(const Geometry& g, const TransformFacts& facts, const ConstView& x,
                           const TileKernel& kernel) {
  const InputNorms norms = input_norms(g, x);
  ErrorBound bound;
  bound.unit_roundoff = unit_roundoff(g);
  bound.coefficient = facts.coefficient;
  const bool inside = g.absent_outside;
  // No tile has a larger norm than all samples that are there, or than as many of the largest.
  const auto samples = static_cast<long double>(facts.samples);
  const long double most = norms.largest * std::sqrt(samples * (g.complex() ? 2 : 1));
  const long double tile_norm = inside ? std::min(most, norms.norm2) : most;
  const long double tiles = static_cast<long double>(facts.count) * g.batches();
  // Each sample is in so many tiles of each kernel of a bank.
  const long double cover = static_cast<long double>(facts.cover) * g.bank();
  const long double all =
      inside ? std::min(tile_norm * std::sqrt(tiles), norms.norm2 * std::sqrt(cover))
             : tile_norm * std::sqrt(tiles);
  const long double both = g.complex() || g.x_components || g.h_components ? std::sqrt(2.0L) : 1;
  const long double cu = static_cast<long double>(bound.coefficient) * bound.unit_roundoff;
  const long double smallest = g.single() ? std::numeric_limits<float>::denorm_min()
                                          : std::numeric_limits<double>::denorm_min();
  const long double outputs = static_cast<long double>(g.outputs()) * g.batches();
  const long double maximum = both * cu * tile_norm * kernel.largest_norm2 + smallest;
  set_bound(bound, maximum,
            std::min(std::sqrt(outputs) * maximum,
                     both * cu * all * kernel.largest_gain + std::sqrt(outputs) * smallest));
  add_storing(bound, g, tile_norm * kernel.largest_norm2, all * kernel.largest_gain);
  return bound;
}

double transform_error(const Geometry& g, const TransformFacts& facts) noexcept {
  return facts.coefficient * unit_roundoff(g) *
         std::sqrt(static_cast<double>(facts.samples) * (g.complex() ? 2 : 1));
}

Estimate estimate_tiles(const Problem& problem, const Geometry& g, const Tile& tile) {
  const DeviceInfo& info = choosing_info(problem);
  const ArrayBytes bytes = array_bytes(problem, g);
  const TileCost cost = cost_of(info, g, tile);
  Estimate e;
  e.flop = cost.flop;
  e.bytes = cost.bytes;
  set_seconds(e, bytes, cost.seconds);
  e.memory_bytes =
      checked::at_most(checked::Int(DeviceRecipe::staging_bytes(bytes)) + spectra_bytes(g, tile));
  e.error = transform_error(g, facts_of(g, tile));
  return e;
}

Result<std::unique_ptr<const Recipe>> make_tile_recipe(const Problem& problem, const Geometry& g,
                                                       const Tile& tile, const char* name) {
  const auto device = device_of(problem);
  if (!device) return tl::unexpected(device.error());
  auto recipe = std::make_unique<TileRecipe>(**device, problem, g, tile, name);
  if (auto made = recipe->make(problem); !made) return tl::unexpected(made.error());
  if (auto cut = recipe->cut(problem, multiples_of(tile)); !cut) return tl::unexpected(cut.error());
  return recipe;
}

}  // namespace faltung::cuda
