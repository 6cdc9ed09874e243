// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The direct sum on a GPU: device_kernels/direct.hpp, for every problem.
#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/direct_cost.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "cuda/device_recipe.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace cuda {
namespace {

/// Instructions of a thread for one tap, and for each axis of it: counted in the machine code of
/// sm_90 (conversions and boundaries in).
constexpr double kTapInstructions = 24, kAxisInstructions = 14;

/// Kernels on the device: dense taps, one kernel behind the other.
template <class T>
struct DirectKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> kernels;  ///< their facts; the taps are the device's
  Memory taps[2];
  std::int64_t bytes() const noexcept override { return taps[0].bytes() + taps[1].bytes(); }
};

class DirectRecipe final : public DeviceRecipe {
 public:
  using DeviceRecipe::DeviceRecipe;

  std::string tree() const override {
    const Grid grid = grid_of(items(), kDirectThreads);
    return "cuda_direct: " + std::to_string(g.taps()) + " taps" + (g.complex() ? ", complex" : "") +
           (g.compute == Compute::integer ? ", integer"
            : g.single()                  ? ", f32"
                                          : ", f64") +
           ", " + std::to_string(grid.blocks) + " blocks of " + std::to_string(grid.threads) +
           " threads on " + device().info().name + " (" + device().info().model + ")\n";
  }
  std::int64_t kernel_bytes() const noexcept override { return direct_kernel_bytes(g); }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    if (g.compute == Compute::integer) return prepare_as<std::int64_t>(h);
    return g.single() ? prepare_as<float>(h) : prepare_as<double>(h);
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override {
    if (g.compute == Compute::integer) return {};
    const InputNorms norms = input_norms(g, x);
    return direct_bound(g, direct_coefficient(g), norms,
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
  for (auto& kernel : prepared->kernels) kernel.re = kernel.im = {};
  return prepared;
}

// ----------------------------------------------------------------------------------- execute

Status DirectRecipe::sum_integers(const Execution& run, const Kernel::Prepared& kernel,
                                  Accumulator accumulator, void* stream) const noexcept {
  DirectArguments a = arguments<std::int64_t>(run, kernel);
  if (accumulator == Accumulator::signed_64) a.layout.storing = Storing::clamped_signed;
  if (accumulator == Accumulator::unsigned_64) a.layout.storing = Storing::clamped_unsigned;
  const bool wide = accumulator == Accumulator::wide;
  return device().launch(wide ? DeviceKernel::direct_wide : DeviceKernel::direct_integer,
                         grid_of(items(), kDirectThreads), &a, stream);
}

Status DirectRecipe::compute(const Execution& run, const Kernel::Prepared& kernel, bool looks,
                             void* /*work*/, void* stream) const noexcept {
  if (g.compute == Compute::integer) {
    const auto& kernels = static_cast<const DirectKernel<std::int64_t>&>(kernel).kernels;
    // Samples on the device are not looked at: their type has to prove it.
    const Accumulator accumulator =
        looks ? accumulator_for(g, run.read, kernels) : accumulator_by_types(g, kernels);
    if (accumulator == Accumulator::refused) return Status::integer_overflow;
    return sum_integers(run, kernel, accumulator, stream);
  }
  DirectArguments a = g.single() ? arguments<float>(run, kernel) : arguments<double>(run, kernel);
  const double smallest = g.single() ? static_cast<double>(std::numeric_limits<float>::min())
                                     : std::numeric_limits<double>::min();
  a.tiny = static_cast<double>(g.taps()) * smallest;
  const DeviceKernel which = g.complex()
                                 ? g.single() ? DeviceKernel::direct_c64 : DeviceKernel::direct_c128
                             : g.single() ? DeviceKernel::direct_f32
                                          : DeviceKernel::direct_f64;
  return device().launch(which, grid_of(items(), kDirectThreads), &a, stream);
}

// --------------------------------------------------------------------------------- the entry

class Direct final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_direct"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    const auto device = check_device(problem, g, static_cast<double>(direct_kernel_bytes(g)));
    if (!device) return tl::unexpected(device.error());
    return {};
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    const DeviceInfo& info = (*device_of(problem))->info();
    const ArrayBytes bytes = array_bytes(problem, g);
    const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
    const double parts = g.complex() ? 2 : 1, taps = outputs * static_cast<double>(g.taps());
    Estimate e;
    e.flop = 2 * parts * parts * taps;
    e.bytes = static_cast<double>(bytes.x) + static_cast<double>(bytes.y);
    const double instructions =
        taps * parts *
        (kTapInstructions + kAxisInstructions * static_cast<double>(g.spatial.size()));
    e.seconds = seconds_with_copies(bytes, instructions / info.multiply_adds_per_second +
                                               e.bytes / info.memory_bytes_per_second);
    e.memory_bytes =
        checked::at_most(checked::Int(DeviceRecipe::staging_bytes(bytes)) + direct_kernel_bytes(g));
    e.error = g.compute == Compute::integer ? 0 : direct_coefficient(g) * unit_roundoff(g);
    return e;
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    const auto device = device_of(problem);
    if (!device) return tl::unexpected(device.error());
    return make_direct_recipe(**device, problem, g);
  }
};

}  // namespace

std::unique_ptr<const Recipe> make_direct_recipe(const Device& device, const Problem& problem,
                                                 const Geometry& geometry) {
  return std::make_unique<const DirectRecipe>(device, problem, geometry);
}

}  // namespace cuda

const Algorithm& cuda_direct_algorithm() noexcept {
  static const cuda::Direct algorithm;
  return algorithm;
}

}  // namespace faltung
