// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>

#include "io/csv_rows.hpp"
#include "io/csv_stream.hpp"

namespace faltung::io {
namespace {

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

// Words such as nan may be names; digits are not.
bool is_finite_number(std::string_view cell) {
  double value = 0;
  const Reading reading = read_number(cell, value);
  return reading == Reading::out_of_range || (reading == Reading::number && std::isfinite(value));
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

/// Reads the header off the front.
Result<std::vector<std::string>> read_names(Rows& rows, const std::string& where) {
  const Result<std::vector<Cell>> cells = rows.next();
  if (!cells) return tl::unexpected(cells.error());
  if (const std::string why = header_refusal(*cells, rows.line()); !why.empty())
    return bad_data(where, why);
  std::vector<std::string> names;
  for (const Cell& cell : *cells) names.push_back(trimmed(cell.text));
  return names;
}

/// All rows that are left, and what kind of column they make. `blank_line` is the first one of
/// those at the end, 0 where there is none.
Result<Table> read_rows(Rows& rows, const std::vector<std::string>& names, std::size_t& blank_line,
                        const std::string& where) {
  Table table;
  for (const std::string& name : names) table.columns.emplace_back().name = name;
  std::vector<std::size_t> lines;
  while (!rows.at_end()) {
    Result<std::vector<Cell>> cells = rows.next();
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
  for (Table::Column& column : table.columns) judge(column, lines);
  return table;
}

Result<Table> decode(std::string_view text, const std::string& where) {
  if (Result<void> checked = check_text(text, where); !checked)
    return tl::unexpected(checked.error());
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  Rows rows(text, where);
  const auto names = read_names(rows, where);
  if (!names) return tl::unexpected(names.error());
  std::size_t blank_line = 0;
  Result<Table> table = read_rows(rows, *names, blank_line, where);
  if (table && table->rows() == 0) return bad_data(where, "has a header, but no rows");
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

Result<CsvReader> CsvReader::open(ByteSource& source) {
  return within_memory(source.where(), [&]() -> Result<CsvReader> {
    CsvReader reader(source);
    auto text = reader.take_lines();
    if (!text) return tl::unexpected(text.error());
    if (auto checked = check_text(*text, source.where()); !checked)
      return tl::unexpected(checked.error());
    std::string_view left = *text;
    if (left.starts_with(kUtf8Mark)) left.remove_prefix(kUtf8Mark.size());
    Rows rows(left, source.where());
    auto names = read_names(rows, source.where());
    if (!names) return tl::unexpected(names.error());
    reader.names_ = std::move(*names);
    reader.line_ = rows.next_line();
    reader.ahead_ = std::string(rows.rest()) + reader.ahead_;
    return reader;
  });
}

/// Text up to the end of a row, as much as a block holds: a line feed ends a row where the quotes
/// before it come in pairs.
Result<std::string> CsvReader::take_lines() {
  constexpr std::size_t kBlock = 1 << 16, kLongestRow = std::size_t{64} << 20;
  std::size_t looked = 0, end = 0;
  bool quoted = false;
  for (;;) {
    for (; looked < ahead_.size(); ++looked) {
      if (ahead_[looked] == '"') quoted = !quoted;
      if (ahead_[looked] == '\n' && !quoted) end = looked + 1;
    }
    if (end > 0 && ahead_.size() >= kBlock) break;
    const std::size_t have = ahead_.size();
    if (end == 0 && have > kLongestRow)
      return bad_data(source_->where(), in_line(line_) + " has a row of more than 64 MiB");
    ahead_.resize(have + kBlock);
    const auto got = source_->read(reinterpret_cast<std::byte*>(ahead_.data()) + have, kBlock);
    ahead_.resize(have + (got ? *got : 0));
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) {
      end = ahead_.size();
      break;
    }
  }
  std::string text = ahead_.substr(0, end);
  ahead_.erase(0, end);
  return text;
}

Result<Table> CsvReader::read() {
  return within_memory(source_->where(), [&]() -> Result<Table> {
    const auto text = take_lines();
    if (!text) return tl::unexpected(text.error());
    if (!text->empty())
      if (auto checked = check_text(*text, source_->where(), line_); !checked)
        return tl::unexpected(checked.error());
    Rows rows(*text, source_->where(), line_);
    auto table = read_rows(rows, names_, blank_line_, source_->where());
    line_ = rows.next_line();
    return table;
  });
}

std::vector<std::byte> encode_csv_header(const Table& table) {
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
  return bytes;
}

void encode_csv_rows(const Table& table, std::vector<std::byte>& bytes) {
  const std::size_t count = table.columns.size();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t i = 0; i < count; ++i) {
      if (i) append(bytes, ",");
      const Table::Column& column = table.columns[i];
      if (column.numeric) append_number(bytes, column.values[row]);
      else append_cell(bytes, column.text[row], count == 1, false);
    }
    append(bytes, "\n");
  }
}

std::vector<std::byte> encode_csv(const Table& table) {
  std::vector<std::byte> bytes = encode_csv_header(table);
  encode_csv_rows(table, bytes);
  return bytes;
}

}  // namespace faltung::io
