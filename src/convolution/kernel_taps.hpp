// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"
#include "support/aligned_vector.hpp"

namespace faltung {

__extension__ typedef __int128 Int128;

/// What the contract needs to know of one kernel. Sums are rounded up, in a type that holds those
/// of the largest numbers.
struct KernelFacts {
  // Spelled out, so that vectors do not set the whole to zero first.
  KernelFacts() {}          // NOLINT(modernize-use-equals-default)
  long double sum_abs = 0;  ///< sum |h|, complex: sum (|re| + |im|); finite taps only
  long double norm2 = 0;    ///< Euclidean norm of the finite taps
                            ///< both NaN where they are not known yet
  double max_abs = 0;       ///< largest finite |component|
  double min_abs = 0;       ///< smallest non-zero finite |component|; 0 when there is none
  bool finite = true;
  bool nonnegative = true;
  bool any_nonzero = false;
  Dims hull_first;  ///< first and last non-zero tap along each convolved axis
  Dims hull_last;
  std::int64_t nonzeros = 0;
  Int128 positive_sum = 0;  ///< integers: sums of the positive and of the negative taps
  Int128 negative_sum = 0;
};

/// The taps of one kernel as a convolution reads them (correlation: reversed, conjugated), dense
/// in the order of the convolved axes. T is float, double or int64_t (modulo 2^64).
template <class T>
struct KernelTaps {
  KernelTaps() {}  // NOLINT(modernize-use-equals-default): as above
  support::UnsetVector<T> re;
  support::UnsetVector<T> im;  ///< complex arithmetic only
  KernelFacts facts;
};

/// When the norms of taps are computed: floats may do without until an error bound is asked for.
enum class Norms : std::int8_t { now, later };

/// Reads every kernel of a problem, in dense order of h's batch axes. May throw std::bad_alloc.
template <class T>
std::vector<KernelTaps<T>> read_kernels(const Geometry& geometry, const ConstView& h,
                                        Norms norms = Norms::now);

/// The facts with the norms that were left for later; of floats.
template <class T>
KernelFacts with_norms(const KernelTaps<T>& taps);

}  // namespace faltung
