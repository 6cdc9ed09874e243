// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "convolution/geometry.hpp"
#include "convolution/kernel_taps.hpp"
#include "faltung/plan.hpp"
#include "planner/work.hpp"

namespace faltung {

/// A prepared kernel remembers which plan made it; the rest is the algorithm's.
struct Kernel::Prepared {
  virtual ~Prepared() = default;
  virtual std::int64_t bytes() const noexcept = 0;
  const void* made_by = nullptr;  ///< the plan's recipe
};

/// The arguments of one execution, checked and lowered.
struct Execution {
  ConstView read;                           ///< the samples that the outputs read; of integers
  const void* x = nullptr;                  ///< samples from `x_first` on, along the first axis
  void* y = nullptr;                        ///< outputs from `y_first` on
  std::int64_t x_first = 0, y_first = 0;    ///< not 0 in a stream only
  Strides x_strides, h_strides, y_strides;  ///< h's only say which batches share a kernel
  /// Tiles along the first spatial axis; a stream's plan computes some of them at a time.
  std::int64_t first_tile = 0, tiles = std::numeric_limits<std::int64_t>::max();
  Workspace* workspace = nullptr;
  /// A device's part of an array of the host: outputs from there on along that spatial axis.
  int part_axis = -1;
  std::int64_t part_first = 0;
  const ConstView* x_view = nullptr;  ///< the arguments as they were given; not in a stream
  const View* y_view = nullptr;

  /// Offsets from x and y.
  BatchOffsets offsets(const Geometry& geometry, std::int64_t batch) const {
    BatchOffsets at = batch_offsets(geometry, x_strides, h_strides, y_strides, batch);
    at.x -= x_first * x_strides.spatial[0];
    at.y -= y_first * y_strides.spatial[0];
    return at;
  }
  /// How many of an axis' tiles are computed.
  std::int64_t tiles_of(std::int64_t all) const { return std::min(all - first_tile, tiles); }
};

/// What an algorithm makes of a problem: immutable, thread-safe.
class Recipe {
 public:
  virtual ~Recipe() = default;
  /// One line for each level of the tree, indented by two blanks a level.
  virtual std::string tree() const = 0;
  /// Scratch bytes of one thread; a multiple of the cache line.
  virtual std::int64_t scratch_bytes() const noexcept = 0;
  /// Outputs that a tile has along the first spatial axis; 0 where tiles are never computed apart.
  virtual std::int64_t tile_outputs() const noexcept { return 0; }
  /// Parts of one execution that can run at the same time: more threads have nothing to do.
  virtual std::int64_t tasks() const noexcept = 0;
  /// Whether that many threads take one task after the other together, on one scratch area of
  /// shared_bytes.
  virtual bool shares_tasks(int /*threads*/) const noexcept { return false; }
  virtual std::int64_t shared_bytes(int /*threads*/) const noexcept { return scratch_bytes(); }
  /// Bytes of a workspace of that many threads; -1: areas of scratch_bytes.
  virtual std::int64_t workspace_bytes(int /*threads*/) const noexcept { return -1; }
  /// What one execution takes on one thread; -1: what the algorithm estimates.
  virtual double predicted_seconds() const { return -1; }
  /// Bytes of the plan's own tables, and of a kernel that it prepares.
  virtual std::int64_t table_bytes() const noexcept = 0;
  virtual std::int64_t kernel_bytes() const noexcept = 0;
  /// Refuses a kernel that is not what the problem says of it. May throw std::bad_alloc.
  virtual Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const = 0;
  virtual Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept = 0;
  /// What a workspace holds of a device for this plan; null on the CPU.
  virtual Result<std::shared_ptr<const Workspace::DeviceRoom>> device_room() const {
    return std::shared_ptr<const Workspace::DeviceRoom>();
  }
  /// execute() of arrays of the device, on a stream: it does not wait. `work` has
  /// device_work_bytes() of the device's memory.
  virtual Status enqueue(const Execution& /*run*/, const Kernel::Prepared& /*kernel*/,
                         void* /*work*/, void* /*stream*/) const noexcept {
    return Status::unsupported;
  }
  virtual std::int64_t device_work_bytes() const noexcept { return 0; }
  /// A short cut for dense x and y: the same bits with less ado, or false, and execute() has to
  /// write all of y.
  virtual bool execute_dense(const void* /*x*/, const Kernel::Prepared& /*kernel*/, void* /*y*/,
                             const Workspace& /*workspace*/) const noexcept {
    return false;
  }
  virtual ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const = 0;
};

/// What one execution costs, before anything is computed.
struct Estimate {
  double flop = 0;   ///< floating point operations
  double bytes = 0;  ///< bytes read and written that pass the caches
  Work work;         ///< steps of the cost model; the kernel's preparation divided by reuse
  std::int64_t memory_bytes = 0;  ///< plan, prepared kernel and one thread's workspace
  double error = 0;               ///< bound of |y - exact| / (max|x| sum|h|), from shapes alone
  double seconds = -1;            ///< of a device, whose steps are not those of `work`; -1: by work
  double copy_seconds = 0;        ///< those of them that copy arrays of the host there and back
};

/// One entry of algorithms.def. Order of an algorithm's file: mathematics, supports, estimate,
/// plan, execute.
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  virtual const char* name() const noexcept = 0;
  /// Whether it computes on a GPU: then it is asked only where the problem's device allows one.
  virtual bool on_device() const noexcept { return false; }
  /// Why not, in a sentence that explain() prints.
  virtual Result<void> supports(const Problem& problem, const Geometry& geometry) const = 0;
  /// Of a problem that it supports. A profile steers inner choices, such as a block.
  virtual Estimate estimate(const Problem& problem, const Geometry& geometry,
                            const MachineProfile& profile) const = 0;
  virtual Result<std::unique_ptr<const Recipe>> plan(const Problem& problem,
                                                     const Geometry& geometry,
                                                     const MachineProfile& profile,
                                                     std::int64_t target) const = 0;
  /// The problem with what the plan would choose within the method, such as a block, written down.
  virtual Problem settled(const Problem& problem, const Geometry&, const MachineProfile&) const {
    return problem;
  }
};

/// How far apart neighbours along the innermost convolved axis lie in a dense row-major x.
double row_stride(const Geometry& geometry);

/// Adds the steps that every method takes: taps read and looked over, samples that do not lie side
/// by side or are pairs (`loaded` of them are read), arrays that no cache holds.
void add_common_work(const Problem& problem, const Geometry& geometry, double loaded, Work& work);

/// Scratch bytes of the direct method: transforms hand kernels with non-finite taps to it.
std::int64_t direct_scratch_bytes(const Geometry& geometry);
/// The same near enough to choose by, in little time and memory for any number of taps.
std::int64_t direct_scratch_estimate(const Geometry& geometry);

/// The list, in the order of algorithms.def.
std::span<const Algorithm* const> algorithms() noexcept;

}  // namespace faltung
