// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <tl/expected.hpp>

#include "faltung/half.hpp"

#if defined(__GNUC__)
#define FALTUNG_API __attribute__((visibility("default")))
#else
#define FALTUNG_API
#endif

namespace faltung {

/// Why a call was refused. `ok` is zero; every other value leaves the output untouched.
enum class Status : std::int32_t {
  ok = 0,
  invalid_argument,     ///< an option is out of its range, or two options contradict each other
  empty_input,          ///< x has no samples
  empty_kernel,         ///< h has no samples
  no_output,            ///< the extent asks for no samples at all (valid with a kernel too long)
  shape_mismatch,       ///< shapes do not broadcast, or a view is not of the planned shape
  type_mismatch,        ///< an element type that the problem or the plan does not take
  size_overflow,        ///< an extent or a byte count does not fit 64 bits
  integer_overflow,     ///< policy exact: the result cannot be proved to fit its type
  unsupported,          ///< the named method cannot do this problem
  unknown_name,         ///< no such method, boundary, type, kernel or key
  kernel_mismatch,      ///< the kernel was prepared by another plan
  workspace_too_small,  ///< the workspace was made for another plan
  aliasing,             ///< y overlaps x, or y overlaps itself
  out_of_memory,
  device_failed,  ///< a GPU or its driver failed while it computed; y may hold anything
};

/// The status as a short English phrase. Never null, never allocates.
FALTUNG_API const char* describe(Status status) noexcept;

/// What was wrong and what is allowed, as a value. The library itself never throws it.
struct Failure {
  Status status = Status::invalid_argument;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Failure>;

/// The exception of the C++ edge (`Planner::plan`, `convolve`, ...); `what()` is the sentence.
class FALTUNG_API Error : public std::runtime_error {
 public:
  explicit Error(const Failure& failure)
      : std::runtime_error(failure.message), status_(failure.status) {}
  Status status() const noexcept { return status_; }

 private:
  Status status_;
};

/// Returns the value or throws `Error`.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw Error(result.error());
  return std::move(*result);
}

/// Types of samples. Complex numbers are (real, imaginary) pairs, as in std::complex; f16 is Half,
/// whose numbers are kept in 16 bits and computed with in float32.
enum class ElementType : std::int8_t {
  f32,
  f64,
  c64,
  c128,
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f16
};

inline constexpr std::array<ElementType, 13> kElementTypes = {
    ElementType::f32, ElementType::f64, ElementType::c64, ElementType::c128, ElementType::u8,
    ElementType::i8,  ElementType::u16, ElementType::i16, ElementType::u32,  ElementType::i32,
    ElementType::u64, ElementType::i64, ElementType::f16};

/// "f32", "c128", "u8", ...: the spelling of the problem text.
FALTUNG_API const char* name(ElementType type) noexcept;
FALTUNG_API Result<ElementType> parse_element_type(std::string_view text);
FALTUNG_API std::int64_t size_bytes(ElementType type) noexcept;
FALTUNG_API bool is_complex(ElementType type) noexcept;
FALTUNG_API bool is_integer(ElementType type) noexcept;
/// NumPy's promotion of two types, except that two integers stay integers (int64 at the widest):
/// u8 with f32 is f32, i32 with f32 is f64, f64 with c64 is c128, u8 with f16 is f16, u16 with f16
/// is f32.
FALTUNG_API ElementType promote(ElementType a, ElementType b) noexcept;

template <class T>
constexpr ElementType element_type_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, float>) return ElementType::f32;
  else if constexpr (std::is_same_v<U, double>) return ElementType::f64;
  else if constexpr (std::is_same_v<U, std::complex<float>>) return ElementType::c64;
  else if constexpr (std::is_same_v<U, std::complex<double>>) return ElementType::c128;
  else if constexpr (std::is_same_v<U, Half>) return ElementType::f16;
  else {
    static_assert(
        std::is_integral_v<U> && !std::is_same_v<U, bool>,
        "faltung takes float, double, their std::complex, Half, and integers of 8 to 64 bits");
    constexpr bool s = std::is_signed_v<U>;
    if constexpr (sizeof(U) == 1) return s ? ElementType::i8 : ElementType::u8;
    else if constexpr (sizeof(U) == 2) return s ? ElementType::i16 : ElementType::u16;
    else if constexpr (sizeof(U) == 4) return s ? ElementType::i32 : ElementType::u32;
    else return s ? ElementType::i64 : ElementType::u64;
  }
}

