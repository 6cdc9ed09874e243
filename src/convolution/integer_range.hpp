// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/kernel_taps.hpp"

namespace faltung {

/// A closed range of integers; `unbounded` where 128 bits do not hold its ends.
struct IntegerRange {
  Int128 low = 0;
  Int128 high = 0;
  bool unbounded = false;
  bool within(const IntegerRange& outer) const {
    return !unbounded && low >= outer.low && high <= outer.high;
  }
};

IntegerRange range_of(ElementType type) noexcept;
/// The range of the samples that are there (one pass).
IntegerRange range_of(const void* samples, ElementType type, const Dims& shape,
                      const Dims& strides) noexcept;
/// The range of extended samples x~ that outputs read: absent ones, cval and odd reflections in.
IntegerRange extended_range(const Geometry& geometry, const IntegerRange& x) noexcept;
/// sum_k h[k] x[k] lies in [P low + N high, P high + N low], P and N the sums of the positive and
/// the negative taps.
IntegerRange output_range(const KernelFacts& kernel, const IntegerRange& x) noexcept;

/// Whether every extended sample and every tap is an int32, by the types alone.
bool fits_32_bits(const Geometry& geometry) noexcept;

/// The widest sum of magnitudes, |x~| * |h|, that any output of these kernels can have, by the
/// types of the samples and the taps themselves: what stays within 2^24 is exact in float32, within
/// 2^53 in float64, in whatever order it is summed. Infinity where it is not known.
long double largest_sum(const Geometry& geometry,
                        std::span<const KernelTaps<std::int64_t>> kernels) noexcept;

/// Whether sums modulo 2^16 give every result of these kernels: samples of 16 bits at most, and
/// results of as many that nothing clamps, or sums that an int16 holds by the types alone.
bool fits_16_bits(const Geometry& geometry,
                  std::span<const KernelTaps<std::int64_t>> kernels) noexcept;

/// How a sum is accumulated and stored so that its result is what the policy says.
enum class Accumulator : std::int8_t {
  modular,      ///< 64 bits modulo 2^64; truncation to the result type is right
  signed_64,    ///< the sum fits int64
  unsigned_64,  ///< the sum fits uint64
  wide,         ///< neither: 192 bits
  refused,      ///< policy exact, and the sum cannot be proved to fit the result type
  rounded,  ///< a real sum, rounded to the nearest integer (ties to even), NaN to 0, and clamped
};
/// That of a sum of reals: as it is, or rounded.
inline Accumulator real_accumulator(const Geometry& geometry) noexcept {
  return geometry.rounds() ? Accumulator::rounded : Accumulator::modular;
}
/// By the types of the samples alone.
Accumulator accumulator_by_types(const Geometry& geometry,
                                 std::span<const KernelTaps<std::int64_t>> kernels) noexcept;
/// For all kernels of a problem at once: from the types alone where they prove enough, else from
/// the range of the samples that the outputs read.
Accumulator accumulator_for(const Geometry& geometry, const ConstView& read,
                            std::span<const KernelTaps<std::int64_t>> kernels) noexcept;

}  // namespace faltung
