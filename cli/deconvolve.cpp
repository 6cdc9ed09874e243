// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "deconvolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "clock.hpp"
#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "files.hpp"
#include "kernel.hpp"
#include "print.hpp"
#include "response_curve.hpp"
#include "sampled.hpp"
#include "samples.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Computed {
  AnyArray x, residual;
  DeconvolutionOptions options;
  Extent extent = Extent::full;
  std::vector<Deconvolution> columns;  ///< their samples are in x
  double seconds = 0;
};

void check_files(const DeconvolveRequest& r) {
  const std::vector<std::string> outputs = {r.shared.output, r.shared.plot, r.residual};
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& output = outputs[i];
    if (output.empty() || output == "-") continue;
    const std::string kernel = r.shared.kernel_text ? std::string() : r.shared.kernel;
    for (const std::string& input : {r.shared.input, kernel})
      if (!input.empty() && same_file(output, input))
        throw Stop(kUsage,
                   fmt::format("{} and {} are the same file; write to another one", output, input));
    for (std::size_t j = 0; j < i; ++j)
      if (!outputs[j].empty() && same_file(output, outputs[j]))
        throw Stop(kUsage, fmt::format("two results go to {}; write to two files", output));
    check_destination(output);
  }
  const std::string& plot = r.shared.plot;
  if (!plot.empty() && !plot.ends_with(".svg") && !plot.ends_with(".png"))
    throw Stop(kUsage, fmt::format("--plot {} is neither .svg nor .png", plot));
}

/// The taps, one row of real numbers, for every column the same.
std::vector<double> taps_of(const AnyArray& taps, const std::string& label) {
  if (is_complex(taps.type) || !row_length(taps.shape))
    throw Stop(kData, fmt::format("{} of shape {} is no response to undo; allowed is one row of "
                                  "real taps",
                                  label, to_string(taps.shape)));
  const Samples samples(taps.view());
  std::vector<double> values;
  for (std::int64_t k = 0; k < element_count(taps.shape); ++k) values.push_back(samples(k));
  // Samples are magnitudes of complex numbers, and reals as they are.
  return values;
}

DeconvolutionOptions options_of(const DeconvolveRequest& r, bool series) {
  DeconvolutionOptions o;
  o.method = r.method.value_or(DeconvolutionMethod::tikhonov);
  o.penalty = r.penalty.value_or(series ? Penalty::steps : Penalty::values);
  o.noise = r.noise;
  o.weight = r.weight;
  o.beyond = r.shared.before.value_or(series ? Beyond::hold : Beyond::zero);
  o.threads = r.shared.threads;
  return o;
}

/// Which samples of x there are, and where y lies in x * h.
void place(Computed& done, std::int64_t rows, std::int64_t taps, const KernelSource& kernel) {
  const std::int64_t origin = kernel.filter ? kernel.filter->origin_at(0) : (taps - 1) / 2;
  done.options.first = done.extent == Extent::same                       ? origin
                       : done.extent == Extent::causal && kernel.formula ? origin
                                                                         : 0;
  if (done.extent != Extent::full) return;
  done.options.samples = rows - taps + 1;
  if (done.options.samples < 1)
    throw Stop(kData,
               fmt::format("{} samples are fewer than the {} taps of {}, so they are not all "
                           "of a convolution; --extent causal takes them as its beginning",
                           rows, taps, kernel.label));
}

