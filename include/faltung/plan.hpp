// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "faltung/machine_profile.hpp"
#include "faltung/problem.hpp"

namespace faltung {

/// Runs tasks 0 .. count-1, each once, in any order and on any threads, and returns when all have
/// ended. Replace it to run on threads of your own. `run` must not throw.
class FALTUNG_API Executor {
 public:
  virtual ~Executor() = default;
  using Task = void (*)(void* state, int index) noexcept;
  virtual void run(int count, Task task, void* state) noexcept = 0;
};

/// The executor used where none is given: oneTBB, or the calling thread in a serial build.
FALTUNG_API Executor& default_executor() noexcept;

/// What a planner found about one algorithm of its list.
struct Candidate {
  std::string name;
  bool supported = false;
  bool on_device = false;  ///< computes on a GPU
  bool chosen = false;
  std::string reason;       ///< why it cannot, or how it would
  double flop = 0;          ///< floating point operations of one execution
  double bytes = 0;         ///< bytes read and written, counting what passes the caches
  double seconds = 0;       ///< one execution on one thread, and 1/reuse of preparing the kernel
  double copy_seconds = 0;  ///< those of them that take x to a GPU and y back
  std::int64_t memory_bytes = 0;  ///< plan, prepared kernel and one thread's workspace
  double error = 0;               ///< |y - exact| is at most this times max|x| sum|h|
};

/// A bound on the rounding error of one result, and what it was computed from.
///   maximum  |y - exact| is at most this, for every output
///   l2       the Euclidean norm of y - exact is at most this
/// Both are 0 for integers. Source: docs/accuracy.md.
struct ErrorBound {
  double maximum = 0;
  double l2 = 0;
  double coefficient = 0;  ///< C: direct |e| <= C u (|x|*|h|), transforms |e| <= C u |x|_2 |h|_2
  double unit_roundoff = 0;
};

/// A second operand, packed or transformed by one plan. Immutable, cheap to copy, thread-safe.
class FALTUNG_API Kernel {
 public:
  Kernel() = default;
  std::int64_t bytes() const noexcept;

  struct Prepared;  // the algorithm's own
  explicit Kernel(std::shared_ptr<const Prepared> prepared) : prepared_(std::move(prepared)) {}
  const Prepared* prepared() const noexcept { return prepared_.get(); }

 private:
  std::shared_ptr<const Prepared> prepared_;
};

class Workspace;

/// A recipe with its tables: immutable, thread-safe, cheap to copy.
///
/// Threads  const; one Workspace for each call that runs at the same time.
/// Fails    prepare: shape_mismatch, type_mismatch, kernel_mismatch (not of the
///          problem's rank), out_of_memory. execute: see there.
class FALTUNG_API Plan {
 public:
  const Problem& problem() const noexcept;
  /// The algorithm's name in algorithms.def.
  std::string algorithm() const;
  /// The problem with the method and the blocks that were chosen written down: planned again, for a
  /// stream or within less memory, it gives the same bits.
  Problem settled() const;
  /// The winner as a tree, then every algorithm of the list with its predicted time, memory and
  /// error bound, or the reason why it cannot; text for people.
  std::string explain() const;
  /// The same as a JSON object {problem, algorithm, tree, profile, memory_bytes, candidates}.
  std::string explain_json() const;
  std::vector<Candidate> candidates() const;
  /// What the planner expects of one execution on one thread, and 1/reuse of preparing the kernel.
  double predicted_seconds() const;
  Dims output_shape() const noexcept;
  ElementType output_type() const noexcept;
  /// Of that many threads those that have something to do and, where the problem has a max_memory,
  /// keep within it.
  int busy_threads(int threads) const noexcept;
  /// Bytes that a Workspace of that many threads holds: of busy_threads(threads), or of one, with
  /// room for a row for each, where they compute each block together.
  std::int64_t workspace_bytes(int threads = 1) const noexcept;
  /// Bytes of the plan itself, one prepared kernel and such a workspace; x and y are the caller's.
  std::int64_t memory_bytes(int threads = 1) const noexcept;

  /// Packs or transforms h. Shape: the problem's h_shape; any strides.
  Result<Kernel> try_prepare(const ConstView& h) const;
  Kernel prepare(const ConstView& h) const { return value_or_throw(try_prepare(h)); }

  /// y = x with kernel. Allocates, locks and throws nothing itself. Anything but ok leaves y as
  /// it was: shape_mismatch, type_mismatch, kernel_mismatch, workspace_too_small, aliasing (y
  /// overlaps x or itself), integer_overflow (policy exact and the data's own range); after
  /// device_failed y may hold anything.
  Status execute(const ConstView& x, const Kernel& kernel, const View& y,
                 Workspace& workspace) const noexcept;

