// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Kernels that are sums of products of one-dimensional ones, on a GPU: device_kernels/separable.hpp
// has the tiles, convolution/separable_kernel.hpp what the processor does alike.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "convolution/direct_cost.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "convolution/separable_kernel.hpp"
#include "cuda/device_recipe.hpp"
#include "cuda/tile_passes.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace cuda {
namespace {

/// Instructions of a thread: for a multiply-add, with the samples and taps that it takes from
/// shared memory (15 and 8 for 64), for a sample on its way there, looked at and perhaps weighted,
/// and for a result on its way back.
constexpr double kTap = 1.4, kSample = 20, kResult = 40;
constexpr double kLaunchSeconds = 3e-6;

/// Chains of weighted samples are not cut.
constexpr std::int64_t kMostOuterTaps = kDirectChunk;

/// How separable.hpp cuts a problem up.
struct Cut {
  int element_bytes = 4;
  int outer_taps = 1, row_taps = 0, column_taps = 0;  ///< of the last two with zeros at the end
  bool weighs = false;
  int sample_rows = 0, sample_columns = 0, line_pitch = 0;
  TileGrid grid = {};

  int term_taps() const noexcept { return outer_taps + row_taps + column_taps; }
  int shared_bytes() const noexcept {
    return kSeparableHeadBytes + element_bytes * (term_taps() + sample_rows * sample_columns +
                                                  kSeparableRows * line_pitch);
  }
};

void set_tiles(const Geometry& g, Cut& cut) noexcept {
  const std::size_t axes = g.spatial.size();
  const std::int64_t rows = g.spatial[axes - 2].count, columns = g.spatial[axes - 1].count;
  cut.grid = {g.outputs() / rows / columns, checked::ceil_div(rows, std::int64_t{kSeparableRows}),
              checked::ceil_div(columns, std::int64_t{kSeparableColumns}), kSeparableRows,
              kSeparableColumns};
}

int with_zeros(std::int64_t taps) noexcept {
  return static_cast<int>(checked::ceil_div(taps, std::int64_t{kSeparableGroup})) * kSeparableGroup;
}

/// Of a problem that check_separable() takes.
Result<Cut> cut_of(const Geometry& g, const DeviceInfo& device) {
  const auto refuse = [](const char* why) {
    return tl::unexpected(Failure{Status::unsupported, why});
  };
  const bool integer = g.compute == Compute::integer;
  if (integer && size_bytes(g.x_type) > 2)
    return refuse("sums of integers of more than 16 bits do not fit 32");
  const std::size_t axes = g.spatial.size();
  int outer = 0;
  std::int64_t outer_taps = 1;
  for (std::size_t i = 0; i < axes; ++i) {
    const Axis& a = g.spatial[i];
    if (a.step != 1) return refuse("with a stride it would compute what nobody asks for");
    if (a.dilation != 1) return refuse("its tiles have no holes: a dilation is for cuda_direct");
    if (i + 2 >= axes) continue;
    outer += a.taps > 1 ? 1 : 0;
    outer_taps = std::max(outer_taps, a.taps);
  }
  if (outer > 1) return refuse("the kernel has more than three axes of more than one tap");
  constexpr const char* kTooLong = "a factor of the kernel is longer than its tiles have room for";
  constexpr std::int64_t kMostTaps = 1 << 14;  // long before sizes leave 31 bits
  const std::int64_t rows = g.spatial[axes - 2].taps, columns = g.spatial[axes - 1].taps;
  if (outer_taps > kMostOuterTaps || std::max(rows, columns) > kMostTaps) return refuse(kTooLong);
  Cut cut;
  cut.element_bytes = integer || g.single() ? 4 : 8;
  cut.outer_taps = static_cast<int>(outer_taps);
  cut.weighs = axes > 2;
  cut.row_taps = with_zeros(rows);
  cut.column_taps = with_zeros(columns);
  cut.sample_rows = kSeparableRows + cut.row_taps - 1;
  cut.sample_columns = kSeparableColumns + cut.column_taps - 1;
  cut.line_pitch = cut.sample_columns | 1;
  constexpr std::int64_t kMostShared = 1 << 20;
  if (std::int64_t{cut.sample_rows} * cut.sample_columns > kMostShared ||
      cut.shared_bytes() > device.shared_bytes)
    return refuse(kTooLong);
  set_tiles(g, cut);
  return cut;
}

/// Parts have whole tiles.
Multiples multiples_of(const Geometry& g) {
  // How far reflected integers may grow is asked of the whole alone.
  if (g.compute == Compute::integer && g.boundary == Boundary::odd) return {};
  Multiples multiples(g.spatial.size(), 1);
  multiples[multiples.size() - 2] = kSeparableRows;
  multiples[multiples.size() - 1] = kSeparableColumns;
  return multiples;
}

/// Factors, and the taps themselves: for what is summed again, or for the direct sum.
std::int64_t kernel_bytes_of(const Problem& problem, const Geometry& g, const Cut& cut) noexcept {
  const checked::Int factors =
      checked::Int(problem.kernel_rank) * cut.term_taps() * cut.element_bytes;
  return checked::at_most(checked::Int(direct_kernel_bytes(g)) +
                          (factors + static_cast<std::int64_t>(sizeof(SeparableFacts))) *
                              g.kernels());
}

/// Kernels taken apart, on the device; of the host only what a bound needs.
template <class T>
struct DeviceProducts final : Kernel::Prepared {
  std::vector<KernelTaps<T>> taps;    ///< their facts
  std::vector<SplitKernel<T>> split;  ///< without factors
  Memory dense, factors, facts;
  /// For taps that are not finite, and sums that may leave 32 bits.
  std::shared_ptr<Kernel::Prepared> direct;
  std::int64_t bytes() const noexcept override {
    return dense.bytes() + factors.bytes() + facts.bytes() + (direct ? direct->bytes() : 0);
  }
};

class SeparableRecipe final : public DeviceRecipe {
 public:
  SeparableRecipe(const Device& device, const Problem& problem, const Geometry& geometry,
                  const Cut& cut)
      : DeviceRecipe(device, problem, geometry),
        problem_(problem),
        cut_(cut),
        direct_(make_direct_recipe(device, problem, geometry)) {}

