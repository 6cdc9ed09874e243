// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "cuda/device.hpp"
#include "cuda/host_parts.hpp"

namespace faltung {

/// x, y and the work area of a plan on a device, where execute() brings them from the host, and the
/// stream on which it does; a second time where parts take turns.
struct Workspace::DeviceRoom {
  struct Side {
    cuda::Memory x, y, work;
    cuda::OwnStream stream;
  };
  std::vector<Side> sides;
};

namespace cuda {

/// The device that a problem asks for; the first one where it leaves that open.
Result<const Device*> device_of(const Problem& problem);

/// Bytes of x and y, dense. Geometries come from problems whose sizes fit.
struct ArrayBytes {
  std::int64_t x = 0, y = 0;
};
ArrayBytes array_bytes(const Problem& problem, const Geometry& geometry);

/// The same where it takes the problem's kind: no streams.
Result<const Device*> check_kind(const Problem& problem);
/// What tiles and methods are chosen by: the device that the problem asks for, or, where it is to
/// be reproducible, one and the same for every device.
const DeviceInfo& choosing_info(const Problem& problem);
/// Refuses what the device's memory does not hold: x, y and `work` bytes, all at once or two parts
/// at a time, beside the `kept` bytes of a kernel.
Result<void> check_memory(const Problem& problem, const Geometry& geometry, const Device& device,
                          std::int64_t kept, std::int64_t work, const Multiples& multiples);

/// Sets the seconds of one execution: x and y there and back, and `compute` on the device.
void set_seconds(Estimate& estimate, const ArrayBytes& bytes, double compute) noexcept;

/// What the device kernels read of a geometry and an execution.
Layout layout_of(const Geometry& geometry, const Execution& run);
Real real_of(ElementType type) noexcept;

/// Blocks of `threads` threads for so many items, of which each thread may take several.
Grid grid_of(std::int64_t items, int threads) noexcept;

/// A recipe of a device: arrays of the device are computed by enqueue(), which the algorithms
/// define; those of the host are copied there, dense, and the results back, all at once or in
/// parts.
///
///   stream 0   x0 -> compute -> y0        x2 -> compute -> y2
///   stream 1            x1 -> compute -> y1          x3 -> ...
class DeviceRecipe : public Recipe {
 public:
  DeviceRecipe(const Device& device, const Problem& problem, const Geometry& geometry)
      : g(geometry), device_(device) {
    const ArrayBytes bytes = array_bytes(problem, geometry);
    parts_.x_bytes = bytes.x;
    parts_.y_bytes = bytes.y;
  }
  /// Lets execute() work in parts, each by the recipe that make_part() makes of its geometry.
  Result<void> cut(const Problem& problem, const Multiples& multiples);

  std::int64_t tasks() const noexcept final { return 1; }
  std::int64_t table_bytes() const noexcept override { return 0; }
  /// Where views that are not dense are gathered and scattered, a piece at a time.
  std::int64_t scratch_bytes() const noexcept final {
    return staging_bytes({parts_.x_bytes, parts_.y_bytes});
  }
  static std::int64_t staging_bytes(const ArrayBytes& bytes) noexcept;
  Result<std::shared_ptr<const Workspace::DeviceRoom>> device_room() const final;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept final;

  Status enqueue(const Execution& run, const Kernel::Prepared& kernel, void* work,
                 void* stream) const noexcept final {
    const bool there = device_.reaches(run.x) && device_.reaches(run.y) &&
                       (work == nullptr || device_.reaches(work));
    // Facts and points lie in it from its beginning on.
    constexpr std::uintptr_t kWorkAlignment = 16;
    const bool aligned = reinterpret_cast<std::uintptr_t>(work) % kWorkAlignment == 0;
    if (!there || !aligned) return Status::invalid_argument;
    return compute(run, kernel, false, work, stream);
  }
  /// enqueue() for another recipe, whose pointers are the device's; those of a part lie before its
  /// samples.
  Status launch(const Execution& run, const Kernel::Prepared& kernel, void* work,
                void* stream) const noexcept {
    return compute(run, kernel, false, work, stream);
  }

  const Geometry g;

 protected:
  const Device& device() const noexcept { return device_; }
  /// " on cuda:0 (model)", and how arrays of the host come and go; the end of a line of tree().
  std::string where() const;
  /// Launches what computes y. Refuses before anything is launched; `looks`: run.read is memory of
  /// the host, and samples may be looked at for that.
  virtual Status compute(const Execution& run, const Kernel::Prepared& kernel, bool looks,
                         void* work, void* stream) const noexcept = 0;
  /// A recipe for a part of another geometry, which takes this one's kernels.
  virtual Result<std::unique_ptr<const DeviceRecipe>> make_part(const Problem& /*problem*/,
                                                                const Geometry& /*part*/) const {
    return std::unique_ptr<const DeviceRecipe>();
  }
  /// What compute() would refuse of the whole.
  virtual Status refusal(const Execution& /*run*/,
                         const Kernel::Prepared& /*kernel*/) const noexcept {
    return Status::ok;
  }

 private:
  using Side = Workspace::DeviceRoom::Side;
  struct Part;

  /// Whether a workspace's room was made for this plan, or for one that needs as much.
  bool fits(const Workspace::DeviceRoom& room) const noexcept;
  /// The recipe of a part, and work for any.
  const DeviceRecipe& of_part(std::int64_t part) const noexcept;
  std::int64_t part_work_bytes() const noexcept;
  Part part_of(const Execution& run, std::int64_t part) const noexcept;
  Status begin(const Execution& run, const Kernel::Prepared& kernel, std::int64_t part,
               const Side& side) const noexcept;
  Status upload(const ConstView& x, const Side& side, std::byte* staging) const noexcept;
  Status download(const View& y, const Side& side, std::byte* staging) const noexcept;

  const Device& device_;
  HostParts parts_;
  std::unique_ptr<const DeviceRecipe> full_, last_;  ///< of parts; null: this one, of the whole
};

/// The recipe of cuda_direct without its tiles: it takes every problem, and no work area.
std::unique_ptr<const DeviceRecipe> make_direct_recipe(const Device& device, const Problem& problem,
                                                       const Geometry& geometry);

}  // namespace cuda
}  // namespace faltung
