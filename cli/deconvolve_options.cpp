// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "deconvolve.hpp"
#include "exit.hpp"
#include "help.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

void add_operands(CLI::App& app, Words& w) {
  app.add_option(
      "INPUT", w.input,
      "what was measured, y = x * h + noise: CSV with a header, WAV, FLAC, or NPY of one "
      "axis; - is standard input");
  app.add_option("KERNEL", w.kernel,
                 "h: an existing file, or else a name, a composed filter or, in t, a formula, as "
                 "for convolve");
  app.add_option("-o,--output", w.output,
                 "file to write the estimate of x to, whole or not at all; - is standard output")
      ->type_name("FILE");
  app.add_option("--format", w.format, "the output's format whatever its suffix")
      ->type_name("NAME");
  app.add_option("--raw", w.raw, "INPUT is sound without a header, little endian: 48000:2:pcm16")
      ->type_name("RATE:CHANNELS:ENCODING");
  app.add_option("--kernel", w.kernel_text,
                 "instead: the numbers themselves, a filter or a formula")
      ->type_name("TEXT");
}

void add_model(CLI::App& app, DeconvolveWords& words) {
  const char* group = "How y came about";
  Words& w = words.shared;
  app.add_option("--noise", words.noise,
                 "standard deviation of the errors of y, in the unit of y; needed unless --weight "
                 "is given")
      ->type_name("NUMBER")
      ->group(group);
  app.add_option("--extent", w.extent,
                 "what y is of x * h: full (sound, arrays), causal (series) or same")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--before", w.before,
                 "what x was outside its samples: zero (sound, arrays), hold (series) or periodic")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--interpolation", w.interpolation,
                 "a formula: what x is between its samples: linear (default) or hold")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--kernel-scale", w.kernel_scale, "none (default), sum or area, as for convolve")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--dt", w.dt, "CSV, NPY: the step of time, as for convolve: 0.5, 1h, 30min")
      ->type_name("TIME")
      ->group(group);
  add_regrid(app, w, group);
  app.add_option("--column", w.columns,
                 "CSV: a column of y, repeatable; all numeric ones unless given")
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->group(group);
  app.add_option("--kernel-column", w.kernel_column,
                 "CSV as kernel: the column that holds the taps")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--unit", w.unit, "CSV: the unit of the values, for the plot")
      ->type_name("TEXT")
      ->group(group);
}

void add_ways(CLI::App& app, DeconvolveWords& words) {
  const char* group = "How it is undone";
  Words& w = words.shared;
  app.add_option("--method", words.method,
                 "tikhonov (default): the heaviest penalty whose residual is the noise; wiener: "
                 "noise^2 over the power of x, which is found in y")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--penalty", words.penalty,
                 "what is kept small: values of x (sound, arrays), or its steps (series)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--weight", words.weight, "of the penalty, instead of choosing it; 0: none")
      ->type_name("NUMBER")
      ->group(group);
  app.add_option("--threads", w.threads, "threads to use; all of the machine's unless given")
      ->type_name("N")
      ->group(group);
}

void add_reports(CLI::App& app, DeconvolveWords& words) {
  const char* group = "What is told";
  Words& w = words.shared;
  app.add_option("--residual", words.residual, "file for y - x * h, of the kind of INPUT")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--bits,--encoding", w.encoding, "sound: how it is stored, as for convolve")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--plot", w.plot, "draw y, h and the estimate into an SVG or PNG (gnuplot)")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--json", w.json, "print one JSON object that says what was done")->group(group);
  app.add_flag("-q,--quiet", w.quiet, "no summary and no warnings")->group(group);
}

}  // namespace

CLI::App* add_deconvolve(CLI::App& program, DeconvolveWords& words) {
  CLI::App* app = program.add_subcommand(
      "deconvolve", "Undo a convolution as far as noise allows: x from y = x * h + noise");
  add_operands(*app, words.shared);
  add_model(*app, words);
  add_ways(*app, words);
  add_reports(*app, words);
  app->footer(help_of_deconvolve);
  return app;
}

DeconvolveRequest read_deconvolve(const DeconvolveWords& words) {
  DeconvolveRequest r;
  r.shared = read_words(words.shared, Operation::convolve, "deconvolve");
  if (words.noise) r.noise = read_number("--noise", *words.noise);
  if (words.weight) r.weight = read_number("--weight", *words.weight);
  if (words.method) r.method = take(parse_deconvolution_method(*words.method));
  if (words.penalty) r.penalty = take(parse_penalty(*words.penalty));
  r.residual = words.residual.value_or("");
  if (r.noise && !(*r.noise > 0))
    throw Stop(kUsage, "--noise is a standard deviation, and above 0");
  if (r.weight && *r.weight < 0) throw Stop(kUsage, "--weight is not below 0");
  if (!r.noise && !r.weight)
    throw Stop(kUsage,
               "how much of the input is noise? --noise gives its standard deviation, or "
               "--weight that of the penalty");
  if (r.weight && r.method)
    throw Stop(kUsage,
               "--weight and --method contradict each other, since a method chooses the "
               "weight; give one of them");
  if (r.shared.held)
    throw Stop(kUsage,
               "--before hold:VALUE goes with convolve; x is what is looked for, and hold "
               "holds its own first value");
  if (r.shared.extent == Extent::valid)
    throw Stop(kUsage,
               "--extent valid: y then knows nothing of the ends of x; allowed are full, "
               "causal, same");
  return r;
}

}  // namespace faltung::cli
