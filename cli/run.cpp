// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <fmt/format.h>

#include <chrono>

#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "files.hpp"
#include "kernel.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace faltung::cli {
namespace {

// Before anything is read: no output may be an input, or the other output.
void check_files(const Request& request) {
  const std::string kernel = request.kernel_text ? std::string() : request.kernel;
  for (const std::string& output : {request.output, request.plot}) {
    if (output.empty()) continue;
    for (const std::string& input : {request.input, kernel})
      if (!input.empty() && same_file(output, input))
        throw Stop(kUsage,
                   fmt::format("{} and {} are the same file; write to another one", output, input));
    check_destination(output);
  }
  if (!request.plot.empty() && same_file(request.output, request.plot))
    throw Stop(kUsage, fmt::format("-o {} and --plot {} are the same file; write to two",
                                   request.output, request.plot));
}

Problem make_problem(const Request& request, const Data& data, const AnyArray& taps) {
  Problem problem;
  problem.operation = request.operation;
  problem.x_type = data.x().type;
  problem.x_shape = data.x().shape;
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
  take(problem.check());
  return problem;
}

class Clock {
 public:
  // Seconds since the last call.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> time = now - last_;
    last_ = now;
    return time.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

struct Computed {
  Plan plan;
  Kernel kernel;
  AnyArray y;
  Seconds seconds;
};

Computed compute(const Request& request, const Problem& problem, const Data& data,
                 const AnyArray& taps) {
  const Progress progress(!request.quiet,
                          fmt::format("{} {}", name(problem.operation), request.input));
  Clock clock;
  Seconds seconds;
  const Plan plan = take(Planner{}.try_plan(problem, taps.view()));
  seconds.plan = clock.lap();
  const std::int64_t workspace_bytes = plan.workspace_bytes(request.threads);
  // The result is there twice for a while: as numbers and as the bytes of a file.
  AnyArray y = make_array(plan.output_type(), plan.output_shape());
  need_memory(workspace_bytes + static_cast<std::int64_t>(y.bytes.size()),
              "this problem, " + problem.to_string() + ",");
  clock.lap();
  Kernel kernel = take(plan.try_prepare(taps.view()));
  seconds.prepare = clock.lap();
  Workspace workspace = take(Workspace::try_make(plan, request.threads));
  const Status status = plan.execute(data.x(), kernel, y.view(), workspace);
  seconds.execute = clock.lap();
  if (status == Status::integer_overflow)
    throw Stop(kData, fmt::format("the exact sums cannot be proved to fit {}; allowed are a wider "
                                  "--result, --policy saturate or wrap, or a result in f64",
                                  name(plan.output_type())));
  if (status != Status::ok)
    throw Stop(exit_code(status), fmt::format("{}: {}", problem.to_string(), describe(status)));
  return {plan, std::move(kernel), std::move(y), seconds};
}

}  // namespace

void run(const Request& request) {
  check_files(request);
  const std::unique_ptr<Data> data = load_data(request);
  const KernelSource kernel = load_kernel(request, *data);
  const AnyArray taps = fit_kernel(request, *data, kernel);
  const Problem problem = make_problem(request, *data, taps);
  Computed done = compute(request, problem, *data, taps);
  std::optional<ErrorBound> bound;
  if (request.report_error) bound = done.plan.error_bound(data->x(), done.kernel);
  const Outcome outcome{request, problem, kernel, taps, std::move(done.y)};
  Stored stored = data->store(outcome, take(io::format_of(request.output)));
  std::vector<Output> outputs;
  if (!request.plot.empty()) outputs.push_back({request.plot, data->plot(outcome)});
  outputs.push_back({request.output, std::move(stored.bytes)});
  write_outputs(outputs);
  tell({request, *data, kernel, taps, done.plan, stored, bound, done.seconds});
}

}  // namespace faltung::cli
