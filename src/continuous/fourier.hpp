// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace faltung::continuous {

/// Discrete Fourier transforms of a power of two, in natural order, of columns side by side.
///
/// Shape    re and im hold rows of `width` numbers; entry (p, q) of row p, column q.
/// Source   Stockham's autosort form of radix 2, Cochran et al., What is the fast Fourier
///          transform?, Proc. IEEE 55, 1967.
class Fourier {
 public:
  /// `length` is a power of two. May throw std::bad_alloc.
  explicit Fourier(std::size_t length);
  std::size_t length() const { return length_; }
  /// X[k] = sum_p x[p] exp(-2 pi i k p / length), each column by itself, in place.
  void forward(std::vector<double>& re, std::vector<double>& im, std::size_t width) const;
  /// The same with +i: forward and back multiply by the length.
  void backward(std::vector<double>& re, std::vector<double>& im, std::size_t width) const;

 private:
  std::size_t length_;
  std::vector<double> cos_, sin_;  ///< of 2 pi p / length
};

/// y[k] = v[0]/2 + sum_(0<j<N) v[j] cos(pi j k / N) + (-1)^k v[N]/2, k = 0 .. N = v.size() - 1.
/// A power of two N above 16 takes O(N log N), others O(N^2).
std::vector<double> cosine_sums(const std::vector<double>& v);

}  // namespace faltung::continuous
