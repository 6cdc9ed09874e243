// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/block_convolution.hpp"

namespace faltung {

/// What `accuracy = componentwise` asks of a transform: |e_k| <= tolerance (|x~| * |h|)_k.
///
/// A block's error is at most E = C u |x|_2 |h|_2 at every output, and a second convolution, of the
/// magnitudes, gives b_k with |b_k - (|x~| * |h|)_k| <= E. So an output may stay where
///
///   E <= tolerance (b_k - E),   that is   b_k >= E (1 + 1 / tolerance),
///
/// and is summed directly, in extended precision, where not. At worst that is every output, and
/// costs what the direct method costs; supports() leaves problems alone where that is to be
/// expected. A b_k that rounding takes below zero is raised to the smallest normal number: where
/// it is 0 every product is known to be, and so is the output.
template <class T>
class ComponentwiseCheck {
 public:
  ComponentwiseCheck(const Geometry& geometry, const BlockConvolution<T>& blocks,
                     double coefficient, double tolerance);

  /// Beside the scratch of the convolution.
  std::int64_t scratch_bytes() const noexcept { return scratch_bytes_of(g_, blocks_.block()); }
  static std::int64_t scratch_bytes_of(const Geometry& geometry, const Dims& block) noexcept;
  /// The spectrum of |h|. May throw std::bad_alloc.
  Spectrum<T> magnitudes_of(const KernelTaps<T>& taps) const;
  /// Puts right what does not keep the tolerance among the outputs [from, to), just computed.
  void repair(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
              const Spectrum<T>& kernel, const Spectrum<T>& magnitudes, const std::int64_t* from,
              const std::int64_t* to, const Output<T>& y, std::byte* scratch) const noexcept;

 private:
  const Geometry& g_;
  const BlockConvolution<T>& blocks_;
  double coefficient_, tolerance_;
};

}  // namespace faltung
