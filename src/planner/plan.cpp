// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/plan.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "convolution/error_bound.hpp"
#include "planner/plan_impl.hpp"
#include "support/aligned_vector.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// Leading axes of extent 1 may be left out or added.
bool same_shape(const Dims& a, const Dims& b) {
  const int rank = std::max(a.rank(), b.rank());
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t ea = i <= a.rank() ? a[a.rank() - i] : 1;
    const std::int64_t eb = i <= b.rank() ? b[b.rank() - i] : 1;
    if (ea != eb) return false;
  }
  return true;
}

struct Interval {
  std::int64_t from = 0, to = 0;  ///< bytes relative to the data pointer
  bool ok = true;
};

/// The bytes that a view touches, or ok = false where they lie farther away than half of the
/// address space. Strides of axes with one sample mean nothing and are never used.
Interval reach(ElementType type, const Dims& shape, const Dims& strides) {
  checked::Int low = 0, high = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    const checked::Int far = checked::Int(shape[i] - 1) * strides[i];
    checked::Int& end = strides[i] < 0 ? low : high;
    end = end + far;
  }
  const checked::Int from = low * size_bytes(type), to = (high + 1) * size_bytes(type);
  constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
  return {from.value(), to.value(),
          from.ok() && to.ok() && from.value() >= -kFarthest && to.value() <= kFarthest};
}

/// No two samples of y share a place: sorted by |stride|, each stride clears all that is inside.
bool overlaps_itself(const View& y) {
  std::array<std::pair<std::int64_t, std::int64_t>, kMaxRank + 2> axes;
  std::size_t count = 0;
  for (int i = 0; i < y.shape.rank(); ++i)
    if (y.shape[i] > 1) axes[count++] = {std::abs(y.strides[i]), y.shape[i]};
  std::sort(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(count));
  std::int64_t covered = 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (axes[i].first < covered) return true;
    covered += axes[i].first * (axes[i].second - 1);
  }
  return false;
}

/// Views as most calls bring them, whose reach is known.
bool are_dense(const Plan::Impl& impl, const ConstView& x, const View& y) noexcept {
  return x.strides == impl.x_dense && y.strides == impl.y_dense &&
         x.shape == impl.problem.x_shape && y.shape == impl.y_shape && impl.x_bytes >= 0 &&
         impl.y_bytes >= 0;
}

bool are_apart(const Plan::Impl& impl, const void* x, const void* y) noexcept {
  const auto at_x = reinterpret_cast<std::uintptr_t>(x), at_y = reinterpret_cast<std::uintptr_t>(y);
  return at_x < at_y ? at_y - at_x >= static_cast<std::uintptr_t>(impl.x_bytes)
                     : at_x - at_y >= static_cast<std::uintptr_t>(impl.y_bytes);
}

Status check_views(const Plan::Impl& impl, const ConstView& x, const View& y) noexcept {
  if (!same_shape(x.shape, impl.problem.x_shape) || !same_shape(y.shape, impl.y_shape))
    return Status::shape_mismatch;
  if (x.type != impl.problem.x_type || y.type != impl.geometry.y_type) return Status::type_mismatch;
  return check_places(x, y);
}

}  // namespace

Status check_places(const ConstView& x, const View& y) noexcept {
  if (x.data == nullptr || y.data == nullptr) return Status::invalid_argument;
  if (x.shape.rank() != x.strides.rank() || y.shape.rank() != y.strides.rank())
    return Status::shape_mismatch;
  const Interval rx = reach(x.type, x.shape, x.strides), ry = reach(y.type, y.shape, y.strides);
  if (!rx.ok || !ry.ok) return Status::size_overflow;
  if (overlaps_itself(y)) return Status::aliasing;
  // From x to y: user space is less than half of the addresses, so the difference fits.
  const checked::Int apart(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(y.data) -
                                                     reinterpret_cast<std::uintptr_t>(x.data)));
  const checked::Int y_from = apart + ry.from, y_to = apart + ry.to;
  if (!y_from.ok() || !y_to.ok()) return Status::size_overflow;
  return rx.to <= y_from.value() || y_to.value() <= rx.from ? Status::ok : Status::aliasing;
}

std::int64_t Kernel::bytes() const noexcept { return prepared_ ? prepared_->bytes() : 0; }

const Problem& Plan::problem() const noexcept { return impl_->problem; }
std::string Plan::algorithm() const { return impl_->algorithm->name(); }
Problem Plan::settled() const {
  const Plan::Impl& p = *impl_;
  const Problem chosen = p.algorithm->settled(p.asked, p.asked_geometry, p.planner.profile());
  Problem settled = p.problem;
  settled.method = p.algorithm->name();
  settled.block = chosen.block;
  return settled;
}
std::vector<Candidate> Plan::candidates() const {
  const Plan::Impl& p = *impl_;
  return describe(consider(p.asked, p.asked_geometry, p.planner.profile()), p.algorithm);
}
double Plan::predicted_seconds() const {
  if (const double own = impl_->recipe->predicted_seconds(); own >= 0) return own;
  const Axis &here = impl_->geometry.spatial[0], &asked = impl_->asked_geometry.spatial[0];
  const double part = static_cast<double>(here.count) / static_cast<double>(asked.count);
  for (const Candidate& c : candidates())
    if (c.chosen) return c.seconds * part;
  return 0;
}
Dims Plan::output_shape() const noexcept { return impl_->y_shape; }
ElementType Plan::output_type() const noexcept { return impl_->geometry.y_type; }

