// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "formula.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "exit.hpp"

namespace faltung::cli {
namespace {

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether `name` stands in the text by itself, before `next` where that is given.
bool names(const std::string& text, const std::string& name, char next = 0) {
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || (!in_name(text[at - 1]) && text[at - 1] != '.');
    const bool ends = end == text.size() || (!in_name(text[end]) && text[end] != '.');
    if (begins && ends && (next == 0 || (end < text.size() && text[end] == next))) return true;
  }
  return false;
}

}  // namespace

bool is_formula(const std::string& word) {
  return word.find_first_of(":[]") == std::string::npos && names(word, "t");
}

std::optional<std::string> formula_of(const Request& request) {
  const std::string& word = request.kernel_text ? *request.kernel_text : request.kernel;
  std::error_code ignored;
  if (!request.kernel_text && std::filesystem::exists(word, ignored)) return std::nullopt;
  return is_formula(word) ? std::optional(word) : std::nullopt;
}

continuous::Function read_formula(const std::string& text) {
  Result<continuous::Function> function = continuous::parse_function(text);
  if (function) return std::move(*function);
  const Failure& failure = function.error();
  const std::size_t line = failure.message.find('\n');
  throw Stop(exit_code(failure.status), failure.message.substr(0, line),
             line == std::string::npos ? std::string() : failure.message.substr(line + 1));
}

void refuse_formula_without_t(const std::string& word) {
  if (word.find_first_of(":[]") != std::string::npos) return;
  for (const continuous::FormulaFunction& f : continuous::formula_functions()) {
    const std::string form = f.form;
    if (names(word, form.substr(0, form.find('(')), '('))
      throw Stop(kUsage,
                 fmt::format("'{}' is no file, and as a formula it names no t; a formula is "
                             "one of t, such as exp(-t/12)*u(t)",
                             word));
  }
}

}  // namespace faltung::cli
