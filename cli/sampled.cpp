// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "sampled.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "clock.hpp"
#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "faltung/signal.hpp"
#include "files.hpp"
#include "print.hpp"
#include "response_curve.hpp"
#include "samples.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const char* option, const char* instead) {
  throw Stop(kUsage, fmt::format("{} has no meaning for a formula as kernel of a series; {}",
                                 option, instead));
}

void check_options(const Request& r) {
  constexpr const char* kTimes = "its outputs are those at the times of the input";
  constexpr const char* kExact = "it is integrated exactly between the samples";
  if (r.operation == Operation::correlate)
    throw Stop(kUsage,
               "a formula goes with convolve; the template of correlate is made of samples");
  if (r.extent && *r.extent != Extent::causal) refuse("--extent", kTimes);
  if (!r.window.empty()) refuse("--window", kTimes);
  if (!r.origin.empty()) refuse("--origin", kTimes);
  if (!r.stride.empty()) refuse("--stride", kTimes);
  if (!r.dilation.empty()) refuse("--dilation", "write t/2 for t");
  if (r.boundary) refuse("--boundary", "--before hold, zero or periodic says what lies outside");
  if (r.cval) refuse("--cval", "--before hold:VALUE says what was before");
  if (r.kernel_scale == KernelScale::sum) refuse("--kernel-scale sum", "area makes its integral 1");
  if (r.method != "auto") refuse("--method", kExact);
  if (r.tolerance > 0) refuse("--tolerance", kExact);
  if (r.accuracy != Accuracy::norm) refuse("--accuracy", kExact);
  if (r.nan) refuse("--nan", "missing values are NaN there, as far as the response reaches");
  if (!r.mask.empty()) refuse("--mask", "missing values are NaN there");
  if (r.kernel_column) refuse("--kernel-column", "a .csv file has columns");
}

struct Computed {
  AnyArray y;
  double area = NAN;
  std::string method;
  double bound = 0, seconds = 0;
  std::int64_t nonfinite = 0;
};

SampledOptions options_of(const Request& r) {
  SampledOptions o;
  o.interpolation = r.interpolation.value_or(Interpolation::linear);
  o.beyond = r.before.value_or(Beyond::hold);
  o.held = r.held;
  o.unit_area = r.kernel_scale == KernelScale::area;
  o.threads = r.threads;
  return o;
}

/// Column by column of [rows, columns].
Computed compute(const Request& r, const Data& data, const continuous::Function& h) {
  Clock clock;
  Computed done;
  const ConstView x = data.x();
  const std::int64_t rows = x.shape[0], columns = element_count(x.shape) / rows;
  done.y = make_array(ElementType::f64, x.shape);
  const std::span<double> to = writable<double>(done.y);
  const SampledResponse response = take(SampledResponse::make(h, data.dt(), options_of(r)));
  done.area = response.area();
  done.method = response.explain(rows);
  if (r.dry_run) return done;
  const Samples samples(x);
  std::vector<double> from(static_cast<std::size_t>(rows)), column(from.size());
  for (std::int64_t c = 0; c < columns; ++c) {
    double largest = std::abs(r.held.value_or(0));
    for (std::int64_t i = 0; i < rows; ++i) {
      const double v = from[static_cast<std::size_t>(i)] = samples(i * columns + c);
      largest = std::max(largest, std::abs(v));
    }
    take(response.try_run(from, column));
    for (std::int64_t i = 0; i < rows; ++i)
      to[static_cast<std::size_t>(i * columns + c)] = r.gain * column[static_cast<std::size_t>(i)];
    if (r.report_error)
      done.bound =
          std::max(done.bound, std::abs(r.gain) * take(response.error_bound(rows, largest)));
  }
  done.nonfinite = nonfinite_count(done.y.view());
  done.seconds = clock.lap();
  return done;
}

std::string in_time_unit(const Request& r, double value) {
  return fmt::format("{:.6g}{}", value, r.dt_unit.empty() ? "" : " " + r.dt_unit);
}

