// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/extended_input.hpp"

#include <algorithm>
#include <cstring>

#include "support/checked.hpp"
#include "support/copy.hpp"

namespace faltung {
namespace {

/// How many accumulator samples an odd row is read through; keeps the stack small.
constexpr std::int64_t kOddChunk = 256;

/// Callers may hand over samples at any byte, so each is loaded as bytes (one plain load).
template <class S>
S load(const std::byte* from) noexcept {
  S value;
  std::memcpy(&value, from, sizeof(S));
  return value;
}

template <class S, class T>
void copy_row(const void* from, std::int64_t stride, std::int64_t count, T* to) noexcept {
  const std::byte* s = static_cast<const std::byte*>(from);
  constexpr std::int64_t kBytes = sizeof(S), kFew = 8;
  const bool few = count < kFew;  // calls and vectors would take longer
  if (stride == 1 && !few) {
    if constexpr (std::is_same_v<S, T>) {
      support::copy_bytes(s, static_cast<std::size_t>(count * kBytes), to);
    } else {
      for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<T>(load<S>(s + i * kBytes));
    }
  } else if (stride == 0 && !few) {
    std::fill_n(to, count, static_cast<T>(load<S>(s)));
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      to[i] = static_cast<T>(load<S>(s + i * stride * kBytes));
  }
}

/// A number as T, shorter integers modulo 2^bits.
template <class T>
T taken(double value) noexcept {
  if constexpr (std::is_same_v<T, std::int16_t>)
    return static_cast<T>(static_cast<std::int64_t>(value));
  else return static_cast<T>(value);
}

/// a + factor b, where integers count modulo 2^bits.
template <class T>
T multiply_add(T a, T factor, T b) noexcept {
  if constexpr (std::is_integral_v<T>) {
    using U = std::uint64_t;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(factor) * static_cast<U>(b));
  } else {
    return a + factor * b;
  }
}

}  // namespace

ElementType real_part_of(ElementType type) noexcept {
  if (type == ElementType::c64) return ElementType::f32;
  return type == ElementType::c128 ? ElementType::f64 : type;
}

template <class T>
CopyRow<T> copy_row_from(ElementType real_type) noexcept {
  switch (real_type) {
    case ElementType::u8: return copy_row<std::uint8_t, T>;
    case ElementType::i8: return copy_row<std::int8_t, T>;
    case ElementType::u16: return copy_row<std::uint16_t, T>;
    case ElementType::i16: return copy_row<std::int16_t, T>;
    case ElementType::u32: return copy_row<std::uint32_t, T>;
    case ElementType::i32: return copy_row<std::int32_t, T>;
    case ElementType::u64: return copy_row<std::uint64_t, T>;
    case ElementType::i64: return copy_row<std::int64_t, T>;
    default: break;
  }
  if constexpr (std::is_floating_point_v<T>)
    return real_type == ElementType::f32   ? copy_row<float, T>
           : real_type == ElementType::f16 ? copy_row<Half, T>
                                           : copy_row<double, T>;
  return nullptr;  // floats never reach integer arithmetic
}

template <class T>
ExtendedInput<T>::ExtendedInput(const Geometry& geometry, const void* x, const Strides& strides,
                                const BatchOffsets& offsets) noexcept
    : geometry_(geometry), strides_(strides.spatial) {
  const ElementType real = real_part_of(geometry.x_type);
  element_bytes_ = size_bytes(real);
  const bool pairs = is_complex(geometry.x_type) && !geometry.x_components;
  if (pairs)  // complex elements: count reals from here on
    for (int i = 0; i < strides_.rank(); ++i) strides_[i] *= 2;
  x_ = static_cast<const std::byte*>(x);
  base_ = offsets.x * (pairs ? 2 : 1);
  copy_ = copy_row_from<T>(real);
  imaginary_exists_ = pairs;
  const bool imaginary_component = geometry.x_components && offsets.component == 1;
  imaginary_of_real_ = imaginary_component && !is_complex(geometry.x_type);
  cval_[0] = taken<T>(imaginary_component ? geometry.cval.imag() : geometry.cval.real());
  cval_[1] = taken<T>(geometry.cval.imag());
}

template <class T>
T ExtendedInput<T>::sample(std::int64_t offset) const noexcept {
  T value;
  copy_(at(offset), 1, 1, &value);
  return value;
}

