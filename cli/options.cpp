// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "deconvolve.hpp"
#include "exit.hpp"
#include "generate.hpp"
#include "gradient.hpp"
#include "help.hpp"
#include "usage.hpp"
#include "values.hpp"
#include "words.hpp"

namespace faltung::cli {
namespace {

void add_operands(CLI::App& app, Words& w, Operation operation) {
  const bool correlate = operation == Operation::correlate;
  app.add_option(
      "INPUT", w.input,
      "WAV, FLAC, raw samples, PNG, JPEG, TIFF, NPY, or CSV with a header; the suffix says "
      "which. - is standard input, whose first bytes say which");
  app.add_option(correlate ? "TEMPLATE" : "KERNEL", w.kernel,
                 correlate ? "an existing file, or else a name or a composed filter (below)"
                           : "an existing file, or else a name, a composed filter or, in t, a "
                             "formula (below)");
  app.add_option("-o,--output", w.output,
                 "file to write, whole or not at all; the suffix says the format. - is standard "
                 "output, in the format of the input where that has a header (a JPEG as PNG)")
      ->type_name("FILE");
  app.add_option(
         "--format", w.format,
         "the output's format whatever its suffix: wav, flac, raw, png, jpeg, tiff, npy or csv")
      ->type_name("NAME");
  app.add_option("--raw", w.raw, "INPUT is sound without a header, little endian: 48000:2:pcm16")
      ->type_name("RATE:CHANNELS:ENCODING");
  app.add_option("--kernel", w.kernel_text,
                 "instead: the numbers themselves, rows ended by semicolons, \"1 2 1; 2 4 2\", or "
                 "a composed filter, \"gaussian:3 - gaussian:1\"")
      ->type_name("TEXT");
}

void add_outputs(CLI::App& app, Words& w, Operation operation) {
  const char* group = "Which outputs";
  app.add_option("--extent", w.extent, "full, same, valid or causal")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--window", w.window,
                 "outputs FIRST to before STOP of the full result; one range for each axis")
      ->type_name("FIRST:STOP[,...]")
      ->group(group);
  if (operation == Operation::correlate)
    app.add_option("--lags", w.lags, "lags FIRST to LAST, both included; one range for each axis")
        ->type_name("FIRST:LAST[,...]")
        ->group(group);
  app.add_option("--origin", w.origin,
                 "with same: the index of the full result where the output starts; "
                 "the default is (K-1)/2, the kernel's centre")
      ->type_name("N[,...]")
      ->group(group);
  app.add_option("--stride", w.stride, "keep every N-th output")
      ->type_name("N[,...]")
      ->group(group);
}

void add_meaning(CLI::App& app, Words& w) {
  const char* group = "What is computed";
  app.add_option("--boundary", w.boundary,
                 "what lies beyond the ends: constant, edge (aa|abcd|dd), symmetric (ba|abcd|dc), "
                 "mirror (cb|abcd|cb), wrap (cd|abcd|ab) or odd (2a-b|abcd|2d-c)")
      ->type_name("NAME")
      ->group(group);
  app.add_option(
         "--cval", w.cval,
         "the constant of --boundary constant; 0 unless given; nan: what lies outside is missing")
      ->type_name("NUMBER")
      ->group(group);
  app.add_option(
         "--nan", w.nan,
         "what missing samples (NaN) do: propagate (default), omit (each counts as the mean "
         "of those under the kernel, weighted by its magnitudes) or interpolate (each is "
         "replaced by such a mean about it first)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--mask", w.mask,
                 "a picture, NPY, CSV or sound of the input's shape, or one channel: samples are "
                 "missing where it is 0; --nan omit unless given")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--dilation", w.dilation, "taps lie N samples apart")
      ->type_name("N[,...]")
      ->group(group);
  app.add_option("--axes", w.axes, "NPY: the axes to convolve over; all unless given")
      ->type_name("A[,...]")
      ->group(group);
  app.add_option(
         "--kernel-scale", w.kernel_scale,
         "none (default); sum: make the taps sum to 1, those of each channel by themselves; "
         "area: multiply taps that sample h(t) by dt, for y(t) = integral of x h, or divide a "
         "formula, which is integrated as it is, by its own area")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--gain", w.gain, "multiply the result by a factor or by decibels: 0.5, -6dB")
      ->type_name("FACTOR")
      ->group(group);
  app.add_option("--dt", w.dt,
                 "CSV, NPY: the step of time, 1 unless given, in the unit of exp:tau and of a "
                 "formula's t: 0.5, or 1h, 30min, 10ms (ms, s, min, h, d)")
      ->type_name("TIME")
      ->group(group);
}

void add_levels(CLI::App& app, Words& w, Operation operation) {
  const char* group = "What is computed";
  if (operation == Operation::convolve) {
    app.add_option("--wet", w.wet, "sound: multiply what is convolved; 1 unless given")
        ->type_name("LEVEL")
        ->group(group);
    app.add_option("--dry", w.dry,
                   "sound: add so much of the input itself, at the kernel's first tap (a named "
                   "kernel's centre or origin); 0 unless given")
        ->type_name("LEVEL")
        ->group(group);
  }
  app.add_option("--output-gain", w.output_gain,
                 "sound: peak brings the largest sample to full scale, peak:-1dB to 1 dB below; "
                 "-6dB or 0.5 multiplies the output, --dry and all")
      ->type_name("LEVEL")
      ->group(group);
  app.add_flag("--resample", w.resample,
               "sound: bring a kernel of another sample rate to that of the input")
      ->group(group);
}

void add_kinds(CLI::App& app, Words& w) {
  const char* group = "What is computed";
  app.add_option("--policy", w.policy,
                 "NPY, integers or --result of such: exact (default), saturate or wrap")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--result", w.result, "NPY: the element type of the result, such as f64 or i32")
      ->type_name("TYPE")
      ->group(group);
  app.add_flag("--linear-light", w.linear_light,
               "pictures of 8 and 16 bits: filter light, not the sRGB values that stand for it")
      ->group(group);
  app.add_option("--signed", w.signed_results,
                 "pictures: results below 0 are clipped (clip, the default), kept with 0 in the "
                 "middle (offset), as magnitudes (absolute) or as they are (float, in a .tif)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--column", w.columns,
                 "CSV: a column to filter, repeatable; all numeric ones but t, time and index "
                 "unless given")
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->group(group);
  app.add_option("--unit", w.unit, "CSV: the unit of the values, for plots and reports: °C")
      ->type_name("TEXT")
      ->group(group);
  app.add_option("--kernel-column", w.kernel_column,
                 "CSV as kernel: the column that holds the taps")
      ->type_name("NAME")
      ->group(group);
}

constexpr const char* kRunning = "How, and what is told";

void add_method(CLI::App& app, Words& w) {
  const char* group = kRunning;
  app.add_option("--method", w.method,
                 "auto (default) or " + fmt::format("{}", fmt::join(algorithm_names(), ", ")))
      ->type_name("NAME")
      ->group(group);
  app.add_option(
         "--device", w.device,
         "where to compute: cpu (default), auto, or a GPU such as cuda:0 (faltung info --cpu "
         "names them)")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--tolerance", w.tolerance,
                 "the largest error allowed, relative to max|x| sum|h|; the method's own unless "
                 "given")
      ->type_name("NUMBER")
      ->group(group);
  app.add_option("--accuracy", w.accuracy,
                 "norm (default), or componentwise: small values beside large ones keep their "
                 "digits")
      ->type_name("NAME")
      ->group(group);
  app.add_option(
         "--max-memory", w.max_memory,
         "bytes to hold at once beside the program itself, such as 500M or 2G; what cannot keep "
         "within them is refused")
      ->type_name("BYTES")
      ->group(group);
  app.add_flag("--reproducible", w.reproducible,
               "the method does not depend on a calibration or the memory")
      ->group(group);
  app.add_option("--threads", w.threads, "threads to use; all of the machine's unless given")
      ->type_name("N")
      ->group(group);
}

