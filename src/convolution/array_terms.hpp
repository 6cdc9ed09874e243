// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace faltung {

using Real = long double;
using Vector = std::vector<Real>;
/// A product of one-dimensional kernels: a factor for each axis.
using Term = std::vector<Vector>;
/// The residual, sum |a - terms|, that is allowed with so many terms.
using Allowed = std::function<Real(std::int64_t)>;

/// Index of the largest magnitude.
std::int64_t largest_at(const Vector& v);

/// The terms of a dense array of two axes or more that leave no more than is allowed: the fewest
/// for two axes, few for more; empty where `most` do not do. Factors are rounded to T's precision.
template <class T>
std::vector<Term> array_terms(const Vector& a, std::span<const std::int64_t> taps,
                              std::int64_t most, const Allowed& allowed);

}  // namespace faltung
