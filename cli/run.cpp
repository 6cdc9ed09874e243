// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>

#include "clock.hpp"
#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "faltung/filter_plan.hpp"
#include "files.hpp"
#include "kernel.hpp"
#include "mask.hpp"
#include "piecewise.hpp"
#include "planner.hpp"
#include "plot.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "sampled.hpp"

namespace faltung::cli {
namespace {

// Before anything is read: no output may be an input, or the other output.
void check_files(const Request& request) {
  const std::string kernel = request.kernel_text ? std::string() : request.kernel;
  for (const std::string& output : {request.output, request.plot}) {
    if (output.empty() || output == "-") continue;
    for (const std::string& input : {request.input, kernel, request.mask})
      if (!input.empty() && same_file(output, input))
        throw Stop(kUsage,
                   fmt::format("{} and {} are the same file; write to another one", output, input));
    check_destination(output);
  }
  if (!request.plot.empty() && !request.output.empty() && same_file(request.output, request.plot))
    throw Stop(kUsage, fmt::format("-o {} and --plot {} are the same file; write to two",
                                   request.output, request.plot));
  if (!request.plot.empty() && !request.plot.ends_with(".svg") && !request.plot.ends_with(".png"))
    throw Stop(kUsage, fmt::format("--plot {} is neither .svg nor .png", request.plot));
  if (!request.plot.empty() && !request.dry_run) need_gnuplot();
}

// What a problem is made of.
struct Operands {
  const Request& request;
  const Data& data;
  const KernelSource& kernel;
  const AnyArray& taps;
  std::int64_t file_bytes;  ///< of the input, where it was read into memory
};

// Bytes of all but the plan. The bound of a filter comes from a run of its own, and curves are
// drawn from points of two numbers.
std::int64_t beside_plan(const Operands& all, ElementType type, const Dims& shape) {
  const auto taps = static_cast<std::int64_t>(all.kernel.taps.bytes.size() + all.taps.bytes.size());
  std::int64_t bytes = all.data.held_bytes(all.request, type, shape) + taps;
  if (all.data.is_masked()) bytes += bytes_of(all.data.samples().type, all.data.samples().shape);
  if (all.request.report_error && all.kernel.filter) bytes += bytes_of(type, shape);
  if (!all.request.plot.empty())
    bytes += all.data.drawn_bytes() * (element_count(all.data.x().shape) + element_count(shape));
  return bytes;
}

// The file goes when its samples are there.
std::int64_t bytes_to_load(const Operands& all) {
  return all.file_bytes + bytes_of(all.data.x().type, all.data.x().shape);
}

std::string why_whole(const Request& request) {
  const char* option = !request.plot.empty()                 ? "--plot"
                       : request.report_error                ? "--report-error"
                       : !request.mask.empty()               ? "--mask"
                       : request.missing() != Nan::propagate ? "--nan"
                       : !request.window.empty()             ? "--window"
                       : !request.lags.empty()               ? "--lags"
                                                             : nullptr;
  return option ? fmt::format("; {} needs all of both at once", option) : std::string();
}

struct Computed {
  Method method;
  AnyArray y;
  std::optional<ErrorBound> bound;
  Seconds seconds;
};

// What --max-memory leaves for the work.
void limit_memory(const Operands& all, Problem& problem) {
  const Request& request = all.request;
  if (request.max_memory == 0) return;
  const std::int64_t beside = beside_plan(all, problem.result_type(), take(problem.output_shape()));
  const std::int64_t least = std::max(beside, bytes_to_load(all));
  if (least >= request.max_memory)
    throw Stop(kUnavailable, fmt::format("--max-memory {} is too little: the input and the output "
                                         "alone take {} bytes{}",
                                         request.max_memory, least, why_whole(request)));
  problem.max_memory = request.max_memory - beside;
}

template <class AnyPlan>
AnyPlan taken(const Request& request, const Problem& problem, Result<AnyPlan> plan) {
  if (!plan && problem.max_memory > 0)
    plan.error().message += fmt::format(", besides {} bytes of input and output",
                                        request.max_memory - problem.max_memory);
  return take(std::move(plan));
}

Plan make_plan(const Operands& all, Problem problem) {
  limit_memory(all, problem);
  return taken(all.request, problem, program_planner().try_plan(problem, all.taps.view()));
}

FilterPlan make_plan(const Operands& all, Problem problem, const Filter& filter) {
  limit_memory(all, problem);
  return taken(all.request, problem, FilterPlan::try_make(problem, filter, program_planner()));
}

// The result is there twice for a while: as numbers and as the bytes of a file.
template <class AnyPlan>
void check_memory(const AnyPlan& plan, std::int64_t plan_bytes) {
  const double y_bytes = static_cast<double>(element_count(plan.output_shape())) *
                         static_cast<double>(size_bytes(plan.output_type()));
  const double bytes = std::min(static_cast<double>(plan_bytes) + 2 * y_bytes, 0x1p62);
  need_memory(static_cast<std::int64_t>(bytes),
              "this problem, " + plan.problem().to_string() + ",");
}

template <class AnyPlan>
Method method_of(const AnyPlan& plan, const Operands& all) {
  const std::int64_t computing = plan.memory_bytes(all.request.threads) +
                                 beside_plan(all, plan.output_type(), plan.output_shape());
  const std::int64_t bytes = std::max(computing, bytes_to_load(all));
  return {plan.problem(),          plan.algorithm(),   plan.explain(),
          plan.output_shape(),     plan.output_type(), bytes,
          plan.predicted_seconds()};
}

// The samples with the problem's axes: those that the data lacks are of one sample.
ConstView x_of(const Problem& problem, const Data& data) {
  ConstView x = data.x();
  if (x.shape.rank() == problem.x_shape.rank()) return x;
  return {x.data, x.type, problem.x_shape};
}

// A kernel from a file, or of numbers.
Computed compute(const Operands& all, const Problem& problem) {
  const Request& request = all.request;
  const AnyArray& taps = all.taps;
  Clock clock;
  Computed done;
  const Plan plan = make_plan(all, problem);
  done.seconds.plan = clock.lap();
  done.method = method_of(plan, all);
  if (request.dry_run) return done;
  check_memory(plan, plan.workspace_bytes(request.threads));
  done.y = make_array(plan.output_type(), plan.output_shape());
  clock.lap();
  const Kernel kernel = take(plan.try_prepare(taps.view()));
  done.seconds.prepare = clock.lap();
  Workspace workspace = take(Workspace::try_make(plan, request.threads));
  const ConstView x = x_of(problem, all.data);
  const Status status = plan.execute(x, kernel, done.y.view(), workspace);
  done.seconds.execute = clock.lap();
  if (status != Status::ok) stop(plan.failure(status), problem);
  if (request.report_error) done.bound = plan.error_bound(x, kernel);
  return done;
}

// A named kernel, or an expression of them: with the laws of convolution.
Computed compute(const Operands& all, const Problem& problem, const Filter& filter) {
  const Request& request = all.request;
  const Data& data = all.data;
  Clock clock;
  Computed done;
  const FilterPlan plan = make_plan(all, problem, filter);
  done.seconds.plan = clock.lap();
  done.method = method_of(plan, all);
  if (request.dry_run) return done;
  check_memory(plan, plan.memory_bytes(request.threads));
  clock.lap();
  Result<AnyArray> y = plan.try_run(data.x(), request.threads);
  done.seconds.execute = clock.lap();
  if (!y) stop(y.error(), plan.problem());
  done.y = std::move(*y);
  if (request.report_error) done.bound = take(plan.try_error_bound(data.x()));
  return done;
}

// What was held and is no more goes back to the system at once: by itself the allocator keeps
// the more, the larger the pieces that were given back.
void count_memory(const Request& request) {
#ifdef __GLIBC__
  constexpr int kLargeBytes = 1 << 17;  // as it begins with
  if (request.max_memory != 0) {
    ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
    ::mallopt(M_TRIM_THRESHOLD, kLargeBytes);
  }
#endif
}

// What is larger as a file than may be held is not read first.
void check_size(const Request& request, Input& input) {
  const auto limit = static_cast<std::uint64_t>(request.max_memory);
  const std::uint64_t size = input.source.size().value_or(0);
  if (limit != 0) input.source.limit_all(limit);
  if (limit != 0 && input.format != io::Format::npy && size >= limit)
    throw Stop(kUnavailable,
               fmt::format("--max-memory {} is too little: {} has {} bytes{}", request.max_memory,
                           request.input_name(), size, why_whole(request)));
}

}  // namespace

void stop(const Failure& failure, const Problem& problem) {
  if (failure.status == Status::integer_overflow && problem.policy == Policy::saturate)
    throw Stop(kData,
               "the odd boundary makes samples beyond 64 bits; allowed are --policy wrap, "
               "another boundary, or a result in f64");
  if (failure.status == Status::integer_overflow)
    throw Stop(kData, fmt::format("the exact sums cannot be proved to fit {}; allowed are a wider "
                                  "--result, --policy saturate or wrap, or a result in f64",
                                  name(problem.result_type())));
  throw Stop(exit_code(failure.status),
             fmt::format("{}: {}", problem.to_string(), describe(failure.status)));
}

Problem make_problem(const Request& request, const Data& data, const AnyArray& taps) {
  Problem problem;
  problem.operation = request.operation;
  problem.x_type = data.x().type;
  problem.x_shape = data.x().shape;
  // True stereo: each channel meets the responses to all of the outputs.
  while (problem.x_shape.rank() < taps.shape.rank()) problem.x_shape.push_back(1);
  problem.h_type = taps.type;
  problem.h_shape = taps.shape;
  problem.axes = data.axes();
  problem.window = request.window;
  problem.lags = request.lags;
  const bool ranges = !request.window.empty() || !request.lags.empty();
  problem.extent = ranges ? Extent::full : request.extent.value_or(data.usual_extent());
  problem.boundary = request.boundary.value_or(data.usual_boundary());
  if (request.cval && problem.boundary != Boundary::constant)
    throw Stop(
        kUsage,
        fmt::format("--cval contradicts --boundary {}{}; it goes with constant",
                    name(problem.boundary),
                    request.boundary ? "" : fmt::format(", the default of a {}", data.kind())));
  problem.cval = request.cval.value_or(0.0);
  problem.origin = request.origin;
  if (!request.origin.empty() && (ranges || problem.extent != Extent::same))
    throw Stop(kUsage, "--origin goes with --extent same only; --window names any other outputs");
  problem.stride = request.stride;
  problem.dilation = request.dilation;
  problem.policy = request.policy.value_or(Policy::exact);
  problem.nan = request.missing();
  problem.y_type = request.result;
  if (const auto rounded = data.rounded_type(request, taps)) {
    problem.y_type = rounded;
    problem.policy = Policy::saturate;
  }
  problem.method = request.method;
  problem.accuracy = request.accuracy;
  problem.tolerance = request.tolerance;
  problem.device = request.device;
  problem.reproducible = request.reproducible;
  take(problem.check());
  return problem;
}

void run(const Request& request) {
  check_files(request);
  count_memory(request);
  Input input = open_input(request);
  const std::optional<std::string> formula = formula_of(request);
  if (formula && input.format == io::Format::csv) return run_sampled(request, input, *formula);
  if (run_piecewise(request, input)) return;
  check_size(request, input);
  const auto loaded = static_cast<std::int64_t>(
      input.format == io::Format::npy ? 0 : input.source.size().value_or(0));
  const std::unique_ptr<Data> data = load_data(request, input);
  apply_mask(request, *data);
  const KernelSource kernel = load_kernel(request, *data);
  const AnyArray taps = fit_kernel(request, *data, kernel);
  const Problem problem = make_problem(request, *data, taps);
  Computed done;
  {
    const Progress progress(!request.quiet,
                            fmt::format("{} {}", name(problem.operation), request.input_name()));
    const Operands all{request, *data, kernel, taps, loaded};
    done = kernel.filter ? compute(all, problem, fit_filter(request, *data, kernel))
                         : compute(all, problem);
  }
  if (request.dry_run) {
    Stored nothing;
    nothing.shape = data->stored_shape(done.method.output_shape);
    tell({request, *data, kernel, taps, done.method, nothing, {}, done.seconds});
    return;
  }
  std::vector<std::string> hints = data->finish(request, done.y, done.bound);
  const Outcome outcome{request, done.method.problem, kernel, taps, std::move(done.y)};
  Stored stored = data->store(outcome, output_format(request, data->usual_format()));
  stored.nonfinite = nonfinite_count(outcome.y.view());
  stored.hints.insert(stored.hints.begin(), hints.begin(), hints.end());
  std::vector<Output> outputs;
  if (!request.plot.empty()) outputs.push_back({request.plot, data->plot(outcome)});
  if (!request.output.empty())
    outputs.push_back({place_of(request.output), std::move(stored.bytes)});
  write_outputs(outputs);
  tell({request, *data, kernel, taps, done.method, stored, done.bound, done.seconds});
}

}  // namespace faltung::cli