Computed compute(const DeconvolveRequest& r, const Data& data, const KernelSource& kernel,
                 const std::vector<double>& taps) {
  Clock clock;
  const bool series = std::string_view(data.kind()) == "series";
  const ConstView y = data.x();
  const std::int64_t rows = y.shape[0], columns = element_count(y.shape) / rows;
  if (is_complex(y.type) || (y.shape.rank() > 1 && std::string_view(data.kind()) == "array"))
    throw Stop(kData, fmt::format("{} of shape {} and type {}: deconvolve takes real arrays of one "
                                  "axis",
                                  r.shared.input_name(), to_string(y.shape), name(y.type)));
  Computed done;
  done.options = options_of(r, series);
  done.extent = r.shared.extent.value_or(series ? Extent::causal : Extent::full);
  if (done.options.beyond == Beyond::periodic && done.extent == Extent::full)
    throw Stop(kUsage,
               "--before periodic goes with --extent causal or same, since a period has no "
               "ends");
  place(done, rows, static_cast<std::int64_t>(taps.size()), kernel);
  const std::int64_t samples = done.options.samples == 0 ? rows : done.options.samples;
  Dims shape = y.shape;
  done.residual = make_array(ElementType::f64, shape);
  shape[0] = samples;
  done.x = make_array(ElementType::f64, shape);
  const std::span<double> x = writable<double>(done.x), left = writable<double>(done.residual);
  const Samples read(y);
  std::vector<double> column(static_cast<std::size_t>(rows));
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t i = 0; i < rows; ++i)
      column[static_cast<std::size_t>(i)] = read(i * columns + c);
    Deconvolution found = take(try_deconvolve(column, taps, done.options));
    for (std::int64_t i = 0; i < samples; ++i)
      x[static_cast<std::size_t>(i * columns + c)] = found.x[static_cast<std::size_t>(i)];
    for (std::int64_t i = 0; i < rows; ++i)
      left[static_cast<std::size_t>(i * columns + c)] = found.residual[static_cast<std::size_t>(i)];
    done.columns.push_back(std::move(found));
  }
  done.seconds = clock.lap();
  return done;
}

Problem problem_of(const Data& data, const AnyArray& taps, Extent extent) {
  Problem p;
  p.x_type = p.h_type = ElementType::f64;
  p.x_shape = data.x().shape;
  p.h_shape = taps.shape;
  p.axes = data.axes();
  p.extent = extent == Extent::full ? Extent::full : Extent::causal;
  return p;
}

Json number(double v) { return std::isfinite(v) ? Json(v) : Json(); }

Json describe(const DeconvolveRequest& r, const Data& data, const KernelSource& kernel,
              const Computed& done, const Stored& stored, std::size_t taps) {
  Json columns = Json::array();
  for (const Deconvolution& d : done.columns)
    columns.push_back({{"weight", d.weight},
                       {"residual_rms", d.residual_rms},
                       {"resolved", d.resolved},
                       {"samples", d.x.size()},
                       {"condition", number(d.condition)},
                       {"noise_in_x", d.noise_in_x},
                       {"steps", d.steps},
                       {"hopeless", d.hopeless},
                       {"warnings", d.warnings}});
  Json output{{"path", r.shared.output}};
  if (!r.residual.empty()) output["residual"] = r.residual;
  if (!r.shared.plot.empty()) output["plot"] = r.shared.plot;
  Json json{{"faltung", FALTUNG_VERSION},
            {"command", "deconvolve"},
            {"input", {{"path", r.shared.input}, {"kind", data.kind()}, {"dt", data.dt()}}},
            {"kernel", {{"label", kernel.label}, {"taps", taps}}},
            {"method", r.weight ? "weight" : name(done.options.method)},
            {"penalty", name(done.options.penalty)},
            {"extent", name(done.extent)},
            {"before", name(done.options.beyond)},
            {"output", output},
            {"columns", columns},
            {"hints", stored.hints},
            {"seconds", done.seconds}};
  if (r.noise) json["noise"] = *r.noise;
  return json;
}