void add_reports(CLI::App& app, Words& w) {
  const char* group = kRunning;
  app.add_option("--bits,--encoding", w.encoding,
                 "sound: pcm8, pcm16, pcm24, pcm32, float32 or float64; float32 for WAV and pcm24 "
                 "for FLAC unless given")
      ->type_name("NAME")
      ->group(group);
  app.add_option(
         "--plot", w.plot,
         "draw input, kernel and output into an SVG or PNG (gnuplot); arrays of one axis or two")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--report-error", w.report_error, "print bounds on the rounding error")
      ->group(group);
  app.add_flag("--explain", w.explain, "print the plan: the method, the others and why not")
      ->group(group);
  app.add_flag("--json", w.json, "print one JSON object that says what was done")->group(group);
  app.add_flag("-n,--dry-run", w.dry_run,
               "write nothing: say how it would be done, in what time and memory")
      ->group(group);
  app.add_flag("-q,--quiet", w.quiet, "no summary, hints or progress")->group(group);
  app.add_flag("-v,--verbose", w.verbose, "tell the plan and what each step took on standard error")
      ->group(group);
}

CLI::App* add_command(CLI::App& program, Words& words, Operation operation) {
  const bool correlate = operation == Operation::correlate;
  CLI::App* app = program.add_subcommand(
      name(operation), correlate ? "Slide a template along: r[l] = sum of conj(h[n]) x[n+l]"
                                 : "Filter: y[n] = sum of h[k] x[n-k]");
  add_operands(*app, words, operation);
  add_outputs(*app, words, operation);
  add_meaning(*app, words);
  if (operation == Operation::convolve) add_series(*app, words);
  add_levels(*app, words, operation);
  add_kinds(*app, words);
  add_method(*app, words);
  add_reports(*app, words);
  app->footer([operation] { return help_of_command(operation); });
  return app;
}

