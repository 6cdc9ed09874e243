// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "usage.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "exit.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& n : option->get_lnames()) names.push_back("--" + n);
  return names;
}

// "faltung convolve --help" once a command was named.
std::string help_of(const CLI::App& program) {
  const std::vector<CLI::App*> commands = program.get_subcommands();
  return commands.empty() ? "faltung --help"
                          : fmt::format("faltung {} --help", commands.front()->get_name());
}

// CLI11's words, in a sentence of ours.
std::string reworded(std::string sentence) {
  while (!sentence.empty() && (sentence.back() == '\n' || sentence.back() == ' '))
    sentence.pop_back();
  const std::string option = sentence.substr(0, sentence.find(':'));
  if (sentence.find("At Most 1 required but received") != std::string::npos)
    return option + " was given more than once";
  if (sentence.find("1 required") != std::string::npos) return option + " needs a value";
  return sentence;
}

}  // namespace

void refuse_usage(const CLI::App& program, const CLI::ParseError& error) {
  std::vector<std::string> extras = program.remaining(true);
  std::erase(extras, "--");
  if (extras.empty())
    throw Stop(kUsage, fmt::format("{}; see {}", reworded(error.what()), help_of(program)));
  const std::string word = extras.front().substr(0, extras.front().find('='));
  if (!word.starts_with('-'))
    throw Stop(kUsage, fmt::format("'{}' is one operand too many; see {}", word, help_of(program)));
  if (word == "--lags") throw Stop(kUsage, "--lags goes with correlate; convolve has --window");
  std::vector<std::string> names = option_names(program);
  for (const CLI::App* command : program.get_subcommands())
    for (std::string& n : option_names(*command)) names.push_back(std::move(n));
  throw Stop(kUsage, fmt::format("there is no option {}{}; see {}", word, suggestion(word, names),
                                 help_of(program)));
}

}  // namespace faltung::cli
