// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/types.hpp"
#include "microkernels/butterflies.hpp"
#include "support/aligned_vector.hpp"
#include "transform/lengths.hpp"

namespace faltung {

/// The ring of a transform: polynomials modulo X^M - e(a), e(t) = exp(2 pi i t).
enum class Root {
  cyclic,   ///< a = 0: complex data, products wrap around
  quarter,  ///< a = 1/4, modulo X^M - i: 2M real samples packed as z[j] = x[j] + i x[j+M];
            ///< products are those modulo X^2M + 1
};

/// What a transform runs along: contiguous rows, or columns of a matrix of rows.
enum class Along { rows, columns };

/// The convolution transform of one length.
///
/// A node X^m - e(a) of radix r splits into X^(m/r) - e((a+j)/r), j = 0 .. r-1: part s of the node
/// times the constant e(s a/r), then a plain DFT across the r parts. No weighting, no bit reversal,
/// no real-to-complex step; the leaves are the spectrum, in an order that only the same transform
/// undoes.
///
///   M = 16      [................]   X^16 - e(a)
///   radix 4     [....][....][....][....]
///   lanes 4     pairs of vectors, zipped level by level (Butterflies::forward_tail)
///
/// Shape    length M in {1, 3, 5, 9, 15} x 2^a, two planes (real, imaginary).
/// Error    |fl(Fx) - Fx|_2 <= c u |Fx|_2, c = transform_error_coefficient(M);
///          docs/transform_error.md.
/// Threads  const; works in place on the caller's planes.
/// Source   the residue tree of Bernstein, Multidigit multiplication for mathematicians, 2001.
template <class T>
class Transform {
 public:
  /// Fails with unsupported for a length outside the family. May throw std::bad_alloc.
  static Result<Transform> make(std::int64_t length, Root root, Along along, std::int64_t target);

  std::int64_t length() const noexcept { return length_; }
  std::int64_t bytes() const noexcept;
  /// The same, before a transform is made.
  static std::int64_t bytes_of(std::int64_t length, Along along, std::int64_t target);

  /// Every row of `length` contiguous points; rows lie `pitch` apart. The inverse leaves a factor
  /// of `length`.
  void forward_rows(T* re, T* im, std::int64_t rows, std::int64_t pitch) const noexcept;
  void inverse_rows(T* re, T* im, std::int64_t rows, std::int64_t pitch) const noexcept;
  /// `count` neighbouring columns of `length` points that lie `pitch` apart.
  void forward_columns(T* re, T* im, std::int64_t pitch, std::int64_t count) const noexcept;
  void inverse_columns(T* re, T* im, std::int64_t pitch, std::int64_t count) const noexcept;

 private:
  struct Pass {
    int radix = 2;
    std::int64_t nodes = 1;     ///< before the pass
    std::int64_t length = 1;    ///< of a node, before the pass
    std::int64_t twiddles = 0;  ///< where its twiddles begin
  };
  Transform() = default;
  void build(Root root, Along along);
  void add_tail(const std::vector<std::int64_t>& numerators, std::int64_t denominator);
  void run_node(bool inverse, std::size_t from, std::int64_t part, std::int64_t parts, T* re,
                T* im) const;
  void run_passes(bool inverse, std::size_t from, std::size_t to, std::int64_t part,
                  std::int64_t parts, T* re, T* im) const;
  void run_columns(bool inverse, T* re, T* im, std::int64_t pitch, std::int64_t count) const;

  std::int64_t length_ = 1;
  const Butterflies<T>* loops_ = nullptr;
  std::vector<Pass> passes_;  ///< rows end with the tail instead where there is one
  std::int64_t tail_pairs_ = 0;
  support::AlignedVector<T> twiddles_;
  support::AlignedVector<T> tail_;
};

/// x h of two spectra of the same transform; the result may take the place of x.
template <class T>
void multiply_spectra(const T* x_re, const T* x_im, const T* h_re, const T* h_im,
                      std::int64_t count, T* re, T* im, std::int64_t target) noexcept {
  butterflies<T>(target).multiply(x_re, x_im, h_re, h_im, count, re, im);
}
/// z *= h.
template <class T>
void multiply_spectra(T* re, T* im, const T* h_re, const T* h_im, std::int64_t count,
                      std::int64_t target) noexcept {
  multiply_spectra(re, im, h_re, h_im, count, re, im, target);
}

/// c of |fl(Fx) - Fx|_2 <= c u |Fx|_2 for one transform of this length (forward or inverse), for
/// the widest vectors of any target; docs/transform_error.md derives it.
double transform_error_coefficient(std::int64_t length) noexcept;
/// C of a convolution |e|_inf <= C u |x|_2 |h|_2 whose transforms over all axes have coefficients
/// that sum to `forward`.
double convolution_error_coefficient(double forward) noexcept;

/// The same in the L2 norm, with X and H the spectra of one block:
///   |e|_2 <= u (of_gain |x|_2 max|H| + of_kernel min(|x|_2 |h|_1, max|X| |h|_2)).
/// The second term is the rounding of the kernel's own spectrum, which max|H| does not bound.
struct L2Error {
  double of_gain;
  double of_kernel;
};
L2Error convolution_l2_error(double forward) noexcept;

}  // namespace faltung
