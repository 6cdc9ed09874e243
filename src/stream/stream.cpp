// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A stream runs the plan of a signal of kEndless samples, a few tiles at a time, on a window of
// samples that moves along:
//
// Along its axis, the first one that is convolved; what lies along the others is pushed together.
//
//   samples   0 ...... base                                   pushed
//   buffer               [ span - 1 |  tile  |  tile  | ..... ]
//   outputs   ............ done ----> as many whole tiles as have all that they read
//
// Tiles lie where the plan for any length has them, so the bits are the same; only the tiles at
// the end see how long the signal was, and belong to a plan for that length.
#include "faltung/stream.hpp"

#include <algorithm>
#include <cstring>

#include "planner/plan_impl.hpp"
#include "stream/stream_plan.hpp"
#include "support/aligned_vector.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

}  // namespace

struct Stream::Impl {
  Impl(Problem asked, const Planner& by, Plan of_all, Kernel prepared, Workspace room)
      : problem(std::move(asked)),
        planner(by),
        plan(std::move(of_all)),
        kernel(std::move(prepared)),
        workspace(std::move(room)) {}

  Problem problem;  ///< its x_shape is that of the window of samples
  Planner planner;
  Plan plan;
  Kernel kernel;
  Workspace workspace;
  int axis = 0;  ///< the convolved one
  support::AlignedVector<std::byte> buffer;
  std::int64_t base = 0, pushed = 0;  ///< samples [base, pushed) are in the buffer
  std::int64_t done = 0;
  bool ended = false;

  const Axis& along() const { return plan.impl().geometry.spatial[0]; }
  std::int64_t tile() const { return plan.impl().recipe->tile_outputs(); }
  std::int64_t capacity() const { return problem.x_shape[axis]; }
  bool reflects() const { return problem.boundary != Boundary::constant; }

  std::int64_t outputs_before(std::int64_t samples) const;
  std::int64_t outputs_of(std::int64_t samples) const;
  void append(const ConstView& x, std::int64_t from, std::int64_t count) noexcept;
  void make_room() noexcept;
  Status run(const Plan& by, std::int64_t to, const View& y, std::int64_t y_first) noexcept;
  Dims output_shape(std::int64_t outputs) const;
};

/// Outputs that need none of the samples from `samples` on, in whole tiles. The first ones of a
/// reflected signal read samples as far inside as the kernel reaches beyond the beginning.
std::int64_t Stream::Impl::outputs_before(std::int64_t samples) const {
  const Axis& a = along();
  if (samples <= a.first || (reflects() && samples < a.span)) return 0;
  const std::int64_t outputs = (samples - 1 - a.first) / a.step + 1;
  return outputs / tile() * tile();
}

/// All outputs of so many samples.
std::int64_t Stream::Impl::outputs_of(std::int64_t samples) const {
  const Axis& a = along();
  if (samples == 0) return 0;
  std::int64_t count = samples;
  if (problem.extent == Extent::full) count += a.span - 1;
  if (problem.extent == Extent::valid) count -= a.span - 1;
  return count <= 0 ? 0 : checked::ceil_div(count, a.step);
}

Dims Stream::Impl::output_shape(std::int64_t outputs) const {
  Dims shape = plan.output_shape();
  shape[axis] = outputs;
  return shape;
}

void Stream::Impl::append(const ConstView& x, std::int64_t from, std::int64_t count) noexcept {
  const auto bytes = static_cast<std::size_t>(size_bytes(x.type));
  const Dims strides = dense_strides(problem.x_shape);
  Dims shape = problem.x_shape;
  shape[axis] = count;
  copy_box(static_cast<const std::byte*>(x.data) +
               from * x.strides[axis] * static_cast<std::int64_t>(bytes),
           x.strides,
           buffer.data() + (pushed - base) * strides[axis] * static_cast<std::int64_t>(bytes),
           strides, shape, 0, bytes);
  pushed += count;
}

