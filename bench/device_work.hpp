// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>

#include "contest.hpp"
#include "gpu.hpp"

namespace faltung::bench {

/// One convolution on a GPU that all sides do. Along the first axis of x, where h has none of it,
/// the same rows come again and again: the host then makes and checks a few of them.
struct DeviceWork {
  Problem problem;           ///< the whole
  Case sample;               ///< the same of fewer rows
  std::int64_t repeats = 1;  ///< how many samples make x
  std::int64_t x_bytes = 0, y_bytes = 0;
  int sets = 1;  ///< of arrays, used in turn, so that nothing is still in the GPU's cache

  /// `everything`: the sample is the whole.
  DeviceWork(const std::string& problem, int threads, bool everything, const Gpu& gpu);
  bool complex() const { return is_complex(problem.x_type); }
  /// Whether the arithmetic is in float64.
  bool wide() const { return size_bytes(problem.x_type) == (complex() ? 16 : 8); }
  /// Rows of one problem each, in the whole.
  std::int64_t batches() const { return sample_batches() * repeats; }
  std::int64_t sample_batches() const {
    return sample.x.shape.rank() > sample.h.shape.rank() ? sample.x.shape[0] : 1;
  }
};

/// Puts so many bytes at the beginning of an array, and again and again behind them to its end.
void fill(Gpu& gpu, const DeviceArray& array, const void* from, std::int64_t bytes);

/// Something that a GPU does again and again, in the order of the default stream.
class DeviceSide {
 public:
  virtual ~DeviceSide() = default;
  /// Enqueues one convolution on the arrays of that set.
  virtual void run(int set) = 0;
  /// Where the output of a batch is in set 0, by its place along each convolved axis; null: nothing
  /// is computed.
  virtual const std::byte* output(std::int64_t batch,
                                  const std::vector<std::int64_t>& place) const = 0;
  std::string name, version, method;
};

/// Each throws Error where it cannot.
std::unique_ptr<DeviceSide> make_ours_on_device(const DeviceWork& work, Gpu& gpu);
/// As many bytes as x and y hold, half of them read and half written.
std::unique_ptr<DeviceSide> make_device_copy(const DeviceWork& work, Gpu& gpu);
/// cuFFT there, a product of spectra, cuFFT back, in place or out of place and at the block that is
/// fastest; null where the library is not found. Where there are zeros outside, x lies padded.
std::unique_ptr<DeviceSide> make_cufft(const DeviceWork& work, Gpu& gpu,
                                       const std::string& library);

/// Outputs of a sample at places drawn at random, in long double; and how far off a side is, in the
/// Euclidean norm of those over the norm of the outputs.
struct SampledOutputs {
  std::vector<std::int64_t> index;
  std::vector<std::complex<long double>> value;
};
SampledOutputs sample_outputs(const DeviceWork& work);
double l2_error(const DeviceSide& side, const DeviceWork& work, const SampledOutputs& outputs,
                Gpu& gpu);

}  // namespace faltung::bench
