// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Blocks through the convolution theorem on a device: kernels, bounds, launches. What is computed
// is device_kernels/block.hpp.
#include "cuda/block_recipe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/block_scale.hpp"
#include "convolution/direct_cost.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/kernel_taps.hpp"
#include "cuda/unit_tree.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// What a level of the tree rounds, forward and inverse, in u of the norm of its points
/// (docs/transform_error.md).
constexpr double kForward = 2.75, kInverse = 3.75;
/// Covers what is of higher order, and the rounding of what enters a bound.
constexpr double kUp = 1.01;

template <class T>
using Points = std::vector<std::complex<T>>;

/// Kernels on the device: their spectra, and the taps themselves for what is summed directly.
template <class T>
struct BlockKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> kernels;  ///< their facts
  Memory spectra, facts, taps[2];
  long double largest_gain = 0, largest_norm2 = 0;
  /// Of the direct sum, where a tap is not finite, or no more than one is not 0: then it is exact.
  std::shared_ptr<Kernel::Prepared> direct;
  std::int64_t bytes() const noexcept override {
    return spectra.bytes() + facts.bytes() + taps[0].bytes() + taps[1].bytes() +
           (direct ? direct->bytes() : 0);
  }
};

class BlockRecipe final : public DeviceRecipe {
 public:
  BlockRecipe(const Device& device, const Problem& problem, const Geometry& geometry,
              const Block& block, const char* name)
      : DeviceRecipe(device, problem, geometry), block_(block), name_(name) {}

  /// The tables on the device, and the recipe for kernels that no transform takes.
  Result<void> make_tables(const Problem& problem);