  std::string tree() const override {
    const std::int64_t rank = problem_.kernel_rank;
    return "cuda_separable: " + std::to_string(rank) +
           (rank == 1 ? " product of " : " products of ") + to_string(kernel_extents(g)) + " taps" +
           (g.compute == Compute::integer ? ", integer"
            : g.single()                  ? ", f32"
                                          : ", f64") +
           ", tiles of " + std::to_string(kSeparableRows) + " x " +
           std::to_string(kSeparableColumns) + ", " + std::to_string(grid().blocks) +
           " blocks of " + std::to_string(kTileThreads) + " threads" + where();
  }
  std::int64_t kernel_bytes() const noexcept override { return kernel_bytes_of(problem_, g, cut_); }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    if (g.compute == Compute::integer) return prepare_as<std::int64_t>(h);
    return g.single() ? prepare_as<float>(h) : prepare_as<double>(h);
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override {
    if (g.compute == Compute::integer) return {};
    return g.single() ? bound_of<float>(x, kernel) : bound_of<double>(x, kernel);
  }

 private:
  Grid grid() const noexcept {
    Grid grid = grid_of(cut_.grid.tiles(g.batches()), 1);
    grid.threads = kTileThreads;
    grid.shared_bytes = cut_.shared_bytes();
    return grid;
  }
  template <class T>
  Result<std::shared_ptr<Kernel::Prepared>> prepare_as(const ConstView& h) const;
  template <class T>
  Result<bool> place(DeviceProducts<T>& kernel) const;
  template <class T>
  SeparableFacts facts_of(const KernelFacts& facts, const SplitKernel<T>& k) const noexcept;
  template <class T>
  ErrorBound bound_of(const ConstView& x, const Kernel::Prepared& prepared) const {
    const auto& kernel = static_cast<const DeviceProducts<T>&>(prepared);
    if (kernel.direct) return direct_->error_bound(x, *kernel.direct);
    return separable_bound(g, kernel.taps, kernel.split, input_norms(g, x));
  }
  Result<std::unique_ptr<const DeviceRecipe>> make_part(const Problem& problem,
                                                        const Geometry& part) const override {
    Cut cut = cut_;
    set_tiles(part, cut);
    return std::make_unique<const SeparableRecipe>(device(), problem, part, cut);
  }
  Status refusal(const Execution& run, const Kernel::Prepared& kernel) const noexcept override {
    const bool refused =
        g.compute == Compute::integer && accumulator_of(run, kernel, true) == Accumulator::refused;
    return refused ? Status::integer_overflow : Status::ok;
  }
  /// Samples on the device are not looked at: their type has to prove that sums fit.
  Accumulator accumulator_of(const Execution& run, const Kernel::Prepared& kernel,
                             bool looks) const noexcept {
    const auto& taps = static_cast<const DeviceProducts<std::int64_t>&>(kernel).taps;
    return looks ? accumulator_for(g, run.read, taps) : accumulator_by_types(g, taps);
  }
  Status compute(const Execution& run, const Kernel::Prepared& kernel, bool looks, void* work,
                 void* stream) const noexcept override;
  template <class T>
  Status sum(const Execution& run, const Kernel::Prepared& prepared, Storing storing,
             void* stream) const noexcept;