/// A row of interleaved channels: pixels beyond its ends come one by one.
template <class T>
void ExtendedInput<T>::read_pixels(std::int64_t offset, std::int64_t lo, std::int64_t step,
                                   std::int64_t count, T outside, T* to) const noexcept {
  const std::int64_t n = geometry_.spatial.back().n, channels = geometry_.channels,
                     stride = strides_.back();
  while (count > 0) {
    std::int64_t here, from = lo;
    bool absent = false;
    if (lo < 0 || lo >= n) {
      const std::int64_t pixel = checked::floor_div(lo, channels), channel = lo - pixel * channels;
      const Run run = run_at(geometry_.boundary, n / channels, pixel);
      here = (channels - channel - 1) / step + 1;
      from = run.index * channels + channel;
      absent = run.absent;
    } else {
      here = (n - lo - 1) / step + 1;
    }
    here = std::min(here, count);
    if (absent) std::fill_n(to, here, outside);
    else copy_(at(offset + from * stride), stride * step, here, to);
    to += here;
    lo += here * step;
    count -= here;
  }
}

template <class T>
void ExtendedInput<T>::read_run(const Run& run, std::int64_t offset, std::int64_t step,
                                std::int64_t count, T* to) const noexcept {
  const std::int64_t stride = strides_.back();
  copy_(at(offset + run.index * stride), count == 1 ? 0 : run.direction * step * stride, count, to);
  if (run.plain()) return;
  const std::int64_t n = geometry_.spatial.back().n;
  T shift = 0;  // a coefficient of 0 is no term: 0 NaN would be NaN
  if (run.at_first != 0) shift = multiply_add(shift, static_cast<T>(run.at_first), sample(offset));
  if (run.at_last != 0)
    shift = multiply_add(shift, static_cast<T>(run.at_last), sample(offset + (n - 1) * stride));
  for (std::int64_t i = 0; i < count; ++i)
    to[i] = multiply_add(shift, static_cast<T>(run.factor), to[i]);
}

template <class T>
void ExtendedInput<T>::read_inner(std::int64_t offset, std::int64_t lo, std::int64_t step,
                                  std::int64_t count, T outside, T* to) const noexcept {
  if (geometry_.channels > 1) return read_pixels(offset, lo, step, count, outside, to);
  const std::int64_t n = geometry_.spatial.back().n;
  while (count > 0) {
    const Run run = run_at(geometry_.boundary, n, lo);
    // Positions lo, lo + step, ... that lie within the run.
    const std::int64_t here = std::min(count, (run.length - 1) / step + 1);
    if (run.absent) std::fill_n(to, here, outside);
    else read_run(run, offset, step, here, to);
    to += here;
    lo += here * step;
    count -= here;
  }
}

/// Each outer axis of the odd extension is a sum of up to three rows; axes multiply.
template <class T>
void ExtendedInput<T>::add_odd(int axis, const std::int64_t* outer, std::int64_t offset, T factor,
                               std::int64_t lo, std::int64_t step, std::int64_t count,
                               T* to) const noexcept {
  const int last = static_cast<int>(geometry_.spatial.size()) - 1;
  if (axis == last) {
    T chunk[kOddChunk];
    for (std::int64_t done = 0; done < count; done += kOddChunk) {
      const std::int64_t here = std::min(kOddChunk, count - done);
      read_inner(offset, lo + done * step, step, here, T(0), chunk);
      for (std::int64_t i = 0; i < here; ++i)
        to[done + i] = multiply_add(to[done + i], factor, chunk[i]);
    }
    return;
  }
  const std::int64_t n = geometry_.spatial[static_cast<std::size_t>(axis)].n;
  const Run run = run_at(Boundary::odd, n, outer[axis]);
  const std::int64_t coefficients[3] = {run.factor, run.at_first, run.at_last};
  const std::int64_t indices[3] = {run.index, 0, n - 1};
  for (int term = 0; term < 3; ++term)
    if (coefficients[term] != 0)
      add_odd(axis + 1, outer, offset + indices[term] * strides_[axis],
              multiply_add(T(0), factor, static_cast<T>(coefficients[term])), lo, step, count, to);
}

/// A part of x that is zero wherever x has a sample.
template <class T>
void ExtendedInput<T>::read_zeros(const std::int64_t* outer, std::int64_t lo, std::int64_t step,
                                  std::int64_t count, T outside, T* to) const noexcept {
  const int last = static_cast<int>(geometry_.spatial.size()) - 1;
  bool beyond = false;
  for (int i = 0; i < last; ++i)
    beyond |= outer[i] < 0 || outer[i] >= geometry_.spatial[static_cast<std::size_t>(i)].n;
  const std::int64_t n = geometry_.spatial.back().n;
  const bool constant = geometry_.boundary == Boundary::constant;
  for (std::int64_t i = 0, p = lo; i < count; ++i, p += step)
    to[i] = constant && (beyond || p < 0 || p >= n) ? outside : T(0);
}

