// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "exit.hpp"
#include "gradient.hpp"
#include "help.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

void add_what(CLI::App& app, GradientWords& words) {
  Words& w = words.shared;
  app.add_option("INPUT", w.input, "PNG, JPEG, TIFF or NPY; - is standard input");
  app.add_option("OPERATOR", w.kernel,
                 "sobel (unless given), scharr, prewitt, farid, or gaussian:SIGMA");
  app.add_option("-o,--output", w.output,
                 "file to write the magnitudes to, whole or not at all; - is standard output")
      ->type_name("FILE");
  app.add_option("--orientation", words.orientation,
                 "an .npy for the directions in which samples rise fastest, in radians from right "
                 "(0) to down (pi/2); of two axes")
      ->type_name("FILE");
  app.add_option("--format", w.format, "the output's format whatever its suffix")
      ->type_name("NAME");
  app.add_option("--boundary", w.boundary,
                 "what lies beyond the ends, as for convolve: mirror unless given")
      ->type_name("NAME");
  app.add_option("--cval", w.cval, "the constant of --boundary constant; 0 unless given")
      ->type_name("NUMBER");
  app.add_option("--nan", w.nan, "missing samples, as for convolve: propagate, omit, interpolate")
      ->type_name("NAME");
  app.add_option("--mask", w.mask, "samples are missing where this file is 0, as for convolve")
      ->type_name("FILE");
  app.add_option("--axes", w.axes, "NPY: the axes of the gradient; all unless given")
      ->type_name("A[,...]");
  app.add_option("--gain", w.gain, "multiply the magnitudes by a factor or by decibels")
      ->type_name("FACTOR");
  app.add_flag("--linear-light", w.linear_light,
               "pictures of 8 and 16 bits: of light, not of the sRGB values that stand for it");
  app.add_flag("--signed-float", words.shared_float,
               "pictures: floating point magnitudes, in a .tif");
}

void add_how(CLI::App& app, Words& w) {
  const char* group = "How, and what is told";
  app.add_option("--method", w.method,
                 "auto (default) or " + fmt::format("{}", fmt::join(algorithm_names(), ", ")))
      ->type_name("NAME")
      ->group(group);
  app.add_option("--threads", w.threads, "threads to use; all of the machine's unless given")
      ->type_name("N")
      ->group(group);
  app.add_flag("--report-error", w.report_error, "print bounds on the rounding error")
      ->group(group);
  app.add_flag("--explain", w.explain, "print what is shared, and the plan")->group(group);
  app.add_flag("--json", w.json, "print one JSON object that says what was done")->group(group);
  app.add_flag("-q,--quiet", w.quiet, "no summary or hints")->group(group);
  app.add_flag("-v,--verbose", w.verbose, "tell the plan and what each step took")->group(group);
}

/// "gaussian:2" or a name.
void read_operator(const std::string& text, GradientOptions& options) {
  const std::size_t colon = text.find(':');
  options.op = take(parse_gradient_operator(text.substr(0, colon)));
  const bool gaussian = options.op == GradientOperator::gaussian;
  if (gaussian != (colon != std::string::npos))
    throw Stop(kUsage, gaussian
                           ? "gaussian takes a SIGMA in samples, such as gaussian:2"
                           : fmt::format("{} takes no number; gaussian:2 does", name(options.op)));
  if (gaussian) options.sigma = read_number("gaussian:SIGMA", text.substr(colon + 1));
}

}  // namespace

CLI::App* add_gradient(CLI::App& program, GradientWords& words) {
  CLI::App* app = program.add_subcommand(
      "gradient", "How steep pictures and arrays are: sqrt(dx^2 + dy^2 + ...) and the direction");
  add_what(*app, words);
  add_how(*app, words.shared);
  app->footer(help_of_gradient);
  return app;
}

GradientRequest read_gradient(const GradientWords& words) {
  Words shared = words.shared;
  if (!shared.kernel) shared.kernel = "sobel";
  if (words.shared_float) shared.signed_results = "float";
  GradientRequest r;
  if (words.orientation) {
    r.orientation = *words.orientation;
    if (!r.orientation.ends_with(".npy"))
      throw Stop(kUsage, fmt::format("--orientation {} is no .npy, which angles in radians need",
                                     r.orientation));
  }
  if (words.shared.output || !words.orientation)
    r.shared = read_words(shared, Operation::convolve, "gradient");
  else {
    shared.output = r.orientation;  // the angles alone
    r.shared = read_words(shared, Operation::convolve, "gradient");
    r.shared.output.clear();
  }
  r.shared.command = "gradient";
  read_operator(r.shared.kernel, r.options);
  r.options.axes = r.shared.axes;
  r.options.boundary = r.shared.boundary.value_or(Boundary::mirror);
  if (r.shared.cval && r.options.boundary != Boundary::constant)
    throw Stop(kUsage, "--cval goes with --boundary constant");
  r.options.cval = r.shared.cval.value_or(0);
  r.options.nan = r.shared.missing();
  r.options.method = r.shared.method;
  return r;
}

}  // namespace faltung::cli
