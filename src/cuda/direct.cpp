// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The direct sum on a GPU: device_kernels/direct_tile.hpp for most, direct.hpp for every problem.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "convolution/direct_cost.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "cuda/device_recipe.hpp"
#include "cuda/direct_tiling.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace cuda {
namespace {

/// Instructions of a thread for one tap, and for each axis of it: counted in the machine code of
/// sm_90 (conversions and boundaries in). Of tiles: for a multiply-add, with the samples and taps
/// that it takes from shared memory, and for a sample and a result on their way there and back.
constexpr double kTapInstructions = 24, kAxisInstructions = 14;
constexpr double kTileTap = 1.4, kTileSample = 60;

/// Kernels on the device: dense taps, one kernel behind the other.
template <class T>
struct DirectKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> kernels;  ///< their facts; the taps are the device's
  Memory taps[2];
  Memory tile_taps[2];  ///< in the order of the tiles; none where they cannot be used
  double small = 0;     ///< a product with a larger sample does not underflow
  std::int64_t bytes() const noexcept override {
    return taps[0].bytes() + taps[1].bytes() + tile_taps[0].bytes() + tile_taps[1].bytes();
  }
};

/// Bytes of taps, those of tiles with them.
std::int64_t kernel_bytes_of(const Geometry& g, const std::optional<Tiling>& tiling) noexcept {
  checked::Int bytes = direct_kernel_bytes(g);
  if (tiling)
    bytes = bytes + checked::Int(tiling->taps()) * g.kernels() * tiling->parts * tiling->real_bytes;
  return checked::at_most(bytes);
}
/// Bytes of the tiles' flags.
std::int64_t flag_bytes(const Geometry& g, const std::optional<Tiling>& tiling) noexcept {
  if (!tiling || g.compute == Compute::integer) return 0;
  return tiling->grid.tiles(g.batches()) * static_cast<std::int64_t>(sizeof(int));
}
/// Parts have whole tiles along the axis of rows.
Multiples multiples_of(const Geometry& g, const std::optional<Tiling>& tiling) {
  // How far reflected integers may grow is asked of the whole alone.
  if (g.compute == Compute::integer && g.boundary == Boundary::odd) return {};
  Multiples multiples(g.spatial.size(), 1);
  if (tiling) multiples[multiples.size() - (tiling->line ? 1 : 2)] = tiling->grid.tile_rows;
  return multiples;
}
double coefficient_of(const Geometry& g, const std::optional<Tiling>& tiling) noexcept {
  return tiling ? std::max(tile_coefficient(g, *tiling), direct_coefficient(g))
                : direct_coefficient(g);
}

class DirectRecipe final : public DeviceRecipe {
 public:
  DirectRecipe(const Device& device, const Problem& problem, const Geometry& geometry,
               const std::optional<Tiling>& tiling)
      : DeviceRecipe(device, problem, geometry), tiling_(tiling) {}

  std::string tree() const override {
    const Grid grid = tiling_ ? tile_grid() : grid_of(items(), kDirectThreads);
    const std::string tile =
        tiling_ ? ", tiles of " + std::to_string(tiling_->grid.tile_rows) +
                      (tiling_->line ? "" : " x " + std::to_string(tiling_->grid.tile_columns))
                : "";
    return "cuda_direct: " + std::to_string(g.taps()) + " taps" + (g.complex() ? ", complex" : "") +
           (g.compute == Compute::integer ? ", integer"
            : g.single()                  ? ", f32"
                                          : ", f64") +
           tile + ", " + std::to_string(grid.blocks) + " blocks of " +
           std::to_string(grid.threads) + " threads" + where();
  }
  std::int64_t kernel_bytes() const noexcept override { return kernel_bytes_of(g, tiling_); }
  std::int64_t device_work_bytes() const noexcept override { return flag_bytes(g, tiling_); }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    if (g.compute == Compute::integer) return prepare_as<std::int64_t>(h);
    return g.single() ? prepare_as<float>(h) : prepare_as<double>(h);
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override {
    if (g.compute == Compute::integer) return {};
    const InputNorms norms = input_norms(g, x);
    return direct_bound(g, coefficient_of(g, tiling_), norms,
                        g.single() ? largest_sum<float>(kernel) : largest_sum<double>(kernel));
  }