std::string manner(const Request& r) {
  const SampledOptions o = options_of(r);
  return fmt::format("{} between samples, {} before",
                     o.interpolation == Interpolation::linear ? "linear" : "held",
                     o.held                     ? fmt::format("{:g} held", *o.held)
                     : o.beyond == Beyond::hold ? std::string("the first value held")
                     : o.beyond == Beyond::zero ? std::string("zero")
                                                : std::string("the end of the period"));
}

std::string shape_text(const Dims& shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), " x "));
}

Json describe(const Request& r, const Data& data, const std::string& formula, const Computed& done,
              const Stored& stored) {
  const SampledOptions o = options_of(r);
  const auto listed = [](const Dims& dims) {
    return std::vector<std::int64_t>(dims.begin(), dims.end());
  };
  Json input{{"path", r.input}, {"kind", data.kind()},    {"shape", listed(data.shape())},
             {"dt", data.dt()}, {"time_unit", r.dt_unit}, {"unit", r.unit}};
  Json kernel{{"formula", formula},
              {"area", std::isfinite(done.area) ? Json(done.area) : Json()},
              {"unit_area", o.unit_area}};
  Json json{{"faltung", FALTUNG_VERSION},
            {"command", "convolve"},
            {"input", input},
            {"kernel", kernel},
            {"interpolation", name(o.interpolation)},
            {"before", name(o.beyond)},
            {"method", done.method},
            {"output", {{"path", r.output}, {"shape", listed(data.x().shape)}}},
            {"hints", stored.hints}};
  if (o.held) json["held"] = *o.held;
  if (!r.plot.empty()) json["output"]["plot"] = r.plot;
  if (r.report_error) json["error_bound"] = {{"maximum", done.bound}};
  if (r.dry_run) json["dry_run"] = true;
  else json["seconds"] = done.seconds;
  json["not_finite"] = done.nonfinite;
  return json;
}

std::string milliseconds(double seconds) {
  return seconds < 1e-3 ? fmt::format("{:.3g} µs", seconds * 1e6)
         : seconds < 1  ? fmt::format("{:.3g} ms", seconds * 1e3)
                        : fmt::format("{:.3g} s", seconds);
}

void tell(const Request& r, const Data& data, const std::string& formula, const Computed& done,
          const Stored& stored) {
  if (!r.quiet) {
    const std::string scaled = r.kernel_scale == KernelScale::area
                                   ? fmt::format(" over its area {}", in_time_unit(r, done.area))
                                   : std::string();
    fmt::print(stderr, "{}\n",
               one_line(fmt::format(
                   "{} {} * {}{} -> {} {}: {}, {}; {}", r.input_name(), shape_text(data.shape()),
                   formula, scaled, r.output_name(), shape_text(data.x().shape), done.method,
                   manner(r), r.dry_run ? "nothing was written" : milliseconds(done.seconds))));
    for (const std::string& hint : stored.hints)
      fmt::print(stderr, "{}\n", one_line(r.output_name() + ": " + hint));
  }
  if (r.json) {
    print(describe(r, data, formula, done, stored)
              .dump(2, ' ', false, Json::error_handler_t::replace) +
          "\n");
    return;
  }
  if (r.explain)
    print(fmt::format("{} through {}\n{}\n{}; what the response is over each step is integrated\n",
                      data.kind(), formula, done.method, manner(r)));
  if (r.report_error)
    print(fmt::format("error bound: no value is off by more than {:.3g}\n", done.bound));
}

// Curves are drawn from points of two numbers; the input is there as doubles besides.
void check_memory(const Request& r, const Data& data) {
  if (r.max_memory == 0) return;
  const Dims& shape = data.x().shape;
  std::int64_t bytes = data.held_bytes(r, ElementType::f64, shape) + 16 * shape[0];
  if (!r.plot.empty()) bytes += 2 * data.drawn_bytes() * element_count(shape);
  if (bytes >= r.max_memory)
    throw Stop(kUnavailable,
               fmt::format("--max-memory {} is too little: a formula meets all samples at once, "
                           "which takes {} bytes",
                           r.max_memory, bytes));
}