/// Drops the samples that no further output reads; a reflection at the end reads the last span.
void Stream::Impl::make_room() noexcept {
  const Axis& a = along();
  std::int64_t keep = std::min(pushed, a.reads_first(done));
  if (reflects()) keep = std::min(keep, pushed - a.span);
  keep = std::max<std::int64_t>(keep, 0);
  if (keep <= base) return;
  std::int64_t outer = size_bytes(problem.x_type), rows = 1;
  for (int i = 0; i < axis; ++i) rows *= problem.x_shape[i];
  for (int i = axis + 1; i < problem.x_shape.rank(); ++i) outer *= problem.x_shape[i];
  for (std::int64_t row = 0; row < rows; ++row) {
    std::byte* to = buffer.data() + row * capacity() * outer;
    std::memmove(to, to + (keep - base) * outer, static_cast<std::size_t>((pushed - keep) * outer));
  }
  base = keep;
}

/// Computes outputs [done, to) by a plan whose tiles are this stream's.
Status Stream::Impl::run(const Plan& by, std::int64_t to, const View& y,
                         std::int64_t y_first) noexcept {
  const Plan::Impl& p = by.impl();
  const Geometry& g = p.geometry;
  Execution execution;
  execution.read = ConstView(buffer.data(), problem.x_type, problem.x_shape);
  execution.x_strides = strides_for(g, execution.read.strides, problem.x_shape, g.x_pairs_split());
  execution.y_strides = strides_for(g, y.strides, y.shape, g.x_components || g.h_components);
  execution.h_strides = p.of_kernels;
  execution.read.shape[axis] = pushed - base;
  execution.x = buffer.data();
  execution.y = y.data;
  execution.x_first = base;
  execution.y_first = y_first;
  execution.first_tile = done / tile();
  execution.tiles = checked::ceil_div(to, tile()) - execution.first_tile;
  execution.workspace = &workspace;
  const Status status = p.recipe->execute(execution, *kernel.prepared());
  if (status == Status::ok) done = to;
  else ended = true;
  return status;
}

Stream::Stream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

Result<Stream> Stream::try_make(const Problem& problem, const ConstView& h, int threads,
                                const Planner& planner, Executor* executor) {
  try {
    auto plan = plan_stream(problem, h, planner);
    if (!plan) return tl::unexpected(plan.error());
    auto kernel = plan->try_prepare(h);
    if (!kernel) return tl::unexpected(kernel.error());
    auto workspace = Workspace::try_make(*plan, threads, executor);
    if (!workspace) return tl::unexpected(workspace.error());
    const auto window = stream_window(*plan, threads);
    if (!window) return tl::unexpected(window.error());
    const Problem asked = plan->problem();
    auto impl = std::make_unique<Impl>(asked, planner, std::move(*plan), std::move(*kernel),
                                       std::move(*workspace));
    impl->axis = stream_axis(impl->problem);
    impl->problem.x_shape = window->shape;
    impl->buffer.resize(static_cast<std::size_t>(window->bytes));
    return Stream(std::move(impl));
  } catch (const std::bad_alloc&) {
    return refuse(Status::out_of_memory, "not enough memory for the stream");
  } catch (const std::length_error&) {
    return refuse(Status::out_of_memory, "not enough memory for the stream");
  }
}

const Plan& Stream::plan() const noexcept { return impl_->plan; }
std::int64_t Stream::block_outputs() const noexcept { return impl_->tile(); }
std::int64_t Stream::pushed() const noexcept { return impl_->pushed; }
std::int64_t Stream::given() const noexcept { return impl_->done; }
Dims Stream::output_shape(std::int64_t outputs) const { return impl_->output_shape(outputs); }

std::int64_t Stream::memory_bytes() const noexcept {
  const StreamWindow window{impl_->problem.x_shape,
                            static_cast<std::int64_t>(impl_->buffer.size())};
  return stream_bytes(impl_->plan, impl_->workspace.threads(), window);
}

Result<Plan> Stream::try_plan(std::int64_t samples) const {
  Problem p = impl_->problem;
  p.x_shape[impl_->axis] = samples;
  return impl_->planner.try_plan(p);
}

std::int64_t Stream::outputs_of_push(std::int64_t samples) const noexcept {
  if (impl_->ended || samples <= 0 || samples > impl_->along().n) return 0;
  return impl_->outputs_before(impl_->pushed + samples) - impl_->done;
}

std::int64_t Stream::outputs_of_flush() const noexcept {
  return impl_->ended ? 0 : impl_->outputs_of(impl_->pushed) - impl_->done;
}

