// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "words.hpp"

#include <fmt/format.h>

#include <cmath>

#include "exit.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

KernelScale read_kernel_scale(const std::string& word) {
  if (word == "none") return KernelScale::none;
  if (word == "sum") return KernelScale::sum;
  if (word == "area") return KernelScale::area;
  throw Stop(kUsage,
             fmt::format("--kernel-scale '{}' is not a scale{}; allowed are none, sum, area", word,
                         suggestion(word, {"none", "sum", "area"})));
}

Signed read_signed(const std::string& word) {
  if (word == "clip") return Signed::clip;
  if (word == "offset") return Signed::offset;
  if (word == "absolute") return Signed::absolute;
  if (word == "float") return Signed::real;
  throw Stop(kUsage, fmt::format("--signed '{}' is not a way to keep signs{}; allowed are clip, "
                                 "offset, absolute, float",
                                 word, suggestion(word, {"clip", "offset", "absolute", "float"})));
}

void read_outputs(const Words& w, Request& r) {
  if (w.extent) r.extent = take(parse_extent(*w.extent));
  if (w.window) r.window = read_ranges("--window", *w.window);
  if (w.lags) r.lags = read_ranges("--lags", *w.lags);
  if ((w.extent ? 1 : 0) + (w.window ? 1 : 0) + (w.lags ? 1 : 0) > 1)
    throw Stop(kUsage, "--extent, --window and --lags contradict each other; give one of them");
  if (w.origin) r.origin = read_integers("--origin", *w.origin);
  if (w.stride) r.stride = read_integers("--stride", *w.stride);
}

void read_levels(const Words& w, Request& r) {
  if (w.wet) r.wet = read_gain("--wet", *w.wet);
  if (w.dry) r.dry = read_gain("--dry", *w.dry);
  if (w.wet && w.gain)
    throw Stop(kUsage,
               "--gain and --wet contradict each other, since both scale what is convolved; give "
               "one of them, and --output-gain for all of the output");
  r.resample = w.resample;
  if (!w.output_gain) return;
  const OutputGain level = read_output_gain(*w.output_gain);
  (level.of_peak ? r.output_peak : r.output_gain) = level.factor;
}

void read_meaning(const Words& w, Request& r) {
  if (w.boundary) r.boundary = take(parse_boundary(*w.boundary));
  if (w.cval) r.cval = *w.cval == "nan" ? std::nan("") : read_number("--cval", *w.cval);
  if (w.dilation) r.dilation = read_integers("--dilation", *w.dilation);
  if (w.axes) r.axes = read_integers("--axes", *w.axes);
  if (w.kernel_scale) r.kernel_scale = read_kernel_scale(*w.kernel_scale);
  if (w.gain) {
    r.gain = read_gain("--gain", *w.gain);
    r.gain_given = true;
    r.gain_text = *w.gain;
  }
  read_levels(w, r);
  if (w.dt) {
    const Duration dt = read_dt(*w.dt);
    r.dt = dt.value;
    r.dt_unit = dt.unit;
  }
  r.regrid = w.regrid;
  if (r.regrid && !r.dt)
    throw Stop(kUsage, "--regrid needs --dt, the step that the rows are brought to: 0.5, or 1h");
  if (w.interpolation) r.interpolation = take(parse_interpolation(*w.interpolation));
  if (w.before) {
    const BeforeValue before = read_before(*w.before);
    r.before = before.beyond;
    r.held = before.held;
  }
  r.unit = w.unit.value_or("");
  if (w.nan) r.nan = take(parse_nan(*w.nan));
  r.mask = w.mask.value_or("");
  if (w.policy) r.policy = take(parse_policy(*w.policy));
  if (w.result) r.result = take(parse_element_type(*w.result));
  r.linear_light = w.linear_light;
  if (w.signed_results) r.signed_results = read_signed(*w.signed_results);
  r.columns = w.columns;
  r.kernel_column = w.kernel_column;
}

// All that is missing at once.
void check_missing(const Words& w, const char* operand, const char* command) {
  std::vector<std::string> missing;
  if (!w.input) missing.emplace_back("INPUT");
  if (!w.kernel && !w.kernel_text) missing.emplace_back(operand);
  // A plot is a result, too.
  if (!w.output && !w.plot) missing.emplace_back("-o FILE (--output)");
  if (missing.empty()) return;
  const std::string last = missing.back();
  missing.pop_back();
  const std::string all =
      missing.empty() ? last : fmt::format("{} and {}", fmt::join(missing, ", "), last);
  throw Stop(
      kUsage,
      fmt::format("{} {} missing{}; see faltung {} --help", all, missing.empty() ? "is" : "are",
                  !w.kernel && !w.kernel_text
                      ? ": a kernel is a file, a name such as gaussian:2.5, or --kernel "
                        "\"1 2 1\""
                      : "",
                  command));
}

void check_names(const Words& w, const char* operand) {
  for (const Text* file : {&w.input, &w.kernel, &w.output, &w.plot, &w.mask}) {
    if (!*file) continue;
    if ((*file)->empty()) throw Stop(kUsage, "a file name is empty");
  }
  for (const auto& [file, what] :
       {std::pair{&w.kernel, operand}, std::pair{&w.plot, "--plot"}, std::pair{&w.mask, "--mask"}})
    if (*file && **file == "-")
      throw Stop(kUsage, fmt::format("'-' is standard input for INPUT and standard output for -o; "
                                     "{} is a file{}",
                                     what, file == &w.kernel ? " or a name" : ""));
  const char* printed = w.json           ? "--json"
                        : w.explain      ? "--explain"
                        : w.report_error ? "--report-error"
                                         : nullptr;
  if (w.quiet && w.verbose) throw Stop(kUsage, "-q and -v contradict each other; give one of them");
  if (w.output == "-" && printed != nullptr)
    throw Stop(kUsage, fmt::format("-o - and {} both write to standard output; name a file for one "
                                   "of them",
                                   printed));
  if (w.kernel && w.kernel_text)
    throw Stop(kUsage, fmt::format("{} '{}' and --kernel contradict each other; give one of them",
                                   operand, *w.kernel));
}

}  // namespace

Request read_words(const Words& w, Operation operation, const char* command) {
  const char* operand = operation == Operation::correlate ? "TEMPLATE" : "KERNEL";
  check_missing(w, operand, command ? command : name(operation));
  check_names(w, operand);
  Request r;
  r.operation = operation;
  r.input = *w.input;
  r.kernel = w.kernel.value_or("");
  r.kernel_text = w.kernel_text;
  r.output = w.output.value_or("");
  if (w.raw) r.raw = read_raw(*w.raw);
  if (w.format) r.format = read_format(*w.format);
  read_outputs(w, r);
  read_meaning(w, r);
  r.method = w.method.value_or("auto");
  if (w.accuracy) r.accuracy = take(parse_accuracy(*w.accuracy));
  if (w.tolerance) r.tolerance = read_tolerance(*w.tolerance);
  if (w.max_memory) r.max_memory = read_bytes("--max-memory", *w.max_memory);
  r.device = w.device.value_or("cpu");
  r.reproducible = w.reproducible;
  r.threads = read_threads(w.threads);
  if (w.encoding) r.encoding = read_encoding("--bits", *w.encoding);
  r.plot = w.plot.value_or("");
  r.report_error = w.report_error;
  r.explain = w.explain;
  r.json = w.json;
  r.quiet = w.quiet;
  r.dry_run = w.dry_run;
  r.verbose = w.verbose;
  return r;
}

}  // namespace faltung::cli
