// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The convolution theorem once, on a GPU: one block that gives all outputs of a batch, kept by one
// block of threads from its samples to its results.
#include "cuda/block_recipe.hpp"

namespace faltung {
namespace cuda {
namespace {

/// The smallest block that gives all outputs; count is not 1 where none does.
Block whole_block(const Problem& problem, const Geometry& g) {
  Block block;
  const int most = most_log2_points(problem, g);
  for (int log2_points = kLeastLog2Points; log2_points <= most; ++log2_points) {
    block = block_of(g, log2_points);
    if (block.count == 1) break;
  }
  return block;
}

class FftSingle final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_fft_single"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    if (const auto device = check_blocks(problem, g); !device)
      return tl::unexpected(device.error());
    if (!problem.block.empty())
      return tl::unexpected(Failure{
          Status::unsupported, "it has one block for everything; 'block' is for overlap_save"});
    const Block block = whole_block(problem, g);
    if (block.count == 1) return {};
    return tl::unexpected(Failure{Status::unsupported,
                                  "all that the outputs read is more than its largest block of " +
                                      std::to_string(block.samples) + " samples"});
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_blocks(problem, g, whole_block(problem, g));
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    return make_block_recipe(problem, g, whole_block(problem, g), name());
  }
};

}  // namespace
}  // namespace cuda

const Algorithm& cuda_fft_single_algorithm() noexcept {
  static const cuda::FftSingle algorithm;
  return algorithm;
}

}  // namespace faltung