/// The times that the series itself has, against what --dt says. Of a formula the answer is in
/// units of time, so that what would be a hint elsewhere is refused.
void check_times(const Request& r, const Data& data) {
  const std::string sentence = data.times_at_odds(r);
  if (!sentence.empty()) throw Stop(kData, fmt::format("{}: {}", r.input_name(), sentence));
}

}  // namespace

void check_no_formula(const Request& r) {
  const char* option = r.interpolation && !r.regrid ? "--interpolation"
                       : r.before                   ? "--before"
                                                    : nullptr;
  if (option)
    throw Stop(kUsage, fmt::format("{} goes with a formula as kernel, such as exp(-t/12)*u(t); "
                                   "for a kernel of samples --boundary says what lies outside",
                                   option));
}

void run_sampled(const Request& request, Input& input, const std::string& formula) {
  check_options(request);
  const continuous::Function h = read_formula(formula);
  const std::unique_ptr<Data> data = load_data(request, input);
  check_memory(request, *data);
  check_times(request, *data);
  Computed done = compute(request, *data, h);
  Stored stored;
  if (request.dry_run) return tell(request, *data, formula, done, stored);
  Problem problem;
  problem.x_type = problem.h_type = ElementType::f64;
  problem.x_shape = data->x().shape;
  problem.h_shape = Dims(problem.x_shape.rank(), 1);
  problem.axes = data->axes();
  problem.extent = Extent::causal;
  KernelSource kernel;
  kernel.label = formula;
  const AnyArray no_taps = make_array(ElementType::f64, problem.h_shape);
  ResponseShape shape;
  const bool scaled = request.kernel_scale == KernelScale::area;
  // Of area 1 as it is written: weights, too, and the output keeps the unit of the input.
  constexpr double kRounding = 1e-9;
  shape.unit_area = scaled || std::abs(done.area - 1) < kRounding;
  const double scale = scaled ? 1 / done.area : 1;
  if (!request.plot.empty())
    shape.curve = response_curve(continuous::scaled(h, scale * request.gain),
                                 data->dt() * static_cast<double>(problem.x_shape[0]));
  const Outcome outcome{request, problem, kernel, no_taps, std::move(done.y), &shape};
  stored = data->store(outcome, output_format(request, data->usual_format()));
  std::vector<Output> outputs;
  if (!request.plot.empty()) outputs.push_back({request.plot, data->plot(outcome)});
  if (!request.output.empty())
    outputs.push_back({place_of(request.output), std::move(stored.bytes)});
  write_outputs(outputs);
  tell(request, *data, formula, done, stored);
}

KernelSource formula_kernel(const Request& request, const Data& data, const std::string& formula) {
  if (request.operation == Operation::correlate)
    throw Stop(kUsage,
               "a formula goes with convolve; the template of correlate is made of samples");
  if (!(data.dt() > 0) || data.filter_rank() != 1)
    throw Stop(kUsage, fmt::format("the formula {} is one of time, which goes along one axis: that "
                                   "of sound, of a series, or the one that --axes names",
                                   formula));
  if (request.before)
    throw Stop(kUsage,
               "--before goes with a formula for a series; here --boundary says what lies outside");
  Filter filter = take(try_sampled_taps(read_formula(formula), data.dt(),
                                        request.interpolation.value_or(Interpolation::linear),
                                        request.kernel_scale == KernelScale::area));
  KernelSource kernel;
  kernel.label = formula;
  kernel.taps = make_array(ElementType::f64, filter.shape);
  std::copy(filter.values.begin(), filter.values.end(), writable<double>(kernel.taps).begin());
  kernel.filter = std::move(filter);
  kernel.formula = true;
  return kernel;
}

}  // namespace faltung::cli
