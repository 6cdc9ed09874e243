// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "io/failure.hpp"

namespace faltung::io {
namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

/// A cell in a message: short, and without what would upset a terminal.
std::string excerpt(std::string_view cell) {
  constexpr std::size_t kLongest = 40;
  const bool cut = cell.size() > kLongest;
  if (cut) cell = cell.substr(0, kLongest);
  while (cut && !cell.empty() && (cell.back() & 0x80)) cell.remove_suffix(1);  // half a character
  std::string out = "'";
  for (char c : cell) out += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  return out + (cut ? "...'" : "'");
}

std::string in_line(std::size_t line) { return "line " + std::to_string(line); }

enum class Reading { number, empty, out_of_range, other };

/// A number, blanks around it and a plus sign allowed. from_chars knows no locale.
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

// Words such as nan may be names; digits are not.
bool is_finite_number(std::string_view cell) {
  double value = 0;
  const Reading reading = read_number(cell, value);
  return reading == Reading::out_of_range || (reading == Reading::number && std::isfinite(value));
}

std::string trimmed(const std::string& cell) {
  const std::size_t first = cell.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
}

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

/// Refuses what is no text: NUL bytes and encodings other than UTF-8.
Result<void> check_text(std::string_view text, const std::string& where) {
  if (text.empty())
    return bad_data(where, "the file is empty; a CSV table with a header is needed");
  if (text.substr(0, 2) == "\xff\xfe" || text.substr(0, 2) == "\xfe\xff")
    return bad_data(where, "is UTF-16 text; CSV is read as UTF-8: convert it first");
  std::size_t line = 1;
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

struct Cell {
  std::string text;
  bool quoted = false;
};

/// Splits RFC 4180 text into rows of cells. A quoted cell may span lines.
class Rows {
 public:
  Rows(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  bool at_end() const { return at_ == text_.size(); }
  /// The line on which the row that was read last began.
  std::size_t line() const { return row_line_; }

  Result<std::vector<Cell>> next() {
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

 private:
  Result<void> plain(Cell& cell) {
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    cell.text = text_.substr(at_, end - at_);
    at_ = end;
    if (!at_end() && text_[at_] == '"')
      return bad_data(where_, in_line(line_) +
                                  " has a quote inside a cell that does not begin with "
                                  "one; quote the whole cell and double the quotes in it");
    return {};
  }

  Result<void> quoted(Cell& cell) {
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
      return bad_data(where_,
                      in_line(line_) + " has text after a closing quote; a comma is needed");
    return {};
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

bool is_blank(const std::vector<Cell>& cells) {
  return cells.size() == 1 && cells[0].text.empty() && !cells[0].quoted;
}

/// Why the first row cannot be a header, or nothing.
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

/// Decides whether a column is numeric. `lines` has the line of each row.
void judge(Table::Column& column, const std::vector<std::size_t>& lines) {
  std::size_t first_empty = lines.size();
  column.values.reserve(column.text.size());
  for (std::size_t row = 0; row < column.text.size(); ++row) {
    double value = 0;
    const Reading reading = read_number(column.text[row], value);
    if (reading == Reading::number) {
      column.values.push_back(value);
    } else if (reading == Reading::empty) {
      first_empty = std::min(first_empty, row);
    } else {
      column.reason = in_line(lines[row]) + " has " + excerpt(column.text[row]) +
                      (reading == Reading::other ? ", which is no number"
                                                 : ", which is out of the range of a double");
      column.values = {};
      column.mixed = std::ranges::any_of(column.text, is_finite_number);
      return;
    }
  }
  column.numeric = !column.values.empty() && first_empty == lines.size();
  if (first_empty == lines.size()) return;
  column.reason = in_line(lines[first_empty]) + " has an empty cell";
  column.mixed = !column.values.empty();
  column.values = {};
}

Result<Table> decode(std::string_view text, const std::string& where) {
  if (Result<void> checked = check_text(text, where); !checked)
    return tl::unexpected(checked.error());
  if (text.substr(0, kUtf8Mark.size()) == kUtf8Mark) text.remove_prefix(kUtf8Mark.size());
  Rows rows(text, where);
  Result<std::vector<Cell>> cells = rows.next();
  if (!cells) return tl::unexpected(cells.error());
  if (const std::string why = header_refusal(*cells, rows.line()); !why.empty())
    return bad_data(where, why);
  Table table;
  for (const Cell& cell : *cells) table.columns.emplace_back().name = trimmed(cell.text);
  std::vector<std::size_t> lines;
  for (std::size_t blank_line = 0; !rows.at_end();) {
    cells = rows.next();
    if (!cells) return tl::unexpected(cells.error());
    if (is_blank(*cells)) {
      if (blank_line == 0) blank_line = rows.line();
      continue;
    }
    if (blank_line)
      return bad_data(where,
                      in_line(blank_line) + " is blank; blank lines are allowed at the end only");
    if (cells->size() != table.columns.size())
      return bad_data(where, in_line(rows.line()) + " has " + std::to_string(cells->size()) +
                                 (cells->size() == 1 ? " cell" : " cells") +
                                 ", but the header has " + std::to_string(table.columns.size()));
    lines.push_back(rows.line());
    for (std::size_t i = 0; i < cells->size(); ++i)
      table.columns[i].text.push_back(std::move((*cells)[i].text));
  }
  if (lines.empty()) return bad_data(where, "has a header, but no rows");
  for (Table::Column& column : table.columns) judge(column, lines);
  return table;
}

void append(std::vector<std::byte>& bytes, std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  bytes.insert(bytes.end(), begin, begin + text.size());
}

/// `alone`: an only cell that is empty would make a blank line. `forced`: quote in any case.
void append_cell(std::vector<std::byte>& bytes, std::string_view cell, bool alone, bool forced) {
  if (!forced && !(alone && cell.empty()) &&
      cell.find_first_of(",\"\r\n") == std::string_view::npos)
    return append(bytes, cell);
  append(bytes, "\"");
  for (char c : cell) append(bytes, c == '"' ? std::string_view("\"\"") : std::string_view(&c, 1));
  append(bytes, "\"");
}

void append_number(std::vector<std::byte>& bytes, double value) {
  if (std::isnan(value)) return append(bytes, "nan");  // the sign of a NaN means nothing
  char text[32];  // the shortest form of a double has at most 24 characters
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  append(bytes, std::string_view(text, static_cast<std::size_t>(end - text)));
}

}  // namespace

Result<Table> parse_csv(std::string_view text, const std::string& where) {
  return within_memory(where, [&] { return decode(text, where); });
}

Result<Table> read_csv(const std::filesystem::path& path) {
  Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_csv({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, path.string());
}

std::vector<std::byte> encode_csv(const Table& table) {
  std::vector<std::byte> bytes;
  const std::size_t count = table.columns.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i) append(bytes, ",");
    // Quoted where it would read as a number, a foreign separator or a byte order mark.
    const std::string& name = table.columns[i].name;
    const bool forced = is_number(name) || name.find_first_of(";\t") != std::string::npos ||
                        name.starts_with(kUtf8Mark);
    append_cell(bytes, name, count == 1, forced);
  }
  append(bytes, "\n");
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t i = 0; i < count; ++i) {
      if (i) append(bytes, ",");
      const Table::Column& column = table.columns[i];
      if (column.numeric) append_number(bytes, column.values[row]);
      else append_cell(bytes, column.text[row], count == 1, false);
    }
    append(bytes, "\n");
  }
  return bytes;
}

}  // namespace faltung::io