/// The most axes that a problem may have.
inline constexpr int kMaxRank = 16;

/// A short list of 64-bit extents, strides or indices, one an axis; never allocates.
class Dims {
 public:
  // Only the extents that exist are set and copied: a call to Plan::execute passes a dozen of
  // these.
  constexpr Dims() {}  // NOLINT(modernize-use-equals-default)
  constexpr Dims(const Dims& other) { *this = other; }
  constexpr Dims& operator=(const Dims& other) {
    rank_ = other.rank_;
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank_); ++i) values_[i] = other.values_[i];
    return *this;
  }
  constexpr Dims(std::initializer_list<std::int64_t> values) {
    for (std::int64_t v : values) push_back(v);
  }
  constexpr explicit Dims(int rank, std::int64_t fill) {
    for (int i = 0; i < rank; ++i) push_back(fill);
  }
  constexpr int rank() const { return rank_; }
  constexpr bool empty() const { return rank_ == 0; }
  /// Appends; a value past the capacity is refused by an exception, since no caller can mean it.
  constexpr void push_back(std::int64_t v) {
    if (rank_ == kCapacity) throw std::length_error("faltung: more than 16 axes");
    values_[static_cast<std::size_t>(rank_++)] = v;
  }
  constexpr std::int64_t operator[](int i) const { return values_[static_cast<std::size_t>(i)]; }
  constexpr std::int64_t& operator[](int i) { return values_[static_cast<std::size_t>(i)]; }
  constexpr const std::int64_t* begin() const { return values_.data(); }
  constexpr const std::int64_t* end() const { return values_.data() + rank_; }
  constexpr std::int64_t back() const { return values_[static_cast<std::size_t>(rank_ - 1)]; }
  friend constexpr bool operator==(const Dims& a, const Dims& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

 private:
  // Two more than the user's axes: lowering appends the axis of real and imaginary parts.
  static constexpr int kCapacity = kMaxRank + 2;
  std::array<std::int64_t, kCapacity> values_;
  int rank_ = 0;
};

/// "[3, 4]" as "[3,4]".
FALTUNG_API std::string to_string(const Dims& dims);

/// Strides in elements of a dense row-major array.
FALTUNG_API Dims dense_strides(const Dims& shape) noexcept;
/// The number of elements; -1 when it does not fit 63 bits.
FALTUNG_API std::int64_t element_count(const Dims& shape) noexcept;

struct View;

/// Samples to read: pointer, type, shape, strides in elements (negative and zero allowed).
struct ConstView {
  const void* data = nullptr;
  ElementType type = ElementType::f32;
  Dims shape;
  Dims strides;

  ConstView() = default;
  ConstView(const void* data_, ElementType type_, const Dims& shape_)
      : data(data_), type(type_), shape(shape_), strides(dense_strides(shape_)) {}
  ConstView(const void* data_, ElementType type_, const Dims& shape_, const Dims& strides_)
      : data(data_), type(type_), shape(shape_), strides(strides_) {}
  ConstView(const View& view);  // NOLINT(google-explicit-constructor): what is written can be read
  template <class T>
  ConstView(std::span<const T> samples)  // NOLINT(google-explicit-constructor): a view is a span
      : ConstView(samples.data(), element_type_of<T>(),
                  Dims{static_cast<std::int64_t>(samples.size())}) {}
  template <class T>
  ConstView(const std::vector<T>& samples)  // NOLINT(google-explicit-constructor)
      : ConstView(std::span<const T>(samples)) {}
};

/// Samples to write. Strides may be negative; two samples may not share a place.
struct View {
  void* data = nullptr;
  ElementType type = ElementType::f32;
  Dims shape;
  Dims strides;

  View() = default;
  View(void* data_, ElementType type_, const Dims& shape_)
      : data(data_), type(type_), shape(shape_), strides(dense_strides(shape_)) {}
  View(void* data_, ElementType type_, const Dims& shape_, const Dims& strides_)
      : data(data_), type(type_), shape(shape_), strides(strides_) {}
  template <class T>
  View(std::span<T> samples)  // NOLINT(google-explicit-constructor)
      : View(samples.data(), element_type_of<T>(),
             Dims{static_cast<std::int64_t>(samples.size())}) {}
  template <class T>
  View(std::vector<T>& samples)  // NOLINT(google-explicit-constructor)
      : View(std::span<T>(samples)) {}
};

inline ConstView::ConstView(const View& view)
    : ConstView(view.data, view.type, view.shape, view.strides) {}

}  // namespace faltung
