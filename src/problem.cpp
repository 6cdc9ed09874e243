// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/problem.hpp"

#include <cmath>

#include "convolution/geometry.hpp"

namespace faltung {

Result<void> Problem::check() const {
  if (auto resolved = resolve(*this); !resolved) return tl::unexpected(resolved.error());
  return {};
}

ElementType Problem::result_type() const noexcept {
  if (y_type) return *y_type;
  const ElementType natural = promote(x_type, h_type);
  if (is_integer(natural)) {
    if (cval.imag() != 0) return ElementType::c128;
    if (cval.real() != std::nearbyint(cval.real())) return ElementType::f64;
    return policy == Policy::exact ? ElementType::i64 : x_type;
  }
  return cval.imag() != 0 ? promote(natural, ElementType::c64) : natural;
}

Result<Dims> Problem::output_shape() const {
  auto resolved = resolve(*this);
  if (!resolved) return tl::unexpected(resolved.error());
  return resolved->y_shape;
}

Result<std::int64_t> Problem::zero_lag_index(int i) const {
  auto resolved = resolve(*this);
  if (!resolved) return tl::unexpected(resolved.error());
  if (i < 0 || i >= static_cast<int>(resolved->convolved.size()))
    return tl::unexpected(Failure{Status::invalid_argument,
                                  "there are " + std::to_string(resolved->convolved.size()) +
                                      " convolved axes, numbered from 0"});
  const Axis& axis =
      resolved->axes[static_cast<std::size_t>(resolved->convolved[static_cast<std::size_t>(i)])];
  const std::int64_t zero = operation == Operation::correlate ? axis.span - 1 : 0;
  const std::int64_t distance = zero - axis.first;
  if (distance % axis.step != 0)
    return tl::unexpected(Failure{
        Status::no_output, "a stride of " + std::to_string(axis.step) + " steps over lag zero"});
  return distance / axis.step;
}

}  // namespace faltung
