// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faltung::continuous {

/// A sum under way: terms with their signs.
class Sum {
 public:
  void add(const std::string& term) {
    if (terms_++ == 0) {
      text_ = term;
      return;
    }
    text_ += term[0] == '-' ? " - " + term.substr(1) : " + " + term;
  }
  std::string text() const { return terms_ == 0 ? "0" : text_; }
  int terms() const { return terms_; }

 private:
  std::string text_;
  int terms_ = 0;
};

/// Whether a sign stands between two operands, outside of all brackets: 1e-5 has none.
inline bool has_signs(const std::string& text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '}' || c == ']') --depth;
    const bool sign = (c == '+' || c == '-') && i > 0 && text[i - 1] != 'e';
    if (sign && depth == 0) return true;
  }
  return false;
}

}  // namespace faltung::continuous
