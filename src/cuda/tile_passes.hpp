// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cuda/tile.hpp"

namespace faltung::cuda {

/// Uploads an array, and waits.
template <class T>
Result<Memory> on_device(const Device& device, const T* from, std::int64_t count) {
  const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
  auto memory = Memory::try_make(device, bytes);
  if (!memory) return memory;
  const Status s = upload_now(device, memory->at(), from, bytes);
  if (s != Status::ok) return tl::unexpected(Failure{s, describe(s)});
  return memory;
}

/// A device kernel, and what it is launched with for any number of tiles.
struct Pass {
  DeviceKernel kernel;
  int threads = 0, shared_bytes = 0;
  int lines = 0;  ///< of a block of threads
  PassArguments arguments;
};

/// The tables of a plan on the device: units of trees (unit_tree.hpp), factors between passes.
struct PassTables {
  Memory units;        ///< of the last axis
  Memory plain_units;  ///< of all others, whose rings are X^M - 1
  Memory twiddles, twiddle_steps;
};
Result<PassTables> make_tables(const Device& device, const Geometry& geometry, const Tile& tile);

/// What samples and kernels are, to the passes: all but tile and tables.
struct PassSource {
  bool single = false, complex = false;
  int spatial_axes = 0;
  std::array<TileAxis, kMaxAxes> axes;
  std::array<std::int64_t, kMaxAxes> step;
};
PassSource source_of(const Geometry& geometry, const Tile& tile);

/// All that tiles are launched with.
struct Passes {
  std::vector<Pass> list;
  DeviceKernel gather;
  bool single = false, complex = false;
};
/// From samples to results; or, `spectrum`, from a kernel's taps to its spectrum, in place.
Passes passes_of(const PassSource& source, const Tile& tile, const PassTables& tables,
                 bool spectrum);

/// Where the parts of a work area lie that as many tiles share, from its beginning.
struct WorkParts {
  std::int64_t groups = 0, tile_facts = 0, verdicts = 0, bytes = 0;
};
WorkParts work_parts(const Passes& passes, std::int64_t tiles, int real_bytes);

/// A pass' arguments with what all have in common; the spectra where a pass goes both ways.
PassArguments joined(const PassArguments& own, const PassArguments& common) noexcept;
/// Launches the second look at what the last pass wrote.
Status launch_repair(const Device& device, bool single, bool complex, const PassArguments& last,
                     void* stream) noexcept;

/// Launches the passes on `tiles` arrays, and what gathers their facts; of samples also the second
/// look. What the arguments have in common is `common`.
Status launch_passes(const Device& device, const Passes& passes, const PassArguments& common,
                     std::int64_t tiles, void* stream) noexcept;

}  // namespace faltung::cuda
