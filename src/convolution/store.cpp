// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/store.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "convolution/extended_input.hpp"
#include "microkernels/conversions.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

template <class D>
void put(std::byte* to, D value) noexcept {
  std::memcpy(to, &value, sizeof(D));
}

/// The value modulo 2^bits of D.
struct Truncate {
  template <class D, class T>
  static D convert(T v) {
    if constexpr (std::is_floating_point_v<T> && std::is_integral_v<D>)
      return static_cast<D>(static_cast<std::int64_t>(v));
    else return static_cast<D>(v);
  }
};

/// The value clamped into D; U says whether a 64-bit sum is meant as signed or unsigned.
template <class U>
struct Clamp {
  template <class D, class T>
  static D convert(T v) {
    using W = std::conditional_t<std::is_floating_point_v<T>, std::int64_t,
                                 std::conditional_t<sizeof(T) == 8, U, T>>;
    const W w = static_cast<W>(v);
    if (std::in_range<D>(w)) return static_cast<D>(w);
    return w < 0 ? std::numeric_limits<D>::min() : std::numeric_limits<D>::max();
  }
};

/// The nearest whole number, ties to even ones: adding one whose last bit is 1 rounds. The
/// library's function is a call for each number where the build knows no newer processor.
template <class T>
T nearest(T v) {
  constexpr T kOneIsLast = sizeof(T) == 4 ? T(0x1p23) : T(0x1p52);
  if (!(std::abs(v) < kOneIsLast)) return v;
  const T away = std::copysign(kOneIsLast, v);
  return (v + away) - away;
}

/// The nearest integer of D; ties go to even ones, NaN to 0.
struct Round {
  template <class D, class T>
  static D convert(T v) {
    if (std::isnan(v)) return 0;
    // Both are powers of two, or 0: the end above the last integer, which T may not hold.
    constexpr T kLow = static_cast<T>(std::numeric_limits<D>::min());
    constexpr D kHalf = std::numeric_limits<D>::max() / 2 + 1;
    constexpr T kEnd = 2 * static_cast<T>(kHalf);
    const T whole = nearest(v);
    if (whole < kLow) return std::numeric_limits<D>::min();
    return whole < kEnd ? static_cast<D>(whole) : std::numeric_limits<D>::max();
  }
};

template <class How, class D, class T>
void store_row(const T* from, std::int64_t count, void* to, std::int64_t stride) noexcept {
  std::byte* out = static_cast<std::byte*>(to);
  constexpr std::int64_t kBytes = sizeof(D);
  if (std::is_same_v<D, T> && std::is_same_v<How, Truncate> && stride == 1) {
    support::copy_bytes(from, static_cast<std::size_t>(count * kBytes), out);
  } else if (stride == 1) {
    for (std::int64_t i = 0; i < count; ++i)
      put(out + i * kBytes, How::template convert<D>(from[i]));
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      put(out + i * stride * kBytes, How::template convert<D>(from[i]));
  }
}

template <class How, class T>
StoreRow<T> integer_writer(ElementType type) noexcept {
  switch (type) {
    case ElementType::u8: return store_row<How, std::uint8_t, T>;
    case ElementType::i8: return store_row<How, std::int8_t, T>;
    case ElementType::u16: return store_row<How, std::uint16_t, T>;
    case ElementType::i16: return store_row<How, std::int16_t, T>;
    case ElementType::u32: return store_row<How, std::uint32_t, T>;
    case ElementType::i32: return store_row<How, std::int32_t, T>;
    case ElementType::u64: return store_row<How, std::uint64_t, T>;
    default: return store_row<How, std::int64_t, T>;
  }
}

template <class D>
D clamp_wide(bool negative, std::uint64_t high, unsigned __int128 low) {
  const unsigned __int128 largest =
      negative
          ? static_cast<unsigned __int128>(-(static_cast<Int128>(std::numeric_limits<D>::min())))
          : static_cast<unsigned __int128>(std::numeric_limits<D>::max());
  if (high != 0 || low > largest)
    return negative ? std::numeric_limits<D>::min() : std::numeric_limits<D>::max();
  const auto magnitude = static_cast<Int128>(low);
  return static_cast<D>(negative ? -magnitude : magnitude);
}

}  // namespace

template <class T>
StoreRow<T> store_row_to(ElementType type, Accumulator accumulator) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    if (type == ElementType::f32 || type == ElementType::f64) return store_row<Truncate, T, T>;
    if (type == ElementType::f16) return store_row<Truncate, Half, T>;
    if (accumulator == Accumulator::rounded) return integer_writer<Round, T>(type);
  }
  if (accumulator == Accumulator::signed_64) return integer_writer<Clamp<std::int64_t>, T>(type);
  if (accumulator == Accumulator::unsigned_64) return integer_writer<Clamp<std::uint64_t>, T>(type);
  return integer_writer<Truncate, T>(type);
}

