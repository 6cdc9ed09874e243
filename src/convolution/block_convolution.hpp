// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "convolution/algorithm.hpp"
#include "convolution/block_axis.hpp"
#include "convolution/extended_input.hpp"
#include "convolution/store.hpp"
#include "convolution/tap_counts.hpp"
#include "microkernels/samples.hpp"
#include "support/team.hpp"
#include "transform/row_transform.hpp"

namespace faltung {

/// The spectrum of a kernel in the private order of a BlockConvolution (of one row as its transform
/// leaves it, else as Transform::kernel_columns does), and the taps themselves for what a transform
/// cannot do.
template <class T>
struct Spectrum {
  KernelTaps<T> taps;
  support::AlignedArray<T> lines;
  int exponent = 0;    ///< the taps were scaled by 2^-exponent before the transform
  TapCounts counts;    ///< empty where no zero lies between non-zero taps
  bool plain = false;  ///< samples without zeros need nothing but the transform
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
  std::int64_t real_bytes = 0;  ///< of what store writes for a T
  bool passes_cache = false;    ///< store goes past the caches
};

/// One kernel of a bank, and the offset of its batch's first output, in elements.
template <class T>
struct BankMember {
  const Spectrum<T>* kernel;
  std::int64_t y_batch;
};

/// What a convolution of blocks takes.
struct BlockBytes {
  std::int64_t scratch = 0;   ///< of one thread
  std::int64_t tables = 0;    ///< of the transforms
  std::int64_t spectrum = 0;  ///< of one kernel
};

/// One block of a convolution by the convolution theorem, in any number of dimensions.
///
/// BlockAxis says what a block of B samples along each axis gives. Rows, along the last axis, are
/// transformed as RowTransform does it; the other axes are complex and cyclic.
///
///   x~ box  ->  part by part of the outermost axis: rows (scan, transform), then columns
///           ->  strip by strip: columns along the outermost axis, times the kernel's spectrum,
///           back
///           ->  part by part: columns, then rows (transform, unscale, zeros, signs, non-finite)
///           ->  y
///
/// So a block that no cache holds is moved three times, whatever its rank. Parts and rows that hold
/// no sample, and those without an output, are left out. A block of one row goes through its whole
/// convolution at once, from x and to y where these are dense.
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
  const BlockAxis& axis(int i) const { return axes_[static_cast<std::size_t>(i)]; }
  std::int64_t scratch_bytes() const noexcept;
  /// Of each thread of a team, behind the scratch of the block.
  std::int64_t member_bytes() const noexcept;
  std::int64_t bytes() const noexcept;  ///< of the transforms' tables
  /// Of one spectrum and the taps that it was made from.
  std::int64_t spectrum_bytes() const noexcept {
    const std::int64_t parts = is_real() ? 1 : 2;
    return static_cast<std::int64_t>(sizeof(T)) * (rows_ * numbers_ + parts * geometry_->taps());
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
  /// Whether a block is large enough that several threads compute it faster together.
  static bool feeds_a_team(const Dims& block) noexcept;
  /// Computes the outputs [from, to) of one batch; the box is at most one block's. `stride`: how
  /// many blocks farther on the caller's next one is likely to be, whose samples are fetched ahead;
  /// or 0. `team`: the threads that compute the block together, with member_bytes() each.
  /// `unstored`: null, or what the thread's last block has left to be copied to y, which has to lie
  /// dense, and what this one leaves; of no team, and of a plan that may_leave_results(). The
  /// scratch has to be the same. In the end store() has it.
  void compute(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
               const Spectrum<T>& kernel, const std::int64_t* from, const std::int64_t* to,
               const Output<T>& y, std::byte* scratch, std::int64_t stride,
               const support::Team& team = {}, Errand<T>* unstored = nullptr) const noexcept;
  /// Whether results may be copied to y while the next block is transformed: past the caches, and
  /// without waiting for memory.
  bool may_leave_results() const noexcept {
    return last() == 0 && is_real() && plain_.empty() && row_->does_errands();
  }
  static void store(Errand<T>* unstored) noexcept;
  /// The outputs of one block of a short row, from dense samples to dense results (`x` and `y`
  /// begin the row), with less ado: where nothing but a transform is due, which takes a kernel of
  /// many taps without gaps, and finite samples without zeros. The same bits as compute(), or
  /// false, and compute() has to be asked.
  bool compute_plain(std::int64_t tile, const T* x, const Spectrum<T>& kernel, T* y,
                     std::byte* scratch) const noexcept {
    return compute_plain(plain_[static_cast<std::size_t>(tile)], x, kernel, y, scratch);
  }
  /// Those of all blocks; false where one of them, or the problem, is not like that.
  bool compute_plain(const T* x, const Spectrum<T>& kernel, T* y,
                     std::byte* scratch) const noexcept;
  bool has_plain_blocks() const noexcept { return !plain_.empty(); }
  /// The same for several kernels, bit by bit. The samples are read and transformed once; kernels
  /// that need them as they are (one tap), and those whose footprints of zeros and non-finite
  /// samples have to be found, are computed alone. Of a convolution that shares.
  void compute_bank(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                    std::span<const BankMember<T>> bank, const std::int64_t* from,
                    const std::int64_t* to, Output<T> y, std::byte* scratch) const noexcept;

 private:
  struct Work;
  struct Member;
  BlockConvolution() = default;
  static BlockConvolution shaped(const Geometry& geometry, const Dims& block, bool shares,
                                 std::int64_t target);
  bool is_real() const { return ring_ != Ring::complex; }
  bool goes_round() const;
  std::int64_t lanes() const { return butterflies<T>(target_, narrow_).lanes; }
  int last() const { return block_.rank() - 1; }
  bool is_circular(int i) const { return axis(i).kind == BlockAxis::Kind::circular; }
  /// Where output o of an axis is in the block.
  std::int64_t index_of(const Work& work, int i, std::int64_t o) const;

  void transform_taps(const KernelTaps<T>& taps, int exponent, T* lines) const;
  void transform_parts_of(const KernelTaps<T>& taps, int exponent, T* h) const;
  void place(const std::int64_t* from, const std::int64_t* to, Work& work) const;
  /// Those of the outermost axis; of a single row, itself.
  std::int64_t parts() const { return last() == 0 ? 1 : block_[0]; }
  template <class Body>
  void for_ranges(Work& work, std::int64_t count, bool scans, Body&& body) const;
  void scan_rows(const ExtendedInput<T>& x, Work& work) const;
  void count_absent(Work& work) const;
  void scan_samples(const T* samples, std::int64_t n, Work& work) const;
  const T* read_samples(const ExtendedInput<T>& x, const std::int64_t* position, Work& work,
                        bool scan) const;
  const T* cleaned(const T* samples, Work& work) const;
  std::int64_t samples_read(const Work& work) const;
  bool upper_zero(const Work& work) const;
  template <class Body>
  void for_rows(const Work& work, std::int64_t begin, std::int64_t end, Body&& body) const;
  void transform(const ExtendedInput<T>& x, Work& work, T* lines, bool scan) const;
  void transform_parts(const ExtendedInput<T>& x, Work& work, int axis, std::int64_t begin,
                       std::int64_t end, std::int64_t* position, T* lines, bool scan) const;
  void transform_part(const ExtendedInput<T>& x, Work& work, int axis, std::int64_t* position,
                      T* lines, bool scan) const;
  /// Where row `row` of the lines begins.
  std::int64_t offset_of(std::int64_t row) const {
    std::int64_t at = 0;
    for (int i = last() - 1; i >= 0; row /= block_[i--]) at += row % block_[i] * stride_[i];
    return at;
  }
  /// Rows of one index of an axis.
  std::int64_t rows_inside(int axis) const {
    std::int64_t rows = 1;
    for (int i = axis + 1; i < last(); ++i) rows *= block_[i];
    return rows;
  }
  /// Calls body(offset, lines side by side) for the columns along an axis; the last has none.
  template <class Body>
  void for_columns(int axis, Body&& body) const {
    const std::int64_t rows = axis < last() ? rows_inside(axis) : 0,
                       count = numbers_ / (2 * lanes());
    for (std::int64_t row = 0; row < rows; ++row) body(offset_of(row), count);
  }
  void forward_columns(int axis, T* lines) const;
  void inverse_columns(int axis, T* lines) const;
  void convolve_outermost(const Spectrum<T>& kernel, const Work& work) const;
  void multiply_and_return(const T* x, const Spectrum<T>& kernel, T* lines) const;

  void compute_alone(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                     const Spectrum<T>& kernel, const Output<T>& y, Work& work) const;
  void find_plain_blocks();
  struct PlainBlock;
  bool compute_plain(const PlainBlock& block, const T* x, const Spectrum<T>& kernel, T* y,
                     std::byte* scratch) const noexcept;
  const T* plain_samples(const PlainBlock& block, const T* x, const Spectrum<T>& kernel,
                         T* row) const;
  bool is_plain_kernel(const Spectrum<T>& kernel) const;
  void compute_row(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                   const Spectrum<T>& kernel, const Output<T>& y, Work& work) const;
  bool is_odd(const T* samples, std::int64_t n) const;
  const T* enter_and_scan(const ExtendedInput<T>& x, Work& work) const;
  Errand<T> errand_of(const T* samples, const Work& work) const;
  const T* samples_ahead(const T* samples, const Work& work) const;
  bool is_plain(const Work& work, const Spectrum<T>& kernel) const;
  T* row_of_results(const Work& work, const Output<T>& y) const;
  void finish(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
              const Spectrum<T>& kernel, Work& work, const Output<T>& y) const;
  void finish_parts(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                    const Spectrum<T>& kernel, Work& work, int axis, std::int64_t begin,
                    std::int64_t end, std::int64_t* out, T* lines, const Output<T>& y) const;
  void finish_part(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                   const Spectrum<T>& kernel, Work& work, int axis, std::int64_t* out, T* lines,
                   const Output<T>& y) const;
  void finish_row(const ExtendedInput<T>& x, const ExtendedInput<long double>& x_exact,
                  const Spectrum<T>& kernel, Work& work, const std::int64_t* out,
                  const Output<T>& y) const;
  bool leave_results(const T* results, std::int64_t count, std::byte* to, const Work& work) const;
  void gather(const std::int64_t* out, Work& work, T** parts) const;

  void prepare_contract(const ExtendedInput<T>& x, const T* row, Work& work,
                        const Spectrum<T>& kernel) const;
  std::uint8_t marks_needed(const Work& work, const KernelFacts& facts) const;
  static bool gaps_matter(const Work& work, const Spectrum<T>& kernel);
  bool zeros_may_cover(const Work& work, const KernelFacts& facts) const;
  bool may_leave_input(const Work& work, const KernelFacts& facts) const;
  const T* samples_of(const ExtendedInput<T>& x, const T* row, const std::int64_t* position,
                      int part, const Work& work) const;
  bool has_long_run(const ExtendedInput<T>& x, const T* row, Work& work,
                    const KernelFacts& facts) const;
  void mark_samples(const ExtendedInput<T>& x, const T* row, Work& work) const;
  void spread(const Work& work, const KernelFacts& facts) const;
  void spread_over(const Work& work, std::uint64_t* marks, int axis, std::int64_t taps,
                   std::int64_t dilation) const;
  bool is_all_nan(const Work& work) const;
  void find_hull(Work& work) const;
  void clear_uncounted(const Spectrum<T>& kernel, const Work& work, const std::int64_t* out,
                       T* const* parts) const;
  bool meets_none(const Spectrum<T>& kernel, const Work& work, const std::int64_t* index) const;
  void compute_one_tap(const ExtendedInput<T>& x, const Spectrum<T>& kernel, Work& work,
                       const std::int64_t* out) const;
  void repair_overflow(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel,
                       const Work& work, const std::int64_t* out, T* const* parts) const;
  struct RowMarks;
  /// Marks of up to 64 neighbouring outputs.
  struct Run {
    std::uint64_t nan, infinite, nonzero;
  };
  RowMarks marks_of(const Spectrum<T>& kernel, const Work& work, const std::int64_t* out) const;
  std::int64_t neighbours(std::int64_t index, std::int64_t shift, std::int64_t count) const;
  void apply_run(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel, Run run,
                 std::int64_t n, std::int64_t* where, T* const* parts) const;
  void apply_marks(const ExtendedInput<long double>& x_exact, const Spectrum<T>& kernel,
                   const Work& work, const std::int64_t* out, T* const* parts) const;
  long double load_norm2(const ExtendedInput<T>& x, const std::int64_t* from,
                         const std::int64_t* to, Work& work) const;

  const Geometry* geometry_ = nullptr;
  std::int64_t target_ = 0;
  const SampleLoops<T>* loops_ = nullptr;
  Dims block_;
  std::vector<BlockAxis> axes_;
  Ring ring_ = Ring::negacyclic;
  bool narrow_ = false;       ///< rows are on lines of one point
  std::int64_t numbers_ = 0;  ///< of a row's spectrum
  std::int64_t room_ = 0;     ///< of a row's transform, in numbers
  std::int64_t rows_ = 1;
  Dims stride_;            ///< from one index of an outer axis to the next, in numbers
  std::int64_t size_ = 0;  ///< of all lines, in numbers
  bool shares_ = false;
  /// The blocks of a row that compute_plain() may take.
  struct PlainBlock {
    std::int64_t from, count, first;     ///< results, and the first one's place in the block
    std::int64_t begin, stored, before;  ///< samples of x, and the zeros before them
    std::int64_t needed;                 ///< numbers that the transform reads
  };
  std::vector<PlainBlock> plain_;
  std::int64_t plain_row_ = 0, plain_room_ = 0;  ///< where its room is in the scratch, in bytes
  std::shared_ptr<const RowTransform<T>> row_;
  std::vector<std::shared_ptr<const Transform<T>>> columns_;  ///< one for each outer axis
};

/// Distance of what takes `numbers` of lines in a block, in numbers: an odd count of lines, since
/// those of powers of two would meet in the same cache sets.
constexpr std::int64_t odd_lines(std::int64_t numbers, std::int64_t lanes) {
  return numbers / (2 * lanes) % 2 == 1 ? numbers : numbers + 2 * lanes;
}

}  // namespace faltung