void add_plan(CLI::App& program, PlanRequest& request) {
  CLI::App* app = program.add_subcommand("plan", "Say what would be done with a problem, and why");
  app->add_option("PROBLEM", request.problem,
                  "the problem in words: \"convolve f32 [1048576] * [4097] full\"")
      ->required();
  app->add_flag("--json", request.json, "print one JSON object");
  app->footer(help_of_plan);
}

void add_info(CLI::App& program, InfoRequest& request) {
  CLI::App* app =
      program.add_subcommand("info", "Tell about a file, or this build and this machine");
  CLI::Option* file =
      app->add_option("FILE", request.file, "what it holds, as INPUT is read; - is standard input");
  app->add_option("--raw", request.raw, "FILE is sound without a header: 48000:2:pcm16")
      ->needs(file)
      ->type_name("RATE:CHANNELS:ENCODING");
  app->add_flag("--cpu", request.cpu, "instruction sets, measured peaks, costs (the default)")
      ->excludes(file);
  CLI::Option* calibrate =
      app->add_flag("--calibrate", request.calibrate,
                    "measure this machine for two seconds; every later run chooses by it")
          ->excludes(file);
  app->add_flag("--clear-calibration", request.clear_calibration, "forget what was measured")
      ->excludes(calibrate)
      ->excludes(file);
  app->add_flag("--json", request.json, "print one JSON object");
}

void check_command(int argc, char** argv) {
  const std::vector<std::string> commands = {"convolve", "correlate", "continuous", "deconvolve",
                                             "gradient", "plan",      "info",       "kernels"};
  const std::string allowed =
      "allowed are convolve, correlate, gradient, continuous, deconvolve, plan, info and kernels";
  if (argc < 2) throw Stop(kUsage, "no command; " + allowed + ", see faltung --help");
  const std::string word = argv[1];
  if (word.starts_with('-') || std::find(commands.begin(), commands.end(), word) != commands.end())
    return;
  throw Stop(kUsage, fmt::format("there is no command '{}'{}; {}", word, suggestion(word, commands),
                                 allowed));
}

}  // namespace

Command read_command_line(int argc, char** argv) {
  check_command(argc, argv);
  Words words;
  PlanRequest plan;
  InfoRequest info;
  KernelsRequest kernels;
  CLI::App program("Faltung: convolution of sound, pictures, arrays and series, computed right.",
                   "faltung");
  program.formatter(help_format());
  program.set_version_flag("--version", "faltung " FALTUNG_VERSION, "Print the version and exit");
  program.require_subcommand(0, 1);
  program.footer(help_of_program);
  add_command(program, words, Operation::convolve);
  const CLI::App* correlate = add_command(program, words, Operation::correlate);
  DeconvolveWords undo;
  const CLI::App* deconvolve = add_deconvolve(program, undo);
  GradientWords steep;
  const CLI::App* gradient = add_gradient(program, steep);
  add_plan(program, plan);
  add_info(program, info);
  add_kernels(program, kernels);
  ContinuousRequest functions;
  add_functions(program, functions);
  std::string wanted;  // for packages: neither in the help nor in what it makes
  program.add_option("--generate", wanted)->group("");
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", program.help());
    return {};
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    return {};
  } catch (const CLI::ParseError& error) {
    refuse_usage(program, error);
  }
  if (!wanted.empty()) {
    fmt::print("{}", wanted == "man"       ? man_page(program)
                     : wanted == "kernels" ? kernel_table()
                                           : bash_completion(program));
    return {};
  }
  if (program.get_subcommands().empty()) throw Stop(kUsage, "no command; see faltung --help");
  if (deconvolve->parsed()) return std::make_shared<const DeconvolveRequest>(read_deconvolve(undo));
  if (gradient->parsed()) return std::make_shared<const GradientRequest>(read_gradient(steep));
  if (program.got_subcommand("continuous")) return functions;
  if (program.got_subcommand("plan")) return plan;
  if (program.got_subcommand("info")) return info;
  if (program.got_subcommand("kernels")) return kernels;
  return read_words(words, correlate->parsed() ? Operation::correlate : Operation::convolve);
}

}  // namespace faltung::cli