  std::string tree() const override {
    return std::string(name_) + ": " + std::to_string(block_.count * g.batches()) + " blocks of " +
           std::to_string(block_.samples) + " samples, " + std::to_string(block_.outputs) +
           " outputs each, on " + device().info().name + " (" + device().info().model + ")\n";
  }
  std::int64_t kernel_bytes() const noexcept override { return kernel_bytes(g, block_); }
  static std::int64_t kernel_bytes(const Geometry& g, const Block& block) noexcept {
    const checked::Int spectrum =
        checked::Int(std::int64_t{1} << block.log2_points) * 2 * (g.single() ? 4 : 8);
    return checked::at_most(spectrum * g.kernels() + direct_kernel_bytes(g));
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    return g.single() ? prepare_as<float>(h) : prepare_as<double>(h);
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override {
    return g.single() ? bound_of<float>(x, kernel) : bound_of<double>(x, kernel);
  }

 private:
  double root() const { return g.complex() ? 0 : 0.25; }
  template <class T>
  Result<std::shared_ptr<Kernel::Prepared>> prepare_as(const ConstView& h) const;
  template <class T>
  Points<T> spectrum_of(const KernelTaps<T>& taps, int exponent, BlockKernel<T>& kernel) const;
  template <class T>
  ErrorBound bound_of(const ConstView& x, const Kernel::Prepared& kernel) const;
  template <class T>
  Status launch(const Execution& run, const Kernel::Prepared& kernel, void* work,
                void* stream) const noexcept;
  Status compute(const Execution& run, const Kernel::Prepared& kernel, bool, void* work,
                 void* stream) const noexcept override {
    return g.single() ? launch<float>(run, kernel, work, stream)
                      : launch<double>(run, kernel, work, stream);
  }
  DeviceKernel device_kernel() const noexcept {
    const DeviceKernel least =
        g.complex()  ? g.single() ? DeviceKernel::block_c64_6 : DeviceKernel::block_c128_6
        : g.single() ? DeviceKernel::block_f32_6
                     : DeviceKernel::block_f64_6;
    constexpr int kTypes = 4;  // of each size in kernels.def
    return static_cast<DeviceKernel>(static_cast<int>(least) +
                                     kTypes * (block_.log2_points - kLeastLog2Points));
  }

  const Block block_;
  const char* const name_;
  std::vector<std::complex<long double>> tree_;
  Memory units_;
  std::unique_ptr<const Recipe> direct_;
};

// -------------------------------------------------------------------------------------- plan

template <class T>
Result<Memory> on_device(const Device& device, const T* from, std::int64_t count) {
  const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
  auto memory = Memory::try_make(device, bytes);
  if (!memory) return memory;
  const Status s = upload_now(device, memory->at(), from, bytes);
  if (s != Status::ok) return tl::unexpected(Failure{s, describe(s)});
  return memory;
}

template <class T>
Points<T> rounded(const std::vector<std::complex<long double>>& from) {
  Points<T> to;
  to.reserve(from.size());
  for (const auto& z : from) to.emplace_back(static_cast<T>(z.real()), static_cast<T>(z.imag()));
  return to;
}

Result<void> BlockRecipe::make_tables(const Problem& problem) {
  tree_ = unit_tree(block_.log2_points, root());
  const auto size = static_cast<std::int64_t>(tree_.size());
  auto units = g.single() ? on_device(device(), rounded<float>(tree_).data(), size)
                          : on_device(device(), rounded<double>(tree_).data(), size);
  if (!units) return tl::unexpected(units.error());
  units_ = std::move(*units);
  auto direct = make_direct_recipe(device(), problem, g);
  direct_ = std::move(direct);
  return {};
}

// ----------------------------------------------------------------------------------- prepare

/// The leaves of the taps times 2^-exponent, divided by M, which the way back multiplies by.
template <class T>
Points<T> BlockRecipe::spectrum_of(const KernelTaps<T>& taps, int exponent,
                                   BlockKernel<T>& kernel) const {
  const std::size_t points = tree_.size();
  std::vector<std::complex<long double>> z(points);
  const auto dilation = static_cast<std::size_t>(g.spatial[0].dilation);
  for (std::size_t k = 0; k < taps.re.size(); ++k) {
    const std::size_t at = k * dilation;
    const auto scaled = [&](T tap) { return std::ldexp(static_cast<long double>(tap), -exponent); };
    const long double re = scaled(taps.re[k]), im = g.complex() ? scaled(taps.im[k]) : 0;
    if (g.complex()) z[at] = {re, im};
    else if (at < points) z[at].real(re);
    else z[at - points].imag(re);
  }
  split_into_leaves(z, tree_);
  // A thread has the leaves 16 lane .. 16 lane + 15; a row's threads read their i-th ones together.
  Points<T> spectrum(points);
  const std::size_t held = kHeld, lanes = points / held;
  long double gain = 0;
  for (std::size_t p = 0; p < points; ++p) {
    gain = std::max(gain, std::hypot(z[p].real(), z[p].imag()));
    const auto leaf = z[p] / static_cast<long double>(points);
    spectrum[p % held * lanes + p / held] = {static_cast<T>(leaf.real()),
                                             static_cast<T>(leaf.imag())};
  }
  kernel.largest_gain = std::max(kernel.largest_gain, std::ldexp(gain * kUp, exponent));
  kernel.largest_norm2 = std::max(kernel.largest_norm2, taps.facts.norm2);
  return spectrum;
}

template <class T>
Result<std::shared_ptr<Kernel::Prepared>> BlockRecipe::prepare_as(const ConstView& h) const {
  auto kernel = std::make_shared<BlockKernel<T>>();
  kernel->kernels = read_kernels<T>(g, h);
  Points<T> spectra;
  std::vector<TapFacts> facts;
  std::vector<T> taps[2];
  for (const KernelTaps<T>& k : kernel->kernels) {
    if (!k.facts.finite || k.facts.nonzeros < 2) {
      auto direct = direct_->prepare(h);
      if (!direct) return direct;
      kernel->direct = std::move(*direct);
      return kernel;
    }
    const int exponent = k.facts.max_abs == 0 ? 0 : std::ilogb(k.facts.max_abs);
    const Points<T> spectrum = spectrum_of(k, exponent, *kernel);
    spectra.insert(spectra.end(), spectrum.begin(), spectrum.end());
    constexpr std::int64_t kMostCounted = 1 << 30;
    facts.push_back({exponent, static_cast<int>(std::min(kMostCounted, k.facts.nonzeros)),
                     k.facts.nonnegative});
    taps[0].insert(taps[0].end(), k.re.begin(), k.re.end());
    taps[1].insert(taps[1].end(), k.im.begin(), k.im.end());
  }
  const auto place = [&](Memory& to, const auto& from) -> Result<void> {
    if (from.empty()) return {};
    auto memory = on_device(device(), from.data(), static_cast<std::int64_t>(from.size()));
    if (!memory) return tl::unexpected(memory.error());
    to = std::move(*memory);
    return {};
  };
  for (const Result<void>& placed :
       {place(kernel->spectra, spectra), place(kernel->facts, facts),
        place(kernel->taps[0], taps[0]), place(kernel->taps[1], taps[1])})
    if (!placed) return tl::unexpected(placed.error());
  for (KernelTaps<T>& k : kernel->kernels) k.re = k.im = {};
  return kernel;
}

// ----------------------------------------------------------------------------------- execute

template <class T>
Status BlockRecipe::launch(const Execution& run, const Kernel::Prepared& kernel, void* work,
                           void* stream) const noexcept {
  const auto& prepared = static_cast<const BlockKernel<T>&>(kernel);
  if (prepared.direct) return direct_->enqueue(run, *prepared.direct, work, stream);
  BlockArguments a = {};
  a.layout = layout_of(g, run);
  a.taps[0] = prepared.taps[0].at();
  a.taps[1] = prepared.taps[1].at();
  a.units = units_.at();
  a.spectra = prepared.spectra.at();
  a.facts = static_cast<const TapFacts*>(prepared.facts.at());
  a.kernel_taps = g.taps();
  a.block_outputs = block_.outputs;
  a.blocks = block_.count;
  a.span = g.spatial[0].span;
  const Grid grid = {
      checked::ceil_div(block_.count * g.batches(), std::int64_t{rows_of(block_.log2_points)}),
      threads_of(block_.log2_points), shared_bytes_of(block_.log2_points, sizeof(T))};
  return device().launch(device_kernel(), grid, &a, stream);
}

// ------------------------------------------------------------------------------------- bound

template <class T>
ErrorBound BlockRecipe::bound_of(const ConstView& x, const Kernel::Prepared& kernel) const {
  const auto& prepared = static_cast<const BlockKernel<T>&>(kernel);
  if (prepared.direct) return direct_->error_bound(x, *prepared.direct);
  const InputNorms norms = input_norms(g, x);
  ErrorBound bound;
  bound.unit_roundoff = unit_roundoff(g);
  bound.coefficient = block_coefficient(g, block_);
  const bool inside = g.absent_outside;
  // No block has a larger norm than all samples that are there, or than as many of the largest.
  const long double most =
      norms.largest * std::sqrt(static_cast<long double>(block_.samples) * (g.complex() ? 2 : 1));
  const long double block_norm = inside ? std::min(most, norms.norm2) : most;
  const long double blocks = static_cast<long double>(block_.count) * g.batches();
  // Each sample is in so many blocks of each kernel of a bank.
  const long double cover = static_cast<long double>(
      checked::ceil_div(g.spatial[0].span - 1, block_.outputs * g.spatial[0].step) + 1);
  const long double all =
      inside ? std::min(block_norm * std::sqrt(blocks), norms.norm2 * std::sqrt(cover * g.bank()))
             : block_norm * std::sqrt(blocks);
  const long double both = g.complex() || g.x_components || g.h_components ? std::sqrt(2.0L) : 1;
  const long double cu = static_cast<long double>(bound.coefficient) * bound.unit_roundoff;
  const long double smallest = std::numeric_limits<T>::denorm_min();
  const long double outputs = static_cast<long double>(g.outputs()) * g.batches();
  const long double maximum = both * cu * block_norm * prepared.largest_norm2 + smallest;
  set_bound(bound, maximum,
            std::min(std::sqrt(outputs) * maximum,
                     both * cu * all * prepared.largest_gain + std::sqrt(outputs) * smallest));
  return bound;
}

}  // namespace