  const Problem problem_;
  const Cut cut_;
  const std::unique_ptr<const DeviceRecipe> direct_;
};

// ----------------------------------------------------------------------------------- prepare

template <class T>
SeparableFacts SeparableRecipe::facts_of(const KernelFacts& facts,
                                         const SplitKernel<T>& k) const noexcept {
  SeparableFacts to = {};
  to.terms = static_cast<int>(k.low.terms.size());
  if constexpr (std::is_floating_point_v<T>) {
    to.gaps = k.gaps;
    to.clamps = k.clamps;
    to.tiny = k.tiny;
    to.noise = k.noise;
    to.by_smallest = problem_.accuracy == Accuracy::componentwise;
    const long double limit = to.by_smallest      ? std::numeric_limits<T>::min() / k.least
                              : facts.sum_abs > 0 ? k.tiny / facts.sum_abs
                                                  : 0;
    to.limit =
        static_cast<double>(std::min<long double>(limit, std::numeric_limits<double>::max()));
  }
  return to;
}

/// Appends a term as the device has it: weights of the axes before the last two, then these, zeros
/// added. False where a weight is too small to be precise.
template <class T, class To>
bool append_term(const Geometry& g, const Cut& cut, const support::AlignedVector<T>& term,
                 std::vector<To>& to) {
  std::vector<long double> weights = {1};
  std::vector<To> last;
  const T* f = term.data();
  const std::size_t axes = g.spatial.size();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t taps = g.spatial[i].taps;
    if (i + 2 < axes) {
      std::vector<long double> next;
      for (const long double w : weights)
        for (std::int64_t k = 0; k < taps; ++k) next.push_back(w * static_cast<long double>(f[k]));
      weights = std::move(next);
    } else {
      const int all = i + 2 == axes ? cut.row_taps : cut.column_taps;
      for (std::int64_t k = 0; k < all; ++k)
        last.push_back(k < taps ? static_cast<To>(f[k]) : To(0));
    }
    f += taps;
  }
  bool precise = true;
  for (const long double w : weights) {
    if constexpr (std::is_floating_point_v<To>)
      precise = precise && (axes <= 3 || w == 0 || std::abs(w) >= std::numeric_limits<To>::min());
    to.push_back(static_cast<To>(w));
  }
  to.insert(to.end(), last.begin(), last.end());
  return precise;
}

