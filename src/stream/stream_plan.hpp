// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/stream.hpp"

/// What a stream is to be, before anything of it is there.
namespace faltung {

/// The first of the convolved axes.
int stream_axis(const Problem& problem);

/// The plan of a signal without end.
Result<Plan> plan_stream(const Problem& problem, const ConstView& h, const Planner& planner);

/// The samples that are kept.
struct StreamWindow {
  Dims shape;
  std::int64_t bytes = 0;
};
/// As few tiles at a time as keep the threads busy, and fewer where memory is counted.
Result<StreamWindow> stream_window(const Plan& plan, int threads);

/// All that the stream holds: the end is a plan of its own, with tables of its own.
std::int64_t stream_bytes(const Plan& plan, int threads, const StreamWindow& window);

/// Copies a box of elements between views of one shape.
void copy_box(const std::byte* from, const Dims& from_strides, std::byte* to,
              const Dims& to_strides, const Dims& shape, int axis, std::size_t bytes) noexcept;

}  // namespace faltung