int Plan::busy_threads(int threads) const noexcept {
  const Recipe& recipe = *impl_->recipe;
  const std::int64_t allowed = impl_->problem.max_memory, scratch = recipe.scratch_bytes();
  const std::int64_t left = allowed - recipe.table_bytes() - recipe.kernel_bytes();
  for (; recipe.shares_tasks(threads); --threads)
    if (allowed == 0 || recipe.shared_bytes(threads) <= left) return threads;
  const std::int64_t busy = std::clamp<std::int64_t>(threads, 1, recipe.tasks());
  if (allowed == 0 || scratch == 0) return static_cast<int>(busy);
  return static_cast<int>(std::clamp<std::int64_t>(left / scratch, 1, busy));
}

std::int64_t Plan::workspace_bytes(int threads) const noexcept {
  if (const std::int64_t own = impl_->recipe->workspace_bytes(threads); own >= 0) return own;
  const int busy = busy_threads(threads);
  if (impl_->recipe->shares_tasks(busy)) return impl_->recipe->shared_bytes(busy);
  const checked::Int bytes = checked::Int(impl_->recipe->scratch_bytes()) * busy;
  return bytes.ok() ? bytes.value() : -1;
}

std::int64_t Plan::memory_bytes(int threads) const noexcept {
  const checked::Int bytes = checked::Int(workspace_bytes(threads)) + impl_->recipe->table_bytes() +
                             impl_->recipe->kernel_bytes();
  return bytes.ok() ? bytes.value() : -1;
}

Result<Kernel> Plan::try_prepare(const ConstView& h) const {
  const Problem& p = impl_->problem;
  if (h.data == nullptr) return refuse(Status::invalid_argument, "the kernel's pointer is null");
  if (h.shape.rank() != h.strides.rank() || !same_shape(h.shape, p.h_shape))
    return refuse(Status::shape_mismatch, "the kernel is " + to_string(h.shape) +
                                              ", the plan is for " + to_string(p.h_shape));
  if (h.type != p.h_type)
    return refuse(Status::type_mismatch, std::string("the kernel is ") + name(h.type) +
                                             ", the plan is for " + name(p.h_type));
  if (!reach(h.type, h.shape, h.strides).ok)
    return refuse(Status::size_overflow, "the kernel's strides leave the address space");
  try {
    auto prepared = impl_->recipe->prepare(h);
    if (!prepared) return tl::unexpected(prepared.error());
    (*prepared)->made_by = impl_->recipe.get();
    return Kernel(std::move(*prepared));
  } catch (const std::bad_alloc&) {
    return refuse(Status::out_of_memory, "not enough memory to prepare the kernel");
  } catch (const std::length_error&) {
    return refuse(Status::out_of_memory, "not enough memory to prepare the kernel");
  }
}

namespace {

/// The arguments by the geometry's axes.
Execution lowered(const Plan::Impl& impl, const ConstView& x, const View& y) noexcept {
  const Geometry& g = impl.geometry;
  const bool components = g.x_components || g.h_components;
  Execution run;
  if (g.compute == Compute::integer) run.read = read_box(g, x);
  run.x = x.data;
  run.y = y.data;
  run.x_strides = x.strides == impl.x_dense ? impl.of_dense_x
                                            : strides_for(g, x.strides, x.shape, g.x_pairs_split());
  run.y_strides =
      y.strides == impl.y_dense ? impl.of_dense_y : strides_for(g, y.strides, y.shape, components);
  run.h_strides = impl.of_kernels;
  run.x_view = &x;
  run.y_view = &y;
  return run;
}

/// Whether the views are those of the plan, x and y apart; `dense`: as most calls bring them.
Status check_arguments(const Plan::Impl& impl, const ConstView& x, const Kernel& kernel,
                       const View& y, bool dense) noexcept {
  if (kernel.prepared() == nullptr || kernel.prepared()->made_by != impl.recipe.get())
    return Status::kernel_mismatch;
  if (x.data == nullptr || y.data == nullptr) return Status::invalid_argument;
  if (dense && x.type == impl.problem.x_type && y.type == impl.geometry.y_type &&
      are_apart(impl, x.data, y.data))
    return Status::ok;
  return check_views(impl, x, y);
}

}  // namespace

Status Plan::execute(const ConstView& x, const Kernel& kernel, const View& y,
                     Workspace& workspace) const noexcept {
  const bool dense = are_dense(*impl_, x, y);
  if (const Status status = check_arguments(*impl_, x, kernel, y, dense); status != Status::ok)
    return status;
  if (workspace.bytes() <
      (workspace.threads() == 1 ? impl_->one_thread_bytes : workspace_bytes(workspace.threads())))
    return Status::workspace_too_small;
  if (on_device() && workspace.device_room() == nullptr) return Status::workspace_too_small;
  if (dense && impl_->recipe->execute_dense(x.data, *kernel.prepared(), y.data, workspace))
    return Status::ok;
  Execution run = lowered(*impl_, x, y);
  run.workspace = &workspace;
  return impl_->recipe->execute(run, *kernel.prepared());
}

