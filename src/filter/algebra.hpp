// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "filter/taps.hpp"

namespace faltung {

/// How a filter was composed, and its taps.
struct Filter::Expression {
  enum class Kind : std::int8_t { product, sum, scale, shift, flip };
  Kind kind;
  Filter a, b;             ///< b: of product and sum; composed ones are what they say
  long double factor = 1;  ///< of scale
  Dims by = {};            ///< of shift
  Taps taps = {};
};

Result<Filter> product(const Filter& a, const Filter& b);
Result<Filter> sum(const Filter& a, const Filter& b);
Result<Filter> scaled(const Filter& a, long double factor);
Result<Filter> shifted(const Filter& a, const Dims& by);
Result<Filter> flipped(const Filter& a);

/// Whether the filter's taps are still those of its expression.
bool is_composed(const Filter& filter);
/// The unrounded taps; a plain filter's are its values.
std::shared_ptr<const Taps> taps_of(const Filter& filter);

}  // namespace faltung