namespace {

template <class T>
const Conversion<T>* conversion_of(ElementType type, std::int64_t target) noexcept {
  const Conversions<T>& all = conversions<T>(target);
  switch (type) {
    case ElementType::u8: return &all.u8;
    case ElementType::i8: return &all.i8;
    case ElementType::u16: return &all.u16;
    case ElementType::i16: return &all.i16;
    case ElementType::f16:
      if constexpr (std::is_same_v<T, float>) return &all.f16;
      return nullptr;
    default: return nullptr;
  }
}

}  // namespace

template <class T>
CopyRow<T> vector_copy_row_from(ElementType type, std::int64_t target) noexcept {
  if constexpr (!std::is_same_v<T, double>)
    if (const Conversion<T>* c = conversion_of<T>(type, target)) return c->load;
  return nullptr;
}

template <class T>
StoreRow<T> fastest_store_row_to(ElementType type, Accumulator accumulator,
                                 std::int64_t target) noexcept {
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, std::int16_t>)
    if (const Conversion<T>* c = conversion_of<T>(type, target))
      return accumulator == Accumulator::modular ? c->wrap : c->clamp;
  return store_row_to<T>(type, accumulator);
}

std::byte* row_in(const Geometry& g, std::int64_t real_bytes, void* y, std::int64_t batch,
                  const Dims& strides, const std::int64_t* out, int part) noexcept {
  std::int64_t offset = batch;
  for (int i = 0; i < strides.rank(); ++i) offset += out[i] * strides[i];
  return static_cast<std::byte*>(y) + (offset * (g.complex() ? 2 : 1) + part) * real_bytes;
}

std::byte* row_in_y(const Geometry& g, void* y, std::int64_t batch, const Dims& strides,
                    const std::int64_t* out, int part) noexcept {
  return row_in(g, size_bytes(real_part_of(g.y_type)), y, batch, strides, out, part);
}

std::int64_t stride_in_y(const Geometry& g, const Dims& strides) noexcept {
  return strides.back() * (g.complex() ? 2 : 1);
}

void store_wide(bool negative, std::uint64_t high, unsigned __int128 low, ElementType type,
                void* to) noexcept {
  std::byte* out = static_cast<std::byte*>(to);
  switch (type) {
    case ElementType::u8: return put(out, clamp_wide<std::uint8_t>(negative, high, low));
    case ElementType::i8: return put(out, clamp_wide<std::int8_t>(negative, high, low));
    case ElementType::u16: return put(out, clamp_wide<std::uint16_t>(negative, high, low));
    case ElementType::i16: return put(out, clamp_wide<std::int16_t>(negative, high, low));
    case ElementType::u32: return put(out, clamp_wide<std::uint32_t>(negative, high, low));
    case ElementType::i32: return put(out, clamp_wide<std::int32_t>(negative, high, low));
    case ElementType::u64: return put(out, clamp_wide<std::uint64_t>(negative, high, low));
    default: return put(out, clamp_wide<std::int64_t>(negative, high, low));
  }
}

template CopyRow<std::int16_t> vector_copy_row_from<std::int16_t>(ElementType,
                                                                  std::int64_t) noexcept;
template StoreRow<std::int16_t> fastest_store_row_to<std::int16_t>(ElementType, Accumulator,
                                                                   std::int64_t) noexcept;
template CopyRow<float> vector_copy_row_from<float>(ElementType, std::int64_t) noexcept;
template CopyRow<double> vector_copy_row_from<double>(ElementType, std::int64_t) noexcept;
template StoreRow<float> fastest_store_row_to<float>(ElementType, Accumulator,
                                                     std::int64_t) noexcept;
template StoreRow<double> fastest_store_row_to<double>(ElementType, Accumulator,
                                                       std::int64_t) noexcept;
template StoreRow<std::int64_t> fastest_store_row_to<std::int64_t>(ElementType, Accumulator,
                                                                   std::int64_t) noexcept;
template StoreRow<float> store_row_to<float>(ElementType, Accumulator) noexcept;
template StoreRow<double> store_row_to<double>(ElementType, Accumulator) noexcept;
template StoreRow<std::int64_t> store_row_to<std::int64_t>(ElementType, Accumulator) noexcept;

}  // namespace faltung