 private:
  std::int64_t items() const { return g.outputs() * g.batches(); }

  template <class T>
  Result<std::shared_ptr<Kernel::Prepared>> prepare_as(const ConstView& h) const;
  template <class T>
  static long double largest_sum(const Kernel::Prepared& kernel) {
    long double sum = 0;
    for (const auto& k : static_cast<const DirectKernel<T>&>(kernel).kernels)
      sum = std::max(sum, k.facts.sum_abs);
    return sum;
  }
  Status compute(const Execution& run, const Kernel::Prepared& kernel, bool looks, void* work,
                 void* stream) const noexcept override;
  Result<std::unique_ptr<const DeviceRecipe>> make_part(const Problem& problem,
                                                        const Geometry& part) const override {
    // The same tiles, so that the same sums are made in the same order.
    std::optional<Tiling> tiling = tiling_;
    if (tiling) set_tiles(part, *tiling);
    return std::make_unique<const DirectRecipe>(device(), problem, part, tiling);
  }
  Status refusal(const Execution& run, const Kernel::Prepared& kernel) const noexcept override {
    const bool refused =
        g.compute == Compute::integer && accumulator_of(run, kernel, true) == Accumulator::refused;
    return refused ? Status::integer_overflow : Status::ok;
  }
  /// Samples on the device are not looked at: their type has to prove that sums fit.
  Accumulator accumulator_of(const Execution& run, const Kernel::Prepared& kernel,
                             bool looks) const noexcept {
    const auto& kernels = static_cast<const DirectKernel<std::int64_t>&>(kernel).kernels;
    return looks ? accumulator_for(g, run.read, kernels) : accumulator_by_types(g, kernels);
  }
  Grid tile_grid() const noexcept {
    Grid grid = grid_of(tiling_->grid.tiles(g.batches()), 1);
    grid.threads = tiling_->threads;
    grid.shared_bytes = tiling_->shared_bytes();
    return grid;
  }
  template <class T>
  Result<void> place_tile_taps(DirectKernel<T>& prepared) const;
  template <class T>
  TileArguments tile_arguments(const DirectArguments& direct, const DirectKernel<T>& kernel) const;
  DeviceKernel tile_kernel() const noexcept;
  template <class T>
  Status sum_reals(const Execution& run, const Kernel::Prepared& kernel, void* work,
                   void* stream) const noexcept;
  template <class T>
  DirectArguments arguments(const Execution& run, const Kernel::Prepared& kernel) const {
    const auto& prepared = static_cast<const DirectKernel<T>&>(kernel);
    DirectArguments a = {};
    a.layout = layout_of(g, run);
    for (int part = 0; part < 2; ++part) a.taps[part] = prepared.taps[part].at();
    a.kernel_taps = g.taps();
    a.x_unsigned = g.x_type == ElementType::u64;
    a.h_unsigned = g.h_type == ElementType::u64;
    return a;
  }
  Status sum_integers(const Execution& run, const Kernel::Prepared& kernel, Accumulator accumulator,
                      void* stream) const noexcept;

  const std::optional<Tiling> tiling_;
};

// ----------------------------------------------------------------------------------- prepare

template <class T>
Result<std::shared_ptr<Kernel::Prepared>> DirectRecipe::prepare_as(const ConstView& h) const {
  auto prepared = std::make_shared<DirectKernel<T>>();
  prepared->kernels = read_kernels<T>(g, h);
  const std::int64_t bytes = g.taps() * static_cast<std::int64_t>(sizeof(T));
  for (int part = 0; part < (g.complex() ? 2 : 1); ++part) {
    auto memory = Memory::try_make(device(), bytes * g.kernels());
    if (!memory) return tl::unexpected(memory.error());
    prepared->taps[part] = std::move(*memory);
    auto* to = static_cast<std::byte*>(prepared->taps[part].at());
    Status status = Status::ok;
    for (auto& kernel : prepared->kernels) {
      auto& taps = part == 0 ? kernel.re : kernel.im;
      if (status == Status::ok) status = upload_now(device(), to, taps.data(), bytes);
      to += bytes;
    }
    if (status != Status::ok) return tl::unexpected(Failure{status, describe(status)});
  }
  if (const auto placed = place_tile_taps(*prepared); !placed)
    return tl::unexpected(placed.error());
  for (auto& kernel : prepared->kernels) kernel.re = kernel.im = {};
  return prepared;
}

