// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "clock.hpp"
#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "faltung/filter_plan.hpp"
#include "files.hpp"
#include "kernel.hpp"
#include "piecewise.hpp"
#include "planner.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace faltung::cli {
namespace {

// Before anything is read: no output may be an input, or the other output.
void check_files(const Request& request) {
  const std::string kernel = request.kernel_text ? std::string() : request.kernel;
  for (const std::string& output : {request.output, request.plot}) {
    if (output.empty() || output == "-") continue;
    for (const std::string& input : {request.input, kernel})
      if (!input.empty() && same_file(output, input))
        throw Stop(kUsage,
                   fmt::format("{} and {} are the same file; write to another one", output, input));
    check_destination(output);
  }
  if (!request.plot.empty() && same_file(request.output, request.plot))
    throw Stop(kUsage, fmt::format("-o {} and --plot {} are the same file; write to two",
                                   request.output, request.plot));
  if (!request.plot.empty() && !request.plot.ends_with(".svg") && !request.plot.ends_with(".png"))
    throw Stop(kUsage, fmt::format("--plot {} is neither .svg nor .png", request.plot));
}

struct Computed {
  Method method;
  AnyArray y;
  std::optional<ErrorBound> bound;
  Seconds seconds;
};

// What --max-memory leaves for the work: the input is there, and the result is there twice for a
// while, as numbers and as the bytes of a file.
void limit_memory(const Request& request, Problem& problem) {
  if (request.max_memory == 0) return;
  const auto bytes = [](ElementType type, const Dims& shape) {
    return element_count(shape) * size_bytes(type);
  };
  const std::int64_t arrays = bytes(problem.x_type, problem.x_shape) +
                              2 * bytes(problem.result_type(), take(problem.output_shape()));
  if (arrays >= request.max_memory)
    throw Stop(kUnavailable, fmt::format("--max-memory {} is too little: the input and the output "
                                         "alone take {} bytes",
                                         request.max_memory, arrays));
  problem.max_memory = request.max_memory - arrays;
}

template <class AnyPlan>
AnyPlan taken(const Request& request, const Problem& problem, Result<AnyPlan> plan) {
  if (!plan && problem.max_memory > 0)
    plan.error().message += fmt::format(", besides {} bytes of input and output",
                                        request.max_memory - problem.max_memory);
  return take(std::move(plan));
}

Plan make_plan(const Request& request, Problem problem, const AnyArray& taps) {
  limit_memory(request, problem);
  return taken(request, problem, program_planner().try_plan(problem, taps.view()));
}

FilterPlan make_plan(const Request& request, Problem problem, const Filter& filter) {
  limit_memory(request, problem);
  return taken(request, problem, FilterPlan::try_make(problem, filter, program_planner()));
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
Method method_of(const AnyPlan& plan, int threads) {
  return {plan.problem(),          plan.algorithm(),   plan.explain(),
          plan.output_shape(),     plan.output_type(), plan.memory_bytes(threads),
          plan.predicted_seconds()};
}

// The samples with the problem's axes: those that the data lacks are of one sample.
ConstView x_of(const Problem& problem, const Data& data) {
  ConstView x = data.x();
  if (x.shape.rank() == problem.x_shape.rank()) return x;
  return {x.data, x.type, problem.x_shape};
}

// A kernel from a file, or of numbers.
Computed compute(const Request& request, const Problem& problem, const Data& data,
                 const AnyArray& taps) {
  Clock clock;
  Computed done;
  const Plan plan = make_plan(request, problem, taps);
  done.seconds.plan = clock.lap();
  done.method = method_of(plan, request.threads);
  if (request.dry_run) return done;
  check_memory(plan, plan.workspace_bytes(request.threads));
  done.y = make_array(plan.output_type(), plan.output_shape());
  clock.lap();
  const Kernel kernel = take(plan.try_prepare(taps.view()));
  done.seconds.prepare = clock.lap();
  Workspace workspace = take(Workspace::try_make(plan, request.threads));
  const ConstView x = x_of(problem, data);
  const Status status = plan.execute(x, kernel, done.y.view(), workspace);
  done.seconds.execute = clock.lap();
  if (status != Status::ok) stop(plan.failure(status), problem);
  if (request.report_error) done.bound = plan.error_bound(x, kernel);
  return done;
}

// A named kernel, or an expression of them: with the laws of convolution.
Computed compute(const Request& request, const Problem& problem, const Data& data,
                 const Filter& filter) {
  Clock clock;
  Computed done;
  const FilterPlan plan = make_plan(request, problem, filter);
  done.seconds.plan = clock.lap();
  done.method = method_of(plan, request.threads);
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
  problem.y_type = request.result;
  problem.method = request.method;
  problem.accuracy = request.accuracy;
  problem.tolerance = request.tolerance;
  problem.reproducible = request.reproducible;
  take(problem.check());
  return problem;
}

void run(const Request& request) {
  check_files(request);
  Input input = open_input(request);
  if (run_piecewise(request, input)) return;
  const std::unique_ptr<Data> data = load_data(request, input);
  const KernelSource kernel = load_kernel(request, *data);
  const AnyArray taps = fit_kernel(request, *data, kernel);
  const Problem problem = make_problem(request, *data, taps);
  Computed done;
  {
    const Progress progress(!request.quiet,
                            fmt::format("{} {}", name(problem.operation), request.input_name()));
    done = kernel.filter ? compute(request, problem, *data, fit_filter(request, *data, kernel))
                         : compute(request, problem, *data, taps);
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
  outputs.push_back({place_of(request.output), std::move(stored.bytes)});
  write_outputs(outputs);
  tell({request, *data, kernel, taps, done.method, stored, done.bound, done.seconds});
}

}  // namespace faltung::cli