template <class T>
void ExtendedInput<T>::read_row(const std::int64_t* outer, std::int64_t lo, std::int64_t step,
                                std::int64_t count, int part, T* to) const noexcept {
  read_signed(outer, lo, step, count, part, to);
  if (magnitudes_)
    for (std::int64_t i = 0; i < count; ++i) to[i] = to[i] < 0 ? -to[i] : to[i];
}

template <class T>
const T* ExtendedInput<T>::row_in_place(const std::int64_t* outer, std::int64_t lo,
                                        std::int64_t count) const noexcept {
  constexpr bool kFloat = std::is_same_v<T, float> || std::is_same_v<T, double>;
  if (!kFloat || magnitudes_ || imaginary_exists_ || imaginary_of_real_ || strides_.back() != 1 ||
      real_part_of(geometry_.x_type) != (sizeof(T) == 4 ? ElementType::f32 : ElementType::f64) ||
      lo < 0 || lo + count > geometry_.spatial.back().n)
    return nullptr;
  std::int64_t offset = lo;
  for (int i = 0; i + 1 < static_cast<int>(geometry_.spatial.size()); ++i) {
    const Run run =
        run_at(geometry_.boundary, geometry_.spatial[static_cast<std::size_t>(i)].n, outer[i]);
    if (run.absent || !run.plain()) return nullptr;
    offset += run.index * strides_[i];
  }
  const std::byte* from = at(offset);
  return reinterpret_cast<std::uintptr_t>(from) % sizeof(T) == 0 ? reinterpret_cast<const T*>(from)
                                                                 : nullptr;
}

template <class T>
void ExtendedInput<T>::fetch_row(const std::int64_t* outer, std::int64_t lo,
                                 std::int64_t count) const noexcept {
  constexpr std::int64_t kLineBytes = 64;
  if (strides_.back() != 1) return;
  std::int64_t offset = 0;
  for (int i = 0; i + 1 < static_cast<int>(geometry_.spatial.size()); ++i) {
    if (outer[i] < 0 || outer[i] >= geometry_.spatial[static_cast<std::size_t>(i)].n) return;
    offset += outer[i] * strides_[i];
  }
  const std::int64_t first = std::max<std::int64_t>(0, lo),
                     last = std::min(geometry_.spatial.back().n, lo + count) - 1;
  for (std::int64_t i = first * element_bytes_; i <= last * element_bytes_; i += kLineBytes)
    __builtin_prefetch(at(offset) + i);
}

template <class T>
void ExtendedInput<T>::read_signed(const std::int64_t* outer, std::int64_t lo, std::int64_t step,
                                   std::int64_t count, int part, T* to) const noexcept {
  if (imaginary_of_real_ || (part == 1 && !imaginary_exists_))
    return read_zeros(outer, lo, step, count, cval_[part], to);
  const int last = static_cast<int>(geometry_.spatial.size()) - 1;
  std::int64_t offset = part;
  bool outside = false, reflected = false;
  for (int i = 0; i < last; ++i) {
    const Run run =
        run_at(geometry_.boundary, geometry_.spatial[static_cast<std::size_t>(i)].n, outer[i]);
    outside |= run.absent;
    reflected |= !run.plain();
    offset += run.index * strides_[i];
  }
  if (outside) {
    std::fill_n(to, count, cval_[part]);
  } else if (reflected) {
    std::fill_n(to, count, T(0));
    add_odd(0, outer, part, T(1), lo, step, count, to);
  } else {
    read_inner(offset, lo, step, count, cval_[part], to);
  }
}

template CopyRow<float> copy_row_from<float>(ElementType) noexcept;
template CopyRow<double> copy_row_from<double>(ElementType) noexcept;
template CopyRow<std::int64_t> copy_row_from<std::int64_t>(ElementType) noexcept;
template CopyRow<std::int16_t> copy_row_from<std::int16_t>(ElementType) noexcept;
template CopyRow<long double> copy_row_from<long double>(ElementType) noexcept;
template class ExtendedInput<float>;
template class ExtendedInput<double>;
template class ExtendedInput<std::int64_t>;
template class ExtendedInput<std::int16_t>;
template class ExtendedInput<long double>;

}  // namespace faltung