Block block_of(const Geometry& g, int log2_points) {
  Block block;
  const Axis& a = g.spatial[0];
  block.log2_points = log2_points;
  block.samples = (std::int64_t{1} << log2_points) * (g.complex() ? 1 : 2);
  if (block.samples < a.span) return block;
  block.outputs = std::min(a.count, (block.samples - a.span) / a.step + 1);
  block.count = checked::ceil_div(a.count, block.outputs);
  return block;
}

int most_log2_points(const Problem& problem, const Geometry& g) {
  const auto device = device_of(problem);
  const std::int64_t shared = device ? (*device)->info().shared_bytes : 0;
  int log2_points = kMostLog2Points;
  while (log2_points > kLeastLog2Points &&
         shared_bytes_of(log2_points, g.single() ? 4 : 8) > shared)
    --log2_points;
  return log2_points;
}

Result<const Device*> check_blocks(const Problem& problem, const Geometry& g) {
  const auto refuse = [](std::string message) {
    return tl::unexpected(Failure{Status::unsupported, std::move(message)});
  };
  if (g.spatial.size() > 1) return refuse("its blocks have one convolved axis");
  if (g.compute == Compute::integer) return refuse("integers are summed exactly by cuda_direct");
  if (problem.accuracy == Accuracy::componentwise)
    return refuse("a transform's error is not componentwise");
  const Block largest = block_of(g, most_log2_points(problem, g));
  if (largest.outputs == 0)
    return refuse("a kernel that spans " + std::to_string(g.spatial[0].span) +
                  " samples is longer than its largest block of " +
                  std::to_string(largest.samples));
  if (largest.count > kMostBlocks / g.batches())
    return refuse("it takes more blocks than a GPU counts");
  return check_device(problem, g, static_cast<double>(BlockRecipe::kernel_bytes(g, largest)));
}

