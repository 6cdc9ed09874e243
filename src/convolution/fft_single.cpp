// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The convolution theorem once: a block that holds every sample that the outputs read, so that
// y = F^-1 (F x~ . F h) over its whole length. Outputs begin at index span - 1 of the block; what
// wraps around falls before them.
#include <algorithm>

#include "convolution/block_recipe.hpp"

namespace faltung {
namespace {

/// The samples from the first to the last that any output reads; a smaller block would wrap.
Dims whole_block(const Geometry& g) {
  Dims block;
  for (int i = 0; i < static_cast<int>(g.spatial.size()); ++i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    block.push_back(block_length(a.reads_last() - a.reads_first() + 1, is_packed(g, i)));
  }
  return block;
}

class FftSingle final : public Algorithm {
 public:
  const char* name() const noexcept override { return "fft_single"; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    if (problem.stream)
      return tl::unexpected(Failure{Status::unsupported,
                                    "it needs all of the input at once, and a stream has no end"});
    if (!problem.block.empty())
      return tl::unexpected(Failure{
          Status::unsupported, "it has one block for everything; 'block' is for overlap_save"});
    return check_block(problem, g, whole_block(g));
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_blocks(problem, g, whole_block(g));
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&,
                                             std::int64_t target) const override {
    return make_block_recipe(problem, g, whole_block(g), name(), target);
  }
};

}  // namespace

const Algorithm& fft_single_algorithm() noexcept {
  static const FftSingle algorithm;
  return algorithm;
}

}  // namespace faltung
