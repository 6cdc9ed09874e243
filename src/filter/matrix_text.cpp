// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Kernels that are typed as numbers.
#include <algorithm>
#include <charconv>

#include "faltung/filter.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::invalid_argument, std::move(message)});
}

constexpr std::string_view kBlanks = " \t\n\r";
constexpr const char* kAllowed = "; numbers stand apart by blanks or one comma, rows by ';'";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// Appends the numbers of one row: at least one, and a comma only between two.
Result<std::int64_t> parse_row(std::string_view row, const std::string& name,
                               std::vector<double>& values) {
  std::int64_t count = 0;
  skip_blanks(row);
  if (row.empty()) return refuse(name + " is empty");
  for (;;) {
    if (row.empty() || row.front() == ',')
      return refuse(name + " has a comma with no number " +
                    (row.empty() ? "after it" : "before it") + kAllowed);
    double value = 0;
    const auto [stop, error] = std::from_chars(row.data(), row.data() + row.size(), value);
    const std::string_view word = row.substr(0, row.find_first_of(" \t\n\r,"));
    if (error != std::errc() || stop != word.data() + word.size())
      return refuse("'" + std::string(word.substr(0, 40)) +
                    "' in the kernel matrix is not a number" + kAllowed);
    values.push_back(value);
    ++count;
    row.remove_prefix(word.size());
    skip_blanks(row);
    if (row.empty()) return count;
    if (row.front() != ',') continue;
    row.remove_prefix(1);
    skip_blanks(row);
  }
}

}  // namespace

Result<Filter> parse_matrix(std::string_view text) {
  Filter f;
  f.name = "matrix";
  std::int64_t rows = 0, columns = -1;
  while (true) {
    const std::size_t end = text.find(';');
    const std::string name = "row " + std::to_string(rows + 1) + " of the kernel matrix";
    const auto count = parse_row(text.substr(0, end), name, f.values);
    if (!count) return tl::unexpected(count.error());
    if (columns >= 0 && *count != columns)
      return refuse(name + " has " + std::to_string(*count) +
                    (*count == 1 ? " number" : " numbers") + ", the first has " +
                    std::to_string(columns));
    columns = *count;
    ++rows;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  f.shape = rows == 1 ? Dims{columns} : Dims{rows, columns};
  return f;
}

}  // namespace faltung
