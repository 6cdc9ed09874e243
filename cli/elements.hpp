// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"

/// Dense arrays whose element type is known at run time only.
namespace faltung::cli {

/// Calls f with a null pointer of the C++ type behind `type`.
template <class F>
decltype(auto) with_type(ElementType type, F&& f) {
  switch (type) {
    case ElementType::f32: return f(static_cast<float*>(nullptr));
    case ElementType::f64: return f(static_cast<double*>(nullptr));
    case ElementType::c64: return f(static_cast<std::complex<float>*>(nullptr));
    case ElementType::c128: return f(static_cast<std::complex<double>*>(nullptr));
    case ElementType::u8: return f(static_cast<std::uint8_t*>(nullptr));
    case ElementType::i8: return f(static_cast<std::int8_t*>(nullptr));
    case ElementType::u16: return f(static_cast<std::uint16_t*>(nullptr));
    case ElementType::i16: return f(static_cast<std::int16_t*>(nullptr));
    case ElementType::u32: return f(static_cast<std::uint32_t*>(nullptr));
    case ElementType::i32: return f(static_cast<std::int32_t*>(nullptr));
    case ElementType::u64: return f(static_cast<std::uint64_t*>(nullptr));
    case ElementType::f16: return f(static_cast<Half*>(nullptr));
    case ElementType::i64: break;
  }
  return f(static_cast<std::int64_t*>(nullptr));
}

/// Samples of a type known to the caller, to write; Stop(kInternal) when it is another.
template <class T>
std::span<T> writable(AnyArray& array) {
  const std::span<const T> samples = array.samples<T>();
  return {const_cast<T*>(samples.data()), samples.size()};
}

/// Zeros. Stop(kUnavailable) where they would not fit the memory, kData past 64 bits.
AnyArray make_array(ElementType type, const Dims& shape);

/// The samples in another type. A whole number that does not fit, or a finite number that would
/// become infinite, is refused: Stop(kData) that names `label`.
AnyArray cast(const AnyArray& array, ElementType type, const std::string& label);

/// Every sample is a whole number (complex ones never are).
bool all_whole(const AnyArray& array);
/// The narrowest signed type that holds whole-number taps exactly.
ElementType narrowest_integer(const AnyArray& whole);

/// The largest finite |sample|, 0 where there is none.
double peak(const AnyArray& array);

/// How many samples are NaN or infinite, in either part where they are complex.
std::int64_t nonfinite_count(const ConstView& dense);

/// float32 or float64: the floating type in which taps meet samples of this type.
ElementType real_companion(ElementType type);

/// Bytes of memory that a new allocation may still take; never negative.
std::int64_t memory_available();
/// Stop(kUnavailable) unless `bytes` are available; `what` begins the sentence.
void need_memory(std::int64_t bytes, const std::string& what);

}  // namespace faltung::cli
