// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"

namespace faltung {

/// What a stream takes, known before any of it is there.
struct StreamNeeds {
  std::int64_t memory_bytes = 0;   ///< Stream::memory_bytes()
  std::int64_t output_bytes = 0;   ///< of one output along the stream's axis
  std::int64_t block_outputs = 1;  ///< Stream::block_outputs()
  std::int64_t held_outputs = 0;   ///< the most that can be due beside those of new samples
  std::int64_t step = 1;           ///< samples for each output
  /// The most outputs that a push of so many samples, or flush, gives.
  FALTUNG_API std::int64_t most_outputs(std::int64_t samples) const noexcept;
};

/// The convolution of a signal whose end is not known: a plan with state. Samples are pushed in
/// pieces of any length; outputs come in whole blocks, as soon as nothing that they read is
/// missing, and the rest comes when the end is announced.
///
///   push   x x x x x x x x        y:  (nothing yet)
///   push   x x x                  y:  y y y y y y y y
///   flush                         y:  y y y y y       (for the extent full: the tail, too)
///
/// Together they are, bit for bit and for any pieces, what try_plan(samples) gives for all samples
/// at once.
///
/// Shape    samples [..., n, ...]: x_shape with any n along the first of the convolved axes. A
///          picture is a stream of rows: for axes {0, 1}, pieces [n, width, channels].
/// Memory   memory_bytes(), however long the signal is.
/// Fails    a push or flush that fails with integer_overflow ends the stream until reset().
/// Threads  one call at a time; `threads` work within it, and do not change the bits.
class FALTUNG_API Stream {
 public:
  /// `Problem::stream` is set, and x's extent along the first convolved axis is not looked at;
  /// max_memory is for plan, kernel and workspace, as in any problem. The kernel's rank is looked
  /// for. Refuses what has no streams: windows, lags, the boundary wrap, methods that need all
  /// samples at once.
  /// A kernel with taps that are not finite is summed directly.
  static Result<Stream> try_make(const Problem& problem, const ConstView& h, int threads = 1,
                                 const Planner& planner = {}, Executor* executor = nullptr);
  /// What such a stream would take; makes neither kernel nor room.
  static Result<StreamNeeds> try_needs(const Problem& problem, const ConstView& h, int threads = 1,
                                       const Planner& planner = {});
  Stream(const Problem& problem, const ConstView& h, int threads = 1, const Planner& planner = {},
         Executor* executor = nullptr)
      : Stream(value_or_throw(try_make(problem, h, threads, planner, executor))) {}
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  /// The plan that runs, for a signal without end.
  const Plan& plan() const noexcept;
  /// The plan that gives the same bits for so many samples at once.
  Result<Plan> try_plan(std::int64_t samples) const;
  /// Outputs come in multiples of this many.
  std::int64_t block_outputs() const noexcept;
  /// Bytes of plans, kernel, workspace and the samples that are kept.
  std::int64_t memory_bytes() const noexcept;
  /// Samples pushed and outputs given since the beginning or the last reset.
  std::int64_t pushed() const noexcept;
  std::int64_t given() const noexcept;

  /// How many outputs a push of `samples` samples gives.
  std::int64_t outputs_of_push(std::int64_t samples) const noexcept;
  /// How many outputs flush gives: all that are left.
  std::int64_t outputs_of_flush() const noexcept;
  /// The shape of so many outputs.
  Dims output_shape(std::int64_t outputs) const;

  /// Takes the samples x and writes outputs_of_push of them; y may have no data where that is 0.
  /// Allocates, locks and throws nothing itself. Anything but ok and integer_overflow leaves the
  /// stream and y as they were: shape_mismatch, type_mismatch, aliasing, size_overflow (more than
  /// 2^40 samples, or 2^56 of all axes), invalid_argument (null pointers; the stream has ended).
  Status push(const ConstView& x, const View& y) noexcept;
  /// The end: writes outputs_of_flush. Plans the last block, and so may run out of memory. The
  /// stream takes samples again after a reset.
  Status flush(const View& y) noexcept;
  /// The same into new arrays.
  Result<AnyArray> try_push(const ConstView& x);
  Result<AnyArray> try_flush();
  /// Forgets all samples.
  void reset() noexcept;
  /// What a status means, as a sentence that says what is allowed.
  Failure failure(Status status) const;

 private:
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace faltung
