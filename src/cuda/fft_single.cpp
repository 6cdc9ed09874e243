// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The convolution theorem once, on a GPU: one tile that gives all outputs of a batch. Where one
// block of threads holds it, samples and results meet the memory once; else an array is passed
// along each of its axes (device_kernels/passes.hpp).
#include "cuda/tile_recipe.hpp"

namespace faltung {
namespace cuda {
namespace {

class FftSingle final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_fft_single"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    const auto refuse = [](const char* why) {
      return tl::unexpected(Failure{Status::unsupported, why});
    };
    const auto device = check_tiles(problem, g);
    if (!device) return tl::unexpected(device.error());
    if (!problem.block.empty())
      return refuse("it has one block for everything; 'block' is for overlap_save");
    const auto tile = whole_tile(choosing_info(problem), g);
    if (!tile) return refuse("all that the outputs read is more than its largest block");
    return check_tile(problem, g, *tile);
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_tiles(problem, g, *whole_tile(choosing_info(problem), g));
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    return make_tile_recipe(problem, g, *whole_tile(choosing_info(problem), g), name());
  }
};

}  // namespace
}  // namespace cuda

const Algorithm& cuda_fft_single_algorithm() noexcept {
  static const cuda::FftSingle algorithm;
  return algorithm;
}

}  // namespace faltung
