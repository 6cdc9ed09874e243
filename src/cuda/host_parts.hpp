// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "convolution/geometry.hpp"
#include "faltung/device.hpp"

namespace faltung::cuda {

/// How arrays of the host go through a device: in parts along the outermost axis of y on which
/// anything happens, so that copies of one part go on beside the computing of another, and arrays
/// may be larger than the device's memory.
struct HostParts {
  bool spatial = true;
  int axis = -1;              ///< in Geometry::spatial or ::batch; -1: one part, the whole
  int x_dim = -1, y_dim = 0;  ///< that axis in the views
  std::int64_t all = 1;       ///< outputs along it
  std::int64_t outputs = 1;   ///< of a part; the last one may have fewer
  std::int64_t x_bytes = 0, y_bytes = 0;  ///< the most of a part

  std::int64_t count() const noexcept { return (all + outputs - 1) / outputs; }
  std::int64_t outputs_of(std::int64_t part) const noexcept {
    return std::min(outputs, all - part * outputs);
  }
};

/// Outputs of which a part has a multiple, along each convolved axis; empty: nothing is cut.
using Multiples = std::vector<std::int64_t>;

/// Parts of some tens of megabytes; the whole where x and y are
/// no larger, or where a part would need most of x again and again.
HostParts host_parts(const Problem& problem, const Geometry& geometry, const DeviceInfo& device,
                     const Multiples& multiples);

/// The geometry of a part of so many outputs, as if it were the first one.
Geometry part_geometry(const Geometry& geometry, const HostParts& parts, std::int64_t outputs);

/// The samples along the axis that a part's outputs read: begin and end.
struct PartRange {
  std::int64_t begin = 0, end = 0;
};
PartRange x_range(const Geometry& geometry, const HostParts& parts, std::int64_t part) noexcept;

}  // namespace faltung::cuda
