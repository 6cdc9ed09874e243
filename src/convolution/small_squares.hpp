// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"
#include "convolution/store.hpp"
#include "microkernels/square_sums.hpp"

namespace faltung {

/// The loops for the geometry's kernel, or null where that is no square of a size there are such
/// for, along the last two axes.
template <class T>
typename SquareSums<T>::Sum square_of(const Geometry& geometry,
                                      const typename SquareSums<T>::Sizes& sizes) noexcept;

/// Those from bytes as they lie in x to bytes or short integers as they lie in y; else null.
template <class T>
typename SquareSums<T>::Sum square_in_place(const Geometry& geometry, const Execution& run,
                                            std::int64_t target, Accumulator accumulator) noexcept;

}  // namespace faltung
