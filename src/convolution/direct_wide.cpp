// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "convolution/direct_kernel.hpp"
#include "convolution/point.hpp"
#include "convolution/store.hpp"

namespace faltung {

void run_wide(const Geometry& g, const DirectLayout& layout, const Execution& run,
              const DirectKernel<std::int64_t>& kernel) noexcept {
  const std::int64_t bytes = size_bytes(g.y_type);
  const Axis& outer = g.spatial[0];
  const std::int64_t block = layout.block()[0], inner = g.outputs() / outer.count;
  const std::int64_t from = run.first_tile * block, tiles = run.tiles_of(layout.outer_tiles()),
                     to = std::min(outer.count, from + tiles * block);
  for (std::int64_t batch = 0; batch < g.batches(); ++batch) {
    const BatchOffsets at = run.offsets(g, batch);
    const ExtendedInput<std::int64_t> x(g, run.x, run.x_strides, at);
    for (std::int64_t o = from * inner; o < to * inner; ++o) {
      std::int64_t out[kMaxRank], rest = o, offset = at.y;
      for (int i = static_cast<int>(g.spatial.size()) - 1; i >= 0; --i) {
        out[i] = rest % g.spatial[static_cast<std::size_t>(i)].count;
        rest /= g.spatial[static_cast<std::size_t>(i)].count;
        offset += out[i] * run.y_strides.spatial[i];
      }
      const WideSum sum =
          evaluate_point_wide(g, x, kernel.taps[static_cast<std::size_t>(at.kernel)], out);
      store_wide(sum.negative, sum.high, sum.low, g.y_type,
                 static_cast<std::byte*>(run.y) + offset * bytes);
    }
  }
}

}  // namespace faltung
