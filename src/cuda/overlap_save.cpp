// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Overlap-save on a GPU: tiles at fixed places of the output, each through its whole convolution
// (overlap_save.cpp of convolution/ has the mathematics, device_kernels/passes.hpp the passes).
#include "cuda/tile_recipe.hpp"

namespace faltung {
namespace cuda {
namespace {

using Asked = std::array<std::int64_t, kMaxAxes>;

/// The block that was asked for, in samples along each axis; 0 where none was.
Asked asked_samples(const Problem& problem, const Geometry& g) {
  Asked asked = {};
  for (std::size_t i = 0; i < g.spatial.size() && !problem.block.empty(); ++i)
    asked[i] = problem.block[problem.block.rank() == 1 ? 0 : g.spatial[i].order];
  return asked;
}

std::optional<Tile> tile_of(const Problem& problem, const Geometry& g) {
  return cheapest_tile(choosing_info(problem), g, asked_samples(problem, g));
}

class OverlapSave final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_overlap_save"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    const auto refuse = [](std::string why) {
      return tl::unexpected(Failure{Status::unsupported, std::move(why)});
    };
    if (const auto device = check_tiles(problem, g); !device) return tl::unexpected(device.error());
    const Asked asked = asked_samples(problem, g);
    for (std::size_t i = 0; i < g.spatial.size(); ++i)
      if (asked[i] != 0 && asked[i] < g.spatial[i].span)
        return refuse("a block of " + std::to_string(asked[i]) +
                      " samples does not hold a kernel that spans " +
                      std::to_string(g.spatial[i].span));
    const auto tile = tile_of(problem, g);
    if (!tile)
      return refuse(problem.block.empty() ? "the kernel is longer than its largest block"
                                          : "the block is larger than its largest");
    return check_tile(problem, g, *tile);
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    return estimate_tiles(problem, g, *tile_of(problem, g));
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    return make_tile_recipe(problem, g, *tile_of(problem, g), name());
  }
  Problem settled(const Problem& problem, const Geometry& g, const MachineProfile&) const override {
    const Tile tile = *tile_of(problem, g);
    Problem p = problem;
    p.block =
        Dims(p.axes.empty() ? std::max(p.x_shape.rank(), p.h_shape.rank()) : p.axes.rank(), 1);
    for (std::size_t i = 0; i < g.spatial.size(); ++i)
      p.block[g.spatial[i].order] = (std::int64_t{1} << tile.size[i].log2_points) *
                                    (i + 1 == g.spatial.size() && !g.complex() ? 2 : 1);
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
