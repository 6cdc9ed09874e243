// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "generate.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "continuous_command.hpp"
#include "faltung/filter.hpp"
#include "faltung/plan.hpp"
#include "faltung/version.hpp"

namespace faltung::cli {
namespace {

/// Text that roff takes as it is.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += fmt::format("\\&{}", c);
    else out += c;
  }
  return out;
}

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
}

std::string names_of(const CLI::Option& option) {
  if (option.get_positional()) return fmt::format("\\fI{}\\fR", escaped(option.get_name(true)));
  std::string names;
  for (const std::string& n : option.get_snames()) names += fmt::format("\\fB\\-{}\\fR, ", n);
  for (const std::string& n : option.get_lnames())
    names += fmt::format("\\fB\\-\\-{}\\fR, ", escaped(n));
  names.resize(names.size() - 2);
  const std::string type = option.get_type_name();
  return option.get_items_expected_max() == 0 || type.empty()
             ? names
             : fmt::format("{} \\fI{}\\fR", names, escaped(type));
}

std::string options_in_roff(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : options_of(app))
    text += fmt::format(".TP\n{}\n{}\n", names_of(*option), escaped(option->get_description()));
  return text;
}

/// Columns that were set by hand stay as they are.
std::string as_it_stands(const std::string& text) { return ".nf\n" + escaped(text) + "\n.fi\n"; }

/// Commands that write a result cannot do without their operands, which one sentence asks for.
bool has_output(const CLI::App& command) {
  return command.get_name() == "convolve" || command.get_name() == "correlate" ||
         command.get_name() == "gradient";
}

}  // namespace

std::string man_page(const CLI::App& program) {
  std::string text = fmt::format(
      ".TH FALTUNG 1 \"\" \"faltung {}\" \"User Commands\"\n"
      ".SH NAME\nfaltung \\- convolution of sound, pictures, arrays and series\n.SH SYNOPSIS\n",
      FALTUNG_VERSION);
  for (const CLI::App* command : commands_of(program)) {
    std::string operands;
    for (const CLI::Option* option : options_of(*command))
      if (option->get_positional()) {
        const bool usual =
            option->get_name(true) == "OPERATOR";  // there is one where none is given
        const bool alone = (has_output(*command) && !usual) || option->get_required();
        operands += fmt::format(" {}\\fI{}\\fR{}", alone ? "" : "[",
                                escaped(option->get_name(true)), alone ? "" : "]");
      }
    if (has_output(*command)) operands += " \\-o \\fIOUTPUT\\fR";
    text +=
        fmt::format("\\fBfaltung {}\\fR{} [\\fIOPTIONS\\fR]\n.br\n", command->get_name(), operands);
  }
  text += fmt::format(".SH DESCRIPTION\n{}\n", escaped(program.get_description()));
  for (const CLI::App* command : commands_of(program))
    text += fmt::format(".SH FALTUNG {}\n{}\n{}", CLI::detail::to_lower(command->get_name()),
                        escaped(command->get_description()), options_in_roff(*command));
  const CLI::App* convolve = commands_of(program).front();
  text += ".SH DATA, KERNELS AND EXAMPLES\n" + as_it_stands(convolve->get_footer());
  text += ".SH FORMULAS\n" + as_it_stands(help_of_formulas());
  return text;
}

/// With a colon where a number follows.
std::string gradient_operators() {
  std::string all;
  for (const GradientOperator op :
       {GradientOperator::sobel, GradientOperator::scharr, GradientOperator::prewitt,
        GradientOperator::farid, GradientOperator::gaussian})
    all += std::string(name(op)) + (op == GradientOperator::gaussian ? ": " : " ");
  return all;
}

/// With a colon where a number follows.
std::string kernel_names() {
  std::string all;
  for (const FilterInfo& info : filter_list()) {
    all += info.name();
    all += std::string_view(info.form).substr(info.name().size()).starts_with(':') ? ": " : " ";
  }
  return all;
}

std::string bash_completion(const CLI::App& program) {
  std::string names, cases;
  for (const CLI::App* command : commands_of(program)) {
    names += command->get_name() + " ";
    std::string options;
    for (const CLI::Option* option : options_of(*command)) {
      for (const std::string& n : option->get_lnames()) options += "--" + n + " ";
      for (const std::string& n : option->get_snames()) options += "-" + n + " ";
    }
    cases += fmt::format("    {}) options=\"{}\" ;;\n", command->get_name(), options);
  }
  return fmt::format(R"(# Completion of faltung for bash.
_faltung() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}" options="" values="" kernel=3
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "{0} --help --version" -- "$word")
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{1}    *) return ;;
  esac
  case "$before" in
    --extent) values="full same valid causal" ;;
    --boundary) values="constant edge symmetric mirror wrap odd" ;;
    --method)
      values="auto {2}"
      [[ "${{COMP_WORDS[1]}}" == deconvolve ]] && values="tikhonov wiener"
      ;;
    --nan) values="propagate omit interpolate" ;;
    --accuracy) values="norm componentwise" ;;
    --policy) values="exact saturate wrap" ;;
    --kernel-scale) values="none sum area" ;;
    --interpolation) values="linear hold" ;;
    --before) values="hold zero periodic" ;;
    --penalty) values="values steps" ;;
    --bits | --encoding) values="pcm8 pcm16 pcm24 pcm32 float32 float64" ;;
    --format) values="wav flac raw png jpeg tiff npy csv" ;;
    --output-gain) values="peak" ;;
    --signed) values="clip offset absolute float" ;;
    --result) values="f32 f64 f16 c64 c128 u8 i8 u16 i16 u32 i32 u64 i64" ;;
  esac
  if [[ -n "$values" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
  elif [[ "$word" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    [[ "${{COMP_WORDS[1]}}" == kernels ]] && kernel=2
    if [[ "${{COMP_WORDS[1]}}" == gradient ]]; then
      kernel=0
      ((COMP_CWORD != 3)) || mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -W "{4}" -- "$word")
    fi
    ((COMP_CWORD != kernel)) || mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -W "{3}" -- "$word")
  fi
}}
complete -o filenames -F _faltung faltung
)",
                     names, cases, fmt::join(algorithm_names(), " "), kernel_names(),
                     gradient_operators());
}

std::string kernel_table() {
  std::string text = "| Name | Taps |\n|---|---|\n";
  for (const FilterInfo& info : filter_list()) {
    text += fmt::format("| `{}` | ", info.form);
    for (const char* c = info.taps; *c; ++c) {
      if (*c == '|') text += '\\';
      text += *c;
    }
    text += " |\n";
  }
  return text;
}

}  // namespace faltung::cli
