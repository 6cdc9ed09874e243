// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The arguments of device kernels: plain values that host and device lay out alike. Pointers are to
// device memory.
#pragma once

#include <cstdint>

namespace faltung::cuda {

/// As many axes as a Geometry may have.
inline constexpr int kMaxAxes = 18;

/// As ElementType, of reals: complex samples are two of them.
enum class Real : std::int8_t { f32, f64, u8, i8, u16, i16, u32, i32, u64, i64 };
/// As Boundary.
enum class Outside : std::int8_t { constant, edge, symmetric, mirror, wrap, odd };
/// How sums become results (Accumulator).
enum class Storing : std::int8_t { as_it_is, clamped_signed, clamped_unsigned, rounded };

/// A convolved axis, as Axis has it; strides count reals.
struct SpatialAxis {
  std::int64_t n, taps, dilation, first, count, step;
  std::int64_t x_stride, y_stride;
};

/// An axis that broadcasts; the stride of kernels counts kernels.
struct BatchAxis {
  std::int64_t count;
  std::int64_t x_stride, y_stride, kernel_stride;
};

/// What x beyond its ends is, and where x and y lie.
struct Layout {
  const void* x;
  void* y;
  Real x_type, y_type;
  Outside outside;
  bool absent_outside;   ///< beyond the ends nothing is there, not even zeros
  bool x_pairs;          ///< complex arithmetic on complex samples: the imaginary part lies behind
  bool y_pairs;          ///< the same of results
  std::int8_t component_axis;  ///< the batch axis of real and imaginary parts of x; -1: none
  bool component_is_zero;      ///< and x is real: its imaginary part is zeros within
  Storing storing;
  int spatial_axes, batch_axes;
  double cval[2];
  std::int64_t outputs;  ///< of one batch
  std::int64_t batches;
  SpatialAxis spatial[kMaxAxes];
  BatchAxis batch[kMaxAxes];
};

struct DirectArguments {
  Layout layout;
  const void* taps[2];  ///< dense kernels, one behind the other: real and imaginary parts
  std::int64_t kernel_taps;
  double tiny;          ///< results below this may have lost what underflowed; 0: none can
  bool x_unsigned, h_unsigned;
};

}  // namespace faltung::cuda
