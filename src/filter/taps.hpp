// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/filter.hpp"

namespace faltung {

/// The most taps of a named or composed kernel: larger ones are asked for by mistake.
inline constexpr double kLargestKernel = 1 << 24;

/// Where taps lie about offset zero.
struct TapBox {
  Dims shape;
  Dims origin;  ///< of the tap at offset zero; may lie outside
  bool operator==(const TapBox&) const = default;
};
TapBox product_box(const TapBox& a, const TapBox& b);
/// The smallest box that holds both.
TapBox union_box(const TapBox& a, const TapBox& b);
TapBox shifted_box(const TapBox& a, const Dims& by);
TapBox flipped_box(const TapBox& a);
/// The smallest box that holds this one and offset zero.
TapBox box_with_zero(const TapBox& a);

/// Taps before they are rounded, without the zeros that reach to offset zero.
struct Taps {
  TapBox box;
  std::vector<long double> values;
  double error = 0;  ///< sum |values - exact|, the exact ones being those of the leaves' algebra
};

/// Errors: size_overflow (more than 2^24 taps, a shift by more than that), those of a convolution.
Result<Taps> multiply(const Taps& a, const Taps& b);
Result<Taps> add(const Taps& a, const Taps& b);
Taps scale(Taps a, long double factor);
Result<Taps> shift(Taps a, const Dims& by);
Taps flip(Taps a);

/// The taps in float64, in a box that holds theirs. Errors: size_overflow.
Result<std::vector<double>> rounded(const Taps& taps, const TapBox& outer);
/// Whether they are `values` in that box.
bool are_rounded(const Taps& taps, const TapBox& outer, std::span<const double> values);

/// Rows of a dense array of `shape` that lies in one of `outer` from `low` on: where each begins in
/// both. All are shape.back() long.
struct TapRow {
  std::size_t from, to;
};
std::vector<TapRow> rows_of(const Dims& shape, const Dims& outer, const Dims& low);
/// The same for boxes about one offset zero.
std::vector<TapRow> rows_of(const TapBox& box, const TapBox& outer);

}  // namespace faltung