double block_coefficient(const Geometry& g, const Block& block) {
  // The spectrum is rounded once; the product rounds twice.
  constexpr double kSpectrum = 1, kProduct = 3, kStore = 1;
  const double levels = block.log2_points * (kForward + kInverse);
  return kUp * (levels + kSpectrum + kProduct + kStore) + 2 * input_roundings(g);
}

Estimate estimate_blocks(const Problem& problem, const Geometry& g, const Block& block) {
  const DeviceInfo& info = (*device_of(problem))->info();
  const ArrayBytes bytes = array_bytes(problem, g);
  const double real = g.single() ? 4 : 8, parts = g.complex() ? 2 : 1;
  const double blocks = static_cast<double>(block.count) * static_cast<double>(g.batches());
  const double points = blocks * std::ldexp(1.0, block.log2_points);
  Estimate e;
  // A level is three multiply-adds a point each way; half of the memory's speed is what passes
  // with so much to compute.
  e.flop = points * (12.0 * block.log2_points + 6);
  e.bytes = real * parts * blocks *
            static_cast<double>(block.samples + block.outputs * g.spatial[0].step);
  const double rate = info.multiply_adds_per_second / (g.single() ? 1 : info.double_slowdown);
  e.seconds = seconds_with_copies(
      bytes, std::max(e.flop / rate, 2 * e.bytes / info.memory_bytes_per_second));
  e.memory_bytes = checked::at_most(checked::Int(DeviceRecipe::staging_bytes(bytes)) +
                                    BlockRecipe::kernel_bytes(g, block));
  e.error = block_coefficient(g, block) * unit_roundoff(g) *
            std::sqrt(static_cast<double>(block.samples) * parts);
  return e;
}

Result<std::unique_ptr<const Recipe>> make_block_recipe(const Problem& problem, const Geometry& g,
                                                        const Block& block, const char* name) {
  const auto device = device_of(problem);
  if (!device) return tl::unexpected(device.error());
  auto recipe = std::make_unique<BlockRecipe>(**device, problem, g, block, name);
  if (auto made = recipe->make_tables(problem); !made) return tl::unexpected(made.error());
  return recipe;
}

}  // namespace faltung::cuda
