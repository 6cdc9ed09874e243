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

// What CLI11 says in a form of its own ("--output: At Most 1 required but received 2").
std::string sentence_of(const CLI::ParseError& error) {
  std::string said = error.what();
  while (!said.empty() && (said.back() == '\n' || said.back() == ' ')) said.pop_back();
  const std::string name = said.substr(0, said.find_first_of(": "));
  if (said.find("At Most 1") != std::string::npos)
    return fmt::format("{} is given more than once, where one is allowed", name);
  if (error.get_name() == "ArgumentMismatch") return fmt::format("{} needs a value", name);
  if (error.get_name() == "RequiredError") return fmt::format("{} is missing", name);
  if (error.get_name() == "ConversionError") {
    const std::size_t at = said.find("--");
    if (at != said.npos)
      return fmt::format("{} is a switch and takes no such value",
                         said.substr(at, said.find_first_of(" =", at) - at));
  }
  if (error.get_name() == "ExcludesError") {
    const std::string other = said.substr(said.rfind(' ') + 1);
    return fmt::format("{} and {} contradict each other; give one of them", name, other);
  }
  return said;
}

std::string refused_operand(const std::string& word, const std::string& command) {
  if (command == "plan")
    return fmt::format("'{}' is one word too many; PROBLEM is one word, so quote it for the shell",
                       word);
  if (command == "kernels")
    return fmt::format("'{}' is one word too many; KERNEL is one word, so quote it for the shell",
                       word);
  if (command == "continuous")
    return fmt::format("'{}' is one word too many; F and H are one word each, so quote them", word);
  if (command == "info") return fmt::format("'{}' is one word too many; info takes one FILE", word);
  return fmt::format("'{}' is one operand too many; allowed are INPUT and one KERNEL or TEMPLATE",
                     word);
}

}  // namespace

void refuse_usage(const CLI::App& program, const CLI::ParseError& error) {
  const std::vector<CLI::App*> commands = program.get_subcommands();
  const std::string command = commands.empty() ? "" : commands.front()->get_name();
  const std::string see =
      fmt::format("; see faltung {}--help", command.empty() ? "" : command + " ");
  std::vector<std::string> extras = program.remaining(true);
  std::erase(extras, "--");
  if (extras.empty()) throw Stop(kUsage, sentence_of(error) + see);
  // CLI11 says what it did not expect; which name was meant is ours to add.
  const std::string word = extras.front().substr(0, extras.front().find('='));
  if (!word.starts_with('-')) throw Stop(kUsage, refused_operand(word, command) + see);
  if (word == "--lags") throw Stop(kUsage, "--lags goes with correlate; convolve has --window");
  if (word == "--wet" || word == "--dry")
    throw Stop(kUsage, fmt::format("{} goes with convolve; correlate has --gain", word));
  std::vector<std::string> names = option_names(program);
  for (const CLI::App* app : commands)
    for (std::string& n : option_names(*app)) names.push_back(std::move(n));
  throw Stop(kUsage, fmt::format("there is no option {}{}{}", word, suggestion(word, names), see));
}

}  // namespace faltung::cli
