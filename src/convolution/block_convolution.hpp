// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "convolution/algorithm.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/store.hpp"
#include "convolution/tap_counts.hpp"
#include "microkernels/weighted_sum.hpp"
#include "support/checked.hpp"
#include "transform/transform.hpp"

namespace faltung {

/// Distance of the rows of a block: whole cache lines, and not a large power of two, whose rows
/// would meet in the same cache sets.
constexpr std::int64_t row_pitch(std::int64_t width, bool only_row) {
  constexpr std::int64_t kPad = 16;
  return checked::round_up(width, kPad) + (only_row ? 0 : kPad);
}

/// The spectrum of a kernel in the private order of a BlockConvolution, and the taps themselves
/// for what a transform cannot do.
template <class T>
struct Spectrum {
  KernelTaps<T> taps;
  support::AlignedVector<T> re, im;
  int exponent = 0;  ///< the taps were scaled by 2^-exponent before the transform
  TapCounts counts;  ///< empty where no zero lies between non-zero taps
};

/// Norms of the samples of one block, and of their spectrum.
struct BlockNorms {
  long double norm2 = 0;
  long double largest_gain = 0;  ///< max |X|
};

/// Where results go.
template <class T>
struct Output {
  void* data = nullptr;    ///< of y
  std::int64_t batch = 0;  ///< of the batch's first output, in elements
  Dims strides;            ///< in elements, spatial axes
  StoreRow<T> store = nullptr;
};

/// One kernel of a bank, and the offset of its batch's first output, in elements.
template <class T>
struct BankMember {
  const Spectrum<T>* kernel = nullptr;
  std::int64_t y_batch = 0;
};

/// What a convolution of blocks takes.
struct BlockBytes {
  std::int64_t scratch = 0;   ///< of one thread
  std::int64_t tables = 0;    ///< of the transforms
  std::int64_t spectrum = 0;  ///< of one kernel
};

/// One block of a convolution by the convolution theorem, in any number of dimensions.
///
/// A block of B samples along each axis gives the B - span + 1 outputs that wrapping around does
/// not reach. Real data is packed along the last axis, z[j] = x[j] + i x[j + B/2], and multiplied
/// modulo X^(B/2) - i, which is the real product modulo X^B + 1; the other axes, and complex data,
/// are cyclic.
///
///   x~ box  ->  load, scan, scale  ->  transforms by axis  ->  times the kernel's spectrum
///           ->  inverse            ->  rows of outputs: unscale, zeros, signs, non-finite  ->  y
///
/// The contract (docs/accuracy.md) is kept block by block: non-finite samples are taken out before
/// the transform and their footprint is put back, exact zeros stay zeros, data of one sign keeps
/// it, and powers of two outside a safe band are divided out.
template <class T>
class BlockConvolution {
 public:
  /// `shares`: has room to keep the spectrum of a block for all kernels of a bank.
  static Result<BlockConvolution> make(const Geometry& geometry, const Dims& block, bool shares,
                                       std::int64_t target);

  /// Of one that is not made. For blocks of up to 2^40 samples.
  static BlockBytes bytes_of(const Geometry& geometry, const Dims& block, bool shares,
                             std::int64_t target);

  const Dims& block() const { return block_; }
  /// Outputs along an axis that one block gives.
  static std::int64_t outputs_of(const Axis& axis, std::int64_t block) {
    return (block - axis.span) / axis.step + 1;
  }
  /// The same, of those that the axis has.
  static std::int64_t most_outputs_of(const Axis& axis, std::int64_t block) {
    return std::min(axis.count, outputs_of(axis, block));
  }
  std::int64_t scratch_bytes() const noexcept;
  std::int64_t bytes() const noexcept;  ///< of the transforms' tables
  /// Of one spectrum and the taps that it was made from.
  std::int64_t spectrum_bytes() const noexcept {
    const std::int64_t parts = packed() ? 1 : 2;
    return static_cast<std::int64_t>(sizeof(T)) * (2 * rows_ * pitch_ + parts * geometry_->taps());
  }
  /// max |H| of a spectrum.
  long double largest_gain(const Spectrum<T>& spectrum) const noexcept;
  std::string tree(const std::string& indent) const;

