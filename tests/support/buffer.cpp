// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/buffer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "reference/reference.hpp"

namespace faltung::test_support {
namespace {

constexpr std::byte kPattern{0xA5};

template <class T>
void put(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}
template <class T>
T get(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Calls f with a value of the C++ type that an ElementType stands for.
template <class F>
void with_type(ElementType type, F&& f) {
  switch (type) {
    case ElementType::f32: return f(float{});
    case ElementType::f64: return f(double{});
    case ElementType::c64: return f(std::complex<float>{});
    case ElementType::c128: return f(std::complex<double>{});
    case ElementType::u8: return f(std::uint8_t{});
    case ElementType::i8: return f(std::int8_t{});
    case ElementType::u16: return f(std::uint16_t{});
    case ElementType::i16: return f(std::int16_t{});
    case ElementType::u32: return f(std::uint32_t{});
    case ElementType::i32: return f(std::int32_t{});
    case ElementType::u64: return f(std::uint64_t{});
    case ElementType::i64: return f(std::int64_t{});
    case ElementType::f16: return f(Half{});
  }
}

double random_real(Random& random, Values values, ElementType type) {
  // Most products of halves are then in their range, and some are not.
  const std::int64_t reach = type == ElementType::f16 ? 9 : 20;
  switch (values) {
    case Values::uniform: return random.symmetric();
    case Values::whole: return static_cast<double>(random.whole(-9, 9));
    case Values::wide:
      return std::ldexp(random.symmetric(), static_cast<int>(random.whole(-reach, reach)));
    case Values::sparse: return random.once_in(5) ? random.symmetric() : 0.0;
    case Values::nonnegative: return random.once_in(3) ? 0.0 : random.unit();
  }
  return 0;
}

Int128 random_whole(Random& random, Values values, ElementType type) {
  const Int128 low = lowest(type), high = highest(type);
  switch (values) {
    case Values::whole: return std::clamp<Int128>(random.whole(-9, 9), low, high);
    case Values::sparse:
      return random.once_in(5) ? std::clamp<Int128>(random.whole(-9, 9), low, high) : 0;
    case Values::nonnegative: return random.whole(0, 9);
    default: break;
  }
  if (random.once_in(8)) return random.once_in(2) ? low : high;
  const unsigned bits = static_cast<unsigned>(size_bytes(type)) * 8;
  const std::uint64_t raw = random.bits() >> random.whole(64 - bits, 63);
  const Int128 value = static_cast<Int128>(raw);
  return std::clamp<Int128>(low < 0 && random.once_in(2) ? -value : value, low, high);
}

}  // namespace

Int128 lowest(ElementType type) {
  Int128 v = 0;
  with_type(type, [&](auto t) {
    if constexpr (std::is_integral_v<decltype(t)>) v = std::numeric_limits<decltype(t)>::min();
  });
  return v;
}

Int128 highest(ElementType type) {
  Int128 v = 0;
  with_type(type, [&](auto t) {
    if constexpr (std::is_integral_v<decltype(t)>) v = std::numeric_limits<decltype(t)>::max();
  });
  return v;
}

Buffer::Buffer(ElementType type, const Dims& shape, const Layout& layout, Random* random)
    : type_(type), shape_(shape), strides_(shape.rank(), 0) {
  std::vector<int> order;
  for (int i = 0; i < shape.rank(); ++i) order.push_back(i);
  if (layout.permuted)
    for (int i = shape.rank() - 1; i > 0; --i)
      std::swap(order[static_cast<std::size_t>(i)],
                order[static_cast<std::size_t>(random->whole(0, i))]);
  std::int64_t extent = 1, origin = 0;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    const int a = order[static_cast<std::size_t>(i)];
    if (layout.zero && random->once_in(3)) continue;
    const std::int64_t stride = extent * (layout.gaps ? random->whole(1, 3) : 1);
    strides_[a] = stride;
    extent = stride * (shape[a] - 1) + extent + (layout.gaps ? random->whole(0, 2) : 0);
    extent = std::max(extent, stride * shape[a]);
    if (layout.negative && random->once_in(2)) {
      origin += stride * (shape[a] - 1);
      strides_[a] = -stride;
    }
  }
  const std::int64_t element = size_bytes(type);
  origin_bytes_ = origin * element;
  bytes_.resize(static_cast<std::size_t>(extent * element + layout.shift_bytes) + 64);
  const auto misplaced = reinterpret_cast<std::uintptr_t>(bytes_.data()) % 64;
  shift_ = (64 - misplaced) % 64 + static_cast<std::size_t>(layout.shift_bytes);
  if (shift_ + static_cast<std::size_t>(extent * element) > bytes_.size())
    throw std::logic_error("buffer: too small");
  poison();
}

std::int64_t Buffer::offset_bytes(const Dims& index) const {
  std::int64_t offset = 0;
  for (int i = 0; i < index.rank(); ++i) offset += index[i] * strides_[i];
  return origin_bytes_ + offset * size_bytes(type_);
}

void Buffer::poison() { std::fill(bytes_.begin(), bytes_.end(), std::byte{0xFF}); }  // NaN, -1

void Buffer::fill_pattern() {
  std::fill(bytes_.begin(), bytes_.end(), kPattern);
  before_ = bytes_;
}

void Buffer::set(const Dims& index, std::complex<double> v) {
  std::byte* to = base() + offset_bytes(index);
  with_type(type_, [&](auto t) {
    using T = decltype(t);
    if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>)
      put(to, T(static_cast<typename T::value_type>(v.real()),
                static_cast<typename T::value_type>(v.imag())));
    else if constexpr (std::is_integral_v<T> && sizeof(T) < sizeof(std::int64_t))
      put(to, static_cast<T>(static_cast<std::int64_t>(v.real())));  // 128 as i8 is -128
    else put(to, static_cast<T>(v.real()));
  });
}

