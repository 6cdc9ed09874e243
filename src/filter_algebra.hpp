// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/filter.hpp"

namespace faltung {

/// The most taps of a named or composed kernel: larger ones are asked for by mistake.
inline constexpr double kLargestKernel = 1 << 24;

/// Taps before they are rounded, without the zeros that reach to offset zero.
struct Taps {
  Dims shape;
  Dims origin;  ///< of the tap at offset zero; may lie outside
  std::vector<long double> values;
  double error = 0;  ///< sum |values - exact|, the exact ones being those of the leaves' algebra
};

/// How a filter was composed, and its taps.
struct Filter::Expression {
  enum class Kind : std::int8_t { product, sum, scale, shift, flip };
  Kind kind;
  Filter a, b;             ///< b: of product and sum
  long double factor = 1;  ///< of scale
  Dims by = {};            ///< of shift
  Taps taps = {};
};

Result<Filter> product(const Filter& a, const Filter& b);
Result<Filter> sum(const Filter& a, const Filter& b);
Result<Filter> scaled(const Filter& a, long double factor);
Result<Filter> shifted(const Filter& a, const Dims& by);
Result<Filter> flipped(const Filter& a);

/// The unrounded taps; a plain filter's are its values. Of a filter that composing accepts.
Taps taps_of(const Filter& filter);

/// Filters whose product, or sum, `filter` is: at least itself. Scales, shifts and flips are
/// carried to the factors and terms. A product that can't be carried out refuses like composing.
Result<std::vector<Filter>> factors_of(const Filter& filter);
Result<std::vector<Filter>> terms_of(const Filter& filter);

}  // namespace faltung
