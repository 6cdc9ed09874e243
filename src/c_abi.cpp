// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The C interface: translates, and turns every exception into a status.
#include "faltung/faltung.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "faltung/stream.hpp"
#include "faltung/version.hpp"

struct faltung_plan {
  faltung::Plan plan;
  std::string problem, algorithm, explanation;
};
struct faltung_kernel {
  faltung::Kernel kernel;
};
struct faltung_workspace {
  faltung::Workspace workspace;
};
struct faltung_stream {
  faltung::Stream stream;
};

namespace {

using faltung::Failure;
using faltung::Status;

static_assert(FALTUNG_DEVICE_FAILED == static_cast<int>(Status::device_failed));
static_assert(FALTUNG_INTEGER_OVERFLOW == static_cast<int>(Status::integer_overflow));
static_assert(FALTUNG_I64 == static_cast<int>(faltung::ElementType::i64));
static_assert(FALTUNG_F16 == static_cast<int>(faltung::ElementType::f16));
static_assert(FALTUNG_C128 == static_cast<int>(faltung::ElementType::c128));
static_assert(FALTUNG_MAX_RANK == faltung::kMaxRank);

faltung_status report(Status status, std::string_view message, faltung_error* error) noexcept {
  if (error != nullptr) {
    error->status = static_cast<faltung_status>(status);
    const std::size_t n = std::min(message.size(), sizeof error->message - 1);
    std::memcpy(error->message, message.data(), n);
    error->message[n] = '\0';
  }
  return static_cast<faltung_status>(status);
}

faltung_status report(const Failure& failure, faltung_error* error) noexcept {
  return report(failure.status, failure.message, error);
}

faltung_status null_argument(const char* what, faltung_error* error) noexcept {
  return report(Status::invalid_argument, std::string_view(what), error);
}

/// Runs f, which returns a status; exceptions become statuses.
template <class F>
faltung_status guarded(faltung_error* error, F&& f) noexcept {
  try {
    const faltung_status status = f();
    return status == FALTUNG_OK ? report(Status::ok, "", error) : status;
  } catch (const faltung::Error& e) {
    return report(e.status(), e.what(), error);
  } catch (const std::bad_alloc&) {
    return report(Status::out_of_memory, "out of memory", error);
  } catch (const std::exception& e) {
    return report(Status::invalid_argument, e.what(), error);
  }
}

/// The C++ view of a C one; the rank and the type are checked here, the rest by the plan.
template <class To, class From>
bool to_view(const From& from, To& to) noexcept {
  if (from.rank < 1 || from.rank > FALTUNG_MAX_RANK || from.shape == nullptr ||
      from.type < FALTUNG_F32 || from.type > FALTUNG_F16)
    return false;
  faltung::Dims shape, strides;
  for (int i = 0; i < from.rank; ++i) shape.push_back(from.shape[i]);
  for (int i = 0; i < from.rank && from.strides != nullptr; ++i) strides.push_back(from.strides[i]);
  if (from.strides == nullptr) strides = faltung::dense_strides(shape);
  to = To(from.data, static_cast<faltung::ElementType>(from.type), shape, strides);
  return true;
}

constexpr const char* kBadView = "a view has rank 1 to 16, a shape, and one of the element types";

}  // namespace