/// Factors, facts and taps on the device; false where the direct sum has to take the kernels.
template <class T>
Result<bool> SeparableRecipe::place(DeviceProducts<T>& kernel) const {
  using To = std::conditional_t<std::is_same_v<T, std::int64_t>, std::int32_t, T>;
  if constexpr (std::is_same_v<T, std::int64_t>)
    if (!(largest_sum(g, kernel.taps) <= std::numeric_limits<std::int32_t>::max())) return false;
  std::vector<SeparableFacts> facts;
  std::vector<To> factors;
  const auto each =
      static_cast<std::size_t>(problem_.kernel_rank) * static_cast<std::size_t>(cut_.term_taps());
  for (std::size_t i = 0; i < kernel.split.size(); ++i) {
    facts.push_back(facts_of(kernel.taps[i].facts, kernel.split[i]));
    for (auto& term : kernel.split[i].low.terms) {
      if (!append_term(g, cut_, term, factors)) return false;
      term = {};
    }
    factors.resize((i + 1) * each);
  }
  auto on_facts = on_device(device(), facts.data(), static_cast<std::int64_t>(facts.size()));
  if (!on_facts) return tl::unexpected(on_facts.error());
  kernel.facts = std::move(*on_facts);
  auto on_factors = on_device(device(), factors.data(), static_cast<std::int64_t>(factors.size()));
  if (!on_factors) return tl::unexpected(on_factors.error());
  kernel.factors = std::move(*on_factors);
  if constexpr (std::is_floating_point_v<T>) {
    std::vector<T> dense;
    for (const KernelTaps<T>& k : kernel.taps) dense.insert(dense.end(), k.re.begin(), k.re.end());
    auto on_dense = on_device(device(), dense.data(), static_cast<std::int64_t>(dense.size()));
    if (!on_dense) return tl::unexpected(on_dense.error());
    kernel.dense = std::move(*on_dense);
  }
  return true;
}

template <class T>
Result<std::shared_ptr<Kernel::Prepared>> SeparableRecipe::prepare_as(const ConstView& h) const {
  auto kernel = std::make_shared<DeviceProducts<T>>();
  kernel->taps = read_kernels<T>(g, h);
  bool apart = std::all_of(kernel->taps.begin(), kernel->taps.end(),
                           [](const KernelTaps<T>& k) { return k.facts.finite; });
  if (apart) {
    auto split = take_apart(problem_, g, kernel->taps);
    if (!split) return tl::unexpected(split.error());
    kernel->split = std::move(*split);
    const auto placed = place(*kernel);
    if (!placed) return tl::unexpected(placed.error());
    apart = *placed;
  }
  // Integers beyond 64 bits are found when samples are there.
  if (!apart || (g.compute == Compute::integer && g.policy == Policy::saturate)) {
    auto direct = direct_->prepare(h);
    if (!direct) return direct;
    kernel->direct = std::move(*direct);
  }
  for (KernelTaps<T>& k : kernel->taps) k.re = {};
  return kernel;
}

// ----------------------------------------------------------------------------------- execute

template <class T>
Status SeparableRecipe::sum(const Execution& run, const Kernel::Prepared& prepared, Storing storing,
                            void* stream) const noexcept {
  const auto& kernel = static_cast<const DeviceProducts<T>&>(prepared);
  SeparableArguments a = {};
  a.layout = layout_of(g, run);
  if (storing != Storing::as_it_is) a.layout.storing = storing;
  a.grid = cut_.grid;
  a.taps = kernel.dense.at();
  a.factors = kernel.factors.at();
  a.facts = static_cast<const SeparableFacts*>(kernel.facts.at());
  a.kernel_taps = g.taps();
  a.terms = static_cast<int>(problem_.kernel_rank);
  a.term_taps = cut_.term_taps();
  a.outer_taps = cut_.outer_taps;
  a.weighs = cut_.weighs;
  a.row_taps = cut_.row_taps;
  a.column_taps = cut_.column_taps;
  a.sample_rows = cut_.sample_rows;
  a.sample_columns = cut_.sample_columns;
  a.line_pitch = cut_.line_pitch;
  const DeviceKernel which = std::is_same_v<T, float>    ? DeviceKernel::separable_f32
                             : std::is_same_v<T, double> ? DeviceKernel::separable_f64
                                                         : DeviceKernel::separable_i32;
  return device().launch(which, grid(), &a, stream);
}