  /// May throw std::bad_alloc.
  Spectrum<T> transform_kernel(KernelTaps<T> taps) const;
  /// Euclidean norm of the (finite) samples that the outputs [from, to) read.
  long double norm2(const ExtendedInput<T>& x, const std::int64_t* from, const std::int64_t* to,
                    std::byte* scratch) const noexcept;
  /// Norms of the (finite) samples that the outputs [from, to) read.
  BlockNorms measure(const ExtendedInput<T>& x, const std::int64_t* from, const std::int64_t* to,
                     std::byte* scratch) const noexcept;
  /// Computes the outputs [from, to) of one batch; the box is at most one block's.
  void compute(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
               const Spectrum<T>& kernel, const std::int64_t* from, const std::int64_t* to,
               const Output<T>& y, std::byte* scratch) const noexcept;
  /// The same for several kernels, bit by bit. The samples are read and transformed once; kernels
  /// that need them as they are (one tap), and those whose footprints of zeros and non-finite
  /// samples have to be found, are computed alone. Of a convolution that shares.
  void compute_bank(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                    std::span<const BankMember<T>> bank, const std::int64_t* from,
                    const std::int64_t* to, Output<T> y, std::byte* scratch) const noexcept;

 private:
  struct Work;
  BlockConvolution() = default;
  static BlockConvolution shaped(const Geometry& geometry, const Dims& block, bool shares,
                                 std::int64_t target);
  bool packed() const { return !geometry_->complex(); }
  int last() const { return block_.rank() - 1; }
  void compute_alone(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                     const Spectrum<T>& kernel, const Output<T>& y, Work& work) const;
  bool is_plain(const Work& work, const Spectrum<T>& kernel) const;
  void finish(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel, Work& work,
              const Output<T>& y) const;
  void place(const std::int64_t* from, const std::int64_t* to, Work& work) const;
  void load(const ExtendedInput<T>& x, Work& work) const;
  long double load_norm2(const ExtendedInput<T>& x, const std::int64_t* from,
                         const std::int64_t* to, Work& work) const;
  void load_row(const ExtendedInput<T>& x, const std::int64_t* position, Work& work, T* re,
                T* im) const;
  void prepare_contract(Work& work, const Spectrum<T>& kernel) const;
  std::uint8_t marks_needed(const Work& work, const KernelFacts& facts) const;
  static bool gaps_matter(const Work& work, const Spectrum<T>& kernel);
  bool zeros_may_cover(const Work& work, const KernelFacts& facts) const;
  void mark_samples(Work& work) const;
  void find_hull(Work& work) const;
  void clear_uncounted(const Spectrum<T>& kernel, Work& work, const std::int64_t* out) const;
  void compute_one_tap(const Spectrum<T>& kernel, Work& work, std::int64_t hull_row) const;
  void repair_overflow(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel,
                       Work& work, const std::int64_t* out) const;
  void clear_nonfinite(Work& work) const;
  void scale(Work& work) const;
  void forward(T* re, T* im) const;
  void inverse(T* re, T* im) const;
  void finish_row(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel, Work& work,
                  const std::int64_t* out, const Output<T>& y) const;
  void apply_marks(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel, Work& work,
                   std::int64_t row, std::int64_t hull_row, const std::int64_t* out) const;
  void gather(const T* re, const T* im, std::int64_t first, Work& work) const;

  const Geometry* geometry_ = nullptr;
  std::int64_t target_ = 0;
  const WeightedSum<T>* loops_ = nullptr;
  Dims block_;
  std::int64_t width_ = 0;  ///< complex points of a row
  std::int64_t pitch_ = 0;  ///< distance of rows, padded against cache conflicts
  std::int64_t rows_ = 1;
  bool shares_ = false;
  std::shared_ptr<const Transform<T>> row_;
  std::vector<std::shared_ptr<const Transform<T>>> columns_;  ///< one for each outer axis
};

}  // namespace faltung