bool Plan::on_device() const noexcept { return impl_->algorithm->on_device(); }
std::int64_t Plan::device_work_bytes() const noexcept { return impl_->recipe->device_work_bytes(); }

Status Plan::enqueue(const ConstView& x, const Kernel& kernel, const View& y, void* work,
                     void* stream) const noexcept {
  if (!on_device()) return Status::unsupported;
  if (const Status status = check_arguments(*impl_, x, kernel, y, are_dense(*impl_, x, y));
      status != Status::ok)
    return status;
  // The device reads and writes whole elements alone.
  const auto is_aligned = [](const void* p, ElementType type) {
    const std::int64_t real = size_bytes(type) / (is_complex(type) ? 2 : 1);
    return reinterpret_cast<std::uintptr_t>(p) % static_cast<std::uintptr_t>(real) == 0;
  };
  if (!is_aligned(x.data, x.type) || !is_aligned(y.data, y.type)) return Status::invalid_argument;
  if (work == nullptr && device_work_bytes() > 0) return Status::workspace_too_small;
  return impl_->recipe->enqueue(lowered(*impl_, x, y), *kernel.prepared(), work, stream);
}

Failure Plan::failure(Status status) const {
  const Problem& p = impl_->problem;
  std::string message = describe(status);
  if (status == Status::shape_mismatch)
    message += ": the plan takes x " + to_string(p.x_shape) + " and y " + to_string(impl_->y_shape);
  else if (status == Status::type_mismatch)
    message +=
        std::string(": the plan takes x ") + name(p.x_type) + " and y " + name(output_type());
  else if (status == Status::integer_overflow && p.policy == Policy::saturate)
    message +=
        ": the odd boundary makes samples beyond 64 bits; ask for policy wrap or another "
        "boundary, or convert the input to f64";
  else if (status == Status::integer_overflow)
    message += std::string(" (") + name(output_type()) +
               ", from max|x| sum|h|); ask for a wider result type, or for policy saturate or "
               "wrap, or convert the input to f64";
  return {status, message};
}

ErrorBound Plan::error_bound(const ConstView& x, const Kernel& kernel) const {
  if (kernel.prepared() == nullptr || kernel.prepared()->made_by != impl_->recipe.get())
    throw Error({Status::kernel_mismatch, "the kernel was prepared by another plan"});
  if (x.data == nullptr) throw Error({Status::invalid_argument, "the pointer of x is null"});
  if (x.shape.rank() != x.strides.rank() || !same_shape(x.shape, impl_->problem.x_shape) ||
      x.type != impl_->problem.x_type || !reach(x.type, x.shape, x.strides).ok)
    throw Error({Status::shape_mismatch, "x is not what the plan is for"});
  ErrorBound bound = impl_->recipe->error_bound(x, *kernel.prepared());
  const Geometry& g = impl_->geometry;
  if (g.rounds()) {
    const auto outputs =
        static_cast<long double>(g.outputs()) * static_cast<long double>(g.batches());
    set_bound(bound, bound.maximum + 0.5L, bound.l2 + 0.5L * std::sqrt(outputs));
  }
  return bound;
}

Result<Workspace> Workspace::try_make(const Plan& plan, int threads, Executor* executor) {
  if (threads < 1 || threads > 4096)
    return refuse(Status::invalid_argument, "threads is 1 to 4096, not " + std::to_string(threads));
  threads = plan.busy_threads(threads);
  Workspace workspace;
  workspace.threads_ = threads;
  workspace.executor_ = executor != nullptr ? executor : &default_executor();
  workspace.bytes_ = plan.workspace_bytes(threads);
  if (workspace.bytes_ < 0)
    return refuse(Status::size_overflow, "the workspace does not fit 64 bits");
  if (workspace.bytes_ > 0) {
    workspace.data_ = static_cast<std::byte*>(
        support::allocate_aligned(static_cast<std::size_t>(workspace.bytes_)));
    if (workspace.data_ == nullptr)
      return refuse(Status::out_of_memory, "not enough memory for a workspace of " +
                                               std::to_string(workspace.bytes_) + " bytes");
  }
  auto room = plan.impl().recipe->device_room();
  if (!room) return tl::unexpected(room.error());
  workspace.device_room_ = std::move(*room);
  return workspace;
}

Workspace::Workspace(const Plan& plan, int threads, Executor* executor)
    : Workspace(value_or_throw(try_make(plan, threads, executor))) {}
Workspace::~Workspace() { support::free_aligned(data_, static_cast<std::size_t>(bytes_)); }
Workspace::Workspace(Workspace&& other) noexcept { *this = std::move(other); }
Workspace& Workspace::operator=(Workspace&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(threads_, other.threads_);
  std::swap(executor_, other.executor_);
  std::swap(device_room_, other.device_room_);
  return *this;
}

}  // namespace faltung
