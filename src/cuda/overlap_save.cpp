// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Overlap-save on a GPU: blocks at fixed places of the output, each through its whole convolution
// by one block of threads (overlap_save.cpp of convolution/ has the mathematics).
#include "cuda/block_recipe.hpp"

namespace faltung {
namespace cuda {
namespace {

/// The block that was asked for, in samples; 0 where none was.
std::int64_t asked_samples(const Problem& problem, const Geometry& g) {
  if (problem.block.empty()) return 0;
  return problem.block[problem.block.rank() == 1 ? 0 : g.spatial[0].order];
}

/// The smallest block of at least the samples that were asked for, or the cheapest.
Block choose_block(const Problem& problem, const Geometry& g) {
  const std::int64_t asked = asked_samples(problem, g);
  Block best;
  double least = 0;
  const int most = most_log2_points(problem, g);
  for (int log2_points = kLeastLog2Points; log2_points <= most; ++log2_points) {
    const Block block = block_of(g, log2_points);
    if (block.outputs == 0 || block.count > kMostBlocks / g.batches() ||
        (asked != 0 && block.samples < asked))
      continue;
    if (asked != 0) return block;
    const double seconds = estimate_blocks(problem, g, block).seconds;
    if (best.outputs != 0 && seconds >= least) continue;
    best = block;
    least = seconds;
  }
  return best;
}

class OverlapSave final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_overlap_save"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    if (const auto device = check_blocks(problem, g); !device)
      return tl::unexpected(device.error());
    const std::int64_t asked = asked_samples(problem, g);
    if (asked != 0 && asked < g.spatial[0].span)
      return tl::unexpected(
          Failure{Status::unsupported, "a block of " + std::to_string(asked) +
                                           " samples does not hold a kernel that spans " +
                                           std::to_string(g.spatial[0].span)});
    if (choose_block(problem, g).outputs != 0) return {};
    return tl::unexpected(
        Failure{Status::unsupported,
                "a block of " + std::to_string(asked) + " samples is larger than its largest of " +
                    std::to_string(block_of(g, most_log2_points(problem, g)).samples)});
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_blocks(problem, g, choose_block(problem, g));
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    return make_block_recipe(problem, g, choose_block(problem, g), name());
  }
  Problem settled(const Problem& problem, const Geometry& g, const MachineProfile&) const override {
    Problem p = problem;
    p.block =
        Dims(p.axes.empty() ? std::max(p.x_shape.rank(), p.h_shape.rank()) : p.axes.rank(), 1);
    p.block[g.spatial[0].order] = choose_block(problem, g).samples;
    return p;
  }
};

}  // namespace
}  // namespace cuda

const Algorithm& cuda_overlap_save_algorithm() noexcept {
  static const cuda::OverlapSave algorithm;
  return algorithm;
}

}  // namespace faltung