Status Stream::push(const ConstView& x, const View& y) noexcept {
  Impl& s = *impl_;
  if (s.ended || x.data == nullptr) return Status::invalid_argument;
  Dims shape = s.problem.x_shape;
  if (x.shape.rank() != shape.rank() || x.strides.rank() != shape.rank())
    return Status::shape_mismatch;
  const std::int64_t count = shape[s.axis] = x.shape[s.axis];
  if (!(x.shape == shape) || count < 0) return Status::shape_mismatch;
  if (x.type != s.problem.x_type) return Status::type_mismatch;
  if (count == 0) return Status::ok;
  if (count > s.along().n - s.along().span - s.pushed) return Status::size_overflow;
  const std::int64_t outputs = outputs_of_push(count);
  if (outputs > 0) {
    if (!(y.shape == s.output_shape(outputs))) return Status::shape_mismatch;
    if (y.type != s.plan.output_type()) return Status::type_mismatch;
    if (const Status status = check_places(x, y); status != Status::ok) return status;
  }
  const std::int64_t y_first = s.done;
  for (std::int64_t taken = 0; taken < count;) {
    if (s.pushed - s.base == s.capacity()) s.make_room();
    const std::int64_t here = std::min(count - taken, s.capacity() - (s.pushed - s.base));
    s.append(x, taken, here);
    taken += here;
    const std::int64_t ready = s.outputs_before(s.pushed);
    if (ready == s.done) continue;
    if (const Status status = s.run(s.plan, ready, y, y_first); status != Status::ok) return status;
  }
  return Status::ok;
}

Status Stream::flush(const View& y) noexcept {
  Impl& s = *impl_;
  if (s.ended) return Status::invalid_argument;
  const std::int64_t outputs = outputs_of_flush();
  if (outputs > 0) {
    if (!(y.shape == s.output_shape(outputs)) || y.strides.rank() != y.shape.rank())
      return Status::shape_mismatch;
    if (y.type != s.plan.output_type()) return Status::type_mismatch;
    const ConstView kept(s.buffer.data(), s.problem.x_type, s.problem.x_shape);
    if (const Status status = check_places(kept, y); status != Status::ok) return status;
    const auto end = try_plan(s.pushed);
    if (!end) return end.error().status;
    if (const Status status = s.run(*end, s.done + outputs, y, s.done); status != Status::ok)
      return status;
  }
  s.ended = true;
  return Status::ok;
}

namespace {

Result<AnyArray> room_for(ElementType type, const Dims& shape) {
  AnyArray y{type, shape, {}};
  try {
    y.bytes.resize(static_cast<std::size_t>(element_count(shape)) *
                   static_cast<std::size_t>(size_bytes(type)));
  } catch (const std::exception&) {
    return refuse(Status::out_of_memory, "not enough memory for the outputs");
  }
  return y;
}

}  // namespace

Result<AnyArray> Stream::try_push(const ConstView& x) {
  const bool fits = x.shape.rank() == impl_->problem.x_shape.rank();
  const std::int64_t outputs = fits ? outputs_of_push(x.shape[impl_->axis]) : 0;
  auto y = room_for(impl_->plan.output_type(), output_shape(outputs));
  if (!y) return y;
  if (const Status status = push(x, y->view()); status != Status::ok)
    return tl::unexpected(failure(status));
  return y;
}

Result<AnyArray> Stream::try_flush() {
  auto y = room_for(impl_->plan.output_type(), output_shape(outputs_of_flush()));
  if (!y) return y;
  if (const Status status = flush(y->view()); status != Status::ok)
    return tl::unexpected(failure(status));
  return y;
}

void Stream::reset() noexcept {
  impl_->base = impl_->pushed = impl_->done = 0;
  impl_->ended = false;
}

Failure Stream::failure(Status status) const {
  if (status == Status::invalid_argument && impl_->ended)
    return {status, "the stream has ended; reset it to begin anew"};
  if (status == Status::size_overflow)
    return {status, "a stream takes at most " + std::to_string(impl_->along().n) +
                        " samples along its axis, and strides within the address space"};
  if (status == Status::shape_mismatch) {
    Dims x = impl_->problem.x_shape;
    x[impl_->axis] = 1;
    return {status, "the stream takes samples " + to_string(x) + " with any extent of axis " +
                        std::to_string(impl_->axis) +
                        ", and as many outputs as outputs_of_push and outputs_of_flush say"};
  }
  return impl_->plan.failure(status);
}

}  // namespace faltung
