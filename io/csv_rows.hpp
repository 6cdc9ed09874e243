// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/failure.hpp"

/// The parts that a CSV reader is made of.
namespace faltung::io {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

inline std::string in_line(std::size_t line) { return "line " + std::to_string(line); }

enum class Reading { number, empty, out_of_range, other };
/// A number, blanks around it and a plus sign allowed, in any locale.
Reading read_number(std::string_view cell, double& value);
bool is_number(std::string_view cell);

std::string trimmed(const std::string& cell);

/// Refuses what is no text: NUL bytes and encodings other than UTF-8. `line` is the first one's.
Result<void> check_text(std::string_view text, const std::string& where, std::size_t line = 1);

struct Cell {
  std::string text;
  bool quoted = false;
};

/// Splits RFC 4180 text into rows of cells. A quoted cell may span lines.
class Rows {
 public:
  /// `line` is that of the first row.
  Rows(std::string_view text, const std::string& where, std::size_t line = 1)
      : text_(text), where_(where), line_(line), row_line_(line) {}

  bool at_end() const { return at_ == text_.size(); }
  /// The line on which the row that was read last began, and the one that follows.
  std::size_t line() const { return row_line_; }
  std::size_t next_line() const { return line_; }
  /// What is left.
  std::string_view rest() const { return text_.substr(at_); }

  Result<std::vector<Cell>> next();

 private:
  Result<void> plain(Cell& cell);
  Result<void> quoted(Cell& cell);

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0, line_, row_line_;
};

bool is_blank(const std::vector<Cell>& cells);

/// Why the first row cannot be a header, or nothing.
std::string header_refusal(const std::vector<Cell>& cells, std::size_t line);

}  // namespace faltung::io
