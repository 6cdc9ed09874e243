// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/types.hpp"
#include "reference/wide_integer.hpp"
#include "support/random.hpp"

namespace faltung::test_support {

using reference::Int128;

/// What random samples look like.
enum class Values {
  uniform,      ///< [-1, 1), every bit of the mantissa; integers: the type's whole range
  whole,        ///< whole numbers of at most 9 in magnitude
  wide,         ///< uniform times 2^-20 .. 2^20; integers as uniform
  sparse,       ///< mostly zeros
  nonnegative,  ///< whole or fractional, zeros among them, never below 0
};

/// How samples lie in memory.
struct Layout {
  bool permuted = false;         ///< axes in any order
  bool gaps = false;             ///< unused elements in between
  bool negative = false;         ///< some axes run backwards
  bool zero = false;             ///< some axes stand still (for reading only)
  std::int64_t shift_bytes = 0;  ///< the buffer begins so many bytes after a 64-byte boundary
};

/// The index of the row-major place `flat`.
Dims unravel(std::int64_t flat, const Dims& shape);

/// A typed array that owns its bytes, laid out as asked. What lies between its samples is NaN or a
/// pattern: reading it shows in the result, writing it is found by `gaps_intact`.
class Buffer {
 public:
  Buffer() = default;
  Buffer(ElementType type, const Dims& shape) : Buffer(type, shape, Layout{}, nullptr) {}
  Buffer(ElementType type, const Dims& shape, const Layout& layout, Random* random);

  ElementType type() const { return type_; }
  const Dims& shape() const { return shape_; }
  const Dims& strides() const { return strides_; }
  std::int64_t count() const { return element_count(shape_); }
  ConstView view() const { return {base() + origin_bytes_, type_, shape_, strides_}; }
  View writable() { return {base() + origin_bytes_, type_, shape_, strides_}; }

  void fill(Random& random, Values values);
  void fill_pattern();
  /// Sets a sample; integers take the real part.
  void set(const Dims& index, std::complex<double> value);
  void set_whole(const Dims& index, Int128 value);
  void set(std::int64_t index, std::complex<double> value) { set(Dims{index}, value); }
  std::complex<double> at(const Dims& index) const;
  Int128 whole_at(const Dims& index) const;
  std::complex<double> at(std::int64_t index) const { return at(Dims{index}); }

  /// Whether no byte between the samples changed since fill or fill_pattern.
  bool gaps_intact() const;
  /// Whether no byte at all changed since fill_pattern.
  bool untouched() const;
  /// The samples in row-major order, as bytes.
  std::vector<std::byte> dense_bytes() const;

 private:
  std::byte* base() { return bytes_.data() + shift_; }
  const std::byte* base() const { return bytes_.data() + shift_; }
  std::int64_t offset_bytes(const Dims& index) const;
  void poison();

  ElementType type_ = ElementType::f32;
  Dims shape_, strides_;
  std::int64_t origin_bytes_ = 0;
  std::size_t shift_ = 0;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> before_;
};

/// Largest and smallest values of an integer type.
Int128 lowest(ElementType type);
Int128 highest(ElementType type);

/// A dense copy as a one-dimensional (or shaped) array of T.
template <class T>
std::vector<T> dense(const Buffer& buffer) {
  const std::vector<std::byte> bytes = buffer.dense_bytes();
  std::vector<T> values(bytes.size() / sizeof(T));
  __builtin_memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace faltung::test_support
