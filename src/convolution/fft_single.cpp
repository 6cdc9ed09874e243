// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The convolution theorem once: one block that gives all outputs, y = F^-1 (F x . F h) over its
// whole length. It holds the samples and as many zeros that what wraps around falls on no output;
// of an input that goes round it holds one period, where wrapping around is what is asked.
#include "convolution/block_recipe.hpp"

namespace faltung {
namespace {

Dims whole_block(const Geometry& g) {
  Dims block;
  for (int i = 0; i < static_cast<int>(g.spatial.size()); ++i) block.push_back(whole_length(g, i));
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
