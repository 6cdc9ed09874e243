// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/extended_input.hpp"
#include "convolution/integer_range.hpp"

namespace faltung {

/// The element type whose samples are held in T.
template <class T>
constexpr ElementType kElement = sizeof(T) == 4   ? ElementType::f32
                                 : sizeof(T) == 8 ? ElementType::f64
                                                  : ElementType::i16;

/// Bytes of results that no cache keeps until the caller reads them.
inline constexpr std::int64_t kPassesCache = 16 << 20;

/// Writes `count` dense results into y, `stride` real elements apart.
template <class T>
using StoreRow = void (*)(const T* from, std::int64_t count, void* to,
                          std::int64_t stride) noexcept;

/// The writer into a real element type. T float or double writes floats of its own width or halves,
/// and whole numbers into integers, or any numbers under Accumulator::rounded; int64_t writes
/// integers.
/// Under Accumulator::modular integers are truncated, else clamped from the signed or unsigned
/// value.
template <class T>
StoreRow<T> store_row_to(ElementType real_type, Accumulator accumulator) noexcept;

/// The copier of a type by vectors, where there is such a one; null elsewhere.
template <class T>
CopyRow<T> vector_copy_row_from(ElementType real_type, std::int64_t target) noexcept;
/// The same as store_row_to, by vectors where there are such. T int16_t writes integers. Modular,
/// float holds whole numbers within +-2^24.
template <class T>
StoreRow<T> fastest_store_row_to(ElementType real_type, Accumulator accumulator,
                                 std::int64_t target) noexcept;

/// Where part 0 (real) or 1 (imaginary) of output `out` lies in y; `batch` is the element offset of
/// its batch, `strides` those of the spatial axes.
std::byte* row_in_y(const Geometry& geometry, void* y, std::int64_t batch, const Dims& strides,
                    const std::int64_t* out, int part) noexcept;
/// The same in an array of reals of other bytes than y's.
std::byte* row_in(const Geometry& geometry, std::int64_t real_bytes, void* y, std::int64_t batch,
                  const Dims& strides, const std::int64_t* out, int part) noexcept;
/// Distance of outputs along the last axis, in real elements.
std::int64_t stride_in_y(const Geometry& geometry, const Dims& strides) noexcept;

/// Clamps a 192-bit sum into an integer type and writes it.
void store_wide(bool negative, std::uint64_t high, unsigned __int128 low, ElementType type,
                void* to) noexcept;

}  // namespace faltung
