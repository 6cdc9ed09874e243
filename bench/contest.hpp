// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "faltung/faltung.hpp"
#include "support/aligned_vector.hpp"

namespace faltung::bench {

/// An array where vector instructions like it, so that no side pays for a bad address.
struct Buffer {
  ElementType type = ElementType::f32;
  Dims shape;
  support::AlignedVector<std::byte> bytes;

  Buffer() = default;
  Buffer(ElementType type_, const Dims& shape_);
  ConstView view() const { return {bytes.data(), type, shape}; }
  View view() { return {bytes.data(), type, shape}; }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes.data());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
};

/// One piece of work that all sides do: the same samples, taps, extent, boundary and threads.
struct Case {
  Problem problem;
  int threads = 1;
  double sigma = 0;  ///< taps of a Gaussian, where it is infinite of a box; else random ones
  Buffer x, h;
  std::vector<double> row;  ///< of a Gaussian: the taps along every axis

  Dims output_shape() const { return value_or_throw(problem.output_shape()); }
  bool correlates() const { return problem.operation == Operation::correlate; }
  /// Of the i-th convolved axis: the index in the full result of the first output. A correlation's
  /// is that of the convolution with h read backwards.
  std::int64_t first_output(int i) const {
    return (correlates() ? problem.h_shape[i] - 1 : 0) - value_or_throw(problem.zero_lag_index(i));
  }
};

/// `data` is dense, nan (1% of the samples), half (every other 64th of x is zero) or self (dense,
/// and h is x).
Case make_case(const std::string& problem, int threads, double sigma, const std::string& data);

/// One side: set up once, then run again and again.
class Contestant {
 public:
  virtual ~Contestant() = default;
  virtual void run() = 0;
  Buffer y;  ///< of no bytes where there is no result to look at
  std::string version, method;
  std::string name;  ///< where it is another one than was asked for
};

/// FFTW's plans are kept in this folder; `planning` makes those that are not there as well as
/// PATIENT can within minutes, else they are made on the spot.
struct Wisdom {
  std::string folder;
};

/// Each throws Error where it cannot do the work; null where it is not built in, or its library is
/// not found.
std::unique_ptr<Contestant> make_faltung(const Case& work);
/// The engine: preparing the kernel, or that and the convolution.
std::unique_ptr<Contestant> make_preparing(const Case& work, bool and_execute);
/// The engine beside itself: `one-thread`; `forward`, the forward transform of a whole row of
/// fft_single alone. And the engine on another problem.
std::unique_ptr<Contestant> make_own(const Case& work, const std::string& name);
std::unique_ptr<Contestant> make_other(const std::string& problem, int threads);
/// MKL's transforms, and IPP's FIR filter, from shared libraries that are loaded now.
std::unique_ptr<Contestant> make_mkl(const Case& work, const std::string& library);
std::unique_ptr<Contestant> make_ipp(const Case& work, const std::string& library);
std::unique_ptr<Contestant> make_fftw(const Case& work, const std::string& name,
                                      const Wisdom& wisdom);
std::unique_ptr<Contestant> make_opencv(const Case& work);

/// Outputs at places drawn at random, in long double by the sum that defines them.
struct Reference {
  std::vector<std::int64_t> index;
  std::vector<long double> value;
};
Reference make_reference(const Case& work);

/// The largest error at the reference's places over the largest magnitude of all of y; -1 where
/// the reference is nowhere finite, infinity where y is not finite and the reference is.
double error_of(const Buffer& y, const Reference& reference);

}  // namespace faltung::bench