/// None where a tap is not finite, since an absent sample is a zero there, or where sums of
/// integers may leave 32 bits.
template <class T>
Result<void> DirectRecipe::place_tile_taps(DirectKernel<T>& prepared) const {
  using Tap = std::conditional_t<std::is_same_v<T, std::int64_t>, std::int32_t, T>;
  if (!tiling_) return {};
  double least = std::numeric_limits<double>::infinity();
  for (const auto& kernel : prepared.kernels) {
    if (!kernel.facts.finite) return {};
    if (kernel.facts.min_abs > 0) least = std::min(least, kernel.facts.min_abs);
  }
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (!(faltung::largest_sum(g, prepared.kernels) <= std::numeric_limits<std::int32_t>::max()))
      return {};
  } else {
    prepared.small = 2 * static_cast<double>(std::numeric_limits<T>::min()) / least;
  }
  for (int part = 0; part < tiling_->parts; ++part) {
    std::vector<Tap> taps;
    for (const auto& kernel : prepared.kernels)
      append_tile_taps(g, *tiling_, part == 0 ? kernel.re.data() : kernel.im.data(), taps);
    const auto bytes = static_cast<std::int64_t>(taps.size() * sizeof(Tap));
    auto memory = Memory::try_make(device(), bytes);
    if (!memory) return tl::unexpected(memory.error());
    if (const Status s = upload_now(device(), memory->at(), taps.data(), bytes); s != Status::ok)
      return tl::unexpected(Failure{s, describe(s)});
    prepared.tile_taps[part] = std::move(*memory);
  }
  return {};
}

// ----------------------------------------------------------------------------------- execute

template <class T>
TileArguments DirectRecipe::tile_arguments(const DirectArguments& direct,
                                           const DirectKernel<T>& kernel) const {
  TileArguments a = {};
  a.layout = direct.layout;
  a.grid = tiling_->grid;
  for (int part = 0; part < 2; ++part) a.taps[part] = kernel.tile_taps[part].at();
  a.slices = tiling_->slices;
  a.row_taps = tiling_->row_taps;
  a.column_taps = tiling_->column_taps;
  a.slice_taps = tiling_->slice_taps();
  a.sample_rows = tiling_->sample_rows;
  a.sample_columns = tiling_->sample_columns;
  a.tile_samples = tiling_->tile_samples;
  a.tiny = direct.tiny;
  a.small = kernel.small;
  return a;
}

DeviceKernel DirectRecipe::tile_kernel() const noexcept {
  const DeviceKernel first = g.compute == Compute::integer ? DeviceKernel::plane4_i32
                             : g.complex()
                                 ? g.single() ? DeviceKernel::plane4_c64 : DeviceKernel::plane4_c128
                             : g.single() ? DeviceKernel::plane4_f32
                                          : DeviceKernel::plane4_f64;
  // As kernels.def has them: plane4, plane8, line8 of each type.
  return static_cast<DeviceKernel>(static_cast<int>(first) + (tiling_->line                ? 2
                                                              : tiling_->taps_at_once == 8 ? 1
                                                                                           : 0));
}

Status DirectRecipe::sum_integers(const Execution& run, const Kernel::Prepared& kernel,
                                  Accumulator accumulator, void* stream) const noexcept {
  DirectArguments a = arguments<std::int64_t>(run, kernel);
  if (accumulator == Accumulator::signed_64) a.layout.storing = Storing::clamped_signed;
  if (accumulator == Accumulator::unsigned_64) a.layout.storing = Storing::clamped_unsigned;
  const auto& prepared = static_cast<const DirectKernel<std::int64_t>&>(kernel);
  if (tiling_ && prepared.tile_taps[0].at() != nullptr && accumulator != Accumulator::wide) {
    const TileArguments tiles = tile_arguments(a, prepared);
    return device().launch(tile_kernel(), tile_grid(), &tiles, stream);
  }
  const bool wide = accumulator == Accumulator::wide;
  return device().launch(wide ? DeviceKernel::direct_wide : DeviceKernel::direct_integer,
                         grid_of(items(), kDirectThreads), &a, stream);
}

