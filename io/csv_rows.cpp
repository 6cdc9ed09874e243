// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/csv_rows.hpp"

#include <algorithm>
#include <charconv>

namespace faltung::io {
namespace {

/// The bytes of the UTF-8 character at the front, 0 when there is none. Unicode, table 3-7.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < count) return 0;
  for (std::size_t i = 1; i < count; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : count;
}

}  // namespace

// from_chars knows no locale.
Reading read_number(std::string_view cell, double& value) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!cell.empty() && blank(cell.front())) cell.remove_prefix(1);
  while (!cell.empty() && blank(cell.back())) cell.remove_suffix(1);
  if (cell.empty()) return Reading::empty;
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') cell.remove_prefix(1);
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (end != cell.data() + cell.size()) return Reading::other;
  if (error == std::errc::result_out_of_range) return Reading::out_of_range;
  return error == std::errc{} ? Reading::number : Reading::other;
}

bool is_number(std::string_view cell) {
  double value = 0;
  return read_number(cell, value) == Reading::number;
}

std::string trimmed(const std::string& cell) {
  const std::size_t first = cell.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
}

Result<void> check_text(std::string_view text, const std::string& where, std::size_t line) {
  if (text.empty())
    return bad_data(where, "the file is empty; a CSV table with a header is needed");
  if (text.substr(0, 2) == "\xff\xfe" || text.substr(0, 2) == "\xfe\xff")
    return bad_data(where, "is UTF-16 text; CSV is read as UTF-8: convert it first");
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\0')
      return bad_data(where, in_line(line) + " has a NUL byte; a CSV table is text");
    if (text[at] == '\n') ++line;
    const std::size_t count = character_bytes(text.substr(at));
    if (count == 0)
      return bad_data(where,
                      in_line(line) + " is not UTF-8; convert the file from its encoding first");
    at += count;
  }
  return {};
}

Result<std::vector<Cell>> Rows::next() {
  std::vector<Cell> cells;
  row_line_ = line_;
  for (;;) {
    Cell& cell = cells.emplace_back();
    Result<void> read = at_ < text_.size() && text_[at_] == '"' ? quoted(cell) : plain(cell);
    if (!read) return tl::unexpected(read.error());
    if (at_end()) return cells;
    if (text_[at_] == ',') {
      ++at_;
      continue;
    }
    if (text_[at_] == '\r') ++at_;
    if (at_end() || text_[at_] != '\n')
      return bad_data(where_, in_line(line_) +
                                  " has a carriage return without a line feed; lines "
                                  "end in LF or CRLF");
    ++at_;
    ++line_;
    return cells;
  }
}

Result<void> Rows::plain(Cell& cell) {
  const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
  cell.text = text_.substr(at_, end - at_);
  at_ = end;
  if (!at_end() && text_[at_] == '"')
    return bad_data(where_, in_line(line_) +
                                " has a quote inside a cell that does not begin with "
                                "one; quote the whole cell and double the quotes in it");
  return {};
}

Result<void> Rows::quoted(Cell& cell) {
  const std::size_t begin_line = line_;
  cell.quoted = true;
  for (++at_;;) {
    const std::size_t end = text_.find('"', at_);
    if (end == std::string_view::npos)
      return bad_data(where_, "the quote opened in " + in_line(begin_line) + " is never closed");
    const std::string_view part = text_.substr(at_, end - at_);
    line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    cell.text += part;
    at_ = end + 1;
    if (at_end() || text_[at_] != '"') break;
    cell.text += text_[at_++];
  }
  if (!at_end() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
    return bad_data(where_, in_line(line_) + " has text after a closing quote; a comma is needed");
  return {};
}

bool is_blank(const std::vector<Cell>& cells) {
  return cells.size() == 1 && cells[0].text.empty() && !cells[0].quoted;
}

std::string header_refusal(const std::vector<Cell>& cells, std::size_t line) {
  if (is_blank(cells))
    return in_line(line) + " is blank; a header with the columns' names is needed there";
  if (std::all_of(cells.begin(), cells.end(),
                  [](const Cell& cell) { return !cell.quoted && is_number(cell.text); }))
    return in_line(line) + " holds numbers only; a header with the columns' names is needed there";
  if (cells.size() > 1 || cells[0].quoted) return {};
  const std::string& text = cells[0].text;
  for (const auto& [separator, called] : {std::pair{';', "semicolons"}, std::pair{'\t', "tabs"}})
    if (text.find(separator) != std::string::npos)
      return std::string("its cells are separated by ") + called +
             "; commas are needed, and decimal points";
  return {};
}

}  // namespace faltung::io