void tell(const DeconvolveRequest& r, const Data& data, const KernelSource& kernel,
          const Computed& done, const Stored& stored, std::size_t taps) {
  if (!r.shared.quiet) {
    for (const Deconvolution& d : done.columns) {
      fmt::print(
          stderr, "{}\n",
          one_line(fmt::format(
              "{} / {} [{}] -> {}: {} on {}, weight {:.3g}; left of y {:.3g}, noise in x {:.3g}, "
              "{:.0f} of {} numbers resolved",
              r.shared.input_name(), kernel.label, taps, r.shared.output_name(),
              r.weight ? "penalty" : name(done.options.method), name(done.options.penalty),
              d.weight, d.residual_rms, d.noise_in_x, d.resolved, d.x.size())));
      for (const std::string& warning : d.warnings)
        fmt::print(stderr, "{}\n", one_line(r.shared.output_name() + ": " + warning));
    }
    for (const std::string& hint : stored.hints)
      fmt::print(stderr, "{}\n", one_line(r.shared.output_name() + ": " + hint));
  }
  if (r.shared.json)
    print(describe(r, data, kernel, done, stored, taps)
              .dump(2, ' ', false, Json::error_handler_t::replace) +
          "\n");
}

/// Of a picture nothing is undone here.
std::unique_ptr<Data> load(const Request& request, Input& input) {
  switch (input.format) {
    case io::Format::png:
    case io::Format::jpeg:
    case io::Format::tiff:
      throw Stop(kUsage,
                 "deconvolve is for series, sound and arrays of one axis; pictures are not "
                 "undone yet");
    default: return load_data(request, input);
  }
}

/// A response of area 1 is drawn as the function that it is.
std::optional<ResponseShape> shape_of(const Request& request, const Data& data,
                                      const std::string& formula) {
  const bool scaled = request.kernel_scale == KernelScale::area;
  const continuous::Function h = read_formula(formula);
  const double area = take(SampledResponse::make(h, data.dt())).area();
  constexpr double kRounding = 1e-9;
  if (request.plot.empty() || (!scaled && !(std::abs(area - 1) < kRounding))) return std::nullopt;
  const double record = data.dt() * static_cast<double>(data.x().shape[0]);
  return ResponseShape{response_curve(continuous::scaled(h, scaled ? 1 / area : 1), record), true};
}

}  // namespace

void run_deconvolve(const DeconvolveRequest& r) {
  check_files(r);
  Input input = open_input(r.shared);
  const std::unique_ptr<Data> data = load(r.shared, input);
  Request kernel_request = r.shared;  // what lies outside x is not the kernel's to say
  kernel_request.before = std::nullopt;
  const std::optional<std::string> formula = formula_of(r.shared);
  if (formula) {
    const std::string at_odds = data->times_at_odds(r.shared);
    if (!at_odds.empty()) throw Stop(kData, fmt::format("{}: {}", r.shared.input_name(), at_odds));
  }
  const KernelSource kernel = load_kernel(kernel_request, *data);
  const AnyArray laid = fit_kernel(kernel_request, *data, kernel);
  const std::vector<double> taps = taps_of(laid, kernel.label);
  Computed done = compute(r, *data, kernel, taps);
  const Problem problem = problem_of(*data, laid, done.extent);
  const std::optional<ResponseShape> shape =
      formula ? shape_of(r.shared, *data, *formula) : std::nullopt;
  const Outcome outcome{
      r.shared, problem, kernel, laid, std::move(done.x), shape ? &*shape : nullptr, true};
  const io::Format format = output_format(r.shared, data->usual_format());
  Stored stored = data->store(outcome, format);
  std::vector<Output> outputs;
  if (!r.shared.plot.empty()) outputs.push_back({r.shared.plot, data->plot(outcome)});
  if (!r.shared.output.empty())
    outputs.push_back({place_of(r.shared.output), std::move(stored.bytes)});
  if (!r.residual.empty()) {
    Request other = r.shared;
    other.output = r.residual;
    other.format = std::nullopt;
    const Problem rows = problem_of(*data, laid, Extent::causal);
    const Outcome left{other, rows, kernel, laid, std::move(done.residual), nullptr, true};
    outputs.push_back({place_of(r.residual),
                       data->store(left, output_format(other, data->usual_format())).bytes});
  }
  write_outputs(outputs);
  tell(r, *data, kernel, done, stored, taps.size());
}

}  // namespace faltung::cli
