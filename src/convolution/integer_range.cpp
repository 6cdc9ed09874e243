// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/integer_range.hpp"

#include <algorithm>
#include <limits>

#include "convolution/extended_input.hpp"

namespace faltung {
namespace {

template <class T>
IntegerRange limits() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), false};
}

IntegerRange kUnbounded() { return {0, 0, true}; }

bool multiply(Int128 a, Int128 b, Int128& r) { return !__builtin_mul_overflow(a, b, &r); }

/// Visits every row of the last axis: calls f(offset).
template <class F>
void for_each_row(const Dims& shape, const Dims& strides, F&& f) {
  std::int64_t index[kMaxRank] = {};
  const int last = shape.rank() - 1;
  for (std::int64_t offset = 0;;) {
    f(offset);
    int i = last - 1;
    for (; i >= 0; --i) {
      offset += strides[i];
      if (++index[i] < shape[i]) break;
      offset -= strides[i] * shape[i];
      index[i] = 0;
    }
    if (i < 0) return;
  }
}

}  // namespace

IntegerRange range_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::u8: return limits<std::uint8_t>();
    case ElementType::i8: return limits<std::int8_t>();
    case ElementType::u16: return limits<std::uint16_t>();
    case ElementType::i16: return limits<std::int16_t>();
    case ElementType::u32: return limits<std::uint32_t>();
    case ElementType::i32: return limits<std::int32_t>();
    case ElementType::u64: return limits<std::uint64_t>();
    default: return limits<std::int64_t>();
  }
}

IntegerRange range_of(const void* samples, ElementType type, const Dims& shape,
                      const Dims& strides) noexcept {
  constexpr std::int64_t kChunk = 512;
  std::int64_t chunk[kChunk];
  const CopyRow<std::int64_t> copy = copy_row_from<std::int64_t>(type);
  const bool is_unsigned = type == ElementType::u64;
  const std::int64_t bytes = size_bytes(type), n = shape.back(), stride = strides.back();
  IntegerRange range = {std::numeric_limits<std::int64_t>::max(),
                        std::numeric_limits<std::int64_t>::min(), false};
  for_each_row(shape, strides, [&](std::int64_t offset) {
    for (std::int64_t done = 0; done < n; done += kChunk) {
      const std::int64_t count = std::min(kChunk, n - done);
      copy(static_cast<const std::byte*>(samples) + (offset + done * stride) * bytes, stride, count,
           chunk);
      for (std::int64_t i = 0; i < count; ++i) {
        const Int128 v = is_unsigned ? static_cast<Int128>(static_cast<std::uint64_t>(chunk[i]))
                                     : static_cast<Int128>(chunk[i]);
        range.low = std::min(range.low, v);
        range.high = std::max(range.high, v);
      }
    }
  });
  return range;
}

IntegerRange extended_range(const Geometry& g, const IntegerRange& x) noexcept {
  IntegerRange r = {std::min<Int128>(x.low, 0), std::max<Int128>(x.high, 0), x.unbounded};
  const auto c = static_cast<std::int64_t>(g.cval.real());
  r.low = std::min<Int128>(r.low, c);
  r.high = std::max<Int128>(r.high, c);
  double growth = 1;
  for (const Axis& a : g.spatial)
    growth *= extension_growth(g.boundary, a.n, a.reads_first(), a.reads_last());
  if (growth == 1) return r;
  if (growth > 1e18) return kUnbounded();
  const Int128 largest = std::max(-r.low, r.high);
  Int128 bound;
  if (!multiply(largest, static_cast<Int128>(growth), bound)) return kUnbounded();
  return {-bound, bound, false};
}

IntegerRange output_range(const KernelFacts& k, const IntegerRange& x) noexcept {
  Int128 ph, nl, pl, nh;
  IntegerRange r;
  if (x.unbounded || !multiply(k.positive_sum, x.high, ph) ||
      !multiply(k.negative_sum, x.low, nl) || !multiply(k.positive_sum, x.low, pl) ||
      !multiply(k.negative_sum, x.high, nh) || __builtin_add_overflow(ph, nl, &r.high) ||
      __builtin_add_overflow(pl, nh, &r.low))
    return kUnbounded();
  return r;
}

namespace {

Accumulator choose(const Geometry& g, const IntegerRange& output, const IntegerRange& extended) {
  if (g.policy == Policy::wrap) return Accumulator::modular;
  const IntegerRange i64 = limits<std::int64_t>(), u64 = limits<std::uint64_t>();
  if (g.policy == Policy::exact)
    return output.within(range_of(g.y_type)) ? Accumulator::modular : Accumulator::refused;
  if (output.within(i64)) return Accumulator::signed_64;
  if (output.within(u64)) return Accumulator::unsigned_64;
  // The wide sum reads samples modulo 2^64: reflections may not have left that range.
  const bool readable =
      g.boundary != Boundary::odd || extended.within(g.x_type == ElementType::u64 ? u64 : i64);
  return readable ? Accumulator::wide : Accumulator::refused;
}

Accumulator choose(const Geometry& g, const IntegerRange& x,
                   std::span<const KernelTaps<std::int64_t>> kernels) {
  const IntegerRange extended = extended_range(g, x);
  IntegerRange all;
  for (const auto& kernel : kernels) {
    const IntegerRange one = output_range(kernel.facts, extended);
    all = {std::min(all.low, one.low), std::max(all.high, one.high),
           all.unbounded || one.unbounded};
  }
  return choose(g, all, extended);
}

}  // namespace

Accumulator accumulator_by_types(const Geometry& g,
                                 std::span<const KernelTaps<std::int64_t>> kernels) noexcept {
  return choose(g, range_of(g.x_type), kernels);
}

Accumulator accumulator_for(const Geometry& g, const ConstView& read,
                            std::span<const KernelTaps<std::int64_t>> kernels) noexcept {
  const Accumulator by_type = accumulator_by_types(g, kernels);
  if (by_type != Accumulator::refused && by_type != Accumulator::wide) return by_type;
  return choose(g, range_of(read.data, read.type, read.shape, read.strides), kernels);
}

long double largest_sum(const Geometry& g,
                        std::span<const KernelTaps<std::int64_t>> kernels) noexcept {
  const IntegerRange x = extended_range(g, range_of(g.x_type));
  if (x.unbounded) return std::numeric_limits<long double>::infinity();
  long double taps = 0;
  for (const auto& kernel : kernels) taps = std::max(taps, kernel.facts.sum_abs);
  return taps * static_cast<long double>(std::max(-x.low, x.high));
}

bool fits_16_bits(const Geometry& g, std::span<const KernelTaps<std::int64_t>> kernels) noexcept {
  if (size_bytes(g.x_type) > 2) return false;
  if (g.policy != Policy::saturate && size_bytes(g.y_type) <= 2) return true;
  const IntegerRange x = extended_range(g, range_of(g.x_type));
  return std::all_of(kernels.begin(), kernels.end(), [&](const auto& kernel) {
    return output_range(kernel.facts, x).within(range_of(ElementType::i16));
  });
}

bool fits_32_bits(const Geometry& g) noexcept {
  const IntegerRange word = range_of(ElementType::i32);
  return g.compute == Compute::integer && range_of(g.h_type).within(word) &&
         extended_range(g, range_of(g.x_type)).within(word);
}

}  // namespace faltung