void Buffer::set_whole(const Dims& index, Int128 v) {
  std::byte* to = base() + offset_bytes(index);
  with_type(type_, [&](auto t) {
    using T = decltype(t);
    if constexpr (std::is_integral_v<T>) put(to, static_cast<T>(v));
  });
}

std::complex<double> Buffer::at(const Dims& index) const {
  const std::byte* from = base() + offset_bytes(index);
  std::complex<double> v;
  with_type(type_, [&](auto t) {
    using T = decltype(t);
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Half>)
      v = static_cast<double>(get<T>(from));
    else v = std::complex<double>(get<T>(from));
  });
  return v;
}

Int128 Buffer::whole_at(const Dims& index) const {
  const std::byte* from = base() + offset_bytes(index);
  Int128 v = 0;
  with_type(type_, [&](auto t) {
    using T = decltype(t);
    if constexpr (std::is_integral_v<T>) v = static_cast<Int128>(get<T>(from));
  });
  return v;
}

void Buffer::fill(Random& random, Values values) {
  poison();
  reference::for_each_index(shape_, [&](const Dims& index) {
    if (is_integer(type_)) return set_whole(index, random_whole(random, values, type_));
    const double re = random_real(random, values, type_);
    set(index, {re, is_complex(type_) ? random_real(random, values, type_) : 0.0});
  });
  before_ = bytes_;
}

bool Buffer::gaps_intact() const {
  std::vector<std::byte> now = bytes_;
  reference::for_each_index(shape_, [&](const Dims& index) {
    const std::size_t at = shift_ + static_cast<std::size_t>(offset_bytes(index));
    std::copy_n(before_.begin() + static_cast<std::ptrdiff_t>(at), size_bytes(type_),
                now.begin() + static_cast<std::ptrdiff_t>(at));
  });
  return now == before_;
}

bool Buffer::untouched() const { return bytes_ == before_; }

std::vector<std::byte> Buffer::dense_bytes() const {
  std::vector<std::byte> dense;
  reference::for_each_index(shape_, [&](const Dims& index) {
    const std::byte* from = base() + offset_bytes(index);
    dense.insert(dense.end(), from, from + size_bytes(type_));
  });
  return dense;
}

Dims unravel(std::int64_t flat, const Dims& shape) {
  Dims index(shape.rank(), 0);
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return index;
}

}  // namespace faltung::test_support