  /// Whether the plan computes on a GPU. Then a Workspace holds room for x and y there, and execute
  /// copies them there and back.
  bool on_device() const noexcept;
  /// execute() on arrays of the GPU, such as DeviceArrays or the CUDA runtime's, in the order of a
  /// stream (a cudaStream_t or CUstream; null: the default one): it returns at once, copies nothing
  /// and waits for nothing, so that it can be captured in a graph. `work` is device_work_bytes() of
  /// the GPU's memory, at a multiple of 16, for one call at a time. The plan, the kernel, x, y and
  /// `work` have to live until the stream is through with them, and as long as a graph that they
  /// were captured in. Pointers lie at a multiple of their real elements' size; other ones, and
  /// those that the GPU does not reach, are refused with invalid_argument. Statuses are those of
  /// execute, device_failed, and unsupported for a plan of the CPU; integers whose sums the types
  /// alone do not prove to fit are refused.
  Status enqueue(const ConstView& x, const Kernel& kernel, const View& y, void* work,
                 void* stream) const noexcept;
  std::int64_t device_work_bytes() const noexcept;

  /// What a status of execute means for this plan, as a sentence that says what is allowed.
  Failure failure(Status status) const;

  /// Bounds of the rounding error of execute on this data. Takes up to the time of an execution,
  /// and scratch memory of its own; throws Error where x or the kernel is not the plan's.
  ErrorBound error_bound(const ConstView& x, const Kernel& kernel) const;

  struct Impl;
  explicit Plan(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const noexcept { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Scratch memory of one running call: made once, used for any number of calls of its plan.
class FALTUNG_API Workspace {
 public:
  /// Throws Error(out_of_memory). threads >= 1; the result's bits do not depend on it, and
  /// Plan::busy_threads says how many of them are used.
  explicit Workspace(const Plan& plan, int threads = 1, Executor* executor = nullptr);
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

  static Result<Workspace> try_make(const Plan& plan, int threads = 1,
                                    Executor* executor = nullptr);
  int threads() const noexcept { return threads_; }
  std::int64_t bytes() const noexcept { return bytes_; }
  std::byte* data() const noexcept { return data_; }
  Executor& executor() const noexcept { return *executor_; }

  struct DeviceRoom;  // what it holds on a GPU
  const DeviceRoom* device_room() const noexcept { return device_room_.get(); }

 private:
  Workspace() = default;
  std::shared_ptr<const DeviceRoom> device_room_;
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
  int threads_ = 1;
  Executor* executor_ = nullptr;
};

/// Walks the list of algorithms and makes a plan of the cheapest that supports the problem, meets
/// its tolerance and keeps within its memory. Immutable, thread-safe, cheap to copy.
class FALTUNG_API Planner {
 public:
  /// With the costs of the shipped table, or of another profile. A problem that says
  /// `reproducible` is planned by the shipped table whatever the profile is.
  Planner() = default;
  explicit Planner(const MachineProfile& profile)
      : profile_(std::make_shared<const MachineProfile>(profile)) {}

  /// Refuses what Problem::check refuses, an unknown method, a forced one that cannot, a tolerance
  /// or a memory that no method keeps within: each with what would do.
  Result<Plan> try_plan(const Problem& problem) const;
  Plan plan(const Problem& problem) const { return value_or_throw(try_plan(problem)); }
  /// A plan for this very kernel: where its rank is low enough to matter, the plan's problem says
  /// so (`rank=`) and its kernels must be of that rank. Takes time in proportion to the taps.
  Result<Plan> try_plan(const Problem& problem, const ConstView& h) const;
  Plan plan(const Problem& problem, const ConstView& h) const {
    return value_or_throw(try_plan(problem, h));
  }
  /// Every algorithm of the list with its reason and estimate, in the list's order; none is chosen.
  Result<std::vector<Candidate>> candidates(const Problem& problem) const;
  const MachineProfile& profile() const noexcept {
    return profile_ ? *profile_ : MachineProfile::shipped();
  }

 private:
  std::shared_ptr<const MachineProfile> profile_;  ///< none: the shipped one
};

/// The names of algorithms.def, in order.
FALTUNG_API std::vector<std::string> algorithm_names();

/// Names of the instruction sets compiled in ("avx512", "avx2", "sse4", "scalar", ...), best
/// first; the one in use; and which of them this processor runs. FALTUNG_FORCE_TARGET names one
/// to use instead; an unknown one, or one that this processor lacks, is an error of every plan.
FALTUNG_API std::vector<std::string> compiled_targets();
FALTUNG_API std::vector<std::string> supported_targets();
FALTUNG_API Result<std::string> active_target();

}  // namespace faltung
