// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/small_squares.hpp"

#include <type_traits>

namespace faltung {

template <class T>
typename SquareSums<T>::Sum square_of(const Geometry& g,
                                      const typename SquareSums<T>::Sizes& sizes) noexcept {
  const std::size_t axes = g.spatial.size();
  if (axes < 2 || g.taps() > kMostSquareTaps) return nullptr;
  const Axis &rows = g.spatial[axes - 2], &columns = g.spatial[axes - 1];
  if (rows.taps != columns.taps) return nullptr;
  return columns.taps == 3   ? sizes.three
         : columns.taps == 5 ? sizes.five
         : columns.taps == 7 ? sizes.seven
                             : nullptr;
}

template <class T>
typename SquareSums<T>::Sum square_in_place(const Geometry& g, const Execution& run,
                                            std::int64_t target, Accumulator accumulator) noexcept {
  for (const Axis& a : g.spatial)
    if (a.step != 1 || (a.dilation != 1 && &a != &g.spatial.back())) return nullptr;
  if (!std::is_integral_v<T> || g.x_type != ElementType::u8 || g.x_components ||
      run.x_strides.spatial.back() != 1 || run.y_strides.spatial.back() != 1)
    return nullptr;
  const SquareSums<T>& squares = square_sums<T>(target);
  if (g.y_type == ElementType::i16 && reinterpret_cast<std::uintptr_t>(run.y) % sizeof(T) == 0)
    return square_of<T>(g, squares.bytes_to_shorts);
  if (g.y_type != ElementType::u8) return nullptr;
  return square_of<T>(
      g, accumulator == Accumulator::modular ? squares.bytes_wrapped : squares.bytes_clamped);
}

#define FALTUNG_SMALL_SQUARES(T)                                                                   \
  template SquareSums<T>::Sum square_of<T>(const Geometry&, const SquareSums<T>::Sizes&) noexcept; \
  template SquareSums<T>::Sum square_in_place<T>(const Geometry&, const Execution&, std::int64_t,  \
                                                 Accumulator) noexcept;
FALTUNG_SMALL_SQUARES(float)
FALTUNG_SMALL_SQUARES(double)
FALTUNG_SMALL_SQUARES(std::int16_t)
#undef FALTUNG_SMALL_SQUARES

}  // namespace faltung