extern "C" {

const char* faltung_version(void) { return FALTUNG_VERSION; }
const char* faltung_describe(faltung_status status) {
  return faltung::describe(static_cast<Status>(status));
}

faltung_status faltung_plan_create(const char* problem, faltung_plan** plan, faltung_error* error) {
  if (problem == nullptr || plan == nullptr)
    return null_argument("problem and plan must not be NULL", error);
  return guarded(error, [&]() -> faltung_status {
    const auto parsed = faltung::Problem::try_parse(problem);
    if (!parsed) return report(parsed.error(), error);
    auto made = faltung::Planner{}.try_plan(*parsed);
    if (!made) return report(made.error(), error);
    *plan =
        new faltung_plan{*made, made->problem().to_string(), made->algorithm(), made->explain()};
    return FALTUNG_OK;
  });
}
void faltung_plan_destroy(faltung_plan* plan) { delete plan; }
const char* faltung_plan_problem(const faltung_plan* plan) { return plan->problem.c_str(); }
const char* faltung_plan_algorithm(const faltung_plan* plan) { return plan->algorithm.c_str(); }
const char* faltung_plan_explain(const faltung_plan* plan) { return plan->explanation.c_str(); }

int32_t faltung_plan_output_shape(const faltung_plan* plan, int64_t* shape) {
  const faltung::Dims dims = plan->plan.output_shape();
  std::copy(dims.begin(), dims.end(), shape);
  return dims.rank();
}
faltung_type faltung_plan_output_type(const faltung_plan* plan) {
  return static_cast<faltung_type>(plan->plan.output_type());
}
int64_t faltung_plan_workspace_bytes(const faltung_plan* plan, int32_t threads) {
  return plan->plan.workspace_bytes(threads);
}
faltung_status faltung_plan_zero_lag_index(const faltung_plan* plan, int32_t axis, int64_t* index,
                                           faltung_error* error) {
  if (plan == nullptr || index == nullptr)
    return null_argument("plan and index must not be NULL", error);
  return guarded(error, [&]() -> faltung_status {
    const auto found = plan->plan.problem().zero_lag_index(axis);
    if (!found) return report(found.error(), error);
    *index = *found;
    return FALTUNG_OK;
  });
}

faltung_status faltung_kernel_prepare(const faltung_plan* plan, const faltung_const_view* h,
                                      faltung_kernel** kernel, faltung_error* error) {
  if (plan == nullptr || h == nullptr || kernel == nullptr)
    return null_argument("plan, h and kernel must not be NULL", error);
  return guarded(error, [&]() -> faltung_status {
    faltung::ConstView view;
    if (!to_view(*h, view)) return null_argument(kBadView, error);
    auto prepared = plan->plan.try_prepare(view);
    if (!prepared) return report(prepared.error(), error);
    *kernel = new faltung_kernel{std::move(*prepared)};
    return FALTUNG_OK;
  });
}
void faltung_kernel_destroy(faltung_kernel* kernel) { delete kernel; }

faltung_status faltung_workspace_create(const faltung_plan* plan, int32_t threads,
                                        faltung_workspace** workspace, faltung_error* error) {
  if (plan == nullptr || workspace == nullptr)
    return null_argument("plan and workspace must not be NULL", error);
  return guarded(error, [&]() -> faltung_status {
    auto made = faltung::Workspace::try_make(plan->plan, threads);
    if (!made) return report(made.error(), error);
    *workspace = new faltung_workspace{std::move(*made)};
    return FALTUNG_OK;
  });
}
void faltung_workspace_destroy(faltung_workspace* workspace) { delete workspace; }

faltung_status faltung_execute(const faltung_plan* plan, const faltung_const_view* x,
                               const faltung_kernel* kernel, const faltung_view* y,
                               faltung_workspace* workspace, faltung_error* error) {
  if (plan == nullptr || x == nullptr || kernel == nullptr || y == nullptr || workspace == nullptr)
    return null_argument("plan, x, kernel, y and workspace must not be NULL", error);
  faltung::ConstView x_view;
  faltung::View y_view;
  if (!to_view(*x, x_view) || !to_view(*y, y_view)) return null_argument(kBadView, error);
  const Status status = plan->plan.execute(x_view, kernel->kernel, y_view, workspace->workspace);
  if (status == Status::ok) return report(status, "", error);
  return guarded(error, [&] { return report(plan->plan.failure(status), error); });
}

faltung_status faltung_error_bound(const faltung_plan* plan, const faltung_const_view* x,
                                   const faltung_kernel* kernel, double* maximum, double* l2,
                                   faltung_error* error) {
  if (plan == nullptr || x == nullptr || kernel == nullptr)
    return null_argument("plan, x and kernel must not be NULL", error);
  return guarded(error, [&]() -> faltung_status {
    faltung::ConstView view;
    if (!to_view(*x, view)) return null_argument(kBadView, error);
    const faltung::ErrorBound bound = plan->plan.error_bound(view, kernel->kernel);
    if (maximum != nullptr) *maximum = bound.maximum;
    if (l2 != nullptr) *l2 = bound.l2;
    return FALTUNG_OK;
  });
}

faltung_status faltung_stream_create(const char* problem, const faltung_const_view* h,
                                     int32_t threads, faltung_stream** stream,
                                     faltung_error* error) {
  if (problem == nullptr || h == nullptr || stream == nullptr)
    return null_argument("problem, h and stream must not be NULL", error);
  return guarded(error, [&]() -> faltung_status {
    const auto parsed = faltung::Problem::try_parse(problem);
    if (!parsed) return report(parsed.error(), error);
    faltung::ConstView view;
    if (!to_view(*h, view)) return null_argument(kBadView, error);
    auto made = faltung::Stream::try_make(*parsed, view, threads);
    if (!made) return report(made.error(), error);
    *stream = new faltung_stream{std::move(*made)};
    return FALTUNG_OK;
  });
}
void faltung_stream_destroy(faltung_stream* stream) { delete stream; }
int64_t faltung_stream_outputs_of_push(const faltung_stream* stream, int64_t samples) {
  return stream->stream.outputs_of_push(samples);
}
int64_t faltung_stream_outputs_of_flush(const faltung_stream* stream) {
  return stream->stream.outputs_of_flush();
}
int32_t faltung_stream_output_shape(const faltung_stream* stream, int64_t outputs, int64_t* shape) {
  const faltung::Dims dims = stream->stream.output_shape(outputs);
  std::copy(dims.begin(), dims.end(), shape);
  return dims.rank();
}

faltung_status faltung_stream_push(faltung_stream* stream, const faltung_const_view* x,
                                   const faltung_view* y, faltung_error* error) {
  if (stream == nullptr || x == nullptr)
    return null_argument("stream and x must not be NULL", error);
  faltung::ConstView x_view;
  faltung::View y_view;
  if (!to_view(*x, x_view) || (y != nullptr && !to_view(*y, y_view)))
    return null_argument(kBadView, error);
  const Status status = stream->stream.push(x_view, y_view);
  if (status == Status::ok) return report(status, "", error);
  return guarded(error, [&] { return report(stream->stream.failure(status), error); });
}

faltung_status faltung_stream_flush(faltung_stream* stream, const faltung_view* y,
                                    faltung_error* error) {
  if (stream == nullptr) return null_argument("stream must not be NULL", error);
  faltung::View y_view;
  if (y != nullptr && !to_view(*y, y_view)) return null_argument(kBadView, error);
  const Status status = stream->stream.flush(y_view);
  if (status == Status::ok) return report(status, "", error);
  return guarded(error, [&] { return report(stream->stream.failure(status), error); });
}
void faltung_stream_reset(faltung_stream* stream) { stream->stream.reset(); }

}  // extern "C"
