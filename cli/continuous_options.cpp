// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "continuous_command.hpp"
#include "help.hpp"

namespace faltung::cli {
namespace {

constexpr const char* kLanguage = R"help(
F and H are formulas of t: numbers, t, pi, e, + - * / ^ and brackets, and the functions below, of
which conv, corr, shift, stretch, flip, diff, integral, restrict and periodic take whole functions.
Values at a jump are those from the right. A formula that begins with - goes into brackets, and all
of it into quotes for the shell: "(-t)*box(t)".
)help";

constexpr const char* kExamples = R"help(
Examples:
  faltung continuous "exp(-t/12)*u(t)" "box(t/24)" --plot y.svg --formula --at 0:48:0.5
  faltung continuous "delta(t-1) + delta(t+1)" "tri(t)" --latex
  faltung continuous "conv(box(t), box(t), box(t), box(t))" --at 0,1,2
  faltung continuous "uniform(t,0,1)" "expdist(t,2)" --moments --plot waiting.svg
  faltung continuous "0.3*normal(t,-2,1) + 0.7*normal(t,1,0.5)" "die(t,6)" --plot mixture.svg
)help";

}  // namespace

std::string help_of_formulas() {
  std::string text = kLanguage;
  for (const continuous::FormulaFunction& function : continuous::formula_functions())
    text += fmt::format("  {:<26} {}\n", function.form, function.meaning);
  return text + kExamples;
}

CLI::App* add_functions(CLI::App& program, ContinuousRequest& request) {
  CLI::App* app = program.add_subcommand(
      "continuous", "Convolve two functions: y(t) = integral of f(s) h(t - s) ds");
  app->add_option("F", request.f, "a formula of t: \"exp(-t/12)*u(t)\"")->required();
  app->add_option("H", request.h, "another; without it F itself is shown");
  app->add_flag("--correlate", request.correlate, "y(t) = integral of f(s) h(s + t) ds instead");
  app->add_flag("--formula", request.formula,
                "print y as a formula (the default where nothing "
                "else is asked for)");
  app->add_flag("--latex", request.latex, "print y in LaTeX");
  app->add_option("--at", request.at, "print t,y at FIRST:LAST:STEP or at a list of t: 0,1,2.5")
      ->type_name("PLACES");
  app->add_flag("--moments", request.moments, "print area, mean and variance of f, h and y");
  app->add_option("-o,--output", request.output,
                  "write what --at asks for into a .csv; - is "
                  "standard output")
      ->type_name("FILE");
  app->add_option("--plot", request.plot, "draw f, h and y into an SVG or PNG (gnuplot)")
      ->type_name("FILE");
  app->add_flag("--json", request.json, "print one JSON object");
  app->footer([] { return help_of_formulas() + help_of_exit_codes(); });
  return app;
}

}  // namespace faltung::cli