template <class T>
Status DirectRecipe::sum_reals(const Execution& run, const Kernel::Prepared& kernel, void* work,
                               void* stream) const noexcept {
  DirectArguments a = arguments<T>(run, kernel);
  a.tiny = static_cast<double>(g.taps()) * static_cast<double>(std::numeric_limits<T>::min());
  Grid grid = grid_of(items(), kDirectThreads);
  const auto& prepared = static_cast<const DirectKernel<T>&>(kernel);
  if (tiling_ && prepared.tile_taps[0].at() != nullptr) {
    TileArguments tiles = tile_arguments(a, prepared);
    tiles.flags = static_cast<int*>(work);
    const Status s = device().launch(tile_kernel(), tile_grid(), &tiles, stream);
    if (s != Status::ok) return s;
    // Those that have to be summed again, seldom any.
    a.flags = tiles.flags;
    a.grid = tiling_->grid;
    constexpr std::int64_t kBlocksEach = 4;
    grid.blocks =
        std::min(a.grid.tiles(g.batches()), kBlocksEach * device().info().multiprocessors);
  }
  const bool single = std::is_same_v<T, float>;
  const DeviceKernel which = g.complex()
                                 ? single ? DeviceKernel::direct_c64 : DeviceKernel::direct_c128
                             : single ? DeviceKernel::direct_f32
                                      : DeviceKernel::direct_f64;
  return device().launch(which, grid, &a, stream);
}

Status DirectRecipe::compute(const Execution& run, const Kernel::Prepared& kernel, bool looks,
                             void* work, void* stream) const noexcept {
  if (g.compute == Compute::integer) {
    const Accumulator accumulator = accumulator_of(run, kernel, looks);
    if (accumulator == Accumulator::refused) return Status::integer_overflow;
    return sum_integers(run, kernel, accumulator, stream);
  }
  return g.single() ? sum_reals<float>(run, kernel, work, stream)
                    : sum_reals<double>(run, kernel, work, stream);
}

// --------------------------------------------------------------------------------- the entry

class Direct final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_direct"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    const auto device = check_kind(problem);
    if (!device) return tl::unexpected(device.error());
    const auto tiling = tiling_of(problem, g, choosing_info(problem));
    return check_memory(problem, g, **device, kernel_bytes_of(g, tiling), flag_bytes(g, tiling),
                        multiples_of(g, tiling));
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    const DeviceInfo& info = choosing_info(problem);
    const ArrayBytes bytes = array_bytes(problem, g);
    const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
    const double parts = g.complex() ? 2 : 1, taps = outputs * static_cast<double>(g.taps());
    Estimate e;
    e.flop = 2 * parts * parts * taps;
    e.bytes = static_cast<double>(bytes.x) + static_cast<double>(bytes.y);
    const auto tiling = tiling_of(problem, g, info);
    const double slow = g.compute == Compute::integer || g.single() ? 1 : info.double_slowdown;
    const double instructions =
        tiling ? kTileTap * slow * tile_multiply_adds(g, *tiling) + kTileSample * parts * outputs
               : taps * parts *
                     (kTapInstructions + kAxisInstructions * static_cast<double>(g.spatial.size()));
    set_seconds(
        e, bytes,
        instructions / info.multiply_adds_per_second + e.bytes / info.memory_bytes_per_second);
    e.memory_bytes = checked::at_most(checked::Int(DeviceRecipe::staging_bytes(bytes)) +
                                      kernel_bytes_of(g, tiling));
    e.error = g.compute == Compute::integer ? 0 : coefficient_of(g, tiling) * unit_roundoff(g);
    return e;
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    const auto device = device_of(problem);
    if (!device) return tl::unexpected(device.error());
    const auto tiling = tiling_of(problem, g, choosing_info(problem));
    auto recipe = std::make_unique<DirectRecipe>(**device, problem, g, tiling);
    if (const auto cut = recipe->cut(problem, multiples_of(g, tiling)); !cut)
      return tl::unexpected(cut.error());
    return recipe;
  }
};

}  // namespace

std::unique_ptr<const DeviceRecipe> make_direct_recipe(const Device& device, const Problem& problem,
                                                       const Geometry& geometry) {
  return std::make_unique<const DirectRecipe>(device, problem, geometry, std::nullopt);
}

}  // namespace cuda

const Algorithm& cuda_direct_algorithm() noexcept {
  static const cuda::Direct algorithm;
  return algorithm;
}

}  // namespace faltung
