// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "gradient.hpp"

#include <fmt/format.h>

#include "clock.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "files.hpp"
#include "mask.hpp"
#include "planner.hpp"
#include "progress.hpp"
#include "report.hpp"

namespace faltung::cli {
namespace {

void check_files(const GradientRequest& r) {
  for (const std::string& output : {r.shared.output, r.orientation}) {
    if (output.empty() || output == "-") continue;
    for (const std::string& input : {r.shared.input, r.shared.mask})
      if (!input.empty() && same_file(output, input))
        throw Stop(kUsage,
                   fmt::format("{} and {} are the same file; write to another one", output, input));
    check_destination(output);
  }
  if (!r.shared.output.empty() && !r.orientation.empty() &&
      same_file(r.shared.output, r.orientation))
    throw Stop(kUsage, fmt::format("-o {} and --orientation {} are the same file; write to two",
                                   r.shared.output, r.orientation));
}

std::unique_ptr<Data> load(const GradientRequest& r) {
  Input input = open_input(r.shared);
  const bool picture = input.format == io::Format::png || input.format == io::Format::jpeg ||
                       input.format == io::Format::tiff;
  if (!picture && input.format != io::Format::npy)
    throw Stop(kUsage,
               fmt::format("{} is neither a picture nor an array; a gradient is one of "
                           "those, and convolve with gaussian-x:2 gives the slope of others",
                           r.shared.input_name()));
  std::unique_ptr<Data> data = load_data(r.shared, input);
  apply_mask(r.shared, *data);
  if (is_complex(data->x().type))
    throw Stop(kData, fmt::format("{} has complex samples, which have no gradient that points "
                                  "anywhere",
                                  r.shared.input_name()));
  return data;
}

void multiply(AnyArray& y, double factor) {
  with_type(y.type, [&]<class T>(T*) {
    if constexpr (std::is_floating_point_v<T>)
      for (T& v : writable<T>(y)) v = static_cast<T>(v * factor);
  });
}

/// What the picture code and the report look at: the derivatives' taps, which sum to 0.
KernelSource source_of(const GradientRequest& r, const GradientPlan& plan) {
  return {KernelSource::Kind::name, r.shared.kernel, plan.bank().taps(), 0};
}

}  // namespace

void run_gradient(const GradientRequest& r) {
  check_files(r);
  const std::unique_ptr<Data> data = load(r);
  GradientOptions options = r.options;
  if (options.axes.empty()) options.axes = data->axes();
  const ConstView x = data->x();
  Clock clock;
  Seconds seconds;
  const GradientPlan plan =
      take(GradientPlan::try_make(x.type, x.shape, options, program_planner()));
  seconds.plan = clock.lap();
  const std::int64_t bytes = bytes_of(plan.bank().output_type(), x.shape);
  need_memory(4 * bytes + plan.bank().plan().memory_bytes(r.shared.threads), "this gradient");
  auto made = take(plan.try_run(x, !r.orientation.empty(), r.shared.threads));
  seconds.execute = clock.lap();
  std::optional<ErrorBound> bound;
  if (r.shared.report_error) bound = take(plan.try_error_bound(x));
  if (r.shared.gain_given) {
    multiply(made.magnitude, r.shared.gain);
    if (bound) bound->maximum *= std::abs(r.shared.gain), bound->l2 *= std::abs(r.shared.gain);
  }
  const KernelSource kernel = source_of(r, plan);
  const Method method{plan.problem(),
                      plan.bank().plan().algorithm(),
                      plan.explain(),
                      x.shape,
                      plan.bank().output_type(),
                      plan.bank().plan().memory_bytes(r.shared.threads) + 2 * bytes,
                      plan.bank().plan().predicted_seconds()};
  const Outcome outcome{r.shared, method.problem, kernel, kernel.taps, std::move(made.magnitude)};
  Stored stored;
  std::vector<Output> outputs;
  if (!r.orientation.empty()) {
    Stored angles = store_array(made.orientation, std::string_view(data->kind()) == "picture");
    outputs.push_back({place_of(r.orientation), std::move(angles.bytes)});
    stored.shape = angles.shape;
    stored.encoding = angles.encoding;
  }
  if (!r.shared.output.empty()) {
    stored = data->store(outcome, output_format(r.shared, data->usual_format()));
    stored.nonfinite = nonfinite_count(outcome.y.view());
    outputs.push_back({place_of(r.shared.output), std::move(stored.bytes)});
  }
  write_outputs(outputs);
  Request told = r.shared;
  if (told.output.empty()) told.output = r.orientation;
  tell({told, *data, kernel, kernel.taps, method, stored, bound, seconds});
}

}  // namespace faltung::cli