Status SeparableRecipe::compute(const Execution& run, const Kernel::Prepared& kernel, bool looks,
                                void* work, void* stream) const noexcept {
  if (g.compute == Compute::integer) {
    const auto& prepared = static_cast<const DeviceProducts<std::int64_t>&>(kernel);
    const Accumulator accumulator = accumulator_of(run, kernel, looks);
    if (accumulator == Accumulator::refused) return Status::integer_overflow;
    if (prepared.factors.at() == nullptr || accumulator == Accumulator::wide)
      return direct_->launch(run, *prepared.direct, work, stream);
    return sum<std::int64_t>(run, kernel,
                             accumulator == Accumulator::signed_64     ? Storing::clamped_signed
                             : accumulator == Accumulator::unsigned_64 ? Storing::clamped_unsigned
                                                                       : Storing::as_it_is,
                             stream);
  }
  const auto run_as = [&]<class T>(T) {
    const auto& prepared = static_cast<const DeviceProducts<T>&>(kernel);
    if (prepared.direct) return direct_->launch(run, *prepared.direct, work, stream);
    return sum<T>(run, kernel, Storing::as_it_is, stream);
  };
  return g.single() ? run_as(0.0F) : run_as(0.0);
}

// --------------------------------------------------------------------------------- the entry

class Separable final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_separable"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    const auto device = check_kind(problem);
    if (!device) return tl::unexpected(device.error());
    if (const auto separable = check_separable(problem, g); !separable) return separable;
    const auto cut = cut_of(g, choosing_info(problem));
    if (!cut) return tl::unexpected(cut.error());
    return check_memory(problem, g, **device, kernel_bytes_of(problem, g, *cut), 0,
                        multiples_of(g));
  }
  /// Rows are summed where lines need them, beside those of the tile's own columns.
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    const DeviceInfo& info = choosing_info(problem);
    const Cut cut = *cut_of(g, info);
    const ArrayBytes bytes = array_bytes(problem, g);
    const double tiles = static_cast<double>(cut.grid.tiles(1)) * static_cast<double>(g.batches());
    const auto rank = static_cast<double>(problem.kernel_rank);
    constexpr double kTileOutputs = kSeparableRows * kSeparableColumns;
    const double taps = tiles * rank *
                        (static_cast<double>(kSeparableRows) * cut.sample_columns * cut.row_taps +
                         kTileOutputs * cut.column_taps);
    const double samples = tiles * static_cast<double>(cut.sample_rows) * cut.sample_columns *
                           (cut.weighs ? rank * cut.outer_taps : 1);
    const double slow = g.compute == Compute::integer || g.single() ? 1 : info.double_slowdown;
    Estimate e;
    e.flop = 2 * taps;
    e.bytes = static_cast<double>(bytes.x) + static_cast<double>(bytes.y);
    const double instructions =
        kTap * slow * taps + kSample * samples + kResult * tiles * kTileOutputs;
    set_seconds(e, bytes,
                kLaunchSeconds + instructions / info.multiply_adds_per_second +
                    e.bytes / info.memory_bytes_per_second);
    e.memory_bytes = checked::at_most(checked::Int(DeviceRecipe::staging_bytes(bytes)) +
                                      kernel_bytes_of(problem, g, cut));
    if (g.compute != Compute::integer) e.error = separable_error(problem, g, problem.kernel_rank);
    return e;
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    const auto device = device_of(problem);
    if (!device) return tl::unexpected(device.error());
    const auto cut = cut_of(g, choosing_info(problem));
    if (!cut) return tl::unexpected(cut.error());
    auto recipe = std::make_unique<SeparableRecipe>(**device, problem, g, *cut);
    if (const auto parts = recipe->cut(problem, multiples_of(g)); !parts)
      return tl::unexpected(parts.error());
    return recipe;
  }
};

}  // namespace
}  // namespace cuda

const Algorithm& cuda_separable_algorithm() noexcept {
  static const cuda::Separable algorithm;
  return algorithm;
}

}  // namespace faltung
