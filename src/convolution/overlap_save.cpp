// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Overlap-save: y[n] = sum_k h[k] x~[n-k] in transform blocks of B samples along each axis. Each
// block overlaps the one before it by span - 1 samples, and its first span - 1 results, which
// wrapped around, are thrown away:
//
//   x~   [ span-1 |   B - span + 1   ]
//                 [ span-1 |   B - span + 1   ]
//   y             |------------------|------------------|
//
// Blocks sit at fixed places of the output, so a result does not depend on threads.
// Source: Stockham, High-speed convolution and correlation, AFIPS 1966.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "convolution/block_recipe.hpp"
#include "planner/profile_access.hpp"

namespace faltung {
namespace {

/// Lengths to try along an axis: from one that gives a few outputs a block to one that gives all.
std::vector<std::int64_t> lengths_to_try(const Geometry& g, int axis) {
  std::vector<std::int64_t> lengths;
  const std::int64_t span = g.spatial[static_cast<std::size_t>(axis)].span;
  const std::int64_t all = whole_length(g, axis);
  // Past 64 spans the overlap costs nothing worth having, and small spans want 2^12 at most.
  const std::int64_t wanted = std::max<std::int64_t>(4096, 64 * span);
  const bool whole = all != 0 && all <= wanted;  // 0: longer than any block
  const std::int64_t enough = whole ? all : block_length(g, axis, wanted);
  for (std::int64_t n = block_length(g, axis, span); n != 0 && n < enough;
       n = block_length(g, axis, n + 1))
    lengths.push_back(n);
  lengths.push_back(enough);
  return lengths;
}

/// Blocks are there to be smaller than the whole: 20 million samples, or 8 kernels where that is
/// more.
double largest_choice(const Geometry& g) {
  double spans = 1;
  for (const Axis& a : g.spatial) spans *= static_cast<double>(a.span);
  return std::max(20e6, 8 * spans);
}

/// The smallest block that holds the kernel, if `block` is larger than one should be.
Dims start_from(const Geometry& g, const Dims& block) {
  if (stored_samples(g, block) <= largest_choice(g)) return block;
  Dims smallest;
  for (int i = 0; i < block.rank(); ++i)
    smallest.push_back(block_length(g, i, g.spatial[static_cast<std::size_t>(i)].span));
  return smallest;
}

/// The block that was asked for along an axis; 0 where none was.
std::int64_t given_block(const Problem& problem, const Axis& a) {
  return problem.block.empty() ? 0 : problem.block[problem.block.rank() == 1 ? 0 : a.order];
}

/// The block that was asked for, or the smallest sensible one. 0 where no length fits.
Dims first_block(const Problem& problem, const Geometry& g) {
  Dims block;
  for (int i = 0; i < static_cast<int>(g.spatial.size()); ++i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    const std::int64_t given = given_block(problem, a);
    // A block never needs to hold more than gives all outputs; a stream's is the same for all
    // lengths.
    const std::int64_t all = whole_length(g, i), wanted = given != 0 ? given : 2 * a.span;
    block.push_back(!g.stream && all != 0 && all <= wanted ? all : block_length(g, i, wanted));
  }
  return block;
}

/// The cheapest block: one axis at a time, the others held, until nothing changes.
Dims choose_block(const Problem& problem, const Geometry& g, const MachineProfile& profile) {
  const int rank = static_cast<int>(g.spatial.size());
  Dims block = first_block(problem, g);
  if (!problem.block.empty()) return block;
  for (std::int64_t b : block)
    if (b == 0) return block;
  block = start_from(g, block);
  for (int round = 0; round < 4; ++round) {
    const Dims before = block;
    for (int i = 0; i < rank; ++i) {
      Dims best = block;
      // Bytes above the budget, then time: where nothing fits, the least that works is found.
      std::pair<std::int64_t, double> least = {std::numeric_limits<std::int64_t>::max(), HUGE_VAL};
      for (std::int64_t n : lengths_to_try(g, i)) {
        block[i] = n;
        const Estimate e = estimate_blocks(problem, g, block);
        const std::int64_t above =
            problem.max_memory == 0
                ? 0
                : std::max<std::int64_t>(0, e.memory_bytes - problem.max_memory);
        const std::pair cost = {above, seconds_of(profile, e.work, g.arithmetic())};
        if (cost < least && stored_samples(g, block) <= largest_choice(g) &&
            check_block(problem, g, block)) {
          least = cost;
          best = block;
        }
      }
      block = best;
    }
    if (block == before) break;
  }
  return block;
}

class OverlapSave final : public Algorithm {
 public:
  const char* name() const noexcept override { return "overlap_save"; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    Dims block = first_block(problem, g);
    if (problem.block.empty()) block = start_from(g, block);
    for (int i = 0; i < block.rank(); ++i) {
      const Axis& a = g.spatial[static_cast<std::size_t>(i)];
      const std::int64_t given = given_block(problem, a), held = given != 0 ? given : block[i];
      if (block[i] != 0 && held < a.span)
        return tl::unexpected(Failure{
            Status::unsupported,
            "a block of " + std::to_string(held) + " samples does not hold a kernel that spans " +
                std::to_string(a.span) + " along axis " + std::to_string(a.index)});
    }
    return check_block(problem, g, block);
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile& profile) const override {
    return estimate_blocks(problem, g, choose_block(problem, g, profile));
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile& profile,
                                             std::int64_t target) const override {
    return make_block_recipe(problem, g, choose_block(problem, g, profile), name(), target);
  }
  Problem settled(const Problem& problem, const Geometry& g,
                  const MachineProfile& profile) const override {
    Problem p = problem;
    const Dims block = choose_block(problem, g, profile);
    // Along an axis without taps of its own there are no blocks, and any length will do.
    p.block =
        Dims(p.axes.empty() ? std::max(p.x_shape.rank(), p.h_shape.rank()) : p.axes.rank(), 1);
    for (int i = 0; i < block.rank(); ++i)
      p.block[static_cast<int>(g.spatial[static_cast<std::size_t>(i)].order)] = block[i];
    return p;
  }
};

}  // namespace

const Algorithm& overlap_save_algorithm() noexcept {
  static const OverlapSave algorithm;
  return algorithm;
}

}  // namespace faltung
